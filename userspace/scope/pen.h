/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pen.h - the lines that a ladder in a terminal is made of
 */
#ifndef SCOPE_PEN_H
#define SCOPE_PEN_H

#include <stdio.h>

#include "ladder.h"
#include "marks.h"

/**
 * struct pen - what lines are drawn with
 * @look: the settings
 * @f: the flow
 * @out: where they go
 * @inner: columns between the two bars
 * @bar: and the other strokes, unicode or ASCII
 */
struct pen {
	const struct look *look;
	const struct flow *f;
	FILE *out;
	int inner;
	const char *bar, *line, *dots, *to_left, *to_right, *cross, *more, *sect, *full, *part;
};

void pen_init(struct pen *p, const struct look *look, const struct flow *f, FILE *out);

/* Names, initial sequence numbers, and the states that both ends were in before. */
void pen_head(const struct pen *p, const struct events *all);

/* One line that says which flow the next lines are of. */
void pen_heading(const struct pen *p, const struct events *all);

/* Everything that @k shows. */
void pen_mark(const struct pen *p, const struct mark *k);

/* A crowd of plain segments in one line. */
void pen_crowd(const struct pen *p, const struct crowd *c);

/* How much is left of the TIME-WAIT of an end; @ns: the time now. */
void pen_wait(const struct pen *p, int side, uint64_t ns);

/* The sums. */
void pen_foot(const struct pen *p);

#endif /* SCOPE_PEN_H */
