/* SPDX-License-Identifier: GPL-2.0 */
/*
 * graph.h - sequence numbers of one direction of a flow, over time
 */
#ifndef SCOPE_GRAPH_H
#define SCOPE_GRAPH_H

#include <stdio.h>

#include "flow.h"

enum bar_kind {
	BAR_SENT,
	BAR_AGAIN,
	BAR_LOST,
	BAR_REFUSED,
	BAR_SACK,
	BAR_KINDS
};

/**
 * struct bar - bytes from @from to @to, at one moment
 * @ms: since the flow's start
 * @from: first byte, counted from the initial sequence number
 * @to: the one after the last
 * @kind: enum bar_kind
 * @row: the segment
 */
struct bar {
	double ms;
	s64 from;
	s64 to;
	enum bar_kind kind;
	const struct row *row;
};

enum line_kind {
	LINE_ACK,	/* SND.UNA */
	LINE_WINDOW,	/* the last byte that the peer's window lets go, and one */
	LINE_CWND,	/* SND.UNA and the congestion window */
	LINE_OFFERED,	/* the peer's window itself */
	LINE_CONG,	/* the congestion window itself */
	LINE_THRESH,	/* the slow start threshold */
	LINE_FLIGHT,	/* what is on its way: SND.NXT less SND.UNA */
	LINE_KINDS
};

/**
 * struct step - from this moment on a line is at @y
 * @ms: since the flow's start
 * @y: bytes
 */
struct step {
	double ms;
	s64 y;
};

/**
 * struct steps - a line
 * @v: in order of time
 * @n: how many
 * @room: how many fit
 */
struct steps {
	struct step *v;
	size_t n;
	size_t room;
};

/**
 * struct graph - what one end sent, as it knew it itself
 * @f: the flow
 * @side: the end
 * @bars: segments that it sent, and SACK blocks that came, in order of time
 * @nbars: how many
 * @line: by enum line_kind
 * @timers: rows of timers that ran out
 * @ntimers: how many
 */
struct graph {
	const struct flow *f;
	int side;
	struct bar *bars;
	size_t nbars;
	struct steps line[LINE_KINDS];
	const struct row **timers;
	size_t ntimers;
};

/* Returns false when that end sent no data: there is nothing to be drawn. */
bool graph_make(struct graph *g, const struct flow *f, int side);
void graph_free(struct graph *g);

/* When the last segment came, or the last timer ran out: TIME-WAIT is not waited for. */
double graph_end(const struct flow *f);

#endif /* SCOPE_GRAPH_H */
