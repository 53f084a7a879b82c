/* SPDX-License-Identifier: GPL-2.0 */
/*
 * characters.h - text from elsewhere, made harmless for files and terminals
 *
 * What others wrote (payload, names of processes) may be no UTF-8, may escape from where it is put,
 * and may command a terminal.
 */
#ifndef TOY_LIB_CHARACTERS_H
#define TOY_LIB_CHARACTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Step over one character of UTF-8 that XML and JSON may hold. Returns its code point, and U+FFFD
 * for what is none, is no text, or changes the direction of text around it.
 */
uint32_t export_character(const char **s);

/* Write @s as UTF-8 and escape what XML takes for markup. */
void export_xml(FILE *f, const char *s);

/* Write @s as a string of JSON, with its quotes. */
void export_json(FILE *f, const char *s);

/* Write @s as UTF-8 for a terminal: "?" for what is no character to be seen. */
void export_plain(FILE *f, const char *s);

#endif /* TOY_LIB_CHARACTERS_H */
