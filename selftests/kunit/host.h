/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: host.h - the little of the C library that the core's unit tests use, lent by the kernel
 *
 * Included before everything else in toy_kunit.ko. <stdio.h>, <stdlib.h> and their like in include/
 * are empty: all is here.
 */
#ifndef TOY_KUNIT_HOST_H
#define TOY_KUNIT_HOST_H

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/stdarg.h>
#include <linux/string.h>
#include <linux/types.h>

/* The name of a state; <linux/timex.h> has something else under it. */
#undef TIME_WAIT

#define malloc(size)		tap_realloc(NULL, size)
#define calloc(n, size)		tap_realloc(NULL, array_size(n, size))
#define realloc(p, size)	tap_realloc(p, size)
#define printf(...)		pr_info(__VA_ARGS__)
#define getenv(name)		tap_getenv(name)
#define strtoull(s, end, base)	simple_strtoull(s, end, base)

void *tap_realloc(void *p, size_t size);
void tap_free(void *p);
const char *tap_getenv(const char *name);

/* No macro: structures of the kernel have members of this name. */
static inline void free(void *p)
{
	tap_free(p);
}

#endif /* TOY_KUNIT_HOST_H */
