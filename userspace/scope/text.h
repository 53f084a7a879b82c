/* SPDX-License-Identifier: GPL-2.0 */
/*
 * text.h - lines of text measured in columns of a terminal, not in bytes
 */
#ifndef SCOPE_TEXT_H
#define SCOPE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_MAX	1024	/* bytes of one line */

/**
 * struct text - one line that is being written
 * @s: what is there so far, NUL at its end; what does not fit is left out
 * @len: bytes
 */
struct text {
	char s[TEXT_MAX];
	size_t len;
};

/* Measure UTF-8 whatever the locale. Returns false when the terminal's own encoding is another. */
bool text_init(void);

void text_add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Columns that a string takes; escape sequences for colours take none. */
int text_width(const char *s);

/* Fill with blanks up to a column. */
void text_pad(struct text *t, int column);

/* Add @s @n times. */
void text_repeat(struct text *t, const char *s, int n);

/* Add as much of @s as fits in @columns; @more marks what was left out. */
void text_clip(struct text *t, const char *s, int columns, const char *more);

/*
 * Make bytes of a payload fit to be shown: what is no text becomes @dot, newline and its kin \n,
 * and a character that is cut at the end is left out. Only ASCII when @ascii.
 */
void text_payload(struct text *t, const unsigned char *data, size_t len, bool ascii,
		  const char *dot);

#endif /* SCOPE_TEXT_H */
