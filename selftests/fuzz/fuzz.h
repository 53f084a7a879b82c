/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: fuzz.h - what the fuzz targets share
 *
 * A target is one function of the bytes that libFuzzer, or the driver of driver.c, gives it: the
 * same bytes always do the same. It looks for what must never be and calls fuzz_broken().
 */
#ifndef TOY_FUZZ_H
#define TOY_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "env.h"

/**
 * struct fuzz_in - what is left of the input
 * @data: the next byte
 * @left: how many there are; when none are left every number is 0
 */
struct fuzz_in {
	const u8 *data;
	size_t left;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline u8 fuzz_u8(struct fuzz_in *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->data++;
}

static inline u16 fuzz_u16(struct fuzz_in *in)
{
	u16 high = fuzz_u8(in);

	return (u16)(high << 8 | fuzz_u8(in));
}

static inline u32 fuzz_u32(struct fuzz_in *in)
{
	u32 high = fuzz_u16(in);

	return high << 16 | fuzz_u16(in);
}

/* A number below @limit. */
static inline u32 fuzz_below(struct fuzz_in *in, u32 limit)
{
	return (limit > 256 ? fuzz_u16(in) : fuzz_u8(in)) % limit;
}

_Noreturn static inline void fuzz_broken(const char *where, const char *sentence)
{
	fflush(stdout);
	fprintf(stderr, "fuzz: %s: untrue: %s\n", where, sentence);
	abort();
}

/* The sentence must be true. */
#define FUZZ_CHECK(cond, sentence)				\
	do {							\
		if (!(cond))					\
			fuzz_broken(__func__, sentence);	\
	} while (0)

#endif /* TOY_FUZZ_H */
