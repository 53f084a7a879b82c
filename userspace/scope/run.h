/* SPDX-License-Identifier: GPL-2.0 */
/*
 * run.h - a kernel watched, while a command runs or until somebody says stop
 */
#ifndef SCOPE_RUN_H
#define SCOPE_RUN_H

#include "event.h"
#include "filter.h"
#include "live.h"

/**
 * struct run - what is run and how long it is watched
 * @argv: the command; NULL: none, watch until interrupted
 * @toyrun: put toyrun before the command
 * @filter: only these connections count
 * @timeout: seconds that connections may take to end after the command has, 0: none
 * @live: where events are drawn as they come; NULL: nowhere
 * @after: draw them only once the command is over
 * @keep: the events are wanted afterwards, too
 * @status: exit code of the command, afterwards
 * @open: ends that were not CLOSED when the watching ended, afterwards
 */
struct run {
	char **argv;
	bool toyrun;
	const struct filter *filter;
	unsigned int timeout;
	struct live *live;
	bool after;
	bool keep;
	int status;
	unsigned int open;
};

/* Watch, and collect events until every connection is over. Returns 0 or an exit code. */
int run_watched(struct run *run, struct events *all);

/* Draw what was recorded as it happened; on a terminal, at the pace at which it did. */
void run_replayed(struct live *live, const struct events *all, bool pace);

#endif /* SCOPE_RUN_H */
