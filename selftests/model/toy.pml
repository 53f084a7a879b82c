/* SPDX-License-Identifier: GPL-2.0 */
/*
 * toy.pml - handshake, close and TIME-WAIT over a network that loses, duplicates and reorders
 *
 *	A opens, writes, closes, opens again ──── net ──── B listens, writes, closes, listens again
 *
 * Sequence numbers are modulo 16 and begin two before the wrap; windows are two numbers wide. What an
 * end does with a segment follows module/core: segment.c (RFC 9293 section 3.10.7, RFC 5961),
 * request.c and timewait.c (RFC 1337). The network delivers what it has in any order; how many
 * segments it loses and delivers twice, and how often a retransmission timer runs out early, is
 * bounded, so that every run is finite. Other timers run out when nothing else can happen.
 *
 * Time is told by marks: a segment that was in the network when TIME-WAIT began has a mark, and has
 * died or arrived when the MSL is over; then all are marked again for the second MSL. In this time
 * one of the peer's FINs gets through, if it still sends them: that is what 2MSL is made for.
 *
 * After 2MSL A may take any initial sequence number: it takes one that makes the new numbers fall among
 * the old ones, or the next. What ended otherwise is followed by the next only, and so it is with B:
 * that is the ISN clock's part. So are answers that old segments have drawn in TIME-WAIT: such a chain
 * (a segment, the ACK that it draws, the reset that this draws) may live for three MSL.
 *
 * For the checks alone, and unseen by the ends, a segment knows of which incarnation it is.
 *
 * How it may fail: NO_TIME_WAIT, ONE_MSL, ASSASSINATION (RFC 1337 is not heeded), NO_RESET (who has no
 * connection is silent), NO_RETRANSMIT, NO_FIN_WAIT_2 (no timer there). run.sh checks that it does.
 */
#ifndef FAULTS
#define FAULTS 2		/* segments lost or delivered twice, timers early */
#endif
#ifndef ABORTS
#define ABORTS 0
#endif
#ifndef OPENS
#define OPENS 2
#endif
#ifndef SLOTS
#define SLOTS 3
#endif

#define A 0
#define B 1
#define WND 2
#define CHALLENGES 1

#define CLOSED 0
#define LISTEN 1
#define SYN_SENT 2
#define SYN_RECEIVED 3
#define ESTABLISHED 4
#define FIN_WAIT_1 5
#define FIN_WAIT_2 6
#define CLOSE_WAIT 7
#define CLOSING 8
#define LAST_ACK 9
#define TIME_WAIT 10

/* A segment is a number: 0 is none. */
#define FIN 1
#define SYN 2
#define RST 4
#define DAT 8
#define ACK 16
#define TO_B 32
#define SEQ(x)  (((x) >> 6) & 15)
#define ACKN(x) (((x) >> 10) & 15)
#define INC(x)  (((x) >> 14) & 3)
#define MARK(e) (1 << (16 + (e)))
#define HERE (1 << 18)
#define ANSWER (1 << 19)	/* drawn by an old segment, from an end that has closed */
#define MARKS (MARK(A) | MARK(B))

/* a < b, in sequence numbers; (a, b] */
#define LT(a, b) ((((a) - (b)) & 15) > 8)
#define LEQ(a, b) ((a) == (b) || LT(a, b))

typedef tcb {
	byte st;
	byte iss;
	byte una;
	byte nxt;
	byte rcv;
	byte inc;
	byte last;		/* of the connection before: its SND.NXT */
	byte first;		/* and its ISS */
	byte challenges;
	bit passive;
	bit wrote;
	bit opened;
	bit tried;		/* half open: SYN,ACK went again */
	bit second;		/* TIME-WAIT: in its second MSL */
}

tcb e[2];
int net[SLOTS];
byte faults, aborts, opens;
bit calm;			/* TIME-WAIT was kept: any ISS will do */
bit over;			/* nothing will happen any more */

/* Within a step only; 0 between them. */
int seg, x, y;
byte i, size, isn, me;

#ifdef SIMULTANEOUS
#define HOME(p) CLOSED
#define LISTENS(p) 0
#else
#define HOME(p) ((p) == B -> LISTEN : CLOSED)
#define LISTENS(p) ((p) == B)
#endif

/* What y is goes into the network. The largest come first, so that one set of segments is one state. */
inline put() {
	y = y | HERE;
	i = 0;
	do
	:: i < SLOTS && net[i] > y -> i++
	:: else -> break
	od;
	do
	:: i < SLOTS -> x = net[i]; net[i] = y; y = x; i++
	:: else -> break
	od;
	i = 0; y = 0; x = 0
}

inline take(k) {
	i = k;
	do
	:: i + 1 < SLOTS -> net[i] = net[i + 1]; i++
	:: else -> break
	od;
	net[SLOTS - 1] = 0;
	i = 0
}

#define TO(p) ((p) == A -> TO_B : 0)

inline send(p, flags, number) {
	y = (flags) | (e[p].st == TIME_WAIT -> ANSWER : 0) | TO(p) | (((number) & 15) << 6) | (e[p].inc << 14);
	if
	:: (flags) & ACK -> y = y | (e[p].rcv << 10)
	:: else
	fi;
	put()
}

/* An ACK for what is out of place; few in a time (RFC 5961 section 7). */
inline challenge(p) {
	if
	:: e[p].challenges < CHALLENGES -> e[p].challenges++; send(p, ACK, e[p].nxt)
	:: else
	fi
}

/* RFC 9293 section 3.5.2: to what belongs to no connection. It is of the incarnation that it answers. */
inline reset(p, s) {
#ifndef NO_RESET
	if
	:: (s) & RST
	:: !((s) & RST) && ((s) & ACK) -> y = ANSWER | RST | TO(p) | (ACKN(s) << 6) | (INC(s) << 14); put()
	:: else -> y = ANSWER | RST | ACK | TO(p) | (((SEQ(s) + size) & 15) << 10) | (INC(s) << 14); put()
	fi
#else
	skip
#endif
}

inline gone(p) {
	e[p].last = e[p].nxt;
	e[p].first = e[p].iss;
	e[p].st = HOME(p);
	e[p].una = 0; e[p].nxt = 0; e[p].rcv = 0; e[p].iss = 0; e[p].inc = 0;
	e[p].passive = 0; e[p].wrote = 0; e[p].second = 0; e[p].tried = 0; e[p].challenges = 0
}

/* Whatever is in the network now is dead an MSL later. */
inline mark_all(p) {
	i = 0;
	do
	:: i < SLOTS && net[i] -> net[i] = net[i] | MARK(p); i++
	:: else -> break
	od;
	i = 0
}

inline time_wait(p) {
	e[p].st = TIME_WAIT;
	e[p].second = 0;
	mark_all(p)
}

inline half_open(p, s, number) {
	e[p].st = SYN_RECEIVED;
	e[p].passive = 1;
	e[p].iss = (number) & 15;
	e[p].una = e[p].iss;
	e[p].nxt = (e[p].iss + 1) & 15;
	e[p].rcv = (SEQ(s) + 1) & 15;
	e[p].inc = INC(s);
	send(p, SYN | ACK, e[p].iss)
}

/* No old duplicate is accepted into a new incarnation (RFC 9293 sections 3.4.1 and 3.6.1). */
#define FRESH(p, s) assert(INC(s) == e[p].inc)
#define NOT_OLD(p, s) assert(INC(s) >= e[p].inc || ((s) & ANSWER))

/* Is it between RCV.NXT and the window's edge? A bare ACK may stand on the edge. */
#define OFFSET(p, s) ((SEQ(s) - e[p].rcv) & 15)
#define FITS(p, s) (OFFSET(p, s) < WND || (!size && !((s) & RST) && OFFSET(p, s) == WND))

inline in_listen(p, s) {
	if
	:: (s) & RST
	:: !((s) & RST) && ((s) & ACK) -> reset(p, s)
	:: ((s) & (RST | ACK | SYN)) == SYN -> calm = 0; half_open(p, s, e[p].last + 1)
	:: else
	fi
}

inline in_syn_sent(p, s) {
	if
	:: ((s) & ACK) && ACKN(s) != e[p].nxt -> reset(p, s)
	:: ((s) & RST) && ((s) & ACK) && ACKN(s) == e[p].nxt -> NOT_OLD(p, s); gone(p)
	:: ((s) & (RST | SYN | ACK)) == (SYN | ACK) && ACKN(s) == e[p].nxt ->
		FRESH(p, s);
		e[p].rcv = (SEQ(s) + 1) & 15;
		e[p].una = ACKN(s);
		e[p].st = ESTABLISHED;
		send(p, ACK, e[p].nxt)
	:: ((s) & (RST | SYN | ACK)) == SYN ->
		e[p].rcv = (SEQ(s) + 1) & 15;
		e[p].st = SYN_RECEIVED;
		send(p, SYN | ACK, e[p].iss)
	:: else
	fi
}

inline in_time_wait(p, s) {
	if
	:: (s) & RST ->
#ifdef ASSASSINATION
		if
		:: SEQ(s) == e[p].rcv -> gone(p); calm = 1
		:: else
		fi
#else
		skip
#endif
	:: !((s) & RST) && ((s) & (SYN | ACK)) == SYN && LISTENS(p) && LT(e[p].rcv, SEQ(s)) ->
		isn = e[p].nxt;
		gone(p);
		half_open(p, s, isn + 1);
		isn = 0
	:: !((s) & RST) && ((s) & SYN) && !(((s) & (SYN | ACK)) == SYN && LISTENS(p) && LT(e[p].rcv, SEQ(s))) ->
		challenge(p)
	:: ((s) & (RST | SYN | FIN | ACK)) == (FIN | ACK) && ((SEQ(s) + size) & 15) == e[p].rcv ->
		send(p, ACK, e[p].nxt);
		time_wait(p)
	:: ((s) & (RST | SYN | ACK)) == ACK && !(((s) & FIN) && ((SEQ(s) + size) & 15) == e[p].rcv) ->
		if
		:: !size && SEQ(s) == e[p].rcv && ACKN(s) == e[p].nxt
		:: else -> challenge(p)
		fi
	:: else
	fi
}

inline fin_acked(p) {
	if
	:: e[p].st == FIN_WAIT_1 -> e[p].st = FIN_WAIT_2
	:: e[p].st == CLOSING -> time_wait(p)
	:: e[p].st == LAST_ACK -> gone(p)
	:: else
	fi
}

/* Payload or FIN, one of them, in order. */
inline receive(p, s) {
	if
	:: size && SEQ(s) == e[p].rcv ->
		FRESH(p, s);
		e[p].rcv = (e[p].rcv + 1) & 15;
		if
		:: ((s) & FIN) && e[p].st == ESTABLISHED -> e[p].st = CLOSE_WAIT
		:: ((s) & FIN) && e[p].st == FIN_WAIT_1 -> e[p].st = CLOSING
		:: ((s) & FIN) && e[p].st == FIN_WAIT_2 -> time_wait(p)
		:: else
		fi;
		send(p, ACK, e[p].nxt);
		if
		:: e[p].st == TIME_WAIT -> mark_all(p)
		:: else
		fi
	:: size && SEQ(s) != e[p].rcv -> send(p, ACK, e[p].nxt)
	:: else
	fi
}

/* Fifth and on, of section 3.10.7.4. */
inline in_ack(p, s) {
	if
	:: LT(e[p].nxt, ACKN(s)) || LT(ACKN(s), e[p].una - WND) -> challenge(p)
	:: else ->
		if
		:: LT(e[p].una, ACKN(s)) ->
			FRESH(p, s);
			e[p].una = ACKN(s);
			if
			:: e[p].una == e[p].nxt -> fin_acked(p)
			:: else
			fi
		:: else
		fi;
		if
		:: e[p].st == ESTABLISHED || e[p].st == FIN_WAIT_1 || e[p].st == FIN_WAIT_2 -> receive(p, s)
		:: else
		fi
	fi
}

inline in_others(p, s) {
	if
	:: e[p].st == SYN_RECEIVED && e[p].passive && ((s) & (SYN | ACK | RST)) == SYN &&
	   ((SEQ(s) + 1) & 15) == e[p].rcv ->
		send(p, SYN | ACK, e[p].iss)
	:: else ->
		if
		:: !FITS(p, s) ->
			if
			:: (s) & RST
			:: !((s) & RST) && size -> send(p, ACK, e[p].nxt)
			:: else -> challenge(p)
			fi
		:: FITS(p, s) && ((s) & RST) ->
			if
			:: SEQ(s) == e[p].rcv -> NOT_OLD(p, s); calm = 0; gone(p)
			:: else -> challenge(p)
			fi
		:: FITS(p, s) && !((s) & RST) && ((s) & SYN) ->
			if
			:: e[p].st == SYN_RECEIVED && e[p].passive -> gone(p)
			:: else -> challenge(p)
			fi
		:: FITS(p, s) && ((s) & (RST | SYN | ACK)) == ACK ->
			if
			:: e[p].st == SYN_RECEIVED && ACKN(s) != e[p].nxt -> reset(p, s)
			:: e[p].st == SYN_RECEIVED && ACKN(s) == e[p].nxt ->
				FRESH(p, s);
				e[p].una = ACKN(s);
				e[p].passive = 0;
				e[p].tried = 0;
				e[p].st = ESTABLISHED;
				in_ack(p, s)
			:: else -> in_ack(p, s)
			fi
		:: else
		fi
	fi
}

inline input(p, s) {
	if
	:: e[p].st == CLOSED -> reset(p, s)
	:: e[p].st == LISTEN -> in_listen(p, s)
	:: e[p].st == SYN_SENT -> in_syn_sent(p, s)
	:: e[p].st == TIME_WAIT -> in_time_wait(p, s)
	:: else -> in_others(p, s)
	fi
}

inline arrive(k) {
	seg = net[k] & ~MARKS;
	size = ((seg & SYN) -> 1 : 0) + ((seg & FIN) -> 1 : 0) + ((seg & DAT) -> 1 : 0);
}

inline process() {
	me = (seg & TO_B -> B : A);
	input(me, seg);
	seg = 0;
	size = 0;
	me = 0
}

/* The oldest that is not acknowledged goes again. */
inline again(p) {
	if
	:: e[p].st == SYN_SENT -> send(p, SYN, e[p].iss)
	:: e[p].st == SYN_RECEIVED -> send(p, SYN | ACK, e[p].iss)
	:: e[p].st > SYN_RECEIVED && e[p].wrote && e[p].una == ((e[p].iss + 1) & 15) ->
		send(p, DAT | ACK, e[p].una)
	:: else -> send(p, FIN | ACK, e[p].una)
	fi
}

#define OWES(p) (e[p].una != e[p].nxt)

inline open(p, number) {
	e[p].iss = (number) & 15;
	e[p].una = e[p].iss;
	e[p].nxt = (e[p].iss + 1) & 15;
	e[p].inc = opens;
	e[p].opened = 1;
	e[p].st = SYN_SENT;
	send(p, SYN, e[p].iss)
}

inline shut(p) {
	send(p, FIN | ACK, e[p].nxt);
	e[p].nxt = (e[p].nxt + 1) & 15;
	e[p].st = (e[p].st == ESTABLISHED -> FIN_WAIT_1 : LAST_ACK)
}

inline write(p) {
	send(p, DAT | ACK, e[p].nxt);
	e[p].nxt = (e[p].nxt + 1) & 15;
	e[p].wrote = 1
}

inline kill(p) {
	aborts++;
	calm = 0;
	send(p, RST | ACK, e[p].nxt);
	gone(p)
}

#define MARKED(p) ((net[0] | net[1] | net[2] | net[SLOTS - 1]) & MARK(p))	/* three or four slots */
#define ANSWERS ((net[0] | net[1] | net[2] | net[SLOTS - 1]) & ANSWER)
#define OTHER(p) (1 - (p))
/* Its FIN is not acknowledged, and it is of this connection. */
#define STILL_CLOSING(p, q) (OWES(q) && e[q].st >= FIN_WAIT_1 && e[q].inc == e[p].inc)

inline msl_over(p) {
	if
#ifndef ONE_MSL
	:: !e[p].second -> e[p].second = 1; mark_all(p)
#endif
	:: else -> gone(p); calm = 1
	fi
}

inline long_time() {
	e[A].challenges = 0;
	e[B].challenges = 0;
	if
#ifndef NO_RETRANSMIT
	:: OWES(A) || OWES(B) ->
		if
		:: OWES(A) -> again(A)
		:: else
		fi;
		if
		:: OWES(B) && e[B].tried -> gone(B)	/* R2 (MUST-20); one is enough */
		:: OWES(B) && !e[B].tried -> e[B].tried = e[B].passive; again(B)
		:: else
		fi
#endif
#ifndef NO_FIN_WAIT_2
	:: !OWES(A) && !OWES(B) && e[A].st == FIN_WAIT_2 -> gone(A)
	:: !OWES(A) && !OWES(B) && e[A].st != FIN_WAIT_2 && e[B].st == FIN_WAIT_2 -> gone(B)
#endif
	:: else -> over = 1
	fi
}

#define CAN_WRITE(p) (e[p].st == ESTABLISHED && !e[p].wrote)
#define CAN_SHUT(p) (e[p].st == ESTABLISHED || e[p].st == CLOSE_WAIT)
#define CAN_KILL(p) (aborts < ABORTS && e[p].st >= ESTABLISHED && e[p].st <= CLOSE_WAIT)

#ifdef NO_TIME_WAIT
#define CAN_END(p) (e[p].st == TIME_WAIT)
#else
#define CAN_END(p) (e[p].st == TIME_WAIT && !MARKED(p) && !STILL_CLOSING(p, OTHER(p)))
#endif

active proctype world() {
	d_step {
		e[A].last = 13;		/* the first ISS is 14: SYN 14, payload 15, FIN 0 */
		e[B].last = 12;
#ifndef SIMULTANEOUS
		e[B].st = LISTEN
#endif
	}
	do
	/* The network. What is the same in two slots need not be looked at twice. */
	:: atomic {
		if
		:: d_step { net[0] -> arrive(0); take(0) }
		:: d_step { net[1] && net[1] != net[0] -> arrive(1); take(1) }
		:: d_step { net[2] && net[2] != net[1] -> arrive(2); take(2) }
		:: d_step { faults < FAULTS && net[0] -> faults++; arrive(0) }
		:: d_step { faults < FAULTS && net[1] && net[1] != net[0] -> faults++; arrive(1) }
		:: d_step { faults < FAULTS && net[2] && net[2] != net[1] -> faults++; arrive(2) }
#if SLOTS > 3
		:: d_step { net[3] && net[3] != net[2] -> arrive(3); take(3) }
		:: d_step { faults < FAULTS && net[3] && net[3] != net[2] -> faults++; arrive(3) }
#endif
		fi;
		d_step { process() }
	   }
	:: d_step { faults < FAULTS && net[0] -> faults++; take(0) }
	:: d_step { faults < FAULTS && net[1] && net[1] != net[0] -> faults++; take(1) }
	:: d_step { faults < FAULTS && net[2] && net[2] != net[1] -> faults++; take(2) }
#if SLOTS > 3
	:: d_step { faults < FAULTS && net[3] && net[3] != net[2] -> faults++; take(3) }
#endif
	/* The users. */
	:: d_step { e[A].st == CLOSED && opens < OPENS -> opens++; open(A, e[A].last + 1) }
	:: d_step { e[A].st == CLOSED && opens < OPENS && calm && !ANSWERS -> opens++; open(A, e[A].first - 1) }
#ifdef SIMULTANEOUS
	:: d_step { e[B].st == CLOSED && opens && !e[B].opened -> open(B, e[B].last + 1) }
#endif
	:: d_step { CAN_WRITE(A) -> write(A) }
#ifdef B_WRITES
	:: d_step { CAN_WRITE(B) -> write(B) }
#endif
	:: d_step { CAN_SHUT(A) -> shut(A) }
	:: d_step { CAN_SHUT(B) -> shut(B) }
	:: d_step { CAN_KILL(A) -> kill(A) }
	:: d_step { CAN_KILL(B) -> kill(B) }
	/* The timers. */
	:: d_step { faults < FAULTS && OWES(A) -> faults++; again(A) }
	:: d_step { faults < FAULTS && OWES(B) -> faults++; again(B) }
	:: d_step { CAN_END(A) -> msl_over(A) }
	:: d_step { CAN_END(B) -> msl_over(B) }
	:: d_step { timeout && !over -> long_time() }
	:: over -> break
	od;
	/* No end is half open for ever, no state is one that nothing leads out of (section 3.5.1). */
	assert(e[A].st == HOME(A) && e[B].st == HOME(B) && opens == OPENS && !net[0])
}
