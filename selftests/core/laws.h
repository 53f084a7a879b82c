/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: laws.h - what must be true whatever happened
 *
 * Of every segment that leaves, and of every connection after every event. The unit tests and the
 * simulator ask both, so that a test of one rule proves the others along the way.
 */
#ifndef TOY_TESTS_LAWS_H
#define TOY_TESTS_LAWS_H

#include "end.h"

/**
 * struct law_book - what is remembered of one connection between two events
 * @conns: which connection of its end this is about
 * @nxt_change: changes of state looked at so far
 * @una: SND.UNA
 * @nxt: SND.NXT
 * @rcv_nxt: RCV.NXT
 * @rcv_adv: right edge of the receive window
 * @acked: last ACK that was sent
 * @told: right edge that it told
 * @tsval: last TSval that was sent
 * @edge: the largest right edge that the peer ever offered
 * @end: sequence number after everything that was ever sent
 * @peer_wscale: shift that the peer's SYN asked for, -1: none
 * @our_wscale: shift that our SYN asked for, -1: none
 * @peer_ts: the peer's SYN had timestamps
 * @our_ts: ours had
 * @synced: the fields above say something
 * @sent: a segment with ACK was sent
 * @stamped: a segment with timestamps was sent
 * @edged: the peer has offered a window
 */
struct law_book {
	u32 conns;
	u32 nxt_change;
	u32 una;
	u32 nxt;
	u32 rcv_nxt;
	u32 rcv_adv;
	u32 acked;
	u32 told;
	u32 tsval;
	u32 edge;
	u32 end;
	int peer_wscale;
	int our_wscale;
	bool peer_ts;
	bool our_ts;
	bool synced;
	bool sent;
	bool stamped;
	bool edged;
};

void law_forget(struct law_book *book);
void law_rcvd(struct law_book *book, const struct end *e, const struct toy_seg *seg);
const char *law_of_wire(const struct end *e, const u8 *bytes, u32 len, const struct toy_seg *meant);
const char *law_of_sent(struct law_book *book, const struct end *e, const struct toy_seg *seg);
const char *law_of_conn(struct law_book *book, const struct end *e);

#endif /* TOY_TESTS_LAWS_H */
