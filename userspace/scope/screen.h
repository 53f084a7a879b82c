/* SPDX-License-Identifier: GPL-2.0 */
/*
 * screen.h - standard output: lines that stay, and below them, on a terminal, lines that change
 */
#ifndef SCOPE_SCREEN_H
#define SCOPE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct screen - what stands at the end of standard output
 * @terminal: lines may be written over
 * @up: lines of the terminal that the last lines took
 * @last: these lines
 * @open: other output ended in the middle of a line
 */
struct screen {
	bool terminal;
	int up;
	char *last;
	bool open;
};

/* Lines that stay, then lines that the next call replaces (shown only on a terminal). */
void screen_put(struct screen *s, const char *stay, const char *change);

/* What somebody else has to say. */
void screen_pass(struct screen *s, const char *bytes, size_t n);

/* Take away the lines that change. */
void screen_end(struct screen *s);

#endif /* SCOPE_SCREEN_H */
