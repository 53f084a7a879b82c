// SPDX-License-Identifier: GPL-2.0
/*
 * tap.c - runs the registered tests and prints TAP. "--list" prints the names, any other argument
 * runs only the tests that have it in their name.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

#define TAP_CLEANUPS	8

static struct tap_test *tap_first;
static struct tap_test **tap_last = &tap_first;
static void (*tap_cleanups[TAP_CLEANUPS])(void);
static unsigned int tap_ncleanups;
static jmp_buf tap_out;
static const char *tap_only;
static const char *tap_current;
static bool tap_passed;
static unsigned int tap_ran;
static unsigned int tap_failed;

void tap_register(struct tap_test *test)
{
	*tap_last = test;
	tap_last = &test->next;
}

/* Called after every test, whether it passed or not. */
void tap_cleanup(void (*cleanup)(void))
{
	if (tap_ncleanups < TAP_CLEANUPS)
		tap_cleanups[tap_ncleanups++] = cleanup;
}

void tap_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	longjmp(tap_out, 1);
}

void tap_note(const char *fmt, ...)
{
	va_list args;

	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

/* MUST_13_active_closer -> MUST-13 active closer */
static const char *tap_words(const char *name)
{
	static char text[256];
	size_t i, labels = 0;

	snprintf(text, sizeof(text), "%s", name);
	for (i = 0; text[i]; i++) {
		if (text[i] != '_')
			continue;
		if (!labels++ && text[i + 1] >= '0' && text[i + 1] <= '9')
			text[i] = '-';
		else
			text[i] = ' ';
	}
	return text;
}

static void tap_report(const char *name, bool passed)
{
	unsigned int i;

	tap_failed += !passed;
	printf("%sok %u - %s\n", passed ? "" : "not ", ++tap_ran, tap_words(name));
	fflush(stdout);
	for (i = 0; i < tap_ncleanups; i++)
		tap_cleanups[i]();
}

/* One row of a table as a test of its own; called outside of any TEST(). */
void tap_case(const char *name, void (*run)(const void *arg), const void *arg)
{
	if (tap_only && !strstr(name, tap_only) && !strstr(tap_words(name), tap_only))
		return;
	tap_current = name;
	tap_passed = false;
	if (!setjmp(tap_out)) {
		run(arg);
		tap_passed = true;
	}
	tap_report(name, tap_passed);
}

static void tap_run_plain(const void *arg)
{
	const struct tap_test *test = arg;

	test->run();
}

/* An assertion in the core, or a sanitizer that aborts, still names the test. */
static void tap_died(int sig)
{
	char text[320];
	int n;

	n = snprintf(text, sizeof(text), "not ok %u - %s\nBail out! signal %d in %s\n",
		     tap_ran + 1, tap_words(tap_current ? tap_current : "?"), sig,
		     tap_current ? tap_current : "?");
	if (write(STDOUT_FILENO, text, n) < 0)
		_exit(3);
	_exit(2);
}

/* Tables register themselves as tests whose name begins with "TABLE_" and call tap_case(). */
int tap_main(int argc, char **argv)
{
	struct tap_test *test;
	bool list = argc > 1 && !strcmp(argv[1], "--list");

	if (argc > 1 && !list)
		tap_only = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGABRT, tap_died);
	if (!list)
		printf("TAP version 13\n");
	for (test = tap_first; test; test = test->next) {
		if (list)
			printf("%s:%d %s\n", test->file, test->line, tap_words(test->name));
		else if (!strncmp(test->name, "TABLE_", 6))
			test->run();
		else
			tap_case(test->name, tap_run_plain, test);
	}
	if (list)
		return 0;
	printf("1..%u\n", tap_ran);
	if (tap_failed)
		tap_note("%u of %u failed", tap_failed, tap_ran);
	return tap_failed || !tap_ran;
}
