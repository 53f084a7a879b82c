// SPDX-License-Identifier: GPL-2.0
/*
 * event.c - a growing list of events
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"

static const u8 v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

void *need(void *p)
{
	if (!p) {
		fputs("toyscope: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

void events_add(struct events *all, const struct event *ev)
{
	if (all->n == all->room) {
		all->room = all->room ? 2 * all->room : 1024;
		all->v = need(realloc(all->v, all->room * sizeof(*all->v)));
	}
	all->v[all->n++] = *ev;
}

struct keyed {
	size_t at;
	const struct event *ev;
};

static int by_time(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->ev->ns != y->ev->ns)
		return x->ev->ns < y->ev->ns ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Each CPU tells its events in order; between CPUs the clock decides. Stable. */
void events_sort(struct events *all)
{
	struct keyed *keys = need(malloc((all->n + 1) * sizeof(*keys)));
	struct event *sorted = need(malloc((all->n + 1) * sizeof(*sorted)));

	for (size_t i = 0; i < all->n; i++)
		keys[i] = (struct keyed){ i, &all->v[i] };
	qsort(keys, all->n, sizeof(*keys), by_time);
	for (size_t i = 0; i < all->n; i++)
		sorted[i] = *keys[i].ev;
	free(keys);
	free(all->v);
	all->v = sorted;
	all->room = all->n + 1;
}

void events_free(struct events *all)
{
	free(all->v);
	memset(all, 0, sizeof(*all));
}

void events_name(struct events *all, u32 netns, const char *name)
{
	if (all->nnames == ARRAY_SIZE(all->names) || events_netns(all, netns))
		return;
	all->names[all->nnames].netns = netns;
	snprintf(all->names[all->nnames].name, sizeof(all->names[0].name), "%s", name);
	/* a name is a file's name: what would break a line or a recording has no place in it */
	for (char *c = all->names[all->nnames++].name; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == '"' || *c == '\\')
			*c = '_';
	}
}

/* NULL when nobody gave it a name. */
const char *events_netns(const struct events *all, u32 netns)
{
	for (size_t i = 0; i < all->nnames; i++) {
		if (all->names[i].netns == netns)
			return all->names[i].name;
	}
	return NULL;
}

bool endpoint_is_v4(const struct endpoint *e)
{
	return !memcmp(e->ip, v4_prefix, sizeof(v4_prefix));
}

bool endpoint_is_any(const struct endpoint *e)
{
	static const u8 zero[16];

	return !memcmp(e->ip, zero, 16) || (endpoint_is_v4(e) && !memcmp(e->ip + 12, zero, 4));
}

bool endpoint_same(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && !memcmp(a->ip, b->ip, sizeof(a->ip));
}

const char *endpoint_ip(const struct endpoint *e, char *buf, size_t size)
{
	if (endpoint_is_v4(e))
		inet_ntop(AF_INET, e->ip + 12, buf, (socklen_t)size);
	else
		inet_ntop(AF_INET6, e->ip, buf, (socklen_t)size);
	return buf;
}

const char *endpoint_text(const struct endpoint *e, char *buf, size_t size)
{
	char ip[INET6_ADDRSTRLEN];

	endpoint_ip(e, ip, sizeof(ip));
	snprintf(buf, size, endpoint_is_v4(e) ? "%s:%u" : "[%s]:%u", ip, e->port);
	return buf;
}
