// SPDX-License-Identifier: GPL-2.0
/*
 * parity_errqueue.c - what recvmsg(MSG_ERRQUEUE) tells: errors from the network (IP_RECVERR), and
 * when bytes were sent and acknowledged (SO_TIMESTAMPING)
 *
 *	 our namespace ── veth ── a router that refuses ── nobody
 *	 10.77.1.1               .2    10.77.2.2
 *	 fd77:1::1              ::2    fd77:2::2
 */
#include "parity.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

/* What differs by design. */
static const struct exception exceptions[] = {
	{ "not asked, v4 *: [ep]*",
	  "TCP over IPv4 keeps an entry nobody asked for, and poll() goes on to tell of it" },
	{ "* unreachable: [spc]*",
	  "a soft error ends no open (RFC 9293 MUST-56, RFC 5461): state, poll, connect" },
	{ "not asked, v? unreachable: SO_ERROR", "the same" },
	{ "OPT_ID in CLOSED: set", "the socket layer refuses it by name to TCP, before connect()" },
	{ }
};

static void now(struct diary *d, const char *what)
{
	snprintf(d->now, sizeof(d->now), "%s", what);
}

/* ------------------------------------------------------------------------------------------- */
/* The error queue                                                                               */

/* One entry, or why there is none. */
static int entry(struct diary *d, int fd)
{
	char data[2048], control[512];
	struct where to = { .len = sizeof(to.all) };
	struct iovec iov = { data, sizeof(data) };
	struct msghdr m = { .msg_name = &to.sa, .msg_namelen = to.len, .msg_iov = &iov,
			    .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int n = ret((int)recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT));

	saw(d, n < 0 ? n : 0, "entry");
	if (n < 0)
		return n;
	saw(d, m.msg_flags, "msg_flags");
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct sock_extended_err *ee = (void *)CMSG_DATA(c);
		struct sockaddr *offender = SO_EE_OFFENDER(ee);

		saw(d, c->cmsg_level, "level");
		saw(d, c->cmsg_type, "type");
		saw(d, (long)c->cmsg_len, "length");
		if (c->cmsg_level == SOL_SOCKET)
			continue;
		saw(d, ee->ee_errno, "ee_errno");
		saw(d, ee->ee_origin, "ee_origin");
		saw(d, ee->ee_type, "ee_type");
		saw(d, ee->ee_code, "ee_code");
		saw(d, ee->ee_info, "ee_info");
		saw(d, ee->ee_data, "ee_data");
		saw(d, offender->sa_family, "family of the offender");
		if (ee->ee_origin != SO_EE_ORIGIN_ICMP && ee->ee_origin != SO_EE_ORIGIN_ICMP6)
			continue;
		saw(d, m.msg_namelen, "name of the peer");
		saw(d, n >= 8, "the segment");
		saw(d, (unsigned char)data[2] << 8 | (unsigned char)data[3], "its port");
		to.len = m.msg_namelen;
		saw(d, to.sa.sa_family == AF_INET ? ntohs(to.v4.sin_port) : ntohs(to.v6.sin6_port),
		    "port of the peer");
	}
	return 0;
}

/* ------------------------------------------------------------------------------------------- */
/* Errors from the network                                                                       */

#define ROUTER	"toy-parity-router"

/*
 * A router tells one host of a few errors a second; let it tell of all. That is the first network
 * namespace's to say, before any test runs.
 */
static __attribute__((constructor)) void no_error_costs(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/route/error_cost", "w");

	if (f) {
		fputs("0", f);
		fclose(f);
	}
}

static int commands(const char * const *list)
{
	int failed = 0;

	for (; *list && !failed; list++) {
		failed = system(*list);
		if (failed)
			printf("# failed: %s\n", *list);
	}
	return failed;
}

/* Once for each run: its namespace is fresh, the router's may be left from the run before. */
static bool router_made(void)
{
	static const char * const list[] = {
		"ip netns del " ROUTER " 2>/dev/null; ip netns add " ROUTER,
		"ip link add v0 type veth peer name v1 netns " ROUTER,
		"ip addr add 10.77.1.1/24 dev v0 && ip link set v0 up",
		"ip addr add fd77:1::1/64 dev v0 nodad",
		"ip route add 10.77.2.0/24 via 10.77.1.2",
		"ip route add fd77:2::/64 via fd77:1::2",
		"ip -n " ROUTER " addr add 10.77.1.2/24 dev v1",
		"ip -n " ROUTER " addr add fd77:1::2/64 dev v1 nodad",
		"ip -n " ROUTER " link set v1 up && ip -n " ROUTER " link set lo up",
		/* so that connect() has returned when the error comes */
		"tc qdisc add dev v0 root netem delay 20ms",
		"ip netns exec " ROUTER " sysctl -qw net.ipv4.ip_forward=1",
		"ip netns exec " ROUTER " sysctl -qw net.ipv6.conf.all.forwarding=1",
		"ip netns exec " ROUTER " sysctl -qw net.ipv4.icmp_ratelimit=0",
		"ip netns exec " ROUTER " sysctl -qw net.ipv6.icmp.ratelimit=0", NULL
	};

	return !commands(list);
}

/* From now on the router answers with such an error. */
static bool refuse(const char *type)
{
	char command[100];
	int failed = 0;

	for (int i = 0; i < 2 && !failed; i++) {
		snprintf(command, sizeof(command), "ip -n " ROUTER " route replace %s %s", type,
			 i ? "fd77:2::2" : "10.77.2.2");
		failed = system(command);
	}
	return !failed;
}

static struct where addr_of(const struct diary *d, const char *v4, const char *v6, int port)
{
	struct where w = any_addr(d->way.family, port);
	char mapped[40];

	if (d->way.family == AF_INET) {
		inet_pton(AF_INET, v4, &w.v4.sin_addr);
		return w;
	}
	snprintf(mapped, sizeof(mapped), "::ffff:%s", v4);
	inet_pton(AF_INET6, d->mapped ? mapped : v6, &w.v6.sin6_addr);
	return w;
}

/* It answers: it refuses a connection to itself. */
static bool router_there(const struct diary *d)
{
	struct where w = addr_of(d, "10.77.1.2", "fd77:1::2", 1);
	long long end = now_ms() + SOON;
	int fd, r;

	do {
		fd = ret(socket(d->way.family, SOCK_STREAM, IPPROTO_TCP));
		set_timeout(fd, SO_SNDTIMEO, 300);
		r = connect_to(fd, w);
		close(fd);
	} while (r != -ECONNREFUSED && now_ms() < end);
	return r == -ECONNREFUSED;
}

/* Beyond it. */
static struct where far_addr(const struct diary *d)
{
	return addr_of(d, "10.77.2.2", "fd77:2::2", 7777);
}

static void one_error(struct diary *d, const char *type, bool asked)
{
	int fd = fresh(d);

	snprintf(d->now, sizeof(d->now), "%s, %s %s", asked ? "asked" : "not asked",
		 d->way.family == AF_INET || d->mapped ? "v4" : "v6", type);
	if (asked && d->way.family == AF_INET6)
		saw(d, set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1), "IPV6_RECVERR");
	if (asked)
		saw(d, set_int(fd, IPPROTO_IP, IP_RECVERR, 1), "IP_RECVERR");
	nonblocking(fd);
	saw(d, connect_to(fd, far_addr(d)), "connect");
	events_of(fd, 0, NEVER);
	saw(d, poll_bits(fd), "poll");
	saw(d, get_int(fd, SOL_SOCKET, SO_ERROR), "SO_ERROR");
	saw(d, tcp_state(fd), "state");
	if (asked)
		entry(d, fd);
	SAW(d, recv(fd, d, 0, MSG_ERRQUEUE | MSG_DONTWAIT), "entry, and another");
	saw(d, poll_bits(fd), "poll after it");
	saw(d, connect_to(fd, far_addr(d)), "connect again");
	end_one(&fd);
}

static void icmp_errors(struct diary *d)
{
	/* a soft error and a hard one */
	static const char * const types[] = { "unreachable", "prohibit" };

	if (!router_made() || !router_there(d)) {
		now(d, "no router");
		saw(d, d->way.protocol, "ip");
		return;
	}
	for (unsigned int i = 0; i < 2; i++) {
		saw(d, refuse(types[i]), "%s", types[i]);
		one_error(d, types[i], true);
		one_error(d, types[i], false);
	}
	*d->now = 0;
	saw(d, system("ip netns del " ROUTER), "the router leaves");
	saw(d, system("ip link del v0 2>/dev/null; ip route flush 10.77.2.0/24"), "and its cable");
}

/* ------------------------------------------------------------------------------------------- */
/* When bytes were sent                                                                          */

#define TX_ALL	(SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK)

/* Entries come in the order sched, sent, acknowledged. */
static void stamps(struct diary *d, int fd, int n)
{
	for (int i = 0; i < n; i++) {
		saw(d, events_of(fd, 0, SOON), "poll");
		entry(d, fd);
	}
	entry(d, fd);
}

static void stamps_of_what_is_sent(struct diary *d)
{
	struct ends e = new_ends(d);
	const int told = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
			 SOF_TIMESTAMPING_OPT_TSONLY;

	now(d, "TX_SOFTWARE");
	saw(d, set_int(e.fd, SOL_SOCKET, SO_TIMESTAMPING_OLD, told | SOF_TIMESTAMPING_TX_SOFTWARE),
	    "set");
	send_text(e.fd, "hello");
	stamps(d, e.fd, 1);
	now(d, "the next bytes");
	send_text(e.fd, "world!");
	stamps(d, e.fd, 1);
	now(d, "all of them");
	saw(d, set_int(e.fd, SOL_SOCKET, SO_TIMESTAMPING_OLD, told | TX_ALL), "set");
	send_text(e.fd, "and more");
	stamps(d, e.fd, 3);
	now(d, "none any more");
	saw(d, set_int(e.fd, SOL_SOCKET, SO_TIMESTAMPING_OLD, 0), "set");
	send_text(e.fd, "silence");
	saw(d, recv_text(e.peer, "helloworld!and moresilence"), "the bytes");
	stamps(d, e.fd, 0);
	end_all(&e);
}

/* Of a long write the last byte is told of. */
static void stamp_of_much(struct diary *d)
{
	enum { SIZE = 300000 };
	struct ends e = new_ends(d);
	struct mover m = { .fd = e.peer, .len = SIZE, .receive = true };
	static unsigned char all[SIZE];

	for (size_t i = 0; i < SIZE; i++)
		all[i] = byte_at(i);
	now(d, "of much");
	saw(d, set_int(e.fd, SOL_SOCKET, SO_TIMESTAMPING_OLD,
		       SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
		       SOF_TIMESTAMPING_OPT_TSONLY | SOF_TIMESTAMPING_TX_ACK), "set");
	mover_start(&m);
	SAW(d, send(e.fd, all, SIZE, 0), "send");
	saw(d, mover_end(&m), "received");
	stamps(d, e.fd, 1);
	end_all(&e);
}

/* One call asks for its own bytes, the socket for none. */
static void stamps_by_control_message(struct diary *d)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(uint32_t))];
	} c = {};
	struct ends e = new_ends(d);
	struct iovec iov = { "hello", 5 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &c,
			    .msg_controllen = sizeof(c.room) };
	uint32_t flags = SOF_TIMESTAMPING_TX_SOFTWARE;

	now(d, "control message");
	saw(d, set_int(e.fd, SOL_SOCKET, SO_TIMESTAMPING_OLD,
		       SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_TSONLY), "set");
	c.head.cmsg_level = SOL_SOCKET;
	c.head.cmsg_type = SO_TIMESTAMPING_OLD;
	c.head.cmsg_len = CMSG_LEN(sizeof(flags));
	memcpy(CMSG_DATA(&c.head), &flags, sizeof(flags));
	SAW(d, sendmsg(e.fd, &m, 0), "send");
	stamps(d, e.fd, 1);
	send_text(e.fd, "hello");
	stamps(d, e.fd, 0);
	/* with the segment itself */
	now(d, "with the segment");
	saw(d, set_int(e.fd, SOL_SOCKET, SO_TIMESTAMPING_OLD, SOF_TIMESTAMPING_SOFTWARE), "set");
	SAW(d, sendmsg(e.fd, &m, 0), "send");
	stamps(d, e.fd, 1);
	now(d, "bad control messages");
	flags = 0x7fffffff;
	memcpy(CMSG_DATA(&c.head), &flags, sizeof(flags));
	SAW(d, sendmsg(e.fd, &m, 0), "unknown flags");
	for (int type = 0; type < 90; type++) {
		c.head.cmsg_type = type;
		SAW(d, sendmsg(e.fd, &m, 0), "type %d", type);
	}
	c.head.cmsg_type = SO_TIMESTAMPING_OLD;
	c.head.cmsg_len = CMSG_LEN(1);
	SAW(d, sendmsg(e.fd, &m, 0), "too short");
	c.head.cmsg_len = 5000;
	SAW(d, sendmsg(e.fd, &m, 0), "too long");
	end_all(&e);
}

static void opt_id_before_connect(struct diary *d)
{
	int fd = fresh(d);

	now(d, "OPT_ID in CLOSED");
	saw(d, set_int(fd, SOL_SOCKET, SO_TIMESTAMPING_OLD,
		       SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_TX_ACK), "set");
	end_one(&fd);
}

FIXTURE_PARITY(parity);
PARITY(parity, icmp_errors, exceptions)
PARITY(parity, stamps_of_what_is_sent, exceptions)
PARITY(parity, stamp_of_much, exceptions)
PARITY(parity, stamps_by_control_message, exceptions)
PARITY(parity, opt_id_before_connect, exceptions)

TEST_HARNESS_MAIN
