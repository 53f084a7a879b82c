// SPDX-License-Identifier: GPL-2.0
/*
 * toyrun - run an unmodified program with toy sockets where it opens TCP sockets
 *
 * It puts libtoyrun.so (preload.c) into the program's environment and becomes the program. Where
 * that cannot work it says so beforehand: a program that went on over TCP unnoticed would be worse.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "program.h"
#include "uapi.h"
#include "words.h"

#define LIBRARY	"libtoyrun.so"

/* As env(1) and the shell have them; the program's own codes are passed on. */
enum {
	FAIL_OURS = 125,
	FAIL_CANNOT = 126,
	FAIL_NOT_FOUND = 127,
};

static const char help[] =
	"toyrun [OPTION] PROGRAM [ARGUMENT...] - run PROGRAM with toy sockets, not TCP\n"
	"\n"
	"Each SOCK_STREAM socket of IPv4 or IPv6 that PROGRAM or a child of it opens is\n"
	"one of protocol 253. Both ends must run so. UDP, UNIX and other sockets stay.\n"
	"\n"
	"  -4, -6         only IPv4, or only IPv6; the other family stays TCP\n"
	"  -t, --truth    let SO_PROTOCOL say 253; else programs see TCP's 6\n"
	"  -v, --verbose  say on stderr which sockets were changed\n"
	"  -f, --force    run PROGRAM even if it looks out of reach\n"
	"  -h, --help     this text\n"
	"\n"
	"Out of reach of LD_PRELOAD: static programs, Go programs, set-user-ID programs,\n"
	"sockets that come by inheritance (inetd) or from io_uring.\n"
	"TOYRUN_LIB names " LIBRARY " where it does not lie beside toyrun.\n"
	"\n"
	"Exit code: PROGRAM's; 125 toyrun itself failed, 126 PROGRAM cannot be run or\n"
	"reached, 127 PROGRAM not found.\n"
	"\n"
	"Example: toyrun python3 -m http.server & toyrun curl http://localhost:8000/\n";

struct settings {
	const char *family;
	bool truth;
	bool verbose;
	bool force;
};

static int wrong_usage(const char *what)
{
	if (what)
		fprintf(stderr, "toyrun: %s\n", what);
	fputs("usage: toyrun [-4|-6] [-t] [-v] [-f] PROGRAM [ARGUMENT...]   (--help tells more)\n",
	      stderr);
	return FAIL_OURS;
}

/* Returns -1 to go on, or the exit code. */
static int parse(int argc, char **argv, struct settings *set)
{
	static const struct option options[] = {
		{ "truth", no_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "force", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int o;

	while ((o = getopt_long(argc, argv, "+46tvfh", options, NULL)) != -1) {
		switch (o) {
		case '4':
			set->family = "4";
			break;
		case '6':
			set->family = "6";
			break;
		case 't':
			set->truth = true;
			break;
		case 'v':
			set->verbose = true;
			break;
		case 'f':
			set->force = true;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		default:
			return wrong_usage(NULL);
		}
	}
	return optind == argc ? wrong_usage("which program?") : -1;
}

/* ------------------------------------------------------------------------------------------- */
/* What may be in the way                                                                        */

static int cannot_find(const char *name, int err)
{
	if (err == ENOENT) {
		fprintf(stderr, "toyrun: there is no program '%s'%s\n", name,
			strchr(name, '/') ? "" : " in PATH");
		return FAIL_NOT_FOUND;
	}
	fprintf(stderr, "toyrun: cannot run %s: %s\n", name, strerror(err));
	if (err == EACCES)
		fprintf(stderr, "  It is not executable: chmod +x, or name its interpreter.\n");
	return FAIL_CANNOT;
}

static const char *obstacle(enum reach why)
{
	switch (why) {
	case IS_STATIC:
		return "is statically linked: no library can be preloaded into it";
	case IS_GO:
		return "is a Go program: it makes its system calls itself, past every library";
	case IS_SETUID:
		return "raises its rights (set-user-ID, set-group-ID or file capabilities):\n"
		       "  the dynamic linker then ignores LD_PRELOAD";
	case IS_OTHER_ARCH:
		return "is built for another machine or word size than " LIBRARY;
	case IS_OTHER_LIBC:
		return "uses musl, another C library than " LIBRARY " is built for";
	default:
		return NULL;
	}
}

static const char *advice(enum reach why)
{
	switch (why) {
	case IS_SETUID:
		return "Run it as the user whose rights it takes (root: sudo toyrun ...), or\n"
		       "  run a copy that raises none.";
	case IS_OTHER_ARCH:
	case IS_OTHER_LIBC:
		return "Build a " LIBRARY " for it and name that in TOYRUN_LIB, with --force.";
	default:
		return "It would go on over TCP. Change its source to ask for protocol 253, or\n"
		       "  take a dynamically linked build; --force runs it as it is.";
	}
}

static int out_of_reach(const struct program *p)
{
	fprintf(stderr, "toyrun: %s %s\n  %s\n", p->binary, obstacle(p->why), advice(p->why));
	return FAIL_CANNOT;
}

static int no_toy_sockets(int family)
{
	int fd = socket(family, SOCK_STREAM, IPPROTO_TOY);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno != EPROTONOSUPPORT) {
		fprintf(stderr, "toyrun: cannot open a toy socket: %s\n", strerror(errno));
		return FAIL_OURS;
	}
	fputs("toyrun: the toy transport is not loaded in this kernel\n", stderr);
	words_load_it();
	return FAIL_OURS;
}

/* Where the library is: what TOYRUN_LIB says, or beside this program, or where it was installed. */
static bool library(char path[PATH_MAX])
{
	static const char * const beside[] = { "", "/../lib/toyrun", "/../lib", NULL };
	const char *given = getenv("TOYRUN_LIB");
	char self[PATH_MAX];
	ssize_t n;

	if (given) {
		if (realpath(given, path) && !access(path, R_OK))
			return true;
		fprintf(stderr, "toyrun: TOYRUN_LIB names %s: %s\n", given, strerror(errno));
		return false;
	}
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		*strrchr(self, '/') = '\0';
		for (int i = 0; beside[i]; i++) {
			char try[2 * PATH_MAX];

			snprintf(try, sizeof(try), "%s%s/" LIBRARY, self, beside[i]);
			if (realpath(try, path) && !access(path, R_OK))
				return true;
		}
	}
	fputs("toyrun: " LIBRARY " does not lie beside toyrun\n"
	      "  Build it: make userspace. Or name it in TOYRUN_LIB.\n", stderr);
	return false;
}

/* ------------------------------------------------------------------------------------------- */

/* A list in LD_PRELOAD is parted by colons and blanks, and there is no way to quote them. */
static int preload(const char *path)
{
	const char *others = getenv("LD_PRELOAD");
	char *list;
	int ret;

	if (strpbrk(path, ": \t")) {
		fprintf(stderr, "toyrun: LD_PRELOAD cannot name %s: a colon or a blank is in it\n"
			"  Copy the library to another folder and name it in TOYRUN_LIB.\n", path);
		return -1;
	}
	if (asprintf(&list, "%s%s%s", path, others && *others ? ":" : "", others ?: "") < 0)
		return -1;
	ret = setenv("LD_PRELOAD", list, 1);
	free(list);
	return ret;
}

static int set_environment(const struct settings *set, const char *lib)
{
	if (preload(lib))
		return -1;
	if (set->family && setenv("TOYRUN_FAMILY", set->family, 1))
		return -1;
	if (set->truth && setenv("TOYRUN_TRUTH", "1", 1))
		return -1;
	return set->verbose ? setenv("TOYRUN_VERBOSE", "1", 1) : 0;
}

int main(int argc, char **argv)
{
	struct settings set = { };
	char lib[PATH_MAX];
	struct program p;
	int ret;

	ret = parse(argc, argv, &set);
	if (ret >= 0)
		return ret;
	argv += optind;
	ret = program_find(&p, argv[0]);
	if (ret)
		return cannot_find(argv[0], -ret);
	program_examine(&p);
	if (!set.force && obstacle(p.why))
		return out_of_reach(&p);
	if (!library(lib))
		return FAIL_OURS;
	ret = no_toy_sockets(set.family && *set.family == '6' ? AF_INET6 : AF_INET);
	if (ret)
		return ret;
	if (set_environment(&set, lib))
		return FAIL_OURS;
	execv(p.path, argv);
	if (errno == ENOEXEC) {		/* a script without a first line that says so */
		char **shell = calloc((size_t)argc - optind + 2, sizeof(*shell));

		if (shell) {
			shell[0] = "/bin/sh";
			shell[1] = p.path;
			memcpy(shell + 2, argv + 1, (size_t)(argc - optind) * sizeof(*shell));
			execv(shell[0], shell);
		}
	}
	return cannot_find(argv[0], errno);
}
