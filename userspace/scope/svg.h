/* SPDX-License-Identifier: GPL-2.0 */
/*
 * svg.h - one flow as a picture
 */
#ifndef SCOPE_SVG_H
#define SCOPE_SVG_H

#include "export.h"
#include "marks.h"

#define SVG_WIDTH	960	/* pixels, as all lengths here */

/**
 * struct picture - a flow laid out
 * @f: the flow
 * @all: the events it was made of
 * @look: how segments are told
 * @marks: what is drawn
 * @y: where each mark is; marks in a crowd share one place
 * @folded: it is one of a crowd: 0 no, 1 yes, 2 and the crowd's line is written at it
 * @height: of the whole
 */
struct picture {
	const struct flow *f;
	const struct events *all;
	struct look look;
	struct marks marks;
	int *y;
	u8 *folded;
	int height;
};

void picture_make(struct picture *p, const struct flow *f, const struct exported *ex);
void picture_free(struct picture *p);

/* Write the beginning of an <svg>. */
void picture_begin(FILE *f, int height);

/* Write the elements of a picture, @top pixels below the top of its <svg>. */
void picture_put(FILE *f, const struct picture *p, int top);

/* The style sheet that pictures need, light and dark. */
extern const char picture_style[];

#endif /* SCOPE_SVG_H */
