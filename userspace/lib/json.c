// SPDX-License-Identifier: GPL-2.0
/*
 * json.c - fields of an object of JSON
 */
#include <inttypes.h>

#include "characters.h"
#include "json.h"

void json_text(FILE *f, const char *key, const char *value)
{
	fprintf(f, ",\"%s\":", key);
	if (value)
		export_json(f, value);
	else
		fputs("null", f);
}

void json_bool(FILE *f, const char *key, bool value)
{
	fprintf(f, ",\"%s\":%s", key, value ? "true" : "false");
}

void json_number(FILE *f, const char *key, bool known, uint64_t value)
{
	if (known)
		fprintf(f, ",\"%s\":%" PRIu64, key, value);
	else
		fprintf(f, ",\"%s\":null", key);
}

void json_signed(FILE *f, const char *key, bool known, int64_t value)
{
	if (known)
		fprintf(f, ",\"%s\":%" PRId64, key, value);
	else
		fprintf(f, ",\"%s\":null", key);
}
