/* SPDX-License-Identifier: GPL-2.0 */
/*
 * words.h - what went wrong, in words, and what to do next
 *
 * An errno says what the kernel met; these functions say what it means to the person in front of
 * the terminal. One exit code for each kind of failure, so that scripts can tell them apart.
 */
#ifndef TOY_LIB_WORDS_H
#define TOY_LIB_WORDS_H

#include <stdbool.h>

/* The exit codes of the programs; each --help lists those that it uses. */
enum exit_code {
	OK_DONE = 0,
	FAIL_OTHER = 1,
	FAIL_USAGE = 2,
	FAIL_NOT_LOADED = 3,
	FAIL_NAME = 4,
	FAIL_REFUSED = 5,
	FAIL_UNREACHABLE = 6,
	FAIL_TIMEOUT = 7,
	FAIL_IN_USE = 8,
	FAIL_PERMISSION = 9,
	FAIL_CUT = 10,
};

#define EXIT_CODES_HELP							\
	"Exit codes: 0 done, 1 other failure, 2 wrong arguments, 3 module not loaded,\n"	\
	"  4 name not known, 5 refused, 6 unreachable, 7 timed out, 8 address in use,\n"	\
	"  9 not permitted, 10 connection cut short\n"

/**
 * struct attempt - what was tried, for the sentence that says it failed
 * @program: who speaks
 * @doing: what was tried: "connect to"
 * @where: address and port in words, or NULL
 * @port: the port
 * @tcp: over the kernel's TCP rather than the toy transport
 */
struct attempt {
	const char *program;
	const char *doing;
	const char *where;
	unsigned int port;
	bool tcp;
};

/* Say that @a failed with @err (an errno) and what to do about it. Returns the exit code. */
int words_for(const struct attempt *a, int err);

/* Say who holds a local port, on stderr, one line each, as far as /proc tells. Returns how many. */
int words_holders(unsigned int port, bool tcp);

/* Say on stderr how to come by the module. */
void words_load_it(void);

/* What goes before the names of client and server: "toy-" where they are installed. */
const char *words_prefix(void);

#endif /* TOY_LIB_WORDS_H */
