/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: end.h - one end of a connection on the host
 *
 * What the kernel's shell is to the core, in malloc'd memory and virtual time: it owns the bytes,
 * holds whatever stands at the four-tuple (nothing, a request, a connection, a TIME-WAIT object),
 * turns segments into bytes with a checksum and back, and does after every event the four things
 * that conn.h lists. It decides nothing that the core decides.
 */
#ifndef TOY_TESTS_END_H
#define TOY_TESTS_END_H

#include "conn.h"

#define END_PROTO	253	/* RFC 3692; stands in the pseudo header */
#define END_HISTORY	32	/* changes of state that are remembered */
#define END_SEGMENT_MAX	(TOY_HDR_MAX + 65536)

/* The core has min_t() and max_t() only; where the kernel lends its own, these stand for them. */
#undef min
#undef max
#define min(a, b)	min_t(u64, a, b)
#define max(a, b)	max_t(u64, a, b)

/* What stands at the four-tuple. */
enum end_kind {
	END_NOTHING,
	END_REQUEST,
	END_CONN,
	END_TIME_WAIT,
};

/* A change of state, as toy_watch_state() told it. */
struct end_change {
	u8 from;
	u8 to;
	u8 why;
};

/* A segment that waits for its turn: what an skb is in the kernel. */
struct end_held {
	struct toy_range range;
	u32 len;
	u8 data[];
};

/**
 * struct end - one end
 * @name: shown in ladders
 * @addr: stands for its address in the pseudo header
 * @peer_addr: the other one's
 * @port: its port
 * @peer_port: the other one's
 * @clock: the time, microseconds; shared by all ends of a test
 * @knobs: settings of the next connection
 * @iss: initial sequence number of the next connection
 * @iss_step: added to @iss with every request
 * @ts_offset: timestamp offset of the next connection
 * @path_mss: what the path takes, see &toy_conn.path_mss
 * @gso_max: 0, or the largest payload to be asked of the core in one go
 * @rcv_limit: most bytes that may wait for the user
 * @msl: maximum segment lifetime
 * @rfc1337: RST does not end TIME-WAIT
 * @listening: SYN is welcome
 * @busy: the user holds the lock: segments are processed, nothing is sent until end_event()
 * @no_memory: segments with payload come with &toy_seg.no_room
 * @ecn: what IP's header says of the segment that comes, TOY_CE perhaps
 * @emit: takes the bytes of a segment that leaves; @meant is what the core said it is
 * @checked: called after every event
 * @arg: for these two
 *
 * @kind: what stands here
 * @conn: the connection, of END_CONN
 * @req: the request, of END_REQUEST
 * @tw: TIME-WAIT, of END_TIME_WAIT
 * @timer: deadline of request and TIME-WAIT
 * @out: every byte the user wrote on this connection
 * @out_len: how many
 * @out_up: so many of them end in urgent data
 * @in: every byte that was delivered
 * @in_len: how many
 * @in_read: how many of them the user has taken
 * @in_up: so many end in urgent data, as far as the user was told
 * @urgent: times the user was told of urgent data
 * @eof: FIN was taken
 * @opened: the connection was established
 * @err: errno that the user sees
 * @soft_err: the last soft error
 * @advised: R1 was reached
 * @events: all events so far
 * @verdict: what became of the last segment
 * @answer: what a request or TIME-WAIT made of the last segment
 * @drop: why the last segment was not taken
 * @last: the connection as it was when it left
 * @conns: connections so far
 * @history: changes of state
 * @changes: how many
 * @counts: toy_watch_count() added up
 * @timers: times that each timer ran out
 * @congs: what congestion control did
 */
struct end {
	const char *name;
	u8 addr;
	u8 peer_addr;
	u16 port;
	u16 peer_port;
	u64 *clock;
	struct toy_knobs knobs;
	u32 iss;
	u32 iss_step;
	u32 ts_offset;
	u16 path_mss;
	u32 gso_max;
	u32 rcv_limit;
	u64 msl;
	bool rfc1337;
	bool listening;
	bool busy;
	bool no_memory;
	u8 ecn;
	void (*emit)(struct end *e, const u8 *bytes, u32 len, const struct toy_seg *meant);
	void (*checked)(struct end *e);
	void *arg;

	enum end_kind kind;
	struct toy_conn *conn;
	struct toy_request req;
	struct toy_timewait tw;
	u64 timer;
	u8 *out;
	u32 out_len;
	u32 out_size;
	u32 out_up;
	u8 *in;
	u32 in_len;
	u32 in_size;
	u32 in_read;
	u32 in_up;
	u32 urgent;
	bool eof;
	bool opened;
	int err;
	int soft_err;
	u32 advised;
	u32 events;
	struct toy_verdict verdict;
	enum toy_answer answer;
	enum toy_drop drop;
	struct toy_conn last;
	u32 conns;
	struct end_change history[END_HISTORY];
	u32 changes;
	u64 counts[TOY_CNT_COUNT];
	u32 timers[TOY_TIMER_COUNT];
	u32 congs[TOY_CONG_COUNT];
};

void end_init(struct end *e, const char *name, u64 *clock);
void end_free(struct end *e);

/* What the user does. */
void end_connect(struct end *e);
void end_write(struct end *e, const u8 *data, u32 len, bool push);
void end_urgent(struct end *e, const u8 *data, u32 len);
u32 end_read(struct end *e, u32 len);
void end_shutdown(struct end *e);
void end_close(struct end *e);
void end_abort(struct end *e);

/* What the network and the clock do. */
void end_input(struct end *e, const u8 *bytes, u32 len);
void end_timeout(struct end *e);
u64 end_deadline(const struct end *e);
void end_event(struct end *e);
void end_path_mss(struct end *e, u16 path_mss);
void end_unreachable(struct end *e, int err, bool hard);

/* What can be seen. */
u8 end_state(const struct end *e);
u32 end_unread(const struct end *e);
u16 end_checksum(const u8 *bytes, u32 len, u8 from, u8 to);
u32 end_build(const struct toy_seg *seg, const u8 *payload, u8 from, u8 to, u8 *bytes);

#endif /* TOY_TESTS_END_H */
