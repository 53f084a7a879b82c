/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ladder.h - flows shown: as a ladder for people, as lines for programs
 */
#ifndef SCOPE_LADDER_H
#define SCOPE_LADDER_H

#include <stdio.h>

#include "flow.h"
#include "label.h"

#define WIDTH_LEAST	80
#define WIDTH_MOST	200
#define WIDTH_USUAL	90

/**
 * struct look - how a ladder is drawn
 * @label: how segments are told
 * @width: columns
 * @colour: with escape sequences
 * @msl_note: say how net.toy.msl was set even where it was as usual
 * @virtual_time: the clock was that of a machine that skips idle time
 */
struct look {
	struct label_style label;
	int width;
	bool colour;
	bool msl_note;
	bool virtual_time;
};

/* Draw one flow on standard output. */
void ladder_draw(const struct flow *f, const struct events *all, const struct look *look);

/* What the signs in ladders mean, under the last of them. */
void ladder_signs(const struct look *look);

/*
 * One line an event, for programs:
 *	flow NR LEFT RIGHT
 *	MS left|right state FROM TO WHY [ms=2MSL]
 *	MS left|right segment FLAGS seq=... [ack=...] [len=...] [win=...] why=WHY fate=FATE
 *	MS left|right timer NAME backoff=N rto=USEC
 * MS is the time since the first SYN. FATE is taken, lost, unseen (the other end is not watched),
 * or the reason why it was dropped.
 */
void lines_print(const struct flow *f, const struct label_style *st);

/* The parts of it: the first line, those of listeners, and one of the others. */
void lines_head(const struct flow *f, FILE *out);
void lines_listen(const struct flow *f, FILE *out);
void lines_row(const struct flow *f, const struct row *r, const struct label_style *st, FILE *out);

/* What all pictures share: the time of a row, in milliseconds since the flow's start. */
double row_ms(const struct flow *f, uint64_t ns);

/* "client 10.77.0.1:58950": whose column it is. */
void ladder_name(struct text *t, const struct flow *f, const struct events *all, int side);

/* The state an end was in before anything happened; NULL when nobody saw. */
const char *ladder_first_state(const struct flow *f, int side);

/* "timer: retransmission, RTO 1000 ms x 2"; "cwnd 14600: recovery is over" */
void ladder_words(struct text *t, const struct row *r);

/* The sums under a ladder. Returns how many lines there are. */
#define LADDER_FOOT	4
int ladder_foot(struct text line[LADDER_FOOT], const struct flow *f, const struct look *look);

#endif /* SCOPE_LADDER_H */
