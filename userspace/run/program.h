/* SPDX-License-Identifier: GPL-2.0 */
/*
 * program.h - where a program lies, and whether a preloaded library reaches it
 */
#ifndef TOY_RUN_PROGRAM_H
#define TOY_RUN_PROGRAM_H

#include <limits.h>

/* What stands between a program and LD_PRELOAD. */
enum reach {
	REACHED,
	NOT_READABLE,	/* nothing is known: it may work */
	IS_STATIC,	/* no dynamic linker starts it */
	IS_GO,		/* makes its system calls itself */
	IS_SETUID,	/* the linker heeds no environment when rights are raised */
	IS_OTHER_ARCH,	/* its words are not ours: a library of this build does not fit */
	IS_OTHER_LIBC,	/* its dynamic linker is not that of this machine's C library */
};

/**
 * struct program - what is known of a program
 * @path: the file that execve() would be given
 * @binary: the ELF file that runs in the end; of a script its interpreter
 * @why: what stands in the way
 */
struct program {
	char path[PATH_MAX];
	char binary[PATH_MAX];
	enum reach why;
};

/* Look @name up as a shell does: by PATH where it has no slash. Returns 0 or -errno. */
int program_find(struct program *p, const char *name);

/* Find out what stands between it and LD_PRELOAD: sets @binary and @why. */
void program_examine(struct program *p);

#endif /* TOY_RUN_PROGRAM_H */
