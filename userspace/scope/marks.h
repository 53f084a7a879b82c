/* SPDX-License-Identifier: GPL-2.0 */
/*
 * marks.h - what of a flow is drawn, in order of time
 */
#ifndef SCOPE_MARKS_H
#define SCOPE_MARKS_H

#include "flow.h"
#include "text.h"

#define FOLD_OVER	16	/* so many plain segments in a row are folded */
#define FOLD_KEEP	4	/* but this many at either end of them */

enum mark_kind {
	MARK_OTHER,	/* a state, a timer, a congestion event */
	MARK_ARROW,	/* a segment from one end to the other */
	MARK_DEPART,	/* its departure alone */
	MARK_ARRIVE,	/* its arrival alone */
};

/**
 * struct mark - one thing that is drawn
 * @kind: enum mark_kind
 * @ns: when
 * @order: among those of the same time
 * @row: what it shows
 * @tag: a number that departure and arrival of one segment share; 0: none is needed
 */
struct mark {
	enum mark_kind kind;
	uint64_t ns;
	size_t order;
	const struct row *row;
	unsigned int tag;
};

/**
 * struct marks - all of a flow; @v is the caller's to free
 * @v: in order of time
 * @n: how many
 */
struct marks {
	struct mark *v;
	size_t n;
};

/**
 * struct crowd - segments of which nothing is worth telling, in one line
 * @ns: when the first of them left
 * @n: marks
 * @segments: that left, by side
 * @bytes: of payload in them
 */
struct crowd {
	uint64_t ns;
	size_t n;
	uint64_t segments[2];
	uint64_t bytes[2];
};

/* Is a row other than a segment drawn? Congestion control's everyday business only with @all. */
bool marks_show(const struct row *r, bool all);

/* All that is not told yet. @all: congestion control's everyday business too. */
void marks_make(struct marks *m, const struct flow *f, bool all);

/* How many marks from @at on are segments about which nothing is worth a line in a crowd. */
size_t marks_plain(const struct marks *m, size_t at);

/* Add @n marks to a crowd. */
void marks_crowd_add(struct crowd *c, const struct mark *k, size_t n);

/* "... 90 segments (90000 bytes) ▶, 92 (0) ◀" */
void marks_crowd_text(struct text *t, const struct crowd *c, const char *to_right,
		      const char *to_left);

#endif /* SCOPE_MARKS_H */
