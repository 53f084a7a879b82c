// SPDX-License-Identifier: GPL-2.0
/*
 * screen.c - standard output: lines that stay, and below them, on a terminal, lines that change
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "event.h"
#include "screen.h"
#include "text.h"

/* The terminal's size now: people change it. */
static void size_of(int *rows, int *columns)
{
	struct winsize ws = {};

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	*rows = ws.ws_row ? ws.ws_row : 24;
	*columns = ws.ws_col ? ws.ws_col : 1000;
}

static void erase(struct screen *s)
{
	if (s->up)
		printf("\r\033[%dA\033[J", s->up);
	s->up = 0;
}

/* Lines of the terminal that the text up to @end takes. */
static int lines_of(const char *s, int columns)
{
	int n = 0;

	while (*s) {
		struct text line = {};
		size_t len = strcspn(s, "\n");
		int width;

		text_add(&line, "%.*s", (int)len, s);
		width = text_width(line.s);
		n += width > columns ? (width + columns - 1) / columns : 1;
		s += len + (s[len] == '\n');
	}
	return n;
}

void screen_put(struct screen *s, const char *stay, const char *change)
{
	int rows, columns;

	if (!s->terminal) {
		fputs(stay, stdout);
		fflush(stdout);
		return;
	}
	if (!*stay && s->last && !strcmp(change, s->last))
		return;
	size_of(&rows, &columns);
	erase(s);
	if (s->open && (*stay || *change)) {
		putchar('\n');
		s->open = false;
	}
	fputs(stay, stdout);
	/* what no longer fits above the cursor could not be taken away again: the end matters */
	free(s->last);
	s->last = need(strdup(change));
	while (lines_of(change, columns) >= rows)
		change += strcspn(change, "\n") + 1;
	s->up = lines_of(change, columns);
	fputs(change, stdout);
	fflush(stdout);
}

void screen_pass(struct screen *s, const char *bytes, size_t n)
{
	if (!n)
		return;
	erase(s);
	free(s->last);
	s->last = NULL;
	fwrite(bytes, 1, n, stdout);
	s->open = bytes[n - 1] != '\n';
	fflush(stdout);
}

void screen_end(struct screen *s)
{
	erase(s);
	fflush(stdout);
	free(s->last);
	s->last = NULL;
}
