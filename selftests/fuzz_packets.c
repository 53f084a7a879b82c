// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_packets.c - segments that nobody sent, to listeners and to connections in every state: the
 * kernel survives, nobody else is harmed, nothing is left behind, and the counters add up
 *
 *	raw socket ─┐
 *	pairs ──────┼── lo, a network namespace of its own
 *	listener ───┘
 *
 * The raw socket sees every segment that passes, so it knows the connections' numbers. It sends
 * what it saw again, changed a little or not, and segments made up from numbers near those. Between
 * them the users of the connections write, read, close and open.
 *
 * FUZZ_RUNS: segments of each family (10000). FUZZ_SECONDS: as long, instead. SEED decides all.
 */
#include <stddef.h>

#include "fuzz_vm.h"

#define PAIRS		12
#define PORT		10002
#define SEEN		64	/* segments remembered */
#define SEGMENT_MAX	1600
#define HOURS		(24 * 3600)

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define ACK	0x10

struct seen {
	int len;
	unsigned char bytes[SEGMENT_MAX];
};

static struct random dice;
static struct seen seen[SEEN];
static unsigned int nseen;
static int raw;
static struct way way;
static unsigned char pseudo[36];	/* addresses, as they are summed */
static int pseudo_len;
static struct where host;
static struct where host_raw;	/* without a port, which a raw socket takes for a protocol */

struct pair {
	int client;
	int server;
};

static struct pair pairs[PAIRS];
static int listener;
static unsigned long sent_raw;

static uint32_t below(uint32_t limit)
{
	return random_below(&dice, limit);
}

static bool chance(uint32_t of_100)
{
	return below(100) < of_100;
}

static void put16(unsigned char *p, uint16_t v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static uint32_t get32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	put16(p + 2, (uint16_t)v);
}

/* One's complement sum, RFC 1071. */
static uint32_t sum(uint32_t acc, const unsigned char *p, int len)
{
	for (; len > 1; len -= 2, p += 2)
		acc += (uint32_t)(p[0] << 8 | p[1]);
	if (len)
		acc += (uint32_t)p[0] << 8;
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return acc;
}

static void mend(unsigned char *seg, int len)
{
	if (len < 20)
		return;
	put16(seg + 16, 0);
	put16(seg + 16, (uint16_t)~sum(sum((uint32_t)len + IPPROTO_TOY, pseudo, pseudo_len), seg,
				       len));
}

static void inject(unsigned char *seg, int len)
{
	if (!chance(4))
		mend(seg, len);
	if (sendto(raw, seg, (size_t)len, 0, &host_raw.sa, host_raw.len) == len)
		sent_raw++;
}

/* What has passed since the last time. An IPv4 raw socket gives the IP header, too. */
static void look(void)
{
	unsigned char bytes[2048];
	int n, skip;

	while ((n = (int)recv(raw, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		skip = way.family == AF_INET ? (bytes[0] & 15) * 4 : 0;
		if (n - skip < 20 || n - skip > SEGMENT_MAX)
			continue;
		seen[nseen % SEEN].len = n - skip;
		memcpy(seen[nseen++ % SEEN].bytes, bytes + skip, (size_t)(n - skip));
	}
}

static struct seen *remembered(void)
{
	return nseen ? &seen[below(nseen < SEEN ? nseen : SEEN)] : NULL;
}

/* A step from a number that somebody waits for. */
static uint32_t step(void)
{
	static const uint32_t telling[] = { 0, 0, 0, 1, -1u, 2, 1460, -1460u, 65535, -65535u,
		0x7fffffff, 0x80000000,
		0x3fffffff };

	if (chance(70))
		return telling[below(sizeof(telling) / sizeof(telling[0]))];
	return chance(80) ? below(200000) - 100000 : (uint32_t)random_next(&dice);
}

/* Options: good, or anything. Returns their length, a multiple of four. */
static int options(unsigned char *p, const unsigned char *stamps)
{
	static const unsigned char syn[] = { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1,
		3, 3, 7 };
	int len = 4 * (int)below(11), i;

	memset(p, 1, 40);
	switch (below(6)) {
	case 0:
		return 0;
	case 1:
		memcpy(p, syn, sizeof(syn));
		p[2 + below(2)] = (unsigned char)random_next(&dice);
		p[19] = (unsigned char)below(20);
		return sizeof(syn);
	case 2:			/* timestamps near those of the segment that was seen */
		p[2] = 8;
		p[3] = 10;
		put32(p + 4, (stamps ? get32(stamps) : 0) + step());
		put32(p + 8, (stamps ? get32(stamps + 4) : 0) + step());
		return 12;
	case 3:			/* SACK blocks of any kind */
		p[2] = 5;
		p[3] = (unsigned char)(2 + 8 * (1 + below(4)));
		random_fill(&dice, p + 4, 32);
		return 4 + (p[3] - 2);
	case 4:			/* kinds and lengths, good and bad */
		for (i = 0; i < len; i += 2 + (int)below(4)) {
			p[i] = (unsigned char)below(9);
			p[i + 1] = (unsigned char)below(14);
		}
		return len;
	default:
		random_fill(&dice, p, 40);
		return len;
	}
}

/* Where the timestamps of a segment are, if it looks as ours do. */
static const unsigned char *stamps_of(const struct seen *s)
{
	if ((s->bytes[12] >> 4) == 8 && s->len >= 32 && s->bytes[22] == 8 && s->bytes[23] == 10)
		return s->bytes + 24;
	return NULL;
}

/* The next segment of somebody's connection, as an attacker who knows much would make it. */
static void forge(void)
{
	static const unsigned char common[] = { ACK, ACK, ACK, SYN, SYN | ACK, RST, RST | ACK, FIN |
		ACK, 0x18, 0x38,
		SYN | FIN, 0 };
	unsigned char seg[SEGMENT_MAX] = { 0 };
	const struct seen *s = remembered();
	const unsigned char *stamps = NULL;
	int hlen, len;

	put16(seg, (uint16_t)random_next(&dice));
	put16(seg + 2, PORT);
	put32(seg + 4, (uint32_t)random_next(&dice));
	if (s && chance(85)) {
		memcpy(seg, s->bytes, 12);
		put32(seg + 4,
		      get32(seg + 4) + (uint32_t)(s->len - (s->bytes[12] >> 4) * 4) + step());
		put32(seg + 8, get32(seg + 8) + step());
		stamps = stamps_of(s);
	}
	seg[13] = chance(85) ? common[below(sizeof(common))] : (unsigned char)random_next(&dice);
	random_fill(&dice, seg + 14, 6);
	if (chance(20))
		put16(seg + 14, 0);
	hlen = 20 + options(seg + 20, stamps);
	seg[12] = (unsigned char)(hlen / 4 << 4);
	len = hlen + (chance(50) ? 0 : (int)below(chance(80) ? 100 : SEGMENT_MAX - 60));
	if (len > hlen)
		memset(seg + hlen, 'x', (size_t)(len - hlen));
	inject(seg, len);
}

/* A segment that was seen, again; with changes or without. */
static void replay(void)
{
	const struct seen *s = remembered();
	unsigned char seg[SEGMENT_MAX];
	int len, n = (int)below(4), at;

	if (!s)
		return;
	len = s->len;
	memcpy(seg, s->bytes, (size_t)len);
	while (n--) {
		at = (int)below((uint32_t)(len < 64 || chance(10) ? len : 64));
		seg[at] ^= (unsigned char)(chance(70) ? 1u << below(8) : random_next(&dice));
	}
	if (chance(10))
		len = (int)below((uint32_t)len + 1);
	if (chance(5)) {	/* towards the one who sent it */
		memcpy(seg, s->bytes + 2, 2);
		memcpy(seg + 2, s->bytes, 2);
	}
	if (len)
		inject(seg, len);
}

static void garbage(void)
{
	unsigned char seg[256];
	int len = 1 + (int)below(255);

	random_fill(&dice, seg, (size_t)len);
	put16(seg + 2, PORT);
	inject(seg, len);
}

static void open_pair(struct pair *p)
{
	p->client = ret(socket(way.family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TOY));
	if (p->client >= 0)
		connect(p->client, &host.sa, host.len);
	p->server = -1;
}

/* What the users of a pair do. */
static void use(struct pair *p)
{
	int *end = chance(50) ? &p->client : &p->server, fd;
	char buf[4096] = { 0 };

	fd = ret(accept4(listener, NULL, NULL, SOCK_NONBLOCK));
	if (fd >= 0) {
		if (p->server >= 0)
			close(p->server);
		p->server = fd;
	}
	switch (below(10)) {
	case 0:
	case 1:
	case 2:
		send(*end, buf, below(sizeof(buf)), MSG_NOSIGNAL | (chance(5) ? MSG_OOB : 0));
		break;
	case 3:
	case 4:
	case 5:
		recv(*end, buf, below(sizeof(buf)), 0);
		break;
	case 6:
		if (chance(20))
			shutdown(*end, SHUT_WR);
		break;
	case 7:
		if (chance(20) && *end >= 0) {
			close(*end);
			*end = -1;
		}
		break;
	default:
		if (p->client < 0 || chance(5)) {
			if (p->client >= 0)
				close(p->client);
			if (p->server >= 0)
				close(p->server);
			open_pair(p);
		}
	}
}

static void one_segment(void)
{
	switch (below(10)) {
	case 0:
		garbage();
		break;
	case 1:
	case 2:
	case 3:
	case 4:
		replay();
		break;
	default:
		forge();
	}
}

/* The raw socket, its addresses, and what it is told of: everything to protocol 253. */
static int begin(void)
{
	struct where from = loopback(way.family, 0);
	int size = 1 << 20, i;

	host = loopback(way.family, PORT);
	host_raw = from;
	raw = ret(socket(way.family, SOCK_RAW, IPPROTO_TOY));
	if (raw < 0)
		return raw;
	setsockopt(raw, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	i = bind_to(raw, from);
	if (i)
		return i;
	if (way.family == AF_INET) {
		memcpy(pseudo, &from.v4.sin_addr, 4);
		memcpy(pseudo + 4, &host.v4.sin_addr, 4);
		pseudo_len = 8;
	} else {
		memcpy(pseudo, &from.v6.sin6_addr, 16);
		memcpy(pseudo + 16, &host.v6.sin6_addr, 16);
		pseudo_len = 32;
	}
	listener = new_socket(way);
	if (listener < 0)
		return listener;
	nonblocking(listener);
	set_int(listener, SOL_SOCKET, SO_REUSEADDR, 1);
	i = bind_to(listener, host);
	return i ? i : ret(listen(listener, 8));
}

FIXTURE(packets)
{
	int nothing;
};

FIXTURE_VARIANT(packets)
{
	struct way way;
};

TOY4(packets);
TOY6(packets);

FIXTURE_SETUP(packets)
{
	if (geteuid())
		SKIP(return, "needs root");
	way = variant->way;
	ASSERT_EQ(0, own_namespace());
	quick_ends();
	ASSERT_EQ(0, begin());
}

FIXTURE_TEARDOWN(packets)
{
}

TEST_F_TIMEOUT(packets, any_segments_harm_nobody_and_leave_nothing_behind, HOURS)
{
	unsigned long runs = fuzz_runs(10000), i;
	long long until = fuzz_until();
	uint64_t seed = fuzz_seed();
	int k;

	dice.state = seed;
	for (k = 0; k < PAIRS; k++)
		open_pair(&pairs[k]);
	for (i = 0; until ? now_ms() < until : i < runs; i++) {
		one_segment();
		if (i % 3 == 0)
			use(&pairs[below(PAIRS)]);
		if (i % 4 == 0)
			look();
	}
	printf("# SEED=%llu: %lu segments sent, %u seen, %ld connections opened\n",
	       (unsigned long long)seed,
	       sent_raw, nseen, counter("PassiveOpens"));
	EXPECT_EQ(0, honest_work(way.family));
	for (k = 0; k < PAIRS; k++) {
		close(pairs[k].client);
		close(pairs[k].server);
	}
	close(listener);
	EXPECT_EQ(0, counter_falls_to("Sockets", 0));
	EXPECT_EQ(0, counter_falls_to("Orphans", 0));
	EXPECT_EQ(0, counter_falls_to("HalfOpen", 0));
	/* Nothing is lost on lo: what came in is what went out, and what we sent. */
	EXPECT_EQ((long)sent_raw + counter("OutSegs") + counter("RetransSegs"), counter("InSegs"));
	EXPECT_LT(0, counter("InErrs"));
	EXPECT_LT(0, counter("InCsumErrors"));
	EXPECT_LT(0, counter("PassiveOpens"));
	EXPECT_LT(0, counter("ChallengeACKs"));
}

TEST_HARNESS_MAIN
