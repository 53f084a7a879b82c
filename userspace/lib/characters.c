// SPDX-License-Identifier: GPL-2.0
/*
 * characters.c - text from elsewhere, made harmless for files and terminals
 */
#include "characters.h"

#define NO_CHARACTER	0xfffd

/* Characters that a picture or a line of text can hold without harm. */
static bool harmless(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return c == '\t' || c == '\n';
	if (c >= 0xd800 && c < 0xe000)
		return false;
	if ((c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069) || c == 0xfeff)
		return false;
	return c <= 0x10ffff && (c & 0xfffe) != 0xfffe;
}

uint32_t export_character(const char **s)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)*s;
	uint32_t c = *p++;
	int more = 0;

	if (c >= 0xf0 && c < 0xf8)
		more = 3;
	else if (c >= 0xe0)
		more = 2;
	else if (c >= 0xc0)
		more = 1;
	(*s)++;
	if ((c >= 0x80 && c < 0xc0) || c >= 0xf8)
		return NO_CHARACTER;
	if (more)
		c &= 0x3fu >> more;
	for (int i = 0; i < more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return NO_CHARACTER;
		c = c << 6 | (p[i] & 0x3f);
	}
	*s += more;
	return c >= least[more] && harmless(c) ? c : NO_CHARACTER;
}

static void put_utf8(FILE *f, uint32_t c)
{
	if (c < 0x80) {
		fputc((int)c, f);
		return;
	}
	if (c >= 0x10000) {
		fputc((int)(0xf0 | c >> 18), f);
		fputc((int)(0x80 | (c >> 12 & 0x3f)), f);
	} else if (c >= 0x800) {
		fputc((int)(0xe0 | c >> 12), f);
	}
	if (c >= 0x800)
		fputc((int)(0x80 | (c >> 6 & 0x3f)), f);
	else
		fputc((int)(0xc0 | c >> 6), f);
	fputc((int)(0x80 | (c & 0x3f)), f);
}

void export_xml(FILE *f, const char *s)
{
	while (*s) {
		uint32_t c = export_character(&s);

		switch (c) {
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '&':
			fputs("&amp;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			put_utf8(f, c);
		}
	}
}

void export_json(FILE *f, const char *s)
{
	fputc('"', f);
	while (*s) {
		uint32_t c = export_character(&s);

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", (int)c);
		else if (c < 0x20)
			fprintf(f, "\\u%04x", c);
		else
			put_utf8(f, c);
	}
	fputc('"', f);
}

void export_plain(FILE *f, const char *s)
{
	while (*s) {
		uint32_t c = export_character(&s);

		if (c < 0x20 || c == NO_CHARACTER)
			fputc('?', f);
		else
			put_utf8(f, c);
	}
}
