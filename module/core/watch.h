/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: watch.h - what the core tells those who watch it
 *
 * The names of everything that can happen, once: states, reasons for a change of state (with the
 * section of RFC 9293 that asks for it), reasons for a drop, reasons for a segment, counters. Each
 * is an X-macro, so that the enum, the text in a trace and the line in /proc/net/toy_stat cannot
 * drift apart. The toy_watch_*() functions are written by whoever embeds the core: tracepoints and
 * counters in the kernel, a recorder in the tests. They only look.
 */
#ifndef TOY_CORE_WATCH_H
#define TOY_CORE_WATCH_H

#include "env.h"

struct toy_conn;

/*
 * The eleven states of RFC 9293 section 3.3.2, numbered as Linux numbers TCP's, so that ss and
 * /proc/net/tcp's readers understand them. NEW_SYN_RECV never appears outside the kernel's own TCP.
 */
#define TOY_STATES(X)				\
	X(ESTABLISHED,	1,	"ESTABLISHED")	\
	X(SYN_SENT,	2,	"SYN-SENT")	\
	X(SYN_RECEIVED,	3,	"SYN-RECEIVED")	\
	X(FIN_WAIT_1,	4,	"FIN-WAIT-1")	\
	X(FIN_WAIT_2,	5,	"FIN-WAIT-2")	\
	X(TIME_WAIT,	6,	"TIME-WAIT")	\
	X(CLOSED,	7,	"CLOSED")	\
	X(CLOSE_WAIT,	8,	"CLOSE-WAIT")	\
	X(LAST_ACK,	9,	"LAST-ACK")	\
	X(LISTEN,	10,	"LISTEN")	\
	X(CLOSING,	11,	"CLOSING")

enum toy_state {
#define X(name, nr, text) TOY_##name = nr,
	TOY_STATES(X)
#undef X
	TOY_STATE_COUNT = 12
};

/* Why a state changed: the event, and the section of RFC 9293 (or another RFC) that says so. */
#define TOY_WHYS(X)							\
	X(NONE,			"",					"")		\
	X(PASSIVE_OPEN,		"the user listens",			"3.10.1")	\
	X(ACTIVE_OPEN,		"the user connects",			"3.10.1")	\
	X(RCVD_SYN,		"SYN came to a listener",		"3.10.7.2")	\
	X(RCVD_COOKIE,		"a SYN cookie came back (RFC 4987)",	"3.10.7.2")	\
	X(RCVD_SYNACK,		"SYN,ACK acknowledges our SYN",		"3.10.7.3")	\
	X(SIMULTANEOUS_SYN,	"SYN crossed our SYN",			"3.10.7.3")	\
	X(SYN_ACKED,		"our SYN is acknowledged",		"3.10.7.4")	\
	X(USER_CLOSE,		"the user closes",			"3.10.4")	\
	X(RCVD_FIN,		"FIN came",				"3.10.7.4")	\
	X(FIN_ACKED,		"our FIN is acknowledged",		"3.10.7.4")	\
	X(RCVD_RST,		"RST came",				"3.10.7.4")	\
	X(REFUSED,		"RST answers our SYN",			"3.10.7.3")	\
	X(USER_ABORT,		"the user aborts",			"3.10.5")	\
	X(DATA_AFTER_CLOSE,	"data came after the user closed",	"3.6.1")	\
	X(TIMEOUT,		"the peer does not answer",		"3.8.3")	\
	X(USER_TIMEOUT,		"the user timeout ran out",		"3.10.8")	\
	X(KEEPALIVE,		"keepalive probes are unanswered",	"3.8.4")	\
	X(FIN_WAIT_2_TIMEOUT,	"no FIN for a socket nobody holds",	"3.6")		\
	X(TIME_WAIT_OVER,	"2MSL have passed",			"3.10.8")	\
	X(TIME_WAIT_REUSED,	"a new SYN takes the old place",	"3.10.7.4")	\
	X(TIME_WAIT_RST,	"RST ended TIME-WAIT",			"3.10.7.4")	\
	X(ICMP_ERROR,		"ICMP says unreachable",		"3.9.2.2")	\
	X(NO_MEMORY,		"no memory",				"3.10.5")	\
	X(NETNS_EXIT,		"the network namespace goes",		"3.10.5")

enum toy_why {
#define X(name, text, section) TOY_WHY_##name,
	TOY_WHYS(X)
#undef X
	TOY_WHY_COUNT
};

/* Why a segment, or its payload, was not taken. */
#define TOY_DROPS(X)							\
	X(NONE,		"taken")					\
	X(SHORT,	"shorter than its header says")			\
	X(CHECKSUM,	"checksum does not match")			\
	X(NO_SOCKET,	"nobody is at this port")			\
	X(NOT_FOR_US,	"not unicast to us")				\
	X(POLICY,	"refused by policy or filter")			\
	X(BACKLOG,	"socket busy and its backlog full")		\
	X(NO_MEMORY,	"no memory")					\
	X(NO_ROOM,	"receive buffer full")				\
	X(LISTEN_FULL,	"accept or request queue full")			\
	X(LISTEN_FLAGS,	"a listener takes only SYN")			\
	X(NO_SYN,	"an opening end waits for SYN")			\
	X(NO_ACK,	"no ACK bit")					\
	X(NO_TIMESTAMP,	"lacks the timestamp agreed on (RFC 7323)")	\
	X(BAD_ACK,	"acknowledges what was never sent")		\
	X(OLD_ACK,	"acknowledges what is long gone")		\
	X(PAWS,		"timestamp too old (RFC 7323 PAWS)")		\
	X(WINDOW,	"outside the receive window")			\
	X(DUPLICATE,	"all of it was here already")			\
	X(RST_WINDOW,	"RST not at RCV.NXT (RFC 5961)")		\
	X(SYN_SYNCED,	"SYN on an open connection (RFC 5961)")		\
	X(RST_UNPROVED,	"RST without a good ACK")			\
	X(RESET,	"it was a valid RST")				\
	X(CLOSED,	"the connection is closed")			\
	X(TIME_WAIT,	"the connection is in TIME-WAIT")

enum toy_drop {
#define X(name, text) TOY_DROP_##name,
	TOY_DROPS(X)
#undef X
	TOY_DROP_COUNT
};

/* Why a segment was sent. */
#define TOY_SENTS(X)						\
	X(DATA,		"data")					\
	X(SYN,		"open")					\
	X(SYNACK,	"answer to SYN")			\
	X(COOKIE,	"answer to SYN, with a cookie")		\
	X(FIN,		"close")				\
	X(ACK,		"acknowledgment")			\
	X(DELAYED_ACK,	"delayed acknowledgment")		\
	X(WINDOW,	"window update")			\
	X(URGENT,	"urgent data waits for the window")	\
	X(CHALLENGE,	"challenge ACK")			\
	X(RETRANSMIT,	"retransmission after timeout")		\
	X(FAST,		"fast retransmission")			\
	X(PROBE,	"zero-window probe")			\
	X(KEEPALIVE,	"keepalive probe")			\
	X(RESET,	"reset")

enum toy_why_sent {
#define X(name, text) TOY_SENT_##name,
	TOY_SENTS(X)
#undef X
	TOY_SENT_COUNT
};

/* The timers of a connection; module/core/timer.c says what each is for. */
#define TOY_TIMERS(X)						\
	X(RETRANSMIT,	"retransmission")			\
	X(PERSIST,	"zero window")				\
	X(DELACK,	"delayed ACK")				\
	X(OVERRIDE,	"silly window override")		\
	X(KEEPALIVE,	"keepalive")				\
	X(FIN_WAIT_2,	"FIN-WAIT-2")				\
	X(USER,		"user timeout")

enum toy_timer {
#define X(name, text) TOY_TIMER_##name,
	TOY_TIMERS(X)
#undef X
	TOY_TIMER_COUNT
};

/* Why the congestion window changed. */
#define TOY_CONGS(X)						\
	X(INIT,		"initial window")			\
	X(RECOVERY,	"third duplicate ACK")			\
	X(PARTIAL,	"partial ACK in recovery")		\
	X(RECOVERED,	"recovery is over")			\
	X(TIMEOUT,	"retransmission timeout")		\
	X(RESEND,	"sent again from the oldest: new path or window")	\
	X(IDLE,		"restart after idle")			\
	X(GROWTH,	"it grows")				\
	X(MARKED,	"a router marked data: ECE came")

enum toy_why_cong {
#define X(name, text) TOY_CONG_##name,
	TOY_CONGS(X)
#undef X
	TOY_CONG_COUNT
};

/*
 * Counters, one line each in /proc/net/toy_stat, per network namespace. The names are those of
 * RFC 4022 and of Linux's TCP where the meaning is the same.
 */
#define TOY_COUNTERS(X)									\
	X(ActiveOpens,		"connections opened by connect()")			\
	X(PassiveOpens,		"connections opened by a peer")				\
	X(AttemptFails,		"opens that came to nothing")				\
	X(EstabResets,		"resets of established connections")			\
	X(InSegs,		"segments received, bad ones included")			\
	X(OutSegs,		"segments sent, retransmissions excluded")		\
	X(RetransSegs,		"segments sent again")					\
	X(InErrs,		"segments with a bad header")				\
	X(InCsumErrors,		"segments with a bad checksum")				\
	X(OutRsts,		"resets sent")						\
	X(OutErrs,		"segments that IP or memory refused")			\
	X(InNoPorts,		"segments for a port where nobody is")			\
	X(InBytes,		"payload bytes accepted in order")			\
	X(OutBytes,		"payload bytes sent the first time")			\
	X(Timeouts,		"retransmission timeouts")				\
	X(FastRetrans,		"fast retransmissions")					\
	X(SlowStartRetrans,	"retransmissions in slow start after a timeout")	\
	X(Recoveries,		"entries into fast recovery")				\
	X(RecoveriesFailed,	"fast recoveries ended by a timeout")			\
	X(DupAcksIn,		"duplicate acknowledgments received")			\
	X(DelayedACKs,		"acknowledgments sent by the delay timer")		\
	X(ChallengeACKs,	"challenge acknowledgments sent (RFC 5961)")		\
	X(ChallengeSkipped,	"challenge acknowledgments held back by their limit")	\
	X(WindowProbes,		"zero-window probes sent")				\
	X(KeepAlives,		"keepalive probes sent")				\
	X(AbortOnTimeout,	"connections given up: no answer")			\
	X(AbortOnData,		"connections reset: data after close")			\
	X(AbortOnClose,		"connections reset: closed with data unread")		\
	X(AbortOnLinger,	"connections reset: SO_LINGER 0")			\
	X(AbortOnMemory,	"connections reset: no memory")				\
	X(OrphanOverflows,	"connections reset: too many that no process holds")	\
	X(MemoryPressures,	"times that memory for sockets became short")		\
	X(OfoPruned,		"segments held for reassembly given up: no memory")	\
	X(PawsDrops,		"segments refused by PAWS")				\
	X(OutOfWindow,		"segments outside the receive window")			\
	X(Duplicates,		"segments that were here already")			\
	X(OfoQueue,		"segments held for reassembly")				\
	X(OfoFull,		"segments not held: reassembly queue full")		\
	X(RcvNoRoom,		"segments refused: receive buffer full")		\
	X(BacklogDrops,		"segments refused: backlog full")			\
	X(PolicyDrops,		"segments refused by policy or filter")			\
	X(ListenOverflows,	"connections refused: accept queue full")		\
	X(ListenDrops,		"SYN and ACK dropped by listeners")			\
	X(SyncookiesSent,	"SYN answered with a cookie")				\
	X(SyncookiesRecv,	"connections opened by a cookie that came back")	\
	X(SyncookiesFailed,	"ACK that brought no good cookie while some were out")	\
	X(RequestTimeouts,	"half-open connections given up")			\
	X(RequestResets,	"half-open connections reset by the peer")		\
	X(TimeWaits,		"connections that entered TIME-WAIT")			\
	X(TimeWaitsOver,	"TIME-WAIT that lasted to its end")			\
	X(TimeWaitsReused,	"TIME-WAIT ended by a new SYN")				\
	X(TimeWaitsKilled,	"TIME-WAIT ended by a reset or its namespace")		\
	X(TimeWaitRestarts,	"TIME-WAIT restarted by a FIN that came again")		\
	X(TimeWaitOverflows,	"TIME-WAIT not kept: table full")			\
	X(FinWait2Timeouts,	"FIN-WAIT-2 of an orphan given up")			\
	X(IcmpErrors,		"ICMP errors that named a connection")			\
	X(IcmpIgnored,		"ICMP errors that matched nothing or no sequence number")\
	X(EcnReductions,	"congestion windows made smaller because of ECE (RFC 3168)")\
	X(PmtuReductions,	"path MTU made smaller")				\
	X(UrgentIn,		"advances of the peer's urgent pointer")		\
	X(BadOptions,		"segments with an option of an illegal length")

enum toy_counter {
#define X(name, text) TOY_CNT_##name,
	TOY_COUNTERS(X)
#undef X
	TOY_CNT_COUNT
};

void toy_watch_state(const struct toy_conn *c, u8 from, u8 to, enum toy_why why);
void toy_watch_timer(const struct toy_conn *c, enum toy_timer timer);
void toy_watch_cong(const struct toy_conn *c, enum toy_why_cong why);
void toy_watch_count(const struct toy_conn *c, enum toy_counter counter, u32 n);

#endif /* TOY_CORE_WATCH_H */
