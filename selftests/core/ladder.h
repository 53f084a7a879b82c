/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: ladder.h - what happened, one line each
 *
 * The last lines are remembered, so that a failure can show how it came about; with tracing on
 * they are printed at once.
 */
#ifndef TOY_TESTS_LADDER_H
#define TOY_TESTS_LADDER_H

#include "conn.h"

#define LADDER_LINES	60
#define LADDER_WIDTH	192

extern bool ladder_keep;	/* remember lines; off where time is short */
extern bool ladder_on;		/* print every line; TOY_TRACE=1 turns it on */

void ladder_clear(void);
void ladder_dump(void);
__attribute((__format__(printf, 3, 4)))
void ladder_line(u64 now, const char *who, const char *fmt, ...);
void ladder_segment(u64 now, const char *who, const char *what, const struct toy_seg *seg);

#endif /* TOY_TESTS_LADDER_H */
