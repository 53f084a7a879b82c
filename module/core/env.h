/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: env.h - the ground the core stands on
 *
 * The core (module/core) is plain C over numbers. This is the only file in it that differs between
 * the two places where it is compiled: inside the kernel, and on the host for tests. It brings the
 * fixed-width types, min_t() and max_t(), big-endian access and TOY_CHECK(), and nothing else: no
 * clock, no memory, no lock, no randomness.
 */
#ifndef TOY_CORE_ENV_H
#define TOY_CORE_ENV_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/bug.h>

/* An invariant of the core. In the kernel it warns once and goes on, on the host it aborts. */
#define TOY_CHECK(cond)		((void)WARN_ON_ONCE(!(cond)))
#else
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define min_t(t, a, b)		({ t a_ = (a); t b_ = (b); a_ < b_ ? a_ : b_; })
#define max_t(t, a, b)		({ t c_ = (a); t d_ = (b); c_ > d_ ? c_ : d_; })
#define clamp_t(t, v, lo, hi)	min_t(t, max_t(t, v, lo), hi)
#define div_u64(a, b)		((u64)(a) / (u32)(b))
#define BIT(n)			(1UL << (n))
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define fallthrough		__attribute__((__fallthrough__))
#define TOY_CHECK(cond)		assert(cond)
#endif

static inline u16 toy_get_be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static inline u32 toy_get_be32(const u8 *p)
{
	return (u32)toy_get_be16(p) << 16 | toy_get_be16(p + 2);
}

static inline void toy_put_be16(u8 *p, u16 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static inline void toy_put_be32(u8 *p, u32 v)
{
	toy_put_be16(p, (u16)(v >> 16));
	toy_put_be16(p + 2, (u16)v);
}

#endif /* TOY_CORE_ENV_H */
