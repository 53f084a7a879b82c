/* SPDX-License-Identifier: GPL-2.0 */
/*
 * record.h - events in a file of JSON lines, for --record and --replay
 */
#ifndef SCOPE_RECORD_H
#define SCOPE_RECORD_H

#include "event.h"

/* Write all events to a file. Returns 0 or an exit code, after a word about what failed. */
int record_write(const struct events *all, const char *path);

/* Read a file that record_write() wrote. Returns likewise. */
int record_read(struct events *all, const char *path);

#endif /* SCOPE_RECORD_H */
