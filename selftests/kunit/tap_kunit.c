// SPDX-License-Identifier: GPL-2.0
/*
 * tap_kunit.c - tap.h on KUnit: every TEST() and every row of a table becomes a case of the suite
 * toy_core.
 *
 * Loading the module runs them; /sys/kernel/debug/kunit/toy_core/results has the verdicts. Needs
 * CONFIG_CONSTRUCTORS, which KASAN and gcov bring: the tests register themselves.
 */
#include <linux/module.h>
#include <kunit/test.h>

#include "tap.h"

#define TAP_CLEANUPS	8

/**
 * struct tap_one - what a case runs
 * @run: the test, or a table's function for one of its rows
 * @arg: the row
 */
struct tap_one {
	void (*run)(const void *arg);
	const void *arg;
};

static char *seed;
module_param(seed, charp, 0444);
MODULE_PARM_DESC(seed, "what getenv(\"SEED\") says to the tests");

static struct tap_test *tap_first;
static struct tap_test **tap_last = &tap_first;
static void (*tap_cleanups[TAP_CLEANUPS])(void);
static unsigned int tap_ncleanups;
static struct kunit_case *tap_cases;	/* ends with an empty one */
static struct tap_one *tap_ones;	/* in step with @tap_cases */
static unsigned int tap_count;
static unsigned int tap_room;
static struct kunit *tap_current;

void tap_register(struct tap_test *test)
{
	*tap_last = test;
	tap_last = &test->next;
}

void tap_cleanup(void (*cleanup)(void))
{
	if (tap_ncleanups < TAP_CLEANUPS)
		tap_cleanups[tap_ncleanups++] = cleanup;
}

void tap_fail(const char *file, int line, const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	text.va = &args;
	kunit_err(tap_current, "%s:%d: %pV\n", kbasename(file), line, &text);
	va_end(args);
	kunit_set_failure(tap_current);
	kunit_try_catch_throw(&tap_current->try_catch);
}

void tap_note(const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	text.va = &args;
	kunit_info(tap_current, "%pV\n", &text);
	va_end(args);
}

/* The C library knows how long a block is, vmalloc() does not: it stands before the block. */
struct tap_block {
	size_t size;
	u8 data[] __aligned(16);
};

/* Filled with zeros, for calloc(). Never fails: no test is about that. */
void *tap_realloc(void *p, size_t size)
{
	struct tap_block *old = p ? container_of(p, struct tap_block, data[0]) : NULL;
	struct tap_block *new = kvzalloc(size_add(size, sizeof(*new)), GFP_KERNEL | __GFP_NOFAIL);

	new->size = size;
	if (old)
		memcpy(new->data, old->data, min_t(size_t, size, old->size));
	kvfree(old);
	return new->data;
}

void tap_free(void *p)
{
	if (p)
		kvfree(container_of(p, struct tap_block, data[0]));
}

const char *tap_getenv(const char *name)
{
	return strcmp(name, "SEED") ? NULL : seed;
}

/* KUnit hands a case its name, and nothing else that is its own. */
static void tap_run(struct kunit *test)
{
	unsigned int i;

	tap_current = test;
	for (i = 0; i < tap_count; i++) {
		if (tap_cases[i].name == test->name) {
			tap_ones[i].run(tap_ones[i].arg);
			return;
		}
	}
	tap_fail(__FILE__, __LINE__, "no such test");
}

/* Called by KUnit after every case, whether it passed or not. */
static void tap_exit(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < tap_ncleanups; i++)
		tap_cleanups[i]();
}

static int tap_add(const char *name, void (*run)(const void *arg), const void *arg)
{
	struct kunit_case *cases;
	struct tap_one *ones;

	if (tap_count + 1 >= tap_room) {
		tap_room += 256;
		cases = krealloc_array(tap_cases, tap_room, sizeof(*cases),
				       GFP_KERNEL | __GFP_ZERO);
		if (!cases)
			return -ENOMEM;
		tap_cases = cases;
		ones = krealloc_array(tap_ones, tap_room, sizeof(*ones), GFP_KERNEL | __GFP_ZERO);
		if (!ones)
			return -ENOMEM;
		tap_ones = ones;
	}
	tap_cases[tap_count].run_case = tap_run;
	tap_cases[tap_count].name = kstrdup(name, GFP_KERNEL);
	if (!tap_cases[tap_count].name)
		return -ENOMEM;
	tap_ones[tap_count].run = run;
	tap_ones[tap_count].arg = arg;
	tap_count++;
	/* What grew is not all zero. */
	memset(&tap_cases[tap_count], 0, sizeof(*tap_cases));
	return 0;
}

/* A table says its rows before anything runs. */
void tap_case(const char *name, void (*run)(const void *arg), const void *arg)
{
	if (tap_add(name, run, arg))
		pr_err("not ok - no memory for the test %s\n", name);
}

static void tap_run_plain(const void *arg)
{
	const struct tap_test *test = arg;

	test->run();
}

static struct kunit_suite tap_suite = {
	.name = "toy_core",
	.exit = tap_exit,
};

static struct kunit_suite *tap_suites[] = { &tap_suite };

static void tap_forget(void)
{
	unsigned int i;

	for (i = 0; i < tap_count; i++)
		kfree(tap_cases[i].name);
	kfree(tap_cases);
	kfree(tap_ones);
}

static int __init tap_init(void)
{
	struct tap_test *test;
	int err = 0;

	for (test = tap_first; test && !err; test = test->next) {
		if (!strncmp(test->name, "TABLE_", 6))
			test->run();
		else
			err = tap_add(test->name, tap_run_plain, test);
	}
	if (!err && !tap_count)
		err = -ENOENT;
	if (err) {
		tap_forget();
		return err;
	}
	tap_suite.test_cases = tap_cases;
	return __kunit_test_suites_init(tap_suites, ARRAY_SIZE(tap_suites));
}

static void __exit tap_leave(void)
{
	__kunit_test_suites_exit(tap_suites, ARRAY_SIZE(tap_suites));
	tap_forget();
}

module_init(tap_init);
module_exit(tap_leave);
MODULE_DESCRIPTION("the unit tests of the toy transport's core");
MODULE_LICENSE("GPL");
