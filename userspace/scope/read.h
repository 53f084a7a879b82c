/* SPDX-License-Identifier: GPL-2.0 */
/*
 * read.h - events out of the running kernel
 */
#ifndef SCOPE_READ_H
#define SCOPE_READ_H

#include "event.h"

struct reader;

/*
 * Switch the module's tracepoints on, in a buffer of our own. Returns 0 or an exit code, after a
 * word.
 */
int reader_open(struct reader **reader);

/* Take what has happened since. Returns 0 or an exit code. */
int reader_drain(struct reader *reader, struct events *all);

/* Switch them off and leave nothing behind. */
void reader_close(struct reader *reader);

#endif /* SCOPE_READ_H */
