// SPDX-License-Identifier: GPL-2.0
/*
 * parity_options.c - every socket option there is, with good and bad values, lengths and pointers
 *
 * At each level each number is tried, whether it has a name or not: in a new socket, a listener
 * and a
 * connection. Noted are all answers, and of what was got the length and the first bytes.
 */
#include <limits.h>
#include <net/if.h>

#include "parity.h"

#define FIRST_BYTES	8

/* What differs by design. Numbers are those of <linux/tcp.h> and <asm-generic/socket.h>. */
static const struct exception exceptions[] = {
	{ "SOCKET 28, *: value*", "SO_PEERNAME: ports are another's" },
	{ "SOCKET 49, *: value*", "SO_INCOMING_CPU: luck" },
	{ "SOCKET 57, *: value*", "SO_COOKIE: a number given once" },
	{ "IP 52, *: value*", "IP_PROTOCOL of a bound socket is its port" },
	{ "SOCKET 38, *: value*", "SO_PROTOCOL: 253 instead of 6" },
	{ "SOCKET 7, ESTABLISHED: value*", "SO_SNDBUF: a buffer that grows by itself" },
	{ "level 1, option 7: of the other end", "the same" },
	{ "SOCKET 37, *",
	  "SO_TIMESTAMPING: the socket layer allows OPT_ID to TCP in some states only" },
	{ "SOCKET 65, *", "the same" },
	{ "SOCKET 42, *", "SO_PEEK_OFF: toy has it on every kernel, TCP since Linux 6.9", true },
	{ "SOCKET 74, *", "SO_TXREHASH: newer kernels' socket layer grants it by name to TCP" },
	{ "SOCKET 80, *",
	  "SO_DEVMEM_DONTNEED (Linux 6.12): the socket layer grants device memory by name to TCP" },
	{ "SOCKET 60, *", "SO_ZEROCOPY: the socket layer grants it by name to TCP and UDP" },
	{ "IPV6 1, *", "IPV6_ADDRFORM: IPv6 grants it by name to TCP and UDP; it is obsolete" },
	{ "IPV6 80, *", "the address before NAT: netfilter knows those of TCP and SCTP" },
	{ "TCP 7, *: value*",
	  "TCP_SYNCNT: 7 at first, so that SYN goes for three minutes (MUST-23)" },
	{ "level 6, option 7: of the other end", "the same" },
	{ "TCP 10, ESTABLISHED: value, *, at first",
	  "TCP_WINDOW_CLAMP not set by the user: the buffers differ" },
	{ "TCP 10, ESTABLISHED: value, room 4, after 0", "the same" },
	{ "level 6, option 10: of the other end", "the same" },
	{ "TCP 10, *: value, room 4, after [-a]*",
	  "a negative TCP_WINDOW_CLAMP: the largest in Linux 6.1, the least in newer ones, here" },
	{ "TCP 11, *", "TCP_INFO: the test `info` compares it by its fields" },
	{ "TCP 13, *", "TCP_CONGESTION: Reno, not the system's default" },
	{ "TCP 14, *", "TCP_MD5SIG (RFC 2385) is obsolete, and not there" },
	{ "TCP 32, *", "TCP_MD5SIG_EXT: the same" },
	{ "TCP 16, *", "TCP_THIN_LINEAR_TIMEOUTS: the backoff is always RFC 6298's" },
	{ "level 6, option 16: *", "the same" },
	{ "TCP 17, *", "TCP_THIN_DUPACK does nothing in Linux either" },
	{ "TCP 19, *",
	  "TCP_REPAIR, with what belongs to it, is for moving TCP sockets between machines" },
	{ "TCP 2[01249], *", "the same" },
	{ "TCP 23, *", "TCP_FASTOPEN (RFC 7413) is not there" },
	{ "TCP 3[034], *", "TCP_FASTOPEN (RFC 7413) is not there" },
	{ "TCP 26, *", "TCP_CC_INFO: Reno has none" },
	{ "saved SYN [12]: room it takes", "toy's SYN has 24 bytes of options, TCP's 20" },
	{ "saved SYN [12]: length", "the same" },
	{ "saved SYN [12]: header length", "the same" },
	{ "TCP 31, *", "TCP_ULP: TLS and others in the kernel know TCP sockets only" },
	{ "TCP_ULP*", "the same" },
	{ "TCP 35, *", "TCP_ZEROCOPY_RECEIVE is not there" },
	{ "TCP 3[89], *", "TCP-AO (RFC 5925, Linux 6.7) is not there" },
	{ "TCP 4[012], *", "TCP-AO (RFC 5925, Linux 6.7) is not there" },
	{ "TCP 43, *", "TCP_IS_MPTCP: toy says no on every kernel, TCP since Linux 6.7", true },
	{ "TCP 44, *", "TCP_RTO_MAX_MS: toy has it on every kernel, TCP since Linux 6.15", true },
	{ "TCP 4[56], *",
	  "TCP_RTO_MIN_US, TCP_DELACK_MAX_US: toy has them on every kernel, TCP since 6.18", true },
	{ "level 6, option 4[3456]: *", "the same", true },
	{ "TCP 46, *: value, *, at first",
	  "TCP_DELACK_MAX_US not set by the user: net.toy.delack, 40 ms" },
	{ "TCP 46, *: value, room 4, after [0-9]", "the same" },
	{ "TCP 46, *: value, room 4, after [0-9][0-9]", "the same" },
	{ "TCP 46, *: value, room 4, after [0-9][0-9][0-9]", "the same" },
	{ "TCP 46, *: value, room 4, after 1280", "the same" },
	{ "level 6, option 46: of the other end", "the same" },
	{ "TCP 37, *", "TCP_TX_DELAY is not there: netem delays" },
	{ "*: bytes_acked", "TCP counts SYN and FIN, RFC 4898 does not" },
	{ "*: bytes_received", "the same" },
	{ "*: delivered", "TCP counts segments, SYN among them; toy's core counts bytes" },
	{ "*: ato", "TCP sets it when the timer of a delayed ACK fires, too: a matter of luck" },
	{ "*: snd_cwnd",
	  "the initial window is RFC 6928's in bytes as well: on lo it is two segments" },
	{ "*: advmss", "the same as pmtu, below" },
	{ "TCP 2, ESTABLISHED: value*",
	  "TCP_MAXSEG: TCP sends at most half the peer's window at a time" },
	{ "TCP 12, CLOSED: value*",
	  "TCP_QUICKACK: what it will be is decided when the connection opens" },
	{ "TCP 12, LISTEN: value*", "the same" },
	{ "IPV6 2[01], *: set EFAULT*", "no multicast for a stream, wherever its address lies" },
	{ "accepted: segs_out", "TCP forgets the SYN,ACK" },
	{ "re*: pmtu",
	  "an IP datagram is at most 65,535 bytes long; TCP takes lo's MTU of 65,536" },
	{ "after LAST-ACK: pmtu", "the same" },
	{ "CLOSED: *", "TCP_INFO of a socket that never had a connection" },
	{ "bound: *", "the same" },
	{ "shut listener: *", "the same" },
	{ "disconnected: *",
	  "TCP_INFO after a connection: TCP forgets some fields, toy forgets all" },
	{ }
};

/* Values that mean something to one option or another, and some that mean nothing to any. */
static const int values[] = {
	0, 1, 2, 3, 7, 64, 87, 88, 120, 121, 127, 128, 255, 256, 536, 1280, 32767, 32768, 65535,
	100000, INT_MAX, INT_MIN, -1, -2,
};

static const socklen_t lengths[] = { 0, 1, 2, 3, 4, 5, 8, 16, 40, 300, INT_MAX, (socklen_t)-1 };

static void get(struct diary *d, int fd, int level, int name, socklen_t len, const char *when)
{
	unsigned char buf[1024];
	socklen_t got = (int)len > (int)sizeof(buf) ? sizeof(buf) : len;
	long value = 0;
	int r;

	memset(buf, 0, sizeof(buf));
	r = ret(getsockopt(fd, level, name, buf, &got));
	saw(d, r, "get, room %d, %s", (int)len, when);
	saw(d, r ? r : (long)got, "length, room %d, %s", (int)len, when);
	value = r;
	if (!r)
		memcpy(&value, buf, got < FIRST_BYTES ? got : FIRST_BYTES);
	saw(d, value, "value, room %d, %s", (int)len, when);
}

static void set(struct diary *d, int fd, int level, int name)
{
	static unsigned char zeros[1024];
	char when[32];

	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		saw(d, set_int(fd, level, name, values[i]), "set %d", values[i]);
		snprintf(when, sizeof(when), "after %d", values[i]);
		get(d, fd, level, name, sizeof(int), when);
	}
	for (unsigned int i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		if (lengths[i] > sizeof(zeros) && (int)lengths[i] > 0)
			continue;
		SAW(d, setsockopt(fd, level, name, zeros, lengths[i]), "set length %d",
		    (int)lengths[i]);
		get(d, fd, level, name, sizeof(int), "after a length");
	}
	SAW(d, setsockopt(fd, level, name, NULL, sizeof(int)), "set NULL");
	SAW(d, setsockopt(fd, level, name, NULL, 0), "set NULL, length 0");
	SAW(d, setsockopt(fd, level, name, (void *)8, sizeof(int)), "set EFAULT");
	SAW(d, setsockopt(fd, level, name, (void *)8, 300), "set EFAULT, length 300");
}

static void one(struct diary *d, int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	long value = 0;

	for (unsigned int i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		get(d, fd, level, name, lengths[i], "at first");
	SAW(d, getsockopt(fd, level, name, (void *)8, &len), "get EFAULT");
	SAW(d, getsockopt(fd, level, name, &value, (void *)8), "get, length EFAULT");
	set(d, fd, level, name);
}

static void each(struct diary *d, make_state *make, const char *state, int level, const char *word,
		 int most)
{
	for (int name = 0; name <= most; name++) {
		struct ends e = make(d);

		snprintf(d->now, sizeof(d->now), "%s %d, %s", word, name, state);
		one(d, e.fd, level, name);
		saw(d, poll_bits(e.fd), "poll after it");
		end_all(&e);
	}
}

static void level_in_states(struct diary *d, int level, const char *word, int most)
{
	each(d, st_closed, "CLOSED", level, word, most);
	each(d, st_listen, "LISTEN", level, word, most);
	each(d, st_established, "ESTABLISHED", level, word, most);
}

static void socket_level(struct diary *d)
{
	level_in_states(d, SOL_SOCKET, "SOCKET", 90);
}

static void transport_level(struct diary *d)
{
	level_in_states(d, SOL_TCP, "TCP", 50);
}

static void ipv4_level(struct diary *d)
{
	level_in_states(d, IPPROTO_IP, "IP", 60);
}

static void ipv6_level(struct diary *d)
{
	level_in_states(d, IPPROTO_IPV6, "IPV6", 82);
}

/* Levels that are nobody's, or another protocol's. */
static void other_levels(struct diary *d)
{
	static const int levels[] = { -1, 2, 17, 41 + 1, 58, 132, 136, 255, 263, 282, 284, 1000 };

	for (unsigned int i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		struct ends e = st_established(d);

		for (int name = 0; name < 3; name++) {
			snprintf(d->now, sizeof(d->now), "level %d, %d", levels[i], name);
			saw(d, set_int(e.fd, levels[i], name, 1), "set");
			saw(d, get_int(e.fd, levels[i], name), "get");
		}
		end_all(&e);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Options whose value is a text or a struct                                                      */

static void text(struct diary *d, int fd, int level, int name, const char *word, const char *value)
{
	char got[64] = "";
	socklen_t len = sizeof(got);

	SAW(d, setsockopt(fd, level, name, value, (socklen_t)strlen(value)),
	    "%s '%s'", word, value);
	SAW(d, getsockopt(fd, level, name, got, &len), "%s after '%s'", word, value);
	saw(d, (long)len, "%s, length after '%s'", word, value);
	saw(d, strcmp(got, value), "%s, the same text after '%s'", word, value);
}

static void texts(struct diary *d)
{
	struct ends e = st_established(d);

	text(d, e.fd, SOL_TCP, TCP_CONGESTION, "TCP_CONGESTION", "reno");
	text(d, e.fd, SOL_TCP, TCP_CONGESTION, "TCP_CONGESTION", "reno\n");
	text(d, e.fd, SOL_TCP, TCP_CONGESTION, "TCP_CONGESTION", "no-such");
	text(d, e.fd, SOL_TCP, TCP_CONGESTION, "TCP_CONGESTION", "a-name-longer-than-any");
	text(d, e.fd, SOL_TCP, TCP_CONGESTION, "TCP_CONGESTION", "");
	text(d, e.fd, SOL_TCP, TCP_ULP, "TCP_ULP", "no-such");
	text(d, e.fd, SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE", "lo");
	text(d, e.fd, SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE", "no-such");
	text(d, e.fd, SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE", "");
	end_all(&e);
}

/* Times go in and out of the kernel's ticks. */
static void timeouts(struct diary *d)
{
	static const struct timeval times[] = {
		{ 0, 0 }, { 0, 1 }, { 0, 999 }, { 0, 1000 }, { 0, 3999 }, { 0, 4001 }, { 0, 12345 },
		{ 0, 999999 }, { 0, 1000000 }, { 0, -1 }, { 1, 0 }, { -1, 0 }, { -1, 5 },
		{ 100000000, 0 }, { LONG_MAX, 0 }, { LONG_MAX, 999999 },
	};
	static const int names[] = { SO_RCVTIMEO, SO_SNDTIMEO };
	int fd = fresh(d);

	for (int n = 0; n < 2; n++) {
		for (unsigned int i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
			struct timeval tv = times[i];
			socklen_t len = sizeof(tv);

			snprintf(d->now, sizeof(d->now), "%s %ld.%06ld",
				 n ? "SNDTIMEO" : "RCVTIMEO", (long)tv.tv_sec, (long)tv.tv_usec);
			SAW(d, setsockopt(fd, SOL_SOCKET, names[n], &tv, len), "set");
			SAW(d, getsockopt(fd, SOL_SOCKET, names[n], &tv, &len), "get");
			saw(d, tv.tv_sec, "seconds");
			saw(d, tv.tv_usec, "microseconds");
		}
	}
	close(fd);
}

/* What a connection inherits from its listener, and what it does not. */
static void inheritance(struct diary *d)
{
	static const int options[][3] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 }, { SOL_SOCKET, SO_RCVBUF, 40000 },
		{ SOL_SOCKET, SO_SNDBUF, 40000 }, { SOL_SOCKET, SO_RCVLOWAT, 5 },
		{ SOL_SOCKET, SO_PRIORITY, 4 }, { SOL_SOCKET, SO_MARK, 0 },
		{ SOL_SOCKET, SO_REUSEADDR, 1 },
		{ SOL_SOCKET, SO_OOBINLINE, 1 }, { SOL_SOCKET, SO_DONTROUTE, 1 },
		{ SOL_SOCKET, SO_TIMESTAMP, 1 }, { SOL_SOCKET, SO_BUSY_POLL, 0 },
		{ SOL_SOCKET, SO_MAX_PACING_RATE, 1000000 }, { SOL_SOCKET, SO_PASSCRED, 1 },
		{ SOL_TCP, TCP_NODELAY, 1 }, { SOL_TCP, TCP_CORK, 1 },
		{ SOL_TCP, TCP_MAXSEG, 1000 },
		{ SOL_TCP, TCP_KEEPIDLE, 77 }, { SOL_TCP, TCP_KEEPINTVL, 7 },
		{ SOL_TCP, TCP_KEEPCNT, 3 },
		{ SOL_TCP, TCP_SYNCNT, 3 }, { SOL_TCP, TCP_LINGER2, 9 },
		{ SOL_TCP, TCP_DEFER_ACCEPT, 0 }, { SOL_TCP, TCP_SAVE_SYN, 1 },
		{ SOL_TCP, TCP_WINDOW_CLAMP, 30000 }, { SOL_TCP, TCP_USER_TIMEOUT, 5000 },
		{ SOL_TCP, TCP_NOTSENT_LOWAT, 4000 }, { SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1 },
		{ SOL_TCP, TCP_RTO_MAX_MS, 5000 }, { SOL_TCP, TCP_RTO_MIN_US, 20000 },
		{ SOL_TCP, TCP_DELACK_MAX_US, 20000 }, { SOL_TCP, TCP_IS_MPTCP, 0 },
		{ IPPROTO_IP, IP_TOS, 0x28 }, { IPPROTO_IP, IP_TTL, 44 },
		{ IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT }, { IPPROTO_IP, IP_RECVTOS, 1 },
		{ IPPROTO_IP, IP_RECVTTL, 1 }, { IPPROTO_IP, IP_PKTINFO, 1 },
		{ IPPROTO_IP, IP_RECVERR, 1 },
		{ IPPROTO_IP, IP_FREEBIND, 1 }, { IPPROTO_IP, IP_TRANSPARENT, 1 },
		{ IPPROTO_IP, IP_MINTTL, 10 }, { IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1 },
		{ IPPROTO_IPV6, IPV6_TCLASS, 0x28 }, { IPPROTO_IPV6, IPV6_UNICAST_HOPS, 44 },
		{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT },
		{ IPPROTO_IPV6, IPV6_RECVTCLASS, 1 }, { IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1 },
		{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1 }, { IPPROTO_IPV6, IPV6_RECVERR, 1 },
		{ IPPROTO_IPV6, IPV6_V6ONLY, 0 }, { IPPROTO_IPV6, IPV6_FREEBIND, 1 },
		{ IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 0 }, { IPPROTO_IPV6, IPV6_MINHOPCOUNT, 10 },
	};

	for (unsigned int i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const int *o = options[i];
		struct ends e = { fresh(d), -1, fresh_listener(d, 4) };

		snprintf(d->now, sizeof(d->now), "level %d, option %d", o[0], o[1]);
		saw(d, set_int(e.listener, o[0], o[1], o[2]), "set");
		saw(d, get_int(e.listener, o[0], o[1]), "of the listener");
		saw(d, connect_to(e.fd, name_of(e.listener)), "connect");
		e.peer = accept_from(e.listener);
		saw(d, get_int(e.peer, o[0], o[1]), "of the connection");
		saw(d, get_int(e.fd, o[0], o[1]), "of the other end");
		/* and it must work with it */
		SAW(d, send(e.fd, "0123456789", 10, 0), "send");
		saw(d, recv_text(e.peer, "0123456789"), "receive");
		end_all(&e);
	}
}

/* TCP_SAVED_SYN: what is in it but for ports and checksums, and how often it can be had. */
static void saved_syn(struct diary *d)
{
	for (int save = 0; save <= 2; save++) {
		struct ends e = { fresh(d), -1, fresh_listener(d, 4) };
		unsigned char buf[256] = { };
		socklen_t room = 4, len = sizeof(buf);
		struct sockaddr none = { .sa_family = AF_UNSPEC };

		snprintf(d->now, sizeof(d->now), "saved SYN %d", save);
		saw(d, set_int(e.listener, SOL_TCP, TCP_SAVE_SYN, save), "set");
		saw(d, connect_to(e.fd, name_of(e.listener)), "connect");
		e.peer = accept_from(e.listener);
		saw(d, get_int(e.peer, SOL_TCP, TCP_SAVE_SYN), "inherited");
		SAW(d, getsockopt(e.peer, SOL_TCP, TCP_SAVED_SYN, buf, &room), "little room");
		saw(d, room, "room it takes");
		SAW(d, getsockopt(e.peer, SOL_TCP, TCP_SAVED_SYN, (void *)8, &len), "EFAULT");
		len = sizeof(buf);
		SAW(d, getsockopt(e.peer, SOL_TCP, TCP_SAVED_SYN, buf, &len), "got");
		saw(d, len, "length");
		if (len > 40) {
			unsigned char *ip = buf + (save == 2 ? 14 : 0);
			unsigned char *head = ip + (ip[0] >> 4 == 4 ? 20 : 40);

			saw(d, ip[0], "version and header length");
			saw(d, (head[2] << 8 | head[3]) == port_of(e.listener), "to the port");
			saw(d, head[12], "header length");
			saw(d, head[13], "SYN");
		}
		len = sizeof(buf);
		SAW(d, getsockopt(e.peer, SOL_TCP, TCP_SAVED_SYN, buf, &len), "got again");
		saw(d, len, "length again");
		len = sizeof(buf);
		SAW(d, getsockopt(e.fd, SOL_TCP, TCP_SAVED_SYN, buf, &len), "the other end");
		saw(d, len, "length there");
		end_all(&e);

		/* and it goes when nobody asks, at a close or at a disconnect */
		e = (struct ends){ fresh(d), -1, fresh_listener(d, 4) };
		set_int(e.listener, SOL_TCP, TCP_SAVE_SYN, save);
		saw(d, connect_to(e.fd, name_of(e.listener)), "connect again");
		e.peer = accept_from(e.listener);
		SAW(d, connect(e.peer, &none, sizeof(none)), "disconnect");
		len = sizeof(buf);
		SAW(d, getsockopt(e.peer, SOL_TCP, TCP_SAVED_SYN, buf, &len), "after it");
		saw(d, len, "length after it");
		end_all(&e);
	}
}

/* What survives connect(AF_UNSPEC). */
static void disconnect_keeps(struct diary *d)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct ends e = st_established(d);

	set_int(e.fd, SOL_TCP, TCP_NODELAY, 1);
	set_int(e.fd, SOL_TCP, TCP_CORK, 1);
	set_int(e.fd, SOL_TCP, TCP_KEEPIDLE, 55);
	set_int(e.fd, SOL_TCP, TCP_USER_TIMEOUT, 5555);
	set_int(e.fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(e.fd, SOL_SOCKET, SO_RCVBUF, 50000);
	SAW(d, connect(e.fd, &none, sizeof(none)), "disconnect");
	saw(d, get_int(e.fd, SOL_TCP, TCP_NODELAY), "TCP_NODELAY");
	saw(d, get_int(e.fd, SOL_TCP, TCP_CORK), "TCP_CORK");
	saw(d, get_int(e.fd, SOL_TCP, TCP_KEEPIDLE), "TCP_KEEPIDLE");
	saw(d, get_int(e.fd, SOL_TCP, TCP_USER_TIMEOUT), "TCP_USER_TIMEOUT");
	saw(d, get_int(e.fd, SOL_SOCKET, SO_KEEPALIVE), "SO_KEEPALIVE");
	saw(d, get_int(e.fd, SOL_SOCKET, SO_RCVBUF), "SO_RCVBUF");
	saw(d, connect_to(e.fd, name_of(e.listener)), "connect again");
	saw(d, get_int(e.fd, SOL_TCP, TCP_NODELAY), "TCP_NODELAY, connected again");
	end_all(&e);
}

/* TCP_INFO as <linux/tcp.h> has it; <netinet/tcp.h> ends before the second part and excludes it. */
struct all_info {
	struct tcp_info head;
	uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
	uint32_t segs_out, segs_in, notsent_bytes, min_rtt, data_segs_in, data_segs_out;
	uint64_t delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
	uint32_t delivered, delivered_ce;
	uint64_t bytes_sent, bytes_retrans;
	uint32_t dsack_dups, reord_seen, rcv_ooopack, snd_wnd;
};

/* Fields that do not depend on time and luck. */
static void info_of(struct diary *d, int fd)
{
	struct all_info all = {};
	struct tcp_info i;
	socklen_t len = sizeof(all);

	SAW(d, getsockopt(fd, SOL_TCP, TCP_INFO, &all, &len), "TCP_INFO");
	i = all.head;
	saw(d, len, "length");
	saw(d, i.tcpi_state, "state");
	saw(d, i.tcpi_ca_state, "ca_state");
	saw(d, i.tcpi_retransmits, "retransmits");
	saw(d, i.tcpi_probes, "probes");
	saw(d, i.tcpi_backoff, "backoff");
	saw(d, i.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE), "options");
	saw(d, !!i.tcpi_snd_wscale, "snd_wscale");
	saw(d, !!i.tcpi_rcv_wscale, "rcv_wscale");
	saw(d, i.tcpi_rto >= 200000 && i.tcpi_rto <= 1200000, "rto in its bounds");
	saw(d, !!i.tcpi_ato, "ato");
	saw(d, i.tcpi_snd_mss > 500, "snd_mss");
	saw(d, i.tcpi_rcv_mss > 80, "rcv_mss");
	saw(d, i.tcpi_sacked, "sacked");
	saw(d, i.tcpi_lost, "lost");
	saw(d, i.tcpi_retrans, "retrans");
	saw(d, i.tcpi_pmtu, "pmtu");
	saw(d, i.tcpi_rcv_ssthresh > 1000, "rcv_ssthresh");
	saw(d, i.tcpi_rtt < 1000000, "rtt");
	saw(d, i.tcpi_snd_ssthresh, "snd_ssthresh");
	saw(d, i.tcpi_snd_cwnd, "snd_cwnd");
	saw(d, i.tcpi_advmss, "advmss");
	saw(d, i.tcpi_reordering, "reordering");
	saw(d, i.tcpi_rcv_space > 1000, "rcv_space");
	saw(d, i.tcpi_total_retrans, "total_retrans");
	saw(d, all.pacing_rate != 0, "pacing_rate");
	saw(d, all.max_pacing_rate == ~0ULL, "max_pacing_rate");
	saw(d, (long)all.bytes_acked, "bytes_acked");
	saw(d, (long)all.bytes_received, "bytes_received");
	saw(d, all.segs_out > 0, "segs_out");
	saw(d, all.segs_in > 0, "segs_in");
	saw(d, all.notsent_bytes, "notsent_bytes");
	saw(d, all.data_segs_in, "data_segs_in");
	saw(d, all.data_segs_out, "data_segs_out");
	saw(d, (long)all.bytes_sent, "bytes_sent");
	saw(d, (long)all.bytes_retrans, "bytes_retrans");
	saw(d, all.dsack_dups, "dsack_dups");
	saw(d, all.delivered > 0, "delivered");
}

static void info(struct diary *d)
{
	struct ends e = new_ends(d);
	char c;

	for (int i = 0; i < 3; i++) {
		send_text(e.fd, "request");
		recv_text(e.peer, "request");
		send_text(e.peer, "response");
		recv_text(e.fd, "response");
	}
	/* until the last ACK has come */
	send_text(e.fd, "x");
	(void)!read(e.peer, &c, 1);
	send_text(e.peer, "y");
	(void)!read(e.fd, &c, 1);
	snprintf(d->now, sizeof(d->now), "the end that connected");
	info_of(d, e.fd);
	end_all(&e);
	for (unsigned int s = 0; s < NSTATES; s++) {
		e = states[s].make(d);
		snprintf(d->now, sizeof(d->now), "%s", states[s].name);
		info_of(d, e.fd);
		end_all(&e);
	}
}

FIXTURE_PARITY(parity);
PARITY(parity, socket_level, exceptions)
PARITY(parity, transport_level, exceptions)
PARITY(parity, ipv4_level, exceptions)
PARITY(parity, ipv6_level, exceptions)
PARITY(parity, other_levels, exceptions)
PARITY(parity, texts, exceptions)
PARITY(parity, timeouts, exceptions)
PARITY(parity, inheritance, exceptions)
PARITY(parity, saved_syn, exceptions)
PARITY(parity, disconnect_keeps, exceptions)
PARITY(parity, info, exceptions)

TEST_HARNESS_MAIN
