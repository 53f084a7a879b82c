/* SPDX-License-Identifier: GPL-2.0 */
/*
 * counters.h - the counters of /proc/net/toy_stat, and what they were when this program last looked
 */
#ifndef STAT_COUNTERS_H
#define STAT_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/**
 * struct counter - one line
 * @name: as the kernel names it
 * @value: since the namespace was made or the module loaded; of @now, now
 * @since: how much of @value came since the last look; of @now, 0
 * @now: it tells how many there are, and may fall
 * @text: what it counts, or ""
 */
struct counter {
	char name[32];
	uint64_t value;
	uint64_t since;
	bool now;
	const char *text;
};

/**
 * struct counters - all of them
 * @c: in the kernel's order
 * @n: how many
 * @since: when the last look was, seconds since 1970; 0: there was none that counts
 */
struct counters {
	struct counter *c;
	size_t n;
	time_t since;
};

/*
 * Read /proc/net/toy_stat, or the file that PROC_NET_TOY_STAT names. Returns 0 or -errno; -EBADMSG:
 * a line is not understood, and was shown.
 */
int counters_read(struct counters *all);
void counters_free(struct counters *all);

/*
 * Reckon what came since @before. One that fell tells that they began anew, with the module or the
 * namespace: then all of it came since.
 */
void counters_compare(struct counters *all, const struct counters *before);

/*
 * What the last look at this network namespace saw since the machine started; nothing where there
 * was none.
 */
void history_read(struct counters *before);

/* Keep @all for the next look. False: it cannot be kept, and why was said. */
bool history_write(const struct counters *all);

#endif /* STAT_COUNTERS_H */
