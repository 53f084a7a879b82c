// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: cookie.c - SYN cookies: a half-open connection that nobody has to remember (RFC 4987
 * section 3.6)
 *
 * When there is no room for another half-open connection, what it would hold goes into the SYN,ACK
 * and comes back with the ACK. The initial sequence number carries, from the top:
 *
 *	5 bits   the minute in which it was made, modulo 32
 *	1 bit    both sides use timestamps
 *	3 bits   the peer's MSS, as an index into a table
 *	23 bits  a keyed hash of the connection's name, the peer's sequence number, the minute and
 *		 everything that is claimed here
 *
 * to all of which another keyed hash is added, so that nobody else can read it, nor tell it from
 * any other initial sequence number. With timestamps the low 5 bits of TSval, which the peer
 * echoes, carry the rest:
 *
 *	1 bit    both sides use SACK
 *	4 bits   the shift that the peer offered for its windows, 15: no scaling
 *
 * Without timestamps there is no room for those, and the SYN,ACK offers neither.
 *
 * A cookie is good in the minute in which it was made and in the next: for two minutes at most, one
 * at least. Of 2^32 acknowledgment numbers at most 32 are good at a time; with timestamps the echo
 * must be of the last two minutes besides, on a clock whose offset only the peer knows.
 *
 * The secrets, and the hash, are the caller's.
 */
#include "inside.h"

#define MINUTE		(60 * TOY_USEC_PER_SEC)
#define MINUTES_GOOD	2
#define MINUTE_SHIFT	27
#define CLAIM_SHIFT	23
#define HASH_MASK	((1U << CLAIM_SHIFT) - 1)
#define CLAIM_MSS	0x07	/* index into msses[] */
#define CLAIM_TS	0x08
#define CLAIM_ISS	0x0f	/* what the sequence number carries */
#define CLAIM_ECHO(e)	((e) << 4)
#define ECHO_WSCALE	0x0f
#define ECHO_NO_WSCALE	0x0f
#define ECHO_SACK	0x10
#define ECHO_MASK	0x1f	/* what TSval carries */
#define BLIND		0xffffffffU	/* a claim that nobody makes */

/*
 * What a peer is told back is never more than it said. 48 is the least that is believed anyway;
 * 536 and 1220 are the defaults; 8940 is a jumbo frame's for IPv6.
 */
static const u16 msses[8] = { 48, 536, 1220, 1340, 1400, 1440, 1460, 8940 };

static u32 minute_of(u64 now)
{
	return (u32)div_u64(now, MINUTE);
}

static u32 blind(const struct toy_cookie_key *key, u32 irs)
{
	return key->hash(key, irs, 0, BLIND);
}

static u32 mss_index(u16 mss)
{
	u32 i = ARRAY_SIZE(msses) - 1;

	while (i && msses[i] > mss)
		i--;
	return i;
}

/**
 * toy_cookie_synack() - answer a SYN without remembering it
 * @req: the half-open connection that the SYN would make, from toy_request_init(); what a cookie
 *	cannot carry is taken out of it
 * @key: the keyed hash
 * @out: the SYN,ACK; ports are the caller's to fill in
 * @now: the time
 */
void toy_cookie_synack(struct toy_request *req, const struct toy_cookie_key *key,
		       struct toy_seg *out, u64 now)
{
	u32 minute = minute_of(now), claim = mss_index(req->mss), echo = 0, ts;

	if (req->opts & TOY_OPT_TS) {
		echo = req->opts & TOY_OPT_WSCALE ? req->snd_wscale : ECHO_NO_WSCALE;
		if (req->opts & TOY_OPT_SACKOK)
			echo |= ECHO_SACK;
		claim |= CLAIM_TS | CLAIM_ECHO(echo);
		req->opts &= 0xff & ~TOY_AGREED_ECN;	/* no room for that */
	} else {
		req->opts = 0;
		req->snd_wscale = 0;
		req->rcv_wscale = 0;
	}
	req->iss = minute << MINUTE_SHIFT | (claim & CLAIM_ISS) << CLAIM_SHIFT |
		   (key->hash(key, req->irs, minute, claim) & HASH_MASK);
	req->iss += blind(key, req->irs);

	toy_request_synack(req, out, now);
	out->why = TOY_SENT_COOKIE;
	if (!(out->opts & TOY_OPT_TS))
		return;
	/* Never ahead of our clock: the segments to come must not look older. */
	ts = (out->tsval & ~ECHO_MASK) | echo;
	if (seq_gt(ts, out->tsval))
		ts -= ECHO_MASK + 1;
	out->tsval = ts;
}

/**
 * toy_cookie_syn() - does this segment bring a cookie back? Then say what the SYN was
 * @in: a segment that came to a listener
 * @key: the keyed hash, of the same connection
 * @ts_offset: added to our clock to make TSval, of the same connection
 * @now: the time
 * @syn: the SYN, as far as the cookie and this segment tell: the MSS may be smaller than it was
 *
 * Return: false: it is none of ours, or too old.
 */
bool toy_cookie_syn(const struct toy_seg *in, const struct toy_cookie_key *key, u32 ts_offset,
		    u64 now, struct toy_seg *syn)
{
	u32 irs = in->seq - 1, minute = minute_of(now), cookie, claim, echo = ECHO_NO_WSCALE, age;

	if ((in->flags & (TOY_SYN | TOY_RST | TOY_ACK)) != TOY_ACK)
		return false;
	cookie = in->ack - 1 - blind(key, irs);
	claim = cookie >> CLAIM_SHIFT & CLAIM_ISS;
	age = (minute - (cookie >> MINUTE_SHIFT)) & 31;
	if (age >= MINUTES_GOOD)
		return false;
	if (claim & CLAIM_TS) {
		if (!(in->opts & TOY_OPT_TS) ||
		    toy_ts_clock(ts_offset, now) - in->tsecr >
		    MINUTES_GOOD * MINUTE / TOY_USEC_PER_MSEC)
			return false;
		echo = in->tsecr & ECHO_MASK;
		claim |= CLAIM_ECHO(echo);
	}
	if ((cookie ^ key->hash(key, irs, minute - age, claim)) & HASH_MASK)
		return false;

	memset(syn, 0, sizeof(*syn));
	syn->sport = in->sport;
	syn->dport = in->dport;
	syn->flags = TOY_SYN;
	syn->seq = irs;
	syn->opts = TOY_OPT_MSS;
	syn->mss = msses[claim & CLAIM_MSS];
	if (claim & CLAIM_TS) {
		syn->opts |= TOY_OPT_TS;
		syn->tsval = in->tsval;
		if ((echo & ECHO_WSCALE) != ECHO_NO_WSCALE) {
			syn->opts |= TOY_OPT_WSCALE;
			syn->wscale = echo & ECHO_WSCALE;
		}
		if (echo & ECHO_SACK)
			syn->opts |= TOY_OPT_SACKOK;
	}
	syn->wnd = (u16)min_t(u32, (u32)in->wnd << syn->wscale, 0xffff);
	return true;
}
