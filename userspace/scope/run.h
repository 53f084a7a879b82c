/* SPDX-License-Identifier: GPL-2.0 */
/*
 * run.h - a command run under the eyes of toyscope
 */
#ifndef SCOPE_RUN_H
#define SCOPE_RUN_H

#include "event.h"

/**
 * struct run - what is run and how long it is watched
 * @argv: the command
 * @port: only flows of this port count; 0: all
 * @timeout: seconds that connections may take to end after the command has, 0: none
 * @status: exit code of the command, afterwards
 * @open: ends that were not CLOSED when the watching ended, afterwards
 */
struct run {
	char **argv;
	u16 port;
	unsigned int timeout;
	int status;
	unsigned int open;
};

/* Run it and collect events until every connection is over. Returns 0 or an exit code. */
int run_watched(struct run *run, struct events *all);

#endif /* SCOPE_RUN_H */
