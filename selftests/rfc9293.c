// SPDX-License-Identifier: GPL-2.0
/*
 * rfc9293.c - rules of RFC 9293 that are seen at the socket and at IP, each named after its label
 *
 *	 a namespace of its own:   lo        127.0.0.0/8, ::1, fd99::1, fd99::2
 *	                           dummy0    10.99.0.1/24, 10.99.0.2: 10.99.0.9 never answers
 *
 * A raw socket of protocol 253 sees what arrives; another one says what routers would.
 */
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sched.h>
#include <stdint.h>

#include "sock.h"

/* What a raw socket saw of one segment. */
struct sniffed {
	uint16_t sport, dport;
	uint32_t seq;
	uint32_t source;	/* IPv4 only */
	int tos, ttl;
	uint8_t head[28];	/* IPv4: what a router would quote */
};

static struct where address(const char *text, int port)
{
	struct where w = any_addr(strchr(text, ':') ? AF_INET6 : AF_INET, port);

	if (w.sa.sa_family == AF_INET6)
		inet_pton(AF_INET6, text, &w.v6.sin6_addr);
	else
		inet_pton(AF_INET, text, &w.v4.sin_addr);
	return w;
}

/* The next segment from local port @port. */
static bool sniff(int raw, int family, int port, struct sniffed *s)
{
	uint8_t buf[2048], control[256];
	struct iovec iov = { buf, sizeof(buf) };
	const uint8_t *seg = buf;

	for (;;) {
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				      .msg_controllen = sizeof(control) };
		struct cmsghdr *c;

		if (!(events_of(raw, POLLIN, SOON) & POLLIN) || recvmsg(raw, &msg, 0) < 20)
			return false;
		memset(s, 0, sizeof(*s));
		if (family == AF_INET) {
			s->tos = buf[1];
			s->ttl = buf[8];
			memcpy(&s->source, buf + 12, 4);
			seg = buf + (buf[0] & 15) * 4;
			memcpy(s->head, buf, 28);
		}
		for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
			if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS)
				memcpy(&s->tos, CMSG_DATA(c), 4);
			if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
				memcpy(&s->ttl, CMSG_DATA(c), 4);
		}
		s->sport = (uint16_t)(seg[0] << 8 | seg[1]);
		s->dport = (uint16_t)(seg[2] << 8 | seg[3]);
		s->seq = (uint32_t)seg[4] << 24 | (uint32_t)seg[5] << 16 | seg[6] << 8 | seg[7];
		if (s->sport == port)
			return true;
	}
}

FIXTURE(rfc) {
	struct way way;
	int listener, client, server, raw;
};

FIXTURE_VARIANT(rfc) {
	struct way way;
};

FIXTURE_SETUP(rfc)
{
	self->way = variant->way;
	if (getuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, system("ip link set lo up"));
	/* what a peer that is not there leaves behind holds the module */
	ASSERT_EQ(0, system("sysctl -qw net.toy.orphan_retries=1"));
	ASSERT_EQ(0, system("ip address add fd99::1 dev lo nodad"));
	ASSERT_EQ(0, system("ip address add fd99::2 dev lo nodad"));
	ASSERT_EQ(0, system("ip link add dummy0 type dummy"));
	ASSERT_EQ(0, system("ip address add 10.99.0.1/24 dev dummy0"));
	ASSERT_EQ(0, system("ip address add 10.99.0.2/24 dev dummy0"));
	ASSERT_EQ(0, system("ip address add fd98::1/64 dev dummy0 nodad"));
	ASSERT_EQ(0, system("ip link set dummy0 up"));
	self->listener = new_listener(self->way, 8);
	ASSERT_LE(0, self->listener);
	self->client = new_client(self->way, self->listener);
	ASSERT_LE(0, self->client);
	self->server = accept_from(self->listener);
	ASSERT_LE(0, self->server);
	self->raw = socket(self->way.family, SOCK_RAW, IPPROTO_TOY);
	ASSERT_LE(0, self->raw);
	if (self->way.family == AF_INET6) {
		ASSERT_EQ(0, set_int(self->raw, IPPROTO_IPV6, IPV6_RECVTCLASS, 1));
		ASSERT_EQ(0, set_int(self->raw, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1));
	}
}

FIXTURE_TEARDOWN(rfc)
{
	close(self->client);
	close(self->server);
	close(self->listener);
	close(self->raw);
}

TOY4(rfc);
TOY6(rfc);

static const char *silent(struct way way)
{
	return way.family == AF_INET ? "10.99.0.9" : "fd98::9";
}

/* The initial number of a SYN from local port @port to a port where nobody is. */
static int syn_from(struct way way, int raw, int port, struct sniffed *s)
{
	struct where closed = loopback(way.family, 9);
	int fd = new_socket(way), r;

	r = bind_to(fd, any_addr(way.family, port));
	if (!r)
		r = connect_to(fd, closed);
	close(fd);
	return r != -ECONNREFUSED ? r : sniff(raw, way.family, port, s) ? 0 : -ETIME;
}

TEST_F(rfc, MUST_8_one_pair_of_ports_goes_by_the_clock)
{
	struct sniffed first, next;
	long long start = now_ms();
	long long took;

	ASSERT_EQ(0, syn_from(self->way, self->raw, 4711, &first));
	poll(NULL, 0, 20);
	ASSERT_EQ(0, syn_from(self->way, self->raw, 4711, &next));
	took = now_ms() - start + 1;
	EXPECT_LE(20 * 250u, next.seq - first.seq);		/* 250 ticks a millisecond */
	EXPECT_GE(took * 250, next.seq - first.seq);
}

TEST_F(rfc, MUST_9_neighbours_say_nothing_of_each_other)
{
	struct sniffed last, s;
	int i, near = 0;

	ASSERT_EQ(0, syn_from(self->way, self->raw, 5000, &last));
	for (i = 1; i < 32; i++) {
		ASSERT_EQ(0, syn_from(self->way, self->raw, 5000 + i, &s));
		near += s.seq - last.seq + (1 << 24) < 2 << 24;		/* by chance: one of 128 */
		last = s;
	}
	EXPECT_GE(4, near);
}

TEST_F(rfc, MUST_41_a_listener_disturbs_no_connection)
{
	int other = new_socket(self->way);

	EXPECT_EQ(-EADDRINUSE, bind_to(other, name_of(self->listener)));
	EXPECT_EQ(2, send_text(self->client, "on"));
	EXPECT_EQ(0, recv_text(self->server, "on"));
	close(other);
}

TEST_F(rfc, MUST_42_one_can_listen_on_the_port_of_a_connection_that_is_opening)
{
	int opening = new_socket(self->way), other = new_socket(self->way);
	struct where any = any_addr(self->way.family, 0);

	ASSERT_EQ(0, set_int(opening, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_EQ(0, set_int(other, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_EQ(0, bind_to(opening, any));
	ASSERT_EQ(0, nonblocking(opening));
	ASSERT_EQ(-EINPROGRESS, connect_to(opening, address(silent(self->way), 9)));
	ASSERT_EQ(0, bind_to(other, any_addr(self->way.family, port_of(opening))));
	EXPECT_EQ(0, ret(listen(other, 1)));
	EXPECT_EQ(-EALREADY, connect_to(opening, address(silent(self->way), 9)));
	close(opening);
	close(other);
}

TEST_F(rfc, MUST_43_the_local_address_can_be_chosen)
{
	struct where from = address(self->way.family == AF_INET ? "127.0.0.7" : "fd99::2", 0);
	int fd = new_socket(self->way), peer;

	ASSERT_EQ(0, bind_to(fd, from));
	ASSERT_EQ(0, connect_to(fd, name_of(self->listener)));
	peer = accept_from(self->listener);
	ASSERT_LE(0, peer);
	from = name_of(fd);
	EXPECT_TRUE(same_where(from, peer_of(peer)));
	EXPECT_TRUE(self->way.family == AF_INET ? from.v4.sin_addr.s_addr == htonl(0x7f000007) :
						  from.v6.sin6_addr.s6_addr[15] == 2);
	close(fd);
	close(peer);
}

TEST_F(rfc, MUST_44_if_it_is_not_the_route_chooses_it)
{
	struct where is, want = address(self->way.family == AF_INET ? "10.99.0.1" : "fd98::1", 0);
	int fd = new_socket(self->way);

	ASSERT_EQ(0, nonblocking(fd));
	ASSERT_EQ(-EINPROGRESS, connect_to(fd, address(silent(self->way), 9)));
	is = name_of(fd);
	want.v4.sin_port = is.v4.sin_port;
	EXPECT_TRUE(same_where(is, want));
	close(fd);
}

TEST_F(rfc, MUST_45_and_it_stays_when_the_route_would_choose_another)
{
	const char *to = self->way.family == AF_INET ? "10.99.0.2" : "fd99::2";
	struct where before;
	int listener = new_socket(self->way), fd = new_socket(self->way), peer;

	ASSERT_EQ(0, bind_to(listener, address(to, 0)));
	ASSERT_EQ(0, ret(listen(listener, 1)));
	ASSERT_EQ(0, connect_to(fd, name_of(listener)));
	peer = accept_from(listener);
	ASSERT_LE(0, peer);
	before = name_of(fd);
	if (self->way.family == AF_INET) {
		ASSERT_EQ(0, system("ip route del local 10.99.0.2 dev dummy0"));
		ASSERT_EQ(0, system("ip route add local 10.99.0.2 dev dummy0 src 127.0.0.1"));
	} else {
		ASSERT_EQ(0, system("ip route replace local fd99::2 dev lo src fd98::1"));
	}
	EXPECT_EQ(5, send_text(fd, "still"));
	EXPECT_EQ(0, recv_text(peer, "still"));
	EXPECT_TRUE(same_where(before, name_of(fd)));
	EXPECT_TRUE(same_where(before, peer_of(peer)));
	close(fd);
	fd = new_client(self->way, listener);
	ASSERT_LE(0, fd);
	EXPECT_FALSE(before.sa.sa_family == AF_INET &&
		     before.v4.sin_addr.s_addr == name_of(fd).v4.sin_addr.s_addr);
	close(fd);
	close(peer);
	close(listener);
}

TEST_F(rfc, MUST_46_no_connection_to_broadcast_or_multicast)
{
	static const char * const v4[] = { "255.255.255.255", "10.99.0.255", "224.0.0.1" };
	static const char * const v6[] = { "ff02::1", "ff05::1", "ff0e::1" };
	bool ipv4 = self->way.family == AF_INET;
	int i, fd, was = counter("OutSegs");

	ASSERT_EQ(0, system("ip route add 224.0.0.0/4 dev dummy0"));
	for (i = 0; i < 3; i++) {
		fd = new_socket(self->way);
		ASSERT_EQ(0, set_int(fd, SOL_SOCKET, SO_BROADCAST, 1));
		EXPECT_GT(0, connect_to(fd, address(ipv4 ? v4[i] : v6[i], 9)));
		close(fd);
	}
	EXPECT_EQ(was, counter("OutSegs"));
}

TEST_F(rfc, MUST_48_and_SHLD_21_the_dscp_can_be_set_and_changed)
{
	bool v4 = self->way.family == AF_INET;
	struct sniffed s;
	int i;

	for (i = 0; i < 3; i++) {
		int tos = i << 5 | 8;	/* all of DSCP, and no ECN */

		ASSERT_EQ(0, set_int(self->client, v4 ? IPPROTO_IP : IPPROTO_IPV6,
				     v4 ? IP_TOS : IPV6_TCLASS, tos));
		ASSERT_EQ(1, send_text(self->client, "x"));
		ASSERT_EQ(0, recv_text(self->server, "x"));
		do {
			ASSERT_TRUE(sniff(self->raw, self->way.family, port_of(self->client), &s));
		} while (s.tos != tos && i);
		EXPECT_EQ(tos, s.tos);
	}
}

TEST_F(rfc, MUST_49_the_ttl_can_be_set)
{
	bool v4 = self->way.family == AF_INET;
	struct sniffed s;

	ASSERT_EQ(0, set_int(self->client, v4 ? IPPROTO_IP : IPPROTO_IPV6,
			     v4 ? IP_TTL : IPV6_UNICAST_HOPS, 33));
	ASSERT_EQ(1, send_text(self->client, "x"));
	ASSERT_TRUE(sniff(self->raw, self->way.family, port_of(self->client), &s));
	EXPECT_EQ(33, s.ttl);
}

TEST_F(rfc, MUST_50_unknown_ip_options_are_ignored)
{
	static const uint8_t option[] = { 0x9e, 4, 0, 0 };	/* RFC 3692: for experiments */
	static const uint8_t nop[] = { 1, 1, 1, 1 };

	if (self->way.family != AF_INET)
		SKIP(return, "IPv4 has options");
	ASSERT_EQ(0, ret(setsockopt(self->client, IPPROTO_IP, IP_OPTIONS, option, sizeof(option))));
	ASSERT_EQ(3, send_text(self->client, "one"));
	EXPECT_EQ(0, recv_text(self->server, "one"));
	ASSERT_EQ(0, ret(setsockopt(self->client, IPPROTO_IP, IP_OPTIONS, nop, sizeof(nop))));
	ASSERT_EQ(3, send_text(self->client, "two"));
	EXPECT_EQ(0, recv_text(self->server, "two"));
}

TEST_F(rfc, MUST_51_a_source_route_may_be_given)
{
	static const uint8_t route[] = { 131, 7, 4, 10, 99, 0, 8, 0 };	/* loose, through one hop */
	struct sockaddr_ll device = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = (int)if_nametoindex("dummy0") };
	int wire = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)), fd = new_socket(self->way);
	uint8_t packet[2048];

	if (self->way.family != AF_INET)
		SKIP(return, "RFC 5095 forbids it");
	ASSERT_EQ(0, ret(bind(wire, (struct sockaddr *)&device, sizeof(device))));
	ASSERT_EQ(0, ret(setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, sizeof(route))));
	ASSERT_EQ(0, nonblocking(fd));
	ASSERT_EQ(-EINPROGRESS, connect_to(fd, address(silent(self->way), 9)));
	do {
		ASSERT_TRUE(events_of(wire, POLLIN, SOON) & POLLIN);
		ASSERT_LT(28, recv(wire, packet, sizeof(packet), 0));
	} while (packet[0] != 0x47 || packet[9] != IPPROTO_TOY);
	EXPECT_EQ(8, packet[19]);	/* to the hop, */
	EXPECT_EQ(131, packet[20]);
	EXPECT_EQ(9, packet[26]);	/* and from there to the end */
	close(fd);
	close(wire);
}

TEST_F(rfc, MAY_9_the_dscp_of_the_peer_can_be_asked_for)
{
	uint8_t buf[256];
	socklen_t len = sizeof(buf);
	struct msghdr msg = { .msg_control = buf };
	int fd = new_socket(self->way), peer, tos = -1;
	struct cmsghdr *c;

	if (self->way.family != AF_INET)
		SKIP(return, "IPv4 only");
	ASSERT_EQ(0, set_int(fd, IPPROTO_IP, IP_TOS, 0x28));
	ASSERT_EQ(0, connect_to(fd, name_of(self->listener)));
	peer = accept_from(self->listener);
	ASSERT_LE(0, peer);
	ASSERT_EQ(0, set_int(peer, IPPROTO_IP, IP_RECVTOS, 1));
	ASSERT_EQ(0, ret(getsockopt(peer, IPPROTO_IP, IP_PKTOPTIONS, buf, &len)));
	msg.msg_controllen = len;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
			memcpy(&tos, CMSG_DATA(c), sizeof(tos));
	EXPECT_EQ(0x28, tos);
	close(fd);
	close(peer);
}

/* An ICMP error for the segment that was seen; its sequence number is moved by @by. */
static int icmp_error(int family, const struct sniffed *s, struct where from, struct where to,
		      uint8_t type, uint8_t code, uint32_t by)
{
	uint8_t msg[8 + 40 + 8] = { type, code };
	int fd = socket(family, SOCK_RAW, family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	int quoted = family == AF_INET ? 28 : 48, r, i;
	uint32_t seq = htonl(s->seq + by), acc = 0;
	uint16_t port;

	if (family == AF_INET) {
		memcpy(msg + 8, s->head, 28);
		msg[8] = 0x45;
	} else {
		msg[8] = 0x60;
		msg[8 + 5] = 20;
		msg[8 + 6] = IPPROTO_TOY;
		msg[8 + 7] = 64;
		memcpy(msg + 16, &from.v6.sin6_addr, 16);
		memcpy(msg + 32, &to.v6.sin6_addr, 16);
	}
	port = htons(s->sport);
	memcpy(msg + quoted, &port, 2);
	port = htons(s->dport);
	memcpy(msg + quoted + 2, &port, 2);
	memcpy(msg + quoted + 4, &seq, 4);
	for (i = 0; i < quoted + 8; i += 2)
		acc += (uint32_t)msg[i] << 8 | msg[i + 1];
	acc = (acc & 0xffff) + (acc >> 16);
	acc = ~((acc & 0xffff) + (acc >> 16));
	if (family == AF_INET) {		/* of ICMPv6 the kernel computes it */
		msg[2] = (uint8_t)(acc >> 8);
		msg[3] = (uint8_t)acc;
	}
	to = from;
	if (family == AF_INET)
		to.v4.sin_port = 0;
	else
		to.v6.sin6_port = 0;
	r = ret((int)sendto(fd, msg, (size_t)quoted + 8, 0, &to.sa, to.len));
	close(fd);
	return r < 0 ? r : 0;
}

/* A byte is in flight that nobody acknowledges: the server's end is deaf. */
static int deafen(int fd)
{
	struct { uint16_t code; uint8_t jt, jf; uint32_t k; } drop = { 6, 0, 0, 0 };
	struct { unsigned short len; void *filter; } prog = { 1, &drop };

	return ret(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
}

static bool counter_reaches(const char *name, int value)
{
	long long end = now_ms() + SOON;

	while (counter(name) < value && now_ms() < end)
		poll(NULL, 0, 1);
	return counter(name) == value;
}

TEST_F(rfc, MUST_54_and_rfc5927_icmp_counts_for_what_is_in_flight_only)
{
	bool v4 = self->way.family == AF_INET;
	uint8_t type = v4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH;
	uint8_t code = v4 ? ICMP_PORT_UNREACH : ICMP6_DST_UNREACH_NOPORT;
	struct where from = name_of(self->client), to = peer_of(self->client);
	int errors, ignored;
	struct sniffed s;

	ASSERT_EQ(0, deafen(self->server));
	ASSERT_EQ(1, send_text(self->client, "x"));
	ASSERT_TRUE(sniff(self->raw, self->way.family, port_of(self->client), &s));
	errors = counter("IcmpErrors");
	ignored = counter("IcmpIgnored");
	ASSERT_EQ(0, icmp_error(self->way.family, &s, from, to, type, code, 1));	/* NXT */
	EXPECT_TRUE(counter_reaches("IcmpIgnored", ignored + 1));
	ASSERT_EQ(0, icmp_error(self->way.family, &s, from, to, type, code, -1));
	EXPECT_TRUE(counter_reaches("IcmpIgnored", ignored + 2));
	EXPECT_EQ(errors, counter("IcmpErrors"));
	ASSERT_EQ(0, icmp_error(self->way.family, &s, from, to, type, code, 0));
	EXPECT_TRUE(counter_reaches("IcmpErrors", errors + 1));
	EXPECT_EQ(0, events_of(self->client, 0, 0));			/* MUST-56: it lives */
	EXPECT_EQ(1, send_text(self->client, "y"));
}

TEST_F(rfc, MUST_55_source_quench_is_ignored)
{
	struct where from = name_of(self->client), to = peer_of(self->client);
	struct tcp_info before, after;
	socklen_t len = sizeof(before);
	struct sniffed s;
	int errors;

	if (self->way.family != AF_INET)
		SKIP(return, "there is none in IPv6");
	ASSERT_EQ(0, deafen(self->server));
	ASSERT_EQ(1, send_text(self->client, "x"));
	ASSERT_TRUE(sniff(self->raw, self->way.family, port_of(self->client), &s));
	ASSERT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_INFO, &before, &len));
	errors = counter("IcmpErrors");
	ASSERT_EQ(0, icmp_error(AF_INET, &s, from, to, ICMP_SOURCE_QUENCH, 0, 0));
	/* what comes behind it shows that it has come */
	ASSERT_EQ(0, icmp_error(AF_INET, &s, from, to, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0));
	EXPECT_TRUE(counter_reaches("IcmpErrors", errors + 1));
	ASSERT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_INFO, &after, &len));
	if (!after.tcpi_retransmits)
		EXPECT_EQ(before.tcpi_snd_cwnd, after.tcpi_snd_cwnd);
	EXPECT_EQ(0, events_of(self->client, 0, 0));
}

TEST_F(rfc, SHLD_20_and_SHLD_25_soft_errors_are_told_to_who_asks_for_them)
{
	bool v4 = self->way.family == AF_INET;
	struct where from = name_of(self->client), to = peer_of(self->client);
	struct sniffed s;
	int i, errors;

	ASSERT_EQ(0, deafen(self->server));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, set_int(self->client, v4 ? IPPROTO_IP : IPPROTO_IPV6,
				     v4 ? IP_RECVERR : IPV6_RECVERR, i));
		if (!i) {
			ASSERT_EQ(1, send_text(self->client, "x"));
			ASSERT_TRUE(sniff(self->raw, self->way.family, port_of(self->client), &s));
		}
		errors = counter("IcmpErrors");
		ASSERT_EQ(0, icmp_error(self->way.family, &s, from, to,
					v4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH,
					v4 ? ICMP_HOST_UNREACH : ICMP6_DST_UNREACH_ADDR, 0));
		EXPECT_TRUE(counter_reaches("IcmpErrors", errors + 1));
		/* who does not ask sees it if it looks; who asks is told by every call */
		EXPECT_EQ(i ? POLLERR : 0, events_of(self->client, 0, 0));
		EXPECT_EQ(EHOSTUNREACH, i ? -send_text(self->client, "y")
					  : get_int(self->client, SOL_SOCKET, SO_ERROR));
	}
	EXPECT_EQ(1, send_text(self->client, "y"));	/* and it lives */
}

TEST_HARNESS_MAIN
