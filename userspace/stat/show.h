/* SPDX-License-Identifier: GPL-2.0 */
/*
 * show.h - sockets and counters for people and for programs
 */
#ifndef STAT_SHOW_H
#define STAT_SHOW_H

#include <stdio.h>

#include "counters.h"
#include "holders.h"
#include "socket.h"

/**
 * struct look - what is shown of each socket
 * @heading: the columns have names
 * @info: a second line with details
 * @timers: a column with what runs
 * @processes: a column with who holds it
 * @netns: name of the network namespace, or NULL: this one
 */
struct look {
	bool heading;
	bool info;
	bool timers;
	bool processes;
	const char *netns;
};

/* A table. @holders may be empty. */
void print_rows(FILE *f, const struct rows *all, const struct holders *holders,
		const struct look *look);

/* An object on a line: Documentation/tools.rst. */
void json_rows(FILE *f, const struct rows *all, const struct holders *holders,
	       const struct look *look);

/* Which counters are in a table. */
enum which {
	NOT_ZERO,
	CHANGED,	/* since the last look */
	EVERY,
};

/* A table; @width of the terminal, 0: there is none. */
void print_counters(FILE *f, const struct counters *all, enum which which, bool heading,
		    int width);

/* An object on a line, with every counter. */
void json_counters(FILE *f, const struct counters *all, const char *netns);

#endif /* STAT_SHOW_H */
