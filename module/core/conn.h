/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: conn.h - one connection, and the contract of the core
 *
 * &struct toy_conn is RFC 9293's transmission control block (section 3.3.1) with the RFC's names.
 * The functions at the end of this file are all that the shell may do to one. Each is told the time
 * and an event; it changes the connection and notes what the shell is now to do:
 *
 *   1. take what is newly readable     &struct toy_verdict of toy_conn_segment()
 *   2. send                            while toy_conn_next() gives a segment
 *   3. arm its one timer               to toy_conn_deadline()
 *   4. wake whom it must               toy_conn_take_events()
 *
 * Context: every function here runs under the lock that protects the connection (the socket lock in
 * the kernel); none sleeps, allocates or sends. Times are microseconds of one monotonic clock that
 * never shows 0. Sizes are bytes.
 */
#ifndef TOY_CORE_CONN_H
#define TOY_CORE_CONN_H

#include "ranges.h"
#include "seq.h"
#include "watch.h"
#include "wire.h"

#define TOY_USEC_PER_MSEC	1000ULL
#define TOY_USEC_PER_SEC	1000000ULL

/* Events for the shell, collected in &toy_conn.events. */
#define TOY_EV_STATE		0x001	/* the state is another one now */
#define TOY_EV_ESTABLISHED	0x002	/* the open succeeded */
#define TOY_EV_READABLE		0x004	/* data was delivered, or FIN came */
#define TOY_EV_WRITABLE		0x008	/* acknowledged data has left the send queue */
#define TOY_EV_FIN		0x010	/* the peer will send no more */
#define TOY_EV_ERROR		0x020	/* the connection failed; see &toy_conn.err */
#define TOY_EV_TIME_WAIT	0x040	/* replace the connection by a TIME-WAIT object */
#define TOY_EV_CLOSED		0x080	/* nothing is left to do for this connection */
#define TOY_EV_ADVISE		0x100	/* R1 reached: tell IP that the path may be dead */
#define TOY_EV_SOFT_ERROR	0x200	/* an ICMP error worth telling; see &toy_conn.soft_err */
#define TOY_EV_URGENT		0x400	/* more urgent data; see &toy_conn.rcv_up (MUST-32) */

/**
 * struct toy_knobs - what sysctls and socket options say about one connection
 * @rto_init: RTO before the first sample, RFC 6298 (2.1)
 * @rto_min: least that the RTO allows above the smoothed round trip time
 * @rto_max: upper bound of the RTO
 * @delack: longest delay of an ACK, below 500 ms (MUST-40)
 * @override: how long silly-window avoidance may hold data back (RFC 9293 section 3.8.6.2.1)
 * @keep_idle: silence before the first keepalive probe
 * @keep_intvl: time between keepalive probes
 * @user_timeout: R2 as a time, 0: by retries only (MUST-21)
 * @fin_timeout: time a connection that no process holds may stay in FIN-WAIT-2
 * @rcv_most: most bytes that may ever wait for the user, 0: no more than at the start
 * @retries1: R1, retransmissions after which IP is told (MUST-20)
 * @retries2: R2, retransmissions after which the connection is given up
 * @syn_retries: R2 for SYN; seven with a 1 s start last 255 s (MUST-23)
 * @synack_retries: R2 for SYN,ACK
 * @orphan_retries: R2 once no process holds the connection
 * @keep_probes: unanswered keepalive probes that end a connection
 * @init_cwnd: initial congestion window in segments (RFC 6928)
 * @mtu_probing: search for the segment size that the path takes: 0 never, 1 once full segments
 *	vanish, 2 from the start (RFC 4821)
 * @challenge_limit: challenge ACKs a second, per connection (RFC 5961 section 7)
 * @ecn: explicit congestion notification (RFC 3168): 0 never, 1 ask for it, 2 agree when asked
 * @nodelay: Nagle's algorithm is off (MUST-17)
 * @cork: send only full segments
 * @keepalive: keepalive is on
 * @timestamps: offer timestamps (RFC 7323)
 * @window_scaling: offer window scaling
 * @sack: offer SACK
 */
struct toy_knobs {
	u64 rto_init;
	u64 rto_min;
	u64 rto_max;
	u64 delack;
	u64 override;
	u64 keep_idle;
	u64 keep_intvl;
	u64 user_timeout;
	u64 fin_timeout;
	u32 rcv_most;
	u8 retries1;
	u8 retries2;
	u8 syn_retries;
	u8 synack_retries;
	u8 orphan_retries;
	u8 keep_probes;
	u8 init_cwnd;
	u8 mtu_probing;
	u8 challenge_limit;
	u8 ecn;
	bool nodelay;
	bool cork;
	bool keepalive;
	bool timestamps;
	bool window_scaling;
	bool sack;
};

struct toy_cong_ops;

/**
 * struct toy_cong - state of congestion control (RFC 5681); sizes in bytes
 * @ops: the algorithm
 * @cwnd: congestion window
 * @ssthresh: slow start threshold
 * @acked: bytes acknowledged since the window last grew, in congestion avoidance
 * @priv: for the algorithm
 */
struct toy_cong {
	const struct toy_cong_ops *ops;
	u32 cwnd;
	u32 ssthresh;
	u32 acked;
	u64 priv[8];
};

/**
 * struct toy_conn - a connection: RFC 9293's transmission control block
 *
 * @state: enum toy_state
 * @passive: SYN-RECEIVED was reached from LISTEN (MUST-11)
 * @orphan: no process holds the connection; data that arrives resets it
 * @rcv_shut: the user takes no more data; data that arrives resets the connection
 * @fin_queued: the user has closed: FIN follows the last byte of the send queue
 * @fin_rcvd: FIN of the peer was taken
 * @ts_ok: both sides offered timestamps
 * @sack_ok: both sides offered SACK
 * @ecn_ok: both sides agreed on ECN
 * @ecn_echo: a mark came, and the peer does not know yet: ECE in all that acknowledges
 * @ecn_cwr: the peer is to be told, by CWR with new data, that the window was made smaller
 * @ecn_seen: the peer's data may be marked, or was
 * @ecn_end: SND.NXT when the window was made smaller last: once for each window
 * @snd_wscale: shift for windows that come in
 * @rcv_wscale: shift for windows that go out
 *
 * @snd_una: oldest unacknowledged sequence number
 * @snd_nxt: next sequence number to be sent the first time; never goes back
 * @snd_wnd: the peer's window, scaled up
 * @snd_wl1: SEG.SEQ of the last window update
 * @snd_wl2: SEG.ACK of the last window update
 * @snd_up: send urgent pointer: the octet after the urgent data; none above SND.UNA: no urgent data
 * @iss: initial send sequence number
 * @max_snd_wnd: largest window the peer ever offered
 * @snd_end: sequence number after the last byte that the user queued
 * @rtx_nxt: next sequence number to be sent again
 * @rtx_end: end of what is to be sent again; nothing when equal to @rtx_nxt
 * @mss: payload bytes of a full segment, options taken off (MUST-16)
 * @peer_mss: what the peer's MSS option said, or the default
 * @path_mss: what the path takes: MTU less IP and fixed transport header
 * @mtu_mss: of @path_mss, as much as the path is known to take (RFC 4821), 0: believe all of it
 * @mtu_high: more than this was lost, 0: nothing was
 * @mtu_probe_len: payload of the larger segment that is being tried, 0: none is
 * @mtu_probe_end: sequence number after it
 * @mtu_again: when what was lost may be tried again
 * @gso_max: largest payload toy_conn_next() may give in one go, set by the shell; @mss if less
 *
 * @rcv_nxt: next sequence number expected
 * @rcv_adv: right edge of the window as last told to the peer (RCV.NXT + RCV.WND)
 * @rcv_up: receive urgent pointer: the octet after the urgent data, valid with @rcv_urgent
 * @rcv_urgent: the user has not read up to @rcv_up yet
 * @irs: initial receive sequence number
 * @rcv_limit: most bytes that may wait for the user
 * @rcv_read: sequence number after the last byte the user took
 * @rcv_mss: estimate of the segment size the peer sends
 * @rcv_unacked: bytes taken since our last ACK
 * @rcv_rtt: round trip time as a receiver sees it, microseconds, 0: not known
 * @rcv_edge: right edge of the window at @rcv_edge_time
 * @rcv_edge_time: a window's worth of data is timed since, 0: none is
 * @rcv_read_mark: @rcv_read at @rcv_read_time
 * @rcv_read_time: what the user reads is counted since, 0: it is not
 * @rcv_space: the most the user read in one round trip
 * @last_ack_sent: Last.ACK.sent of RFC 7323
 *
 * @ts_recent: TS.Recent
 * @ts_recent_sec: when it was taken, in seconds
 * @ts_offset: added to our clock to make TSval
 *
 * @srtt: smoothed round trip time, 0: no sample yet
 * @rttvar: its variation
 * @rtt_min: smallest sample
 * @rto: retransmission timeout, not backed off
 * @rtt_seq: the timed segment ends here
 * @rtt_start: when it was sent, 0: none is timed
 *
 * @cong: congestion control
 * @recover: RFC 6582's "recover"
 * @dup_acks: duplicate ACKs in a row
 * @in_recovery: in fast recovery
 * @in_loss: sending again everything after a timeout
 * @partial_seen: the first partial ACK of this recovery came
 *
 * @ofo: segments that came before their turn
 * @sacks: the blocks to tell the peer, most recent first
 * @nsacks: how many
 * @dsack: a duplicate to be told first
 * @dsack_set: there is one
 *
 * @timers: deadline of each timer, 0: not running
 * @backoff: doublings of the RTO
 * @retries: times the oldest segment was sent again, or probes without an answer
 * @keep_sent: keepalive probes without an answer
 * @orphan_probes: window probes since no process holds the connection and nothing was acknowledged
 * @last_rcvd: when a segment last came that the peer must have sent
 * @last_data: when data came last
 * @last_sent: when data or SYN was last sent
 * @challenge_time: start of the second in which challenges are counted
 * @challenge_count: challenge ACKs in it
 *
 * @ack_now: enum toy_why_sent of an ACK that is due now, 0: none
 * @quick_acks: ACKs left to be sent without delay
 * @probe_now: a window probe is due
 * @probed: probes went into the closed window: when it opens, send again from the oldest
 * @keep_now: a keepalive probe is due
 * @override_now: the override timer ran out: what the window takes may go
 * @rst_now: a reset is due
 * @push_seq: everything up to here is to be sent without waiting for more
 * @small_end: sequence number after the last segment sent that was not full (Nagle)
 * @err: errno (positive) the connection ended with
 * @soft_err: last error reported by the network
 * @events: TOY_EV_* not yet taken
 * @closed_why: enum toy_why of the end
 * @bytes_in: payload bytes taken in order
 * @bytes_acked: payload bytes acknowledged
 * @segs_in: segments received
 * @segs_out: segments sent
 * @data_segs_in: those among @segs_in that carried data
 * @data_segs_out: likewise
 * @bytes_out: payload bytes sent, those sent again included
 * @bytes_rtx: those sent again
 * @total_rtx: segments sent again
 * @knobs: settings
 */
struct toy_conn {
	/* what every segment touches */
	u8 state;
	bool passive;
	bool orphan;
	bool rcv_shut;
	bool fin_queued;
	bool fin_rcvd;
	bool ts_ok;
	bool sack_ok;
	u8 snd_wscale;
	u8 rcv_wscale;
	u8 dup_acks;
	bool in_recovery;
	bool in_loss;
	bool partial_seen;
	u8 ack_now;
	u8 quick_acks;

	u32 snd_una;
	u32 snd_nxt;
	u32 snd_wnd;
	u32 snd_wl1;
	u32 snd_wl2;
	u32 snd_end;
	u32 rtx_nxt;
	u32 rtx_end;
	u32 rcv_nxt;
	u32 rcv_adv;
	u32 rcv_read;
	u32 rcv_unacked;
	u32 ts_recent;
	u32 ts_recent_sec;
	u32 last_ack_sent;
	u16 mss;
	u16 rcv_mss;
	u32 events;

	u64 timers[TOY_TIMER_COUNT];
	struct toy_cong cong;

	u32 gso_max;
	u32 max_snd_wnd;
	u32 rcv_limit;
	u32 recover;
	u32 push_seq;
	u32 small_end;
	u32 iss;
	u32 irs;
	u32 snd_up;
	u32 ecn_end;
	u32 rcv_up;
	u32 ts_offset;
	u16 peer_mss;
	u16 path_mss;
	u16 mtu_mss;
	u16 mtu_high;
	u16 mtu_probe_len;
	u32 mtu_probe_end;
	u64 mtu_again;

	u32 srtt;
	u32 rttvar;
	u32 rtt_min;
	u32 rto;
	u32 rtt_seq;
	u64 rtt_start;

	u32 rcv_rtt;
	u32 rcv_edge;
	u32 rcv_read_mark;
	u32 rcv_space;
	u64 rcv_edge_time;
	u64 rcv_read_time;

	struct toy_ranges ofo;
	struct toy_block sacks[TOY_SACK_MAX];
	struct toy_block dsack;
	u8 nsacks;
	bool dsack_set;

	u8 backoff;
	u8 retries;
	u8 keep_sent;
	u8 orphan_probes;
	u8 challenge_count;
	bool probe_now;
	bool probed;
	bool keep_now;
	bool override_now;
	bool rst_now;
	bool rcv_urgent;
	bool ecn_ok;
	bool ecn_echo;
	bool ecn_cwr;
	bool ecn_seen;
	u8 closed_why;
	u16 err;
	u16 soft_err;
	u64 last_rcvd;
	u64 last_data;
	u64 last_sent;
	u64 challenge_time;

	u64 bytes_in;
	u64 bytes_acked;
	u32 segs_in;
	u32 segs_out;
	u32 data_segs_in;
	u32 data_segs_out;
	u64 bytes_out;
	u64 bytes_rtx;
	u32 total_rtx;

	struct toy_knobs knobs;
};

#define TOY_AGREED_ECN	0x80	/* in @opts: no option, but agreed on likewise */

/**
 * struct toy_request - a half-open connection: SYN-RECEIVED reached from LISTEN
 * @iss: our initial sequence number
 * @irs: the peer's
 * @ts_recent: TSval of the peer's SYN
 * @ts_offset: added to our clock to make TSval
 * @rcv_wnd: window offered in SYN,ACK, not scaled
 * @snd_wnd: window of the peer's SYN
 * @mss: from the peer's option, or the default
 * @our_mss: what we offer (MUST-67)
 * @snd_wscale: shift the peer offered
 * @rcv_wscale: shift we offer
 * @opts: TOY_OPT_* agreed on, and TOY_AGREED_ECN
 * @retries: SYN,ACK sent again so far
 *
 * 32 bytes; the kernel's object around it stays within 128.
 */
struct toy_request {
	u32 iss;
	u32 irs;
	u32 ts_recent;
	u32 ts_offset;
	u32 rcv_wnd;
	u16 snd_wnd;
	u16 mss;
	u16 our_mss;
	u8 snd_wscale;
	u8 rcv_wscale;
	u8 opts;
	u8 retries;
};

/**
 * struct toy_cookie_key - the secret behind SYN cookies (RFC 4987), and the connection's name
 * @hash: keyed hash of the connection's name and the other arguments; the key must not be known
 *	outside, and the name may have anything in it that must not change until the ACK comes
 *
 * The caller puts it into something that holds the name.
 */
struct toy_cookie_key {
	u32 (*hash)(const struct toy_cookie_key *key, u32 irs, u32 minute, u32 claim);
};

/**
 * struct toy_timewait - what is left of a connection for 2MSL
 * @snd_nxt: SND.NXT
 * @rcv_nxt: RCV.NXT
 * @rcv_wnd: receive window, as in the header (already shifted)
 * @ts_recent: TS.Recent
 * @ts_offset: added to our clock to make TSval
 * @due: millisecond in which 2MSL is over, low 32 bits
 * @last_sec: second in which a segment was last taken or answered; 4 hours, of 20 minutes at most
 * @ts_ok: timestamps were in use
 * @challenged: in that second an ACK was sent for a segment out of place
 *
 * 24 bytes; the kernel's object around it stays within 128.
 */
struct toy_timewait {
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 ts_recent;
	u32 ts_offset;
	u32 due;
	u16 rcv_wnd;
	u16 last_sec : 14;
	u16 ts_ok : 1;
	u16 challenged : 1;
};

/**
 * struct toy_verdict - what toy_conn_segment() decided about one segment
 * @drop: enum toy_drop: why the payload (or all of it) was not taken; TOY_DROP_NONE when it was,
 *	or when there was none and the header was good
 * @skip: bytes of payload to leave out at the front
 * @take: bytes of payload to deliver to the user after them; the rest is left out
 * @stored: the range given along with the segment is now in the reassembly queue: keep the payload
 * @ready: ranges that became deliverable after @take, in order, linked by @left. Deliver
 *	@end - @seq bytes of each after leaving out @skip; one with @seq == @end is only to be freed
 * @reset: send toy_reset_for() of this segment
 */
struct toy_verdict {
	u8 drop;
	bool stored;
	bool reset;
	u32 skip;
	u32 take;
	struct toy_range *ready;
};

/**
 * enum toy_answer - what a request or a TIME-WAIT object makes of a segment
 * @TOY_ANSWER_NONE: nothing; @drop says why
 * @TOY_ANSWER_ACK: send the ACK that toy_request_ack() or toy_timewait_ack() builds
 * @TOY_ANSWER_SYNACK: send toy_request_synack() again
 * @TOY_ANSWER_OPEN: the handshake is complete: toy_conn_accept(), then toy_conn_segment()
 * @TOY_ANSWER_RESET: send toy_reset_for() of the segment
 * @TOY_ANSWER_GONE: the object ends without a word
 * @TOY_ANSWER_RESTART: TIME-WAIT: send toy_timewait_ack() and start 2MSL anew
 * @TOY_ANSWER_REUSE: TIME-WAIT: end it and give the SYN to the listener, with an ISS above
 *	toy_timewait_iss()
 */
enum toy_answer {
	TOY_ANSWER_NONE,
	TOY_ANSWER_ACK,
	TOY_ANSWER_SYNACK,
	TOY_ANSWER_OPEN,
	TOY_ANSWER_RESET,
	TOY_ANSWER_GONE,
	TOY_ANSWER_RESTART,
	TOY_ANSWER_REUSE,
};

/* open.c */
void toy_knobs_default(struct toy_knobs *knobs);
void toy_conn_init(struct toy_conn *c, const struct toy_knobs *knobs);
void toy_conn_open(struct toy_conn *c, u32 iss, u32 ts_offset, u16 path_mss, u32 rcv_limit,
		   u64 now);
void toy_conn_accept(struct toy_conn *c, const struct toy_request *req, u16 path_mss, u32 rcv_limit,
		     u64 now);

/* segment.c */
void toy_conn_segment(struct toy_conn *c, const struct toy_seg *seg, struct toy_range *range,
		      u64 now, struct toy_verdict *v);
bool toy_reset_for(const struct toy_seg *in, struct toy_seg *out);
bool toy_listen_segment(const struct toy_seg *in, enum toy_drop *drop, bool *reset);

/* send.c */
void toy_conn_queued(struct toy_conn *c, u32 bytes, bool push);
void toy_conn_urgent(struct toy_conn *c);
bool toy_conn_next(struct toy_conn *c, u64 now, struct toy_seg *out);
u32 toy_conn_unsent(const struct toy_conn *c);
u32 toy_conn_unacked(const struct toy_conn *c);

/* rtt.c */
u64 toy_rtt_rto(const struct toy_conn *c);

/* receive.c */
void toy_conn_read(struct toy_conn *c, u32 bytes, u64 now);
void toy_conn_set_rcv_limit(struct toy_conn *c, u32 limit, u64 now);
u32 toy_conn_unread(const struct toy_conn *c);
struct toy_range *toy_conn_renege(struct toy_conn *c);

/* rcvbuf.c */
u32 toy_conn_rcv_want(struct toy_conn *c, u64 now);

/* close.c */
void toy_conn_shutdown(struct toy_conn *c, u64 now);
void toy_conn_stop_reading(struct toy_conn *c);
void toy_conn_orphan(struct toy_conn *c, u64 now);
void toy_conn_abort(struct toy_conn *c, enum toy_why why, int err);
void toy_conn_unreachable(struct toy_conn *c, int err, bool hard);
void toy_conn_set_path_mss(struct toy_conn *c, u16 path_mss, u64 now);

/* timer.c */
void toy_conn_timeout(struct toy_conn *c, u64 now);
u64 toy_conn_deadline(const struct toy_conn *c);
void toy_conn_set_keepalive(struct toy_conn *c, bool on, u64 now);

/* request.c */
void toy_request_init(struct toy_request *req, const struct toy_seg *syn,
		      const struct toy_knobs *knobs, u32 iss, u32 ts_offset, u16 our_mss,
		      u16 default_mss, u32 rcv_limit);
enum toy_answer toy_request_segment(struct toy_request *req, const struct toy_seg *in,
				    enum toy_drop *drop);
bool toy_request_timeout(struct toy_request *req, const struct toy_knobs *knobs, u8 most,
			 u64 *wait);
void toy_request_synack(const struct toy_request *req, struct toy_seg *out, u64 now);
void toy_request_ack(const struct toy_request *req, struct toy_seg *out, u64 now);

/* cookie.c */
void toy_cookie_synack(struct toy_request *req, const struct toy_cookie_key *key,
		       struct toy_seg *out, u64 now);
bool toy_cookie_syn(const struct toy_seg *in, const struct toy_cookie_key *key, u32 ts_offset,
		    u64 now, struct toy_seg *syn);

/* timewait.c */
void toy_timewait_init(struct toy_timewait *tw, const struct toy_conn *c);
void toy_timewait_start(struct toy_timewait *tw, u32 length, u64 now);
u32 toy_timewait_left(const struct toy_timewait *tw, u64 now);
enum toy_answer toy_timewait_segment(struct toy_timewait *tw, const struct toy_seg *in,
				     bool rfc1337, u64 now, enum toy_drop *drop);
void toy_timewait_ack(const struct toy_timewait *tw, struct toy_seg *out, u64 now);
u32 toy_timewait_iss(const struct toy_timewait *tw, u32 iss);
bool toy_timewait_quiet(const struct toy_timewait *tw, u64 now);

/* isn.c */
u32 toy_isn(u32 hash, u64 now);
u8 toy_wscale_for(u32 rcv_limit);
u8 toy_wscale_offer(const struct toy_knobs *knobs, u32 rcv_limit);

/* names.c */
const char *toy_state_name(u8 state);
const char *toy_why_name(u8 why);
const char *toy_why_section(u8 why);
const char *toy_drop_name(u8 drop);
const char *toy_sent_name(u8 why);
const char *toy_timer_name(u8 timer);
const char *toy_cong_why_name(u8 why);
const char *toy_counter_name(u8 counter);
const char *toy_counter_help(u8 counter);

/* Take the events noted so far, and forget them. */
static inline u32 toy_conn_take_events(struct toy_conn *c)
{
	u32 events = c->events;

	c->events = 0;
	return events;
}

/* The states in which both sides know the other's sequence numbers (RFC 9293 section 3.5.3). */
static inline bool toy_state_synced(u8 state)
{
	return state != TOY_CLOSED && state != TOY_LISTEN && state != TOY_SYN_SENT &&
	       state != TOY_SYN_RECEIVED;
}

#endif /* TOY_CORE_CONN_H */
