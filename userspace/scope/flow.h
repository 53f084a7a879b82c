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

struct filter;

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
 * @late: it was shown as lost, and came after all (drawn live)
 * @told: TOLD_*: what of it was drawn already (drawn live)
 * @tag: number that departure and arrival were drawn with, 0: none
 * @pieces: bytes of a super-segment that came so far
 * @taken: how many events of the flow were taken before its first one
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
	bool late;
	u8 told;
	unsigned int tag;
	u32 pieces;
	uint64_t taken;
};

#define TOLD_FIRST	1	/* its departure, or all there is of it */
#define TOLD_ARRIVAL	2

/**
 * struct end - one end of a flow
 * @at: its address and port
 * @netns: where it lives
 * @seen: it told something: it is watched
 * @state: the state it was last said to be in
 * @closed: it has been in a state and is CLOSED again
 * @has_iss: @iss is known
 * @iss: sequence number of its SYN
 * @wait_ms: how long TIME-WAIT lasts, once it is or was in it
 * @wait_from: when that began, or began anew
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
	u32 wait_ms;
	uint64_t wait_from;
	const struct event *listen;
	size_t *waiting;
	size_t nwaiting;
	size_t room;
};

/**
 * struct sums - what the rows of a flow come to
 * @segments: all that left or came
 * @lost: of these, on their way
 * @again: sent again
 * @refused: not taken
 * @bytes: of payload, by who sent it, each byte once
 */
struct sums {
	unsigned int segments;
	unsigned int lost;
	unsigned int again;
	unsigned int refused;
	uint64_t bytes[2];
};

/**
 * struct flow - one connection
 * @end: both ends
 * @rows: what happened, in the order of the events they came from
 * @n: how many
 * @room: how many fit
 * @from: rows before this one are drawn, and nothing more is expected of them (drawn live)
 * @tags: the last number that tied a departure to its arrival (drawn live)
 * @cut: sums of the rows that were forgotten after they were drawn (drawn live)
 * @taken: events so far
 * @unsure: an end that told nothing yet may do so (drawn live)
 * @start: time 0: the first SYN, or the first event; 0: not known yet
 * @next: hash chain
 * @live: what live.c keeps of it
 * @nr: 1, 2, 3... by age
 */
struct flow {
	struct end end[2];
	struct row *rows;
	size_t n;
	size_t room;
	size_t from;
	unsigned int tags;
	struct sums cut;
	uint64_t taken;
	bool unsure;
	uint64_t start;
	struct flow *next;
	struct live_flow *live;
	unsigned int nr;
};

/**
 * struct flows - all connections
 * @v: in order of age
 * @n: how many
 * @room: how many fit
 * @born: how many there ever were
 * @listen: ends that began to listen, in order of time
 * @nlisten: how many
 * @bucket: heads of hash chains, newest first
 */
struct flows {
	struct flow **v;
	size_t n;
	size_t room;
	unsigned int born;
	const struct event **listen;
	size_t nlisten;
	struct flow *bucket[1024];
};

/* Join sorted events. The events must outlive the flows. */
void flows_join(struct flows *flows, const struct events *all, const struct filter *filter);
void flows_free(struct flows *flows);

/*
 * The same bit by bit: take one event that filter_passes(), in order of time, and return its flow,
 * or NULL for a listener's; find time 0, unless it is known; forget a flow.
 */
struct flow *flows_take(struct flows *flows, const struct event *ev);
bool flow_start(const struct flows *flows, struct flow *f, bool sure);
void flows_drop(struct flows *flows, struct flow *f);

/* Both ends are CLOSED, as far as anybody watches. */
bool flow_over(const struct flow *f);

/* Add a row to sums; all rows of a flow, those forgotten included. */
void sums_add(struct sums *sums, const struct row *r);
struct sums flow_sums(const struct flow *f);

/*
 * join.c: segments of one flow, in order of time. join_settle() comes before rows from @first on
 * are drawn, join_done() after the last segment.
 */
void join_segment(struct flow *f, int side, const struct event *ev);
void join_settle(struct flow *f, size_t first);
void join_done(struct flow *f);
struct row *flow_row(struct flow *f, enum row_kind kind, int side);

/* When the row happened: a segment when it was sent, or, if nobody saw that, when it came. */
uint64_t row_time(const struct row *r);

/* The segment of a row, from whoever saw it, best the sender. */
const struct segment *row_segment(const struct row *r);

/* The row is a segment sent again. */
bool row_again(const struct row *r);

#endif /* SCOPE_FLOW_H */
