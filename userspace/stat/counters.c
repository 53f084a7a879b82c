// SPDX-License-Identifier: GPL-2.0
/*
 * counters.c - the counters of /proc/net/toy_stat, and how far they came
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "characters.h"
#include "core/watch.h"
#include "counters.h"

/* What is counted, in words, and what is no counter but how many there are. */
static const struct {
	const char *name;
	const char *text;
	bool now;
} known[] = {
#define X(name, text) { #name, text, false },
	TOY_COUNTERS(X)
#undef X
	{ "CurrEstab", "connections that are established or in CLOSE-WAIT", true },
	{ "Sockets", "sockets", true },
	{ "Orphans", "connections that no process holds any more", true },
	{ "HalfOpen", "half-open connections", true },
	{ "TimeWait", "connections in TIME-WAIT", true },
	{ "MemoryPages", "pages of memory in sockets of all namespaces", true },
};

static void describe(struct counter *c)
{
	c->text = "";
	c->now = false;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(c->name, known[i].name))
			continue;
		c->text = known[i].text;
		c->now = known[i].now;
	}
}

/* "Name value", and nothing else. */
static bool take_line(struct counter *c, const char *line)
{
	int used = 0;

	memset(c, 0, sizeof(*c));
	if (sscanf(line, "%31s %" SCNu64 "%n", c->name, &c->value, &used) != 2 || line[used])
		return false;
	describe(c);
	c->since = c->now ? 0 : c->value;
	return true;
}

static bool add(struct counters *all, const struct counter *c)
{
	struct counter *more = realloc(all->c, (all->n + 1) * sizeof(*more));

	if (!more)
		return false;
	all->c = more;
	all->c[all->n++] = *c;
	return true;
}

int counters_read(struct counters *all)
{
	const char *path = getenv("PROC_NET_TOY_STAT") ?: "/proc/net/toy_stat";
	FILE *f = fopen(path, "r");
	char line[256];
	int ret = 0;

	memset(all, 0, sizeof(*all));
	if (!f)
		return -errno;
	while (!ret && fgets(line, sizeof(line), f)) {
		struct counter c;

		line[strcspn(line, "\n")] = '\0';
		if (!take_line(&c, line)) {
			fprintf(stderr, "toystat: a line of %s is not understood:\n  ", path);
			export_plain(stderr, line);
			fputc('\n', stderr);
			ret = -EBADMSG;
		} else if (!add(all, &c)) {
			ret = -ENOMEM;
		}
	}
	if (!ret && ferror(f))
		ret = -errno;
	fclose(f);
	if (ret)
		counters_free(all);
	return ret;
}

void counters_free(struct counters *all)
{
	free(all->c);
	memset(all, 0, sizeof(*all));
}

static const struct counter *find(const struct counters *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->c[i].name, name))
			return &all->c[i];
	return NULL;
}

void counters_compare(struct counters *all, const struct counters *before)
{
	bool anew = !before->n;

	for (size_t i = 0; i < all->n && !anew; i++) {
		const struct counter *old = find(before, all->c[i].name);

		anew = old && !all->c[i].now && old->value > all->c[i].value;
	}
	all->since = anew ? 0 : before->since;
	for (size_t i = 0; i < all->n; i++) {
		const struct counter *old = anew ? NULL : find(before, all->c[i].name);

		if (!all->c[i].now)
			all->c[i].since = all->c[i].value - (old ? old->value : 0);
	}
}
