// SPDX-License-Identifier: GPL-2.0
/*
 * test_cookie.c - SYN cookies (RFC 4987 section 3.6): what a SYN asked for comes back with the ACK,
 * and nothing that was not sent out opens a connection.
 */
#include <stdlib.h>

#include "conn.h"
#include "rtt.h"
#include "tap.h"

#define MINUTE	(60 * TOY_USEC_PER_SEC)
#define START	(1000 * MINUTE + 17)
#define OFFSET	0x12345678U
#define OURS	1460	/* the MSS that we announce */

/* A connection, and a secret. */
struct name {
	struct toy_cookie_key key;
	u64 secret;
	u32 peer;
};

static u32 hash(const struct toy_cookie_key *key, u32 irs, u32 minute, u32 claim)
{
	const struct name *name = (const struct name *)key;
	u64 h = name->secret ^ (u64)name->peer << 32 ^ irs;

	h = (h ^ h >> 31) * 0x9e3779b97f4a7c15ULL + ((u64)minute << 32 | claim);
	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ h >> 27) * 0x94d049bb133111ebULL;
	return (u32)(h >> 32);
}

static struct name name_of(u32 peer)
{
	return (struct name){ { hash }, 0x5eed5eed5eed5eedULL, peer };
}

static u64 random_state;

static u32 roll(void)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(random_state >> 32);
}

static void seed(void)
{
	const char *given = getenv("SEED");

	random_state = given ? strtoull(given, NULL, 0) : 4987;
	tap_note("SEED=%llu", random_state);
}

/* A SYN with these options. */
static struct toy_seg syn_of(u8 opts, u16 mss, u8 wscale)
{
	return (struct toy_seg){
		.flags = TOY_SYN, .seq = 0x90000001, .wnd = 64000, .opts = opts,
		.mss = opts & TOY_OPT_MSS ? mss : 0, .wscale = opts & TOY_OPT_WSCALE ? wscale : 0,
		.tsval = opts & TOY_OPT_TS ? 77 : 0,
	};
}

static struct toy_seg answer(const struct name *name, const struct toy_seg *syn, u64 now)
{
	struct toy_request req;
	struct toy_knobs knobs;
	struct toy_seg out;

	toy_knobs_default(&knobs);
	toy_request_init(&req, syn, &knobs, 0, OFFSET, OURS, TOY_MSS_V4, 1 << 20);
	toy_cookie_synack(&req, &name->key, &out, now);
	return out;
}

/* What an honest peer says to that. */
static struct toy_seg ack_of(const struct toy_seg *syn, const struct toy_seg *synack)
{
	return (struct toy_seg){
		.flags = TOY_ACK, .seq = syn->seq + 1, .ack = synack->seq + 1, .wnd = 500,
		.opts = synack->opts & TOY_OPT_TS, .tsval = syn->tsval + 3, .tsecr = synack->tsval,
	};
}

static bool good(const struct name *name, const struct toy_seg *ack, u64 now)
{
	struct toy_seg back;

	return toy_cookie_syn(ack, &name->key, OFFSET, now, &back);
}

#define ALL	(TOY_OPT_MSS | TOY_OPT_WSCALE | TOY_OPT_SACKOK | TOY_OPT_TS)

TEST(rfc4987_a_cookie_brings_back_what_the_syn_asked_for)
{
	struct name name = name_of(1);
	u8 wscale;
	int sack;

	for (wscale = 0; wscale <= TOY_WSCALE_MAX; wscale++) {
		for (sack = 0; sack < 2; sack++) {
			u8 opts = sack ? ALL : ALL & ~TOY_OPT_SACKOK;
			struct toy_seg syn = syn_of(opts, 1460, wscale);
			struct toy_seg out = answer(&name, &syn, START);
			struct toy_seg ack = ack_of(&syn, &out), back;

			CHECK_EQ(out.flags, TOY_SYN | TOY_ACK, "it is a SYN,ACK");
			CHECK_EQ(out.ack, syn.seq + 1, "of that SYN");
			CHECK_EQ(out.opts, syn.opts, "that agrees to all that was offered");
			CHECK_EQ(out.mss, OURS, "names our MSS");
			CHECK_EQ(out.tsecr, 77, "echoes the peer's time");
			CHECK_EQ(out.why, TOY_SENT_COOKIE, "and says what it is");
			CHECK(toy_cookie_syn(&ack, &name.key, OFFSET, START + 100, &back), "good");
			CHECK_EQ(back.flags, TOY_SYN, "the SYN");
			CHECK_EQ(back.seq, syn.seq, "its sequence number");
			CHECK_EQ(back.opts, syn.opts, "its options");
			CHECK_EQ(back.mss, 1460, "its MSS");
			CHECK_EQ(back.wscale, wscale, "its shift");
			CHECK_EQ(back.tsval, 80, "the peer's latest time");
			CHECK_EQ(back.wnd, min_t(u32, 500 << wscale, 65535), "the latest window");
		}
	}
}

TEST(rfc4987_timestamps_without_window_scaling_come_back_as_such)
{
	struct name name = name_of(1);
	struct toy_seg syn = syn_of(TOY_OPT_MSS | TOY_OPT_TS, 1460, 0);
	struct toy_seg out = answer(&name, &syn, START);
	struct toy_seg ack = ack_of(&syn, &out), back;

	CHECK(toy_cookie_syn(&ack, &name.key, OFFSET, START, &back), "good");
	CHECK_EQ(back.opts, TOY_OPT_MSS | TOY_OPT_TS, "no scaling, no SACK");
}

TEST(rfc4987_without_timestamps_only_the_mss_is_agreed_on)
{
	struct name name = name_of(1);
	struct toy_seg syn = syn_of(ALL & ~TOY_OPT_TS, 1400, 7);
	struct toy_seg out = answer(&name, &syn, START);
	struct toy_seg ack = ack_of(&syn, &out), back;

	CHECK_EQ(out.opts, TOY_OPT_MSS, "nothing is offered that could not be remembered");
	CHECK(toy_cookie_syn(&ack, &name.key, OFFSET, START, &back), "good");
	CHECK_EQ(back.opts, TOY_OPT_MSS, "MSS only");
	CHECK_EQ(back.mss, 1400, "that one");
	CHECK_EQ(back.wnd, 500, "a window that is not scaled");
	/* timestamps that come all the same are not believed to have been agreed on */
	ack.opts |= TOY_OPT_TS;
	CHECK(toy_cookie_syn(&ack, &name.key, OFFSET, START, &back), "good");
	CHECK_EQ(back.opts, TOY_OPT_MSS, "MSS only");
}

TEST(MUST_16_the_mss_that_comes_back_is_never_more_than_the_peers)
{
	struct name name = name_of(1);
	u32 mss, worst = 0;

	for (mss = 48; mss <= 0xffff; mss++) {
		struct toy_seg syn = syn_of(ALL, (u16)mss, 7), out = answer(&name, &syn, START);
		struct toy_seg ack = ack_of(&syn, &out), back;

		CHECK(toy_cookie_syn(&ack, &name.key, OFFSET, START, &back), "good");
		CHECK(back.mss <= mss, "never more");
		if (mss >= 1220 && mss <= 1500)
			worst = max_t(u32, worst, mss - back.mss);
	}
	CHECK(worst <= 120, "and on an Ethernet nearly as much");
}

TEST(MUST_15_a_syn_without_mss_comes_back_with_the_default)
{
	struct name name = name_of(1);
	struct toy_seg syn = syn_of(TOY_OPT_TS, 0, 0), out = answer(&name, &syn, START);
	struct toy_seg ack = ack_of(&syn, &out), back;

	CHECK(toy_cookie_syn(&ack, &name.key, OFFSET, START, &back), "good");
	CHECK_EQ(back.mss, TOY_MSS_V4, "536");
}

TEST(rfc4987_a_cookie_is_good_for_a_minute_and_never_for_more_than_two)
{
	struct name name = name_of(1);
	struct toy_seg syn = syn_of(ALL, 1460, 7), bare = syn_of(TOY_OPT_MSS, 1460, 0);
	u64 made, age;

	for (made = START; made < START + 2 * MINUTE; made += MINUTE / 7) {
		struct toy_seg out = answer(&name, &syn, made), out2 = answer(&name, &bare, made);
		struct toy_seg ack = ack_of(&syn, &out), ack2 = ack_of(&bare, &out2);

		for (age = 0; age <= MINUTE; age += MINUTE / 11) {
			CHECK(good(&name, &ack, made + age), "a minute");
			CHECK(good(&name, &ack2, made + age), "without timestamps too");
		}
		/* The low bits of the minute come round every 32, the timestamp every 50 days. */
		for (age = 2 * MINUTE; age < 100 * MINUTE; age += MINUTE / 3) {
			CHECK(!good(&name, &ack, made + age), "too old");
			CHECK(!good(&name, &ack2, made + age), "without timestamps too");
		}
	}
}

TEST(rfc4987_the_first_cookies_after_boot_are_good)
{
	struct name name = name_of(1);
	struct toy_seg syn = syn_of(ALL, 1460, 7), out = answer(&name, &syn, 1);
	struct toy_seg ack = ack_of(&syn, &out);

	CHECK(good(&name, &ack, 2), "at once");
	CHECK(good(&name, &ack, MINUTE + 1), "and a minute later");
}

TEST(rfc4987_a_cookie_is_good_for_one_peer_and_one_sequence_number)
{
	struct name name = name_of(1), other = name_of(2), stranger = name;
	struct toy_seg syn = syn_of(ALL, 1460, 7), out = answer(&name, &syn, START);
	struct toy_seg ack = ack_of(&syn, &out), bad;
	u32 bit;

	stranger.secret++;
	CHECK(good(&name, &ack, START), "its own");
	CHECK(!good(&other, &ack, START), "not another peer's");
	CHECK(!good(&stranger, &ack, START), "not under another secret");
	for (bit = 0; bit < 32; bit++) {
		bad = ack;
		bad.ack ^= 1U << bit;
		CHECK(!good(&name, &bad, START), "not another acknowledgment number");
		bad = ack;
		bad.seq ^= 1U << bit;
		CHECK(!good(&name, &bad, START), "not another sequence number");
	}
	/* what the echo carries cannot be changed on the way */
	for (bit = 0; bit < 5; bit++) {
		bad = ack;
		bad.tsecr ^= 1U << bit;
		CHECK(!good(&name, &bad, START + 1000000), "not other options");
	}
	bad = ack;
	bad.opts &= ~TOY_OPT_TS;
	CHECK(!good(&name, &bad, START), "not without the timestamps agreed on");
	bad = ack;
	bad.tsecr -= 32 * 4000;
	CHECK(!good(&name, &bad, START), "not with an echo that is older than two minutes");
	bad = ack;
	bad.tsecr += 32 * 10;
	CHECK(!good(&name, &bad, START), "not with one from the future");
}

TEST(rfc4987_only_an_ack_brings_a_cookie_back)
{
	struct name name = name_of(1);
	struct toy_seg syn = syn_of(ALL, 1460, 7), out = answer(&name, &syn, START);
	struct toy_seg ack = ack_of(&syn, &out);
	u32 flags;

	for (flags = 0; flags < 256; flags++) {
		ack.flags = (u8)flags;
		CHECK_EQ(good(&name, &ack, START),
			 (flags & (TOY_SYN | TOY_RST | TOY_ACK)) == TOY_ACK, "ACK, no SYN, no RST");
	}
	ack.flags = TOY_ACK | TOY_PSH | TOY_FIN;
	ack.len = 100;
	CHECK(good(&name, &ack, START), "with data, if the bare ACK was lost");
}

TEST(rfc7323_the_timestamp_that_carries_options_is_at_most_32_ticks_slow_and_never_fast)
{
	struct name name = name_of(1);
	u64 now;

	for (now = START; now < START + 200 * TOY_USEC_PER_MSEC; now += TOY_USEC_PER_MSEC) {
		u8 wscale = (u8)(now / TOY_USEC_PER_MSEC % 15);
		struct toy_seg syn = syn_of(ALL, 1460, wscale), out = answer(&name, &syn, now);

		CHECK_IN(toy_ts_clock(OFFSET, now) - out.tsval, 0, 31, "ticks behind the clock");
	}
}

TEST(rfc4987_random_acknowledgments_open_nothing)
{
	struct name name = name_of(1);
	struct toy_seg ack = { .flags = TOY_ACK, .opts = TOY_OPT_TS };
	u32 i, opened = 0;

	seed();
	for (i = 0; i < 2000000; i++) {
		ack.seq = roll();
		ack.ack = roll();
		ack.tsecr = roll();
		opened += good(&name, &ack, START);
		ack.opts ^= TOY_OPT_TS;
	}
	/* 16 in 2^32 without timestamps, of a million: one in 268 runs would see one. */
	CHECK(opened < 2, "one in 2^28, and far fewer with timestamps");
}

TEST(rfc4987_whatever_syn_came_its_ack_opens_the_connection_that_the_synack_offered)
{
	struct toy_knobs knobs;
	int i;

	seed();
	toy_knobs_default(&knobs);
	for (i = 0; i < 100000; i++) {
		struct name name = name_of(roll());
		u64 made = ((u64)roll() << 20) + roll(), now = made + roll() % MINUTE;
		struct toy_seg syn = syn_of(roll() & ALL, (u16)roll(), roll() % 15);
		struct toy_seg out, ack, back;
		struct toy_request req, kept;
		enum toy_drop drop;
		u32 offset = roll(), limit = roll() >> (roll() % 24);

		syn.seq = roll();
		syn.tsval = syn.opts & TOY_OPT_TS ? roll() : 0;
		knobs.sack = roll() & 1;
		knobs.timestamps = roll() % 4 != 0;
		knobs.window_scaling = roll() & 1;

		toy_request_init(&req, &syn, &knobs, 0, offset, OURS, TOY_MSS_V4, limit);
		toy_cookie_synack(&req, &name.key, &out, made);
		ack = ack_of(&syn, &out);
		CHECK(toy_cookie_syn(&ack, &name.key, offset, now, &back), "it is good");

		toy_request_init(&kept, &back, &knobs, ack.ack - 1, offset, OURS, TOY_MSS_V4,
				 limit);
		CHECK_EQ(kept.opts, req.opts, "the options are those that the SYN,ACK agreed to");
		CHECK_EQ(kept.iss, out.seq, "our sequence number");
		CHECK_EQ(kept.irs, syn.seq, "the peer's");
		CHECK_EQ(kept.snd_wscale, req.snd_wscale, "the peer's shift");
		CHECK_EQ(kept.rcv_wscale, req.rcv_wscale, "ours");
		CHECK_EQ(kept.rcv_wnd, req.rcv_wnd, "the window that we offered");
		CHECK_EQ(toy_request_segment(&kept, &ack, &drop), TOY_ANSWER_OPEN, "it opens");
	}
}

TEST(rfc6528_the_sequence_number_of_a_cookie_does_not_show_what_it_carries)
{
	u32 ones[32] = { 0 }, bit, i;

	for (i = 0; i < 4000; i++) {
		struct name name = name_of(i);
		struct toy_seg syn = syn_of(ALL, 1460, 7), out = answer(&name, &syn, START);

		for (bit = 0; bit < 32; bit++)
			ones[bit] += out.seq >> bit & 1;
	}
	for (bit = 0; bit < 32; bit++)
		CHECK_IN(ones[bit], 1800, 2200, "to strangers every bit is a coin");
}
