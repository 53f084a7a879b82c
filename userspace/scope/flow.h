/* SPDX-License-Identifier: GPL-2.0 */
/*
 * flow.h - connections: what both ends tell, put together
 *
 * A flow is one life of one connection: from its first event to CLOSED on both ends. The kernel
 * tells each end's story by itself, in its own network namespace; they are joined by addresses
 * and ports, and each segment sent by one end is looked for among those that the other received.
 */
#ifndef SCOPE_FLOW_H
#define SCOPE_FLOW_H

#include "event.h"

#define LEFT	0	/* the end that opened; the ladder's left column */
#define RIGHT	1

enum row_kind {
	ROW_SEGMENT,	/* sent, received, dropped or lost */
	ROW_STATE,
	ROW_TIMER,
	ROW_CONG,
};

/**
 * struct row - one line of a flow's story
 * @kind: enum row_kind
 * @side: the end it happened at; of a segment, the end that sent it
 * @ev: what happened, of all but segments
 * @tx: EVENT_SEND, NULL when nobody was seen sending it
 * @rx: EVENT_RECEIVE at the other end, NULL when it did not come (or that end is not watched)
 * @drop: EVENT_DROP at the other end, when it was not taken
 * @lost: it left and never arrived
 * @twin: it arrived once more than it was sent: the network doubled it
 * @pieces: bytes of a super-segment that came so far
 */
struct row {
	enum row_kind kind;
	int side;
	const struct event *ev;
	const struct event *tx;
	const struct event *rx;
	const struct event *drop;
	bool lost;
	bool twin;
	u32 pieces;
};

/**
 * struct end - one end of a flow
 * @at: its address and port
 * @netns: where it lives
 * @seen: it told something: it is watched
 * @state: the state it was last said to be in
 * @closed: it has been in a state and is CLOSED again
 * @has_iss: @iss is known
 * @iss: sequence number of its SYN
 * @listen: it was a listener first: the event, or NULL
 * @waiting: rows of segments it sent that have not been received, oldest first
 * @nwaiting: how many
 * @room: how many fit
 */
struct end {
	struct endpoint at;
	u32 netns;
	bool seen;
	u8 state;
	bool closed;
	bool has_iss;
	u32 iss;
	const struct event *listen;
	size_t *waiting;
	size_t nwaiting;
	size_t room;
};

/**
 * struct flow - one connection
 * @end: both ends
 * @rows: what happened, in the order of the events they came from
 * @n: how many
 * @room: how many fit
 * @start: time 0: the first SYN, or the first event
 * @next: hash chain
 * @nr: 1, 2, 3... by age
 */
struct flow {
	struct end end[2];
	struct row *rows;
	size_t n;
	size_t room;
	uint64_t start;
	struct flow *next;
	unsigned int nr;
};

/**
 * struct flows - all connections
 * @v: in order of age
 * @n: how many
 * @room: how many fit
 * @bucket: heads of hash chains, newest first
 */
struct flows {
	struct flow **v;
	size_t n;
	size_t room;
	struct flow *bucket[1024];
};

/* Join sorted events. @port: only flows of that port; 0: all. The events must outlive the flows. */
void flows_join(struct flows *flows, const struct events *all, u16 port);
void flows_free(struct flows *flows);

/* join.c: segments of one flow, in order of time; join_done() comes after the last of them */
void join_segment(struct flow *f, int side, const struct event *ev);
void join_done(struct flow *f);
struct row *flow_row(struct flow *f, enum row_kind kind, int side);

/* When the row happened: a segment when it was sent, or, if nobody saw that, when it came. */
uint64_t row_time(const struct row *r);

/* The segment of a row, from whoever saw it, best the sender. */
const struct segment *row_segment(const struct row *r);

/* The row is a segment sent again. */
bool row_again(const struct row *r);

#endif /* SCOPE_FLOW_H */
