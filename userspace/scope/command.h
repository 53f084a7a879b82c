/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command.h - the command that is watched: how it is started, what it writes, how it ends
 */
#ifndef SCOPE_COMMAND_H
#define SCOPE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct command - a process
 * @pid: of it
 * @ended: it has
 * @status: its exit code then, as a shell has it
 * @output: a terminal of ours that it writes to, or -1: it has standard output itself
 */
struct command {
	pid_t pid;
	bool ended;
	int status;
	int output;
};

/*
 * Start it. @toyrun: under toyrun. @ours: on a terminal of ours. Returns 0 or an exit code, after a
 * word.
 */
int command_start(struct command *c, char **argv, bool toyrun, bool ours);

/* Look whether it has ended. */
void command_look(struct command *c);

/* Wait up to @ms milliseconds for it to write something: returns the bytes read, or 0. */
size_t command_read(struct command *c, char *to, size_t size, int ms);

/* Tell it to end. */
void command_stop(struct command *c);

#endif /* SCOPE_COMMAND_H */
