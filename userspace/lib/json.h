/* SPDX-License-Identifier: GPL-2.0 */
/*
 * json.h - fields of an object of JSON, each with the comma before it
 *
 * What is not known is null.
 */
#ifndef TOY_LIB_JSON_H
#define TOY_LIB_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* NULL is null. */
void json_text(FILE *f, const char *key, const char *value);
void json_bool(FILE *f, const char *key, bool value);
void json_number(FILE *f, const char *key, bool known, uint64_t value);
void json_signed(FILE *f, const char *key, bool known, int64_t value);

#endif /* TOY_LIB_JSON_H */
