/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: trace.h - the tracepoints, the first of the three windows
 *
 * toy:toy_send, toy_receive, toy_drop: one line a segment, payload's first bytes included.
 * toy:toy_state: one line a change of state, with the event and the section of the RFC behind it.
 * toy:toy_timer, toy_cong: timers that ran out and turns of the congestion window.
 *
 * Together they carry everything that toyscope draws. The names of the fields are a contract with
 * userspace (Documentation/). Every event begins with the network namespace and both ends' ports
 * and addresses: l is the end that reports, r the other one; IPv4 is mapped into IPv6. Times are
 * microseconds unless the name says otherwise. This file may read the core's structures and nothing
 * else; a tracepoint that is off costs one no-op, so arguments must be cheap to work out.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM toy

#if !defined(TOY_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TOY_TRACE_H

#include <linux/tracepoint.h>

#include "toy.h"

#ifndef TOY_TRACE_HELPERS
#define TOY_TRACE_HELPERS
#define TOY_TRACE_PAYLOAD 32	/* bytes of payload shown */

/**
 * toy_trace_payload() - the first bytes of a segment's payload
 * @to: room for TOY_TRACE_PAYLOAD bytes; what is not filled is zeroed
 * @seg: the segment's header, NULL: not known
 * @skb: the segment, its transport header set, NULL: none
 *
 * Context: any.
 * Return: bytes copied.
 */
u8 toy_trace_payload(u8 *to, const struct toy_seg *seg, const struct sk_buff *skb);

static inline void toy_trace_ends(const struct toy_key *key, u16 *lport, u16 *rport, u8 *laddr,
				  u8 *raddr)
{
	*lport = key ? ntohs(key->lport) : 0;
	*rport = key ? ntohs(key->rport) : 0;
	memcpy(laddr, key ? &key->laddr : &in6addr_any, 16);
	memcpy(raddr, key ? &key->raddr : &in6addr_any, 16);
}
#endif

/* Values a reader of the trace cannot know otherwise, and their names. */
#define TOY_TRACE_STATE(name, nr, text)		{ nr, text },
#define TOY_TRACE_WHY(name, text, section)	{ TOY_WHY_##name, text },
#define TOY_TRACE_SECTION(name, text, section)	{ TOY_WHY_##name, section },
#define TOY_TRACE_DROP(name, text)		{ TOY_DROP_##name, text },
#define TOY_TRACE_SENT(name, text)		{ TOY_SENT_##name, text },
#define TOY_TRACE_TIMER(name, text)		{ TOY_TIMER_##name, text },
#define TOY_TRACE_CONG(name, text)		{ TOY_CONG_##name, text },

#define TOY_TRACE_WHY_ENUM(name, text, section)	TRACE_DEFINE_ENUM(TOY_WHY_##name);
#define TOY_TRACE_DROP_ENUM(name, text)		TRACE_DEFINE_ENUM(TOY_DROP_##name);
#define TOY_TRACE_SENT_ENUM(name, text)		TRACE_DEFINE_ENUM(TOY_SENT_##name);
#define TOY_TRACE_TIMER_ENUM(name, text)	TRACE_DEFINE_ENUM(TOY_TIMER_##name);
#define TOY_TRACE_CONG_ENUM(name, text)		TRACE_DEFINE_ENUM(TOY_CONG_##name);

TOY_WHYS(TOY_TRACE_WHY_ENUM)
TOY_DROPS(TOY_TRACE_DROP_ENUM)
TOY_SENTS(TOY_TRACE_SENT_ENUM)
TOY_TIMERS(TOY_TRACE_TIMER_ENUM)
TOY_CONGS(TOY_TRACE_CONG_ENUM)

#define toy_show_state(v)	__print_symbolic(v, TOY_STATES(TOY_TRACE_STATE) { 0, "-" })
#define toy_show_why(v)		__print_symbolic(v, TOY_WHYS(TOY_TRACE_WHY) { 255, "?" })
#define toy_show_section(v)	__print_symbolic(v, TOY_WHYS(TOY_TRACE_SECTION) { 255, "?" })
#define toy_show_drop(v)	__print_symbolic(v, TOY_DROPS(TOY_TRACE_DROP) { 255, "?" })
#define toy_show_sent(v)	__print_symbolic(v, TOY_SENTS(TOY_TRACE_SENT) { 255, "?" })
#define toy_show_timer(v)	__print_symbolic(v, TOY_TIMERS(TOY_TRACE_TIMER) { 255, "?" })
#define toy_show_cong(v)	__print_symbolic(v, TOY_CONGS(TOY_TRACE_CONG) { 255, "?" })
#define toy_show_flags(v)	__print_flags(v, ",",						\
					      { TOY_SYN, "SYN" }, { TOY_FIN, "FIN" },		\
					      { TOY_RST, "RST" }, { TOY_PSH, "PSH" },		\
					      { TOY_ACK, "ACK" }, { TOY_URG, "URG" },		\
					      { TOY_ECE, "ECE" }, { TOY_CWR, "CWR" })

#define TOY_TRACE_ENDS				\
		__field(u32, netns)		\
		__field(u16, lport)		\
		__field(u16, rport)		\
		__array(u8, laddr, 16)		\
		__array(u8, raddr, 16)

#define TOY_TRACE_ENDS_SET(net, key)						\
	do {									\
		__entry->netns = (net) ? (net)->ns.inum : 0;			\
		toy_trace_ends(key, &__entry->lport, &__entry->rport,		\
			       __entry->laddr, __entry->raddr);			\
	} while (0)

#define TOY_TRACE_SEGMENT			\
		TOY_TRACE_ENDS			\
		__field(u32, seq)		\
		__field(u32, ack)		\
		__field(u32, len)		\
		__field(u16, wnd)		\
		__field(u8, wscale)		\
		__field(u8, flags)		\
		__field(u8, opts)		\
		__field(u16, mss)		\
		__field(u8, opt_wscale)		\
		__field(u32, tsval)		\
		__field(u32, tsecr)		\
		__field(u8, nsack)		\
		__array(u32, sack, 8)		\
		__field(u16, urg)		\
		__field(u8, state)

#define TOY_TRACE_PAYLOAD_FIELDS		\
		__field(u32, gso_size)		\
		__field(u8, npayload)		\
		__array(u8, payload, TOY_TRACE_PAYLOAD)

#define TOY_TRACE_SEGMENT_SET(net, key, seg, skb, shift, at)					\
	do {											\
		TOY_TRACE_ENDS_SET(net, key);							\
		__entry->seq = (seg) ? (seg)->seq : 0;						\
		__entry->ack = (seg) ? (seg)->ack : 0;						\
		__entry->len = (seg) ? (seg)->len : 0;						\
		__entry->wnd = (seg) ? (seg)->wnd : 0;						\
		__entry->wscale = (seg) && ((seg)->flags & TOY_SYN) ? 0 : (shift);		\
		__entry->flags = (seg) ? (seg)->flags : 0;					\
		__entry->opts = (seg) ? (seg)->opts : 0;					\
		__entry->mss = (seg) && ((seg)->opts & TOY_OPT_MSS) ? (seg)->mss : 0;		\
		__entry->opt_wscale = (seg) && ((seg)->opts & TOY_OPT_WSCALE) ?			\
				      (seg)->wscale : 0;					\
		__entry->tsval = (seg) && ((seg)->opts & TOY_OPT_TS) ? (seg)->tsval : 0;	\
		__entry->tsecr = (seg) && ((seg)->opts & TOY_OPT_TS) ? (seg)->tsecr : 0;	\
		__entry->nsack = (seg) && ((seg)->opts & TOY_OPT_SACK) ? (seg)->nsack : 0;	\
		memset(__entry->sack, 0, sizeof(__entry->sack));				\
		if (__entry->nsack)								\
			memcpy(__entry->sack, (seg)->sack, __entry->nsack *			\
			       sizeof((seg)->sack[0]));						\
		__entry->urg = (seg) ? (seg)->urg : 0;						\
		__entry->state = (at);								\
		__entry->gso_size = (seg) ? (seg)->gso_size : 0;				\
		__entry->npayload = toy_trace_payload(__entry->payload, seg, skb);		\
	} while (0)

#define TOY_TRACE_ENDS_FMT	"netns=%u %pI6c.%u %pI6c.%u "
#define TOY_TRACE_ENDS_ARGS	__entry->netns, __entry->laddr, __entry->lport,	\
				__entry->raddr, __entry->rport

#define TOY_TRACE_SEGMENT_FMT	TOY_TRACE_ENDS_FMT						\
				"%s seq=%u ack=%u len=%u wnd=%u<<%u opts=0x%x mss=%u ws=%u "	\
				"ts=%u/%u sacks=%u gso=%u in %s: %s"
#define TOY_TRACE_SEGMENT_ARGS	TOY_TRACE_ENDS_ARGS, toy_show_flags(__entry->flags),		\
				__entry->seq, __entry->ack, __entry->len, __entry->wnd,		\
				__entry->wscale, __entry->opts, __entry->mss,			\
				__entry->opt_wscale, __entry->tsval, __entry->tsecr,		\
				__entry->nsack, __entry->gso_size,				\
				toy_show_state(__entry->state)

/*
 * The segments. @skb (may be NULL) has its transport header set: payload is read from there. @shift
 * is the window's scale in this direction, @at the state of the object this end has.
 */
DECLARE_EVENT_CLASS(toy_segment,
	TP_PROTO(const struct net *net, const struct toy_key *key, const struct toy_seg *seg,
		 const struct sk_buff *skb, u8 shift, u8 at, u8 why),
	TP_ARGS(net, key, seg, skb, shift, at, why),
	TP_STRUCT__entry(
		TOY_TRACE_SEGMENT
		__field(u8, why)
		TOY_TRACE_PAYLOAD_FIELDS
	),
	TP_fast_assign(
		TOY_TRACE_SEGMENT_SET(net, key, seg, skb, shift, at);
		__entry->why = why;
	),
	TP_printk(TOY_TRACE_SEGMENT_FMT, TOY_TRACE_SEGMENT_ARGS, toy_show_sent(__entry->why))
);

DEFINE_EVENT(toy_segment, toy_send,
	TP_PROTO(const struct net *net, const struct toy_key *key, const struct toy_seg *seg,
		 const struct sk_buff *skb, u8 shift, u8 at, u8 why),
	TP_ARGS(net, key, seg, skb, shift, at, why)
);

DEFINE_EVENT_PRINT(toy_segment, toy_receive,
	TP_PROTO(const struct net *net, const struct toy_key *key, const struct toy_seg *seg,
		 const struct sk_buff *skb, u8 shift, u8 at, u8 why),
	TP_ARGS(net, key, seg, skb, shift, at, why),
	TP_printk(TOY_TRACE_SEGMENT_FMT, TOY_TRACE_SEGMENT_ARGS, "received")
);

TRACE_EVENT(toy_drop,
	TP_PROTO(const struct net *net, const struct toy_key *key, const struct toy_seg *seg,
		 const struct sk_buff *skb, u8 shift, u8 at, u8 reason),
	TP_ARGS(net, key, seg, skb, shift, at, reason),
	TP_STRUCT__entry(
		TOY_TRACE_SEGMENT
		__field(u8, reason)
		TOY_TRACE_PAYLOAD_FIELDS
	),
	TP_fast_assign(
		TOY_TRACE_SEGMENT_SET(net, key, seg, skb, shift, at);
		__entry->reason = reason;
	),
	TP_printk(TOY_TRACE_SEGMENT_FMT, TOY_TRACE_SEGMENT_ARGS, toy_show_drop(__entry->reason))
);

/* A change of state. @ms: how long TIME-WAIT will last, when @to is TIME-WAIT. */
TRACE_EVENT(toy_state,
	TP_PROTO(const struct net *net, const struct toy_key *key, u8 from, u8 to, u8 why, u32 ms),
	TP_ARGS(net, key, from, to, why, ms),
	TP_STRUCT__entry(
		TOY_TRACE_ENDS
		__field(u8, from)
		__field(u8, to)
		__field(u8, why)
		__field(u32, ms)
	),
	TP_fast_assign(
		TOY_TRACE_ENDS_SET(net, key);
		__entry->from = from;
		__entry->to = to;
		__entry->why = why;
		__entry->ms = ms;
	),
	TP_printk(TOY_TRACE_ENDS_FMT "%s -> %s: %s (RFC 9293 section %s) ms=%u",
		  TOY_TRACE_ENDS_ARGS, toy_show_state(__entry->from), toy_show_state(__entry->to),
		  toy_show_why(__entry->why), toy_show_section(__entry->why), __entry->ms)
);

/* A timer ran out. */
TRACE_EVENT(toy_timer,
	TP_PROTO(const struct net *net, const struct toy_key *key, const struct toy_conn *c,
		 u8 timer),
	TP_ARGS(net, key, c, timer),
	TP_STRUCT__entry(
		TOY_TRACE_ENDS
		__field(u8, timer)
		__field(u8, backoff)
		__field(u8, retries)
		__field(u32, rto)
	),
	TP_fast_assign(
		TOY_TRACE_ENDS_SET(net, key);
		__entry->timer = timer;
		__entry->backoff = c->backoff;
		__entry->retries = c->retries;
		__entry->rto = c->rto;
	),
	TP_printk(TOY_TRACE_ENDS_FMT "%s timer, backoff=%u retries=%u rto=%u",
		  TOY_TRACE_ENDS_ARGS, toy_show_timer(__entry->timer), __entry->backoff,
		  __entry->retries, __entry->rto)
);

/* The congestion window took a turn. */
TRACE_EVENT(toy_cong,
	TP_PROTO(const struct net *net, const struct toy_key *key, const struct toy_conn *c,
		 u8 why),
	TP_ARGS(net, key, c, why),
	TP_STRUCT__entry(
		TOY_TRACE_ENDS
		__field(u8, why)
		__field(u32, cwnd)
		__field(u32, ssthresh)
		__field(u32, srtt)
		__field(u32, rttvar)
		__field(u32, flight)
	),
	TP_fast_assign(
		TOY_TRACE_ENDS_SET(net, key);
		__entry->why = why;
		__entry->cwnd = c->cong.cwnd;
		__entry->ssthresh = c->cong.ssthresh;
		__entry->srtt = c->srtt;
		__entry->rttvar = c->rttvar;
		__entry->flight = c->snd_nxt - c->snd_una;
	),
	TP_printk(TOY_TRACE_ENDS_FMT "%s, cwnd=%u ssthresh=%u srtt=%u rttvar=%u flight=%u",
		  TOY_TRACE_ENDS_ARGS, toy_show_cong(__entry->why), __entry->cwnd,
		  __entry->ssthresh, __entry->srtt, __entry->rttvar, __entry->flight)
);

#endif /* TOY_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
