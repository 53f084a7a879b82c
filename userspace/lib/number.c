// SPDX-License-Identifier: GPL-2.0
/*
 * number.c - numbers out of arguments
 */
#include <errno.h>
#include <stdlib.h>

#include "number.h"

long number_in(const char *arg, long least, long most)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(arg, &end, 10);
	return errno || end == arg || *end || n < least || n > most ? -1 : n;
}
