/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: tap.h - the smallest test harness that prints TAP
 *
 * A test is a function whose name is the rule it proves: TEST(MUST_13_...) registers itself, and
 * runs in the order of the files and of the lines in them. The first CHECK() that does not hold
 * ends its test, with the file, the line, the sentence that broke and both values.
 */
#ifndef TOY_TESTS_TAP_H
#define TOY_TESTS_TAP_H

#include <stdio.h>

#include "env.h"

#ifndef __printf	/* the kernel's, in toy_kunit.ko */
#define __printf(a, b)	__attribute((__format__(printf, a, b)))
#endif

/**
 * struct tap_test - one registered test
 * @next: in order of registration
 * @name: the rule, with underscores for blanks
 * @file: where it stands
 * @line: and in which line
 * @run: proves the rule
 */
struct tap_test {
	struct tap_test *next;
	const char *name;
	const char *file;
	int line;
	void (*run)(void);
};

void tap_register(struct tap_test *test);
void tap_case(const char *name, void (*run)(const void *arg), const void *arg);
void tap_cleanup(void (*cleanup)(void));
int tap_main(int argc, char **argv);
__printf(3, 4)
_Noreturn void tap_fail(const char *file, int line, const char *fmt, ...);
__printf(1, 2)
void tap_note(const char *fmt, ...);

#define TEST(rule)							\
	static void rule(void);						\
	static struct tap_test tap_##rule = {				\
		.name = #rule, .file = __FILE__, .line = __LINE__, .run = rule,	\
	};								\
	__attribute__((constructor)) static void tap_add_##rule(void)	\
	{								\
		tap_register(&tap_##rule);				\
	}								\
	static void rule(void)

/* The sentence must be true. */
#define CHECK(cond, sentence)						\
	do {								\
		if (!(cond))						\
			tap_fail(__FILE__, __LINE__, "%s\n#   untrue: %s", sentence, #cond); \
	} while (0)

#define TAP_IS	"%s\n#   is:        %llu (%s)\n#   should be: %llu"

/* Two numbers must be equal. */
#define CHECK_EQ(is, should, sentence)					\
	do {								\
		u64 is_ = (u64)(is), should_ = (u64)(should);	\
									\
		if (is_ != should_)					\
			tap_fail(__FILE__, __LINE__, TAP_IS " (%s)",	\
				 sentence, is_, #is, should_, #should);	\
	} while (0)

/* A number must lie in a range, both ends included. */
#define CHECK_IN(is, low, high, sentence)				\
	do {								\
		u64 is_ = (u64)(is), low_ = (u64)(low);	\
		u64 high_ = (u64)(high);			\
									\
		if (is_ < low_ || is_ > high_)				\
			tap_fail(__FILE__, __LINE__, TAP_IS "..%llu", \
				 sentence, is_, #is, low_, high_);	\
	} while (0)

#endif /* TOY_TESTS_TAP_H */
