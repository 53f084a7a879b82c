// SPDX-License-Identifier: GPL-2.0
/*
 * text.c - lines of text measured in columns of a terminal, not in bytes
 */
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "text.h"

bool text_init(void)
{
	bool utf8;

	setlocale(LC_CTYPE, "");
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (!utf8)
		setlocale(LC_CTYPE, "C.UTF-8");
	return utf8;
}

void text_add(struct text *t, const char *fmt, ...)
{
	size_t room = sizeof(t->s) - t->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(t->s + t->len, room, fmt, args);
	va_end(args);
	if (n > 0)
		t->len += (size_t)n < room ? (size_t)n : room - 1;
}

/* One character at @s: bytes it takes (at least 1), its columns in *@columns; -1: not text. */
static size_t character(const char *s, size_t left, int *columns)
{
	mbstate_t state = {};
	wchar_t c;
	size_t n = mbrtowc(&c, s, left, &state);

	if (n == (size_t)-1 || n == (size_t)-2 || !n) {
		*columns = -1;
		return 1;
	}
	*columns = wcwidth(c);
	return n;
}

int text_width(const char *s)
{
	int width = 0, columns;

	while (*s) {
		if (*s == '\033') {
			s += strcspn(s, "m");
			s += *s != '\0';
			continue;
		}
		s += character(s, strlen(s), &columns);
		width += columns < 0 ? 1 : columns;
	}
	return width;
}

void text_repeat(struct text *t, const char *s, int n)
{
	while (n-- > 0)
		text_add(t, "%s", s);
}

void text_pad(struct text *t, int column)
{
	text_repeat(t, " ", column - text_width(t->s));
}

void text_clip(struct text *t, const char *s, int columns, const char *more)
{
	int room = columns - text_width(more), width = 0, w;

	if (text_width(s) <= columns) {
		text_add(t, "%s", s);
		return;
	}
	while (*s) {
		size_t n = character(s, strlen(s), &w);

		width += w < 0 ? 1 : w;
		if (width > room)
			break;
		text_add(t, "%.*s", (int)n, s);
		s += n;
	}
	text_add(t, "%s", more);
}

static bool cut_character(const char *s, size_t left)
{
	mbstate_t state = {};
	wchar_t c;

	return mbrtowc(&c, s, left, &state) == (size_t)-2;
}

/* U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: these turn the text around them about. */
static bool turns_text(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;

	if (n != 3 || p[0] != 0xe2)
		return false;
	if (p[1] == 0x81)
		return p[2] >= 0xa6 && p[2] <= 0xa9;
	return p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae));
}

void text_payload(struct text *t, const unsigned char *data, size_t len, bool ascii,
		  const char *dot)
{
	const char *s = (const char *)data;

	while (len) {
		int columns = -1;
		size_t n = 1;

		if (cut_character(s, len))
			return;
		if (*s == '\n' || *s == '\r' || *s == '\t') {
			text_add(t, "\\%c", *s == '\n' ? 'n' : *s == '\r' ? 'r' : 't');
		} else {
			n = character(s, len, &columns);
			if (columns < 0 || (ascii && n > 1) || turns_text(s, n))
				text_add(t, "%s", dot);
			else
				text_add(t, "%.*s", (int)n, s);
		}
		s += n;
		len -= n;
	}
}
