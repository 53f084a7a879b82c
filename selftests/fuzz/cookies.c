// SPDX-License-Identifier: GPL-2.0
/*
 * cookies.c - SYN cookies (module/core/cookie.c): what was promised comes back, and nothing else
 */
#include "conn.h"
#include "fuzz.h"

#define SECOND	TOY_USEC_PER_SEC

struct key {
	struct toy_cookie_key key;
	u32 secret;
};

static u32 mix(u32 a, u32 b)
{
	a = (a ^ b) * 0x9e3779b1u;
	a ^= a >> 15;
	a *= 0x85ebca77u;
	return a ^ a >> 13;
}

static u32 key_hash(const struct toy_cookie_key *key, u32 irs, u32 minute, u32 claim)
{
	return mix(mix(mix(((const struct key *)key)->secret, irs), minute), claim);
}

static void check_syn(const struct toy_seg *syn)
{
	FUZZ_CHECK(syn->flags == TOY_SYN && !syn->len, "what comes back is a SYN");
	FUZZ_CHECK((syn->opts & TOY_OPT_MSS) && syn->mss >= 48, "it has an MSS to be believed");
	FUZZ_CHECK(syn->wscale <= TOY_WSCALE_MAX, "its shift is within its limit");
	FUZZ_CHECK((syn->opts & TOY_OPT_TS) || !(syn->opts & ~TOY_OPT_MSS),
		   "only timestamps carry more than the MSS");
}

/* The ACK of an honest peer, @wait after the SYN,ACK. */
static void check_honest(const struct toy_request *req, const struct toy_seg *syn,
			 const struct toy_seg *back, bool good)
{
	FUZZ_CHECK(good, "a cookie of less than a minute is good");
	check_syn(back);
	FUZZ_CHECK(back->seq == req->irs && back->opts == (req->opts | TOY_OPT_MSS),
		   "number and options are what was agreed on");
	FUZZ_CHECK(back->mss <= max_t(u16, req->mss, 48), "the MSS is not more than was said");
	FUZZ_CHECK(!(req->opts & TOY_OPT_WSCALE) || back->wscale == req->snd_wscale,
		   "the shift is what was offered");
	FUZZ_CHECK(!(back->opts & TOY_OPT_TS) || (syn->opts & TOY_OPT_TS),
		   "nothing comes back that was not offered");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct key key = { .key = { .hash = key_hash } };
	struct toy_seg syn, out, ack, back;
	struct toy_request req;
	struct toy_knobs knobs;
	u32 ts_offset, flip;
	bool good, has;
	u64 now, wait;

	toy_knobs_default(&knobs);
	flip = fuzz_u8(&in);
	knobs.timestamps = flip & 1;
	knobs.window_scaling = flip & 2;
	knobs.sack = flip & 4;
	key.secret = fuzz_u32(&in);
	ts_offset = fuzz_u32(&in);
	now = 1 + ((u64)fuzz_u32(&in) << fuzz_below(&in, 16));
	toy_seg_clear(&syn);
	syn.flags = TOY_SYN;
	syn.seq = fuzz_u32(&in);
	syn.opts = fuzz_u8(&in) & (TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_SACKOK | TOY_OPT_TS);
	syn.mss = max_t(u16, fuzz_u16(&in), 1);
	syn.wscale = (u8)fuzz_below(&in, TOY_WSCALE_MAX + 1);
	syn.wnd = fuzz_u16(&in);
	syn.tsval = fuzz_u32(&in);

	memset(&req, 0xa5, sizeof(req));
	toy_request_init(&req, &syn, &knobs, 0, ts_offset, 1460, TOY_MSS_V4, 65535);
	memset(&out, 0xa5, sizeof(out));
	toy_cookie_synack(&req, &key.key, &out, now);
	FUZZ_CHECK(out.flags == (TOY_SYN | TOY_ACK) && out.ack == syn.seq + 1 &&
		   out.seq == req.iss, "a SYN,ACK leaves");
	FUZZ_CHECK(!(out.opts & TOY_OPT_TS) ||
		   (u32)(now / 1000) + ts_offset - out.tsval < 64, "TSval is not ahead of us");

	wait = (u64)fuzz_u16(&in) * 10000;	/* to 11 minutes */
	toy_seg_clear(&ack);
	ack.flags = TOY_ACK;
	ack.seq = syn.seq + 1;
	ack.ack = out.seq + 1;
	ack.wnd = fuzz_u16(&in);
	ack.opts = out.opts & TOY_OPT_TS;
	ack.tsval = syn.tsval;
	ack.tsecr = out.tsval;
	memset(&back, 0xa5, sizeof(back));
	good = toy_cookie_syn(&ack, &key.key, ts_offset, now + wait, &back);
	if (wait < 60 * SECOND)
		check_honest(&req, &syn, &back, good);
	FUZZ_CHECK(!good || wait < 120 * SECOND, "a cookie of two minutes is too old");

	/* And now the same with something changed: mostly refused, and never believed too much. */
	flip = fuzz_u8(&in);
	ack.flags ^= flip & 1 ? fuzz_u8(&in) : 0;
	ack.seq += flip & 2 ? fuzz_u32(&in) : 0;
	ack.ack += flip & 4 ? fuzz_u32(&in) : 0;
	ack.tsecr += flip & 8 ? fuzz_u32(&in) : 0;
	ack.opts ^= flip & 16 ? TOY_OPT_TS : 0;
	has = (ack.flags & (TOY_SYN | TOY_RST | TOY_ACK)) == TOY_ACK;
	memset(&back, 0xa5, sizeof(back));
	if (toy_cookie_syn(&ack, &key.key, ts_offset, now + wait, &back)) {
		FUZZ_CHECK(has, "only an ACK brings a cookie");
		check_syn(&back);
	}
	return 0;
}
