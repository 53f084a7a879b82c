// SPDX-License-Identifier: GPL-2.0
/*
 * export.c - what all files that toyscope writes for others share
 */
#include <errno.h>
#include <string.h>

#include "export.h"

#define FAIL_FILE	1

int export_file(const char *path, void (*write)(FILE *f, const struct exported *ex),
		const struct exported *ex)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "w") : stdout;
	bool bad;

	if (!f)
		goto fail;
	write(f, ex);
	bad = fflush(f) || ferror(f);
	if (f != stdout && fclose(f))
		bad = true;
	if (!bad)
		return 0;
fail:
	fprintf(stderr, "toyscope: cannot write %s: %s\n", path, strerror(errno));
	return FAIL_FILE;
}
