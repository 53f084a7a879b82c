// SPDX-License-Identifier: GPL-2.0
/*
 * pair - both ends of a connection and their listener, for tests that look at them from outside
 *
 *	pair 4|6 BACKLOG
 *
 * over the loopback device of its network namespace. It first says its ports: the listener's and
 * the client's. Then it takes commands, one a line, and answers each with lines and a last one "."
 *
 *	END info          getsockopt(TCP_INFO), one "name value" a line
 *	END queues        SIOCINQ and SIOCOUTQ: "recv_queue N", "send_queue N"
 *	END send BYTES    END fill: send until no more is taken
 *	END read BYTES    END alive: probe a quiet peer from now on
 *	END shut          END close
 *	again             another connection, which nobody accepts
 *
 * where END is client, server or listener. An answer that begins with "failed" names what did.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi.h"

static const char * const names[] = { "client", "server", "listener" };
static int fds[3];
static struct sockaddr_storage at;
static socklen_t at_len;

static int port_of(int fd)
{
	struct sockaddr_in6 addr;
	socklen_t len = sizeof(addr);

	return getsockname(fd, (struct sockaddr *)&addr, &len) ? 0 : ntohs(addr.sin6_port);
}

static void failed(const char *what)
{
	printf("failed: %s: %s\n", what, strerror(errno));
}

static int another(void)
{
	int fd = socket(at.ss_family, SOCK_STREAM, IPPROTO_TOY);

	if (fd < 0 || connect(fd, (struct sockaddr *)&at, at_len))
		failed("connect");
	return fd;
}

static void open_pair(int family, int backlog)
{
	struct sockaddr_in6 *v6 = (void *)&at;
	struct sockaddr_in *v4 = (void *)&at;

	at.ss_family = (sa_family_t)family;
	if (family == AF_INET)
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		v6->sin6_addr = in6addr_loopback;
	at_len = family == AF_INET ? sizeof(*v4) : sizeof(*v6);
	fds[2] = socket(family, SOCK_STREAM, IPPROTO_TOY);
	if (fds[2] < 0 || bind(fds[2], (struct sockaddr *)&at, at_len) || listen(fds[2], backlog))
		failed("listen");
	getsockname(fds[2], (struct sockaddr *)&at, &at_len);
	fds[0] = another();
	fds[1] = accept(fds[2], NULL, NULL);
	if (fds[1] < 0)
		failed("accept");
	printf("%d %d\n", port_of(fds[2]), port_of(fds[0]));
}

static void print_info(const struct tcp_info *t)
{
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {
		{ "rto_us", t->tcpi_rto }, { "ato_us", t->tcpi_ato },
		{ "cwnd", t->tcpi_snd_cwnd }, { "ssthresh", t->tcpi_snd_ssthresh },
		{ "rtt_us", t->tcpi_rtt }, { "rttvar_us", t->tcpi_rttvar },
		{ "min_rtt_us", t->tcpi_min_rtt }, { "ca_state", t->tcpi_ca_state },
		{ "retransmits", t->tcpi_retransmits }, { "probes", t->tcpi_probes },
		{ "backoff", t->tcpi_backoff }, { "options", t->tcpi_options },
		{ "snd_wscale", t->tcpi_snd_wscale }, { "rcv_wscale", t->tcpi_rcv_wscale },
		{ "snd_mss", t->tcpi_snd_mss }, { "rcv_mss", t->tcpi_rcv_mss },
		{ "advmss", t->tcpi_advmss }, { "pmtu", t->tcpi_pmtu },
		{ "unacked", t->tcpi_unacked }, { "retrans", t->tcpi_retrans },
		{ "total_retrans", t->tcpi_total_retrans }, { "snd_wnd", t->tcpi_snd_wnd },
		{ "rcv_space", t->tcpi_rcv_space }, { "notsent", t->tcpi_notsent_bytes },
		{ "bytes_sent", t->tcpi_bytes_sent }, { "bytes_acked", t->tcpi_bytes_acked },
		{ "bytes_retrans", t->tcpi_bytes_retrans },
		{ "bytes_received", t->tcpi_bytes_received },
		{ "segs_out", t->tcpi_segs_out }, { "segs_in", t->tcpi_segs_in },
		{ "data_segs_out", t->tcpi_data_segs_out },
		{ "data_segs_in", t->tcpi_data_segs_in },
		{ "last_data_sent_ms", t->tcpi_last_data_sent },
		{ "last_data_recv_ms", t->tcpi_last_data_recv },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		printf("%s %llu\n", all[i].name, (unsigned long long)all[i].value);
}

static void info(int fd)
{
	struct tcp_info t = { };
	socklen_t len = sizeof(t);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &t, &len))
		failed("getsockopt");
	else
		print_info(&t);
}

static void queues(int fd)
{
	int in = 0, out = 0;

	if (ioctl(fd, SIOCINQ, &in) || ioctl(fd, SIOCOUTQ, &out))
		failed("ioctl");
	printf("recv_queue %d\nsend_queue %d\n", in, out);
}

static void send_bytes(int fd, size_t n, int flags)
{
	static const char zeros[65536];

	while (n) {
		ssize_t sent = send(fd, zeros, n < sizeof(zeros) ? n : sizeof(zeros),
				    flags | MSG_NOSIGNAL);

		if (sent < 0) {
			if (errno != EAGAIN)
				failed("send");
			return;
		}
		n -= (size_t)sent;
	}
}

static void read_bytes(int fd, size_t n)
{
	static char to[65536];

	while (n) {
		ssize_t got = recv(fd, to, n < sizeof(to) ? n : sizeof(to), 0);

		if (got <= 0) {
			failed("recv");
			return;
		}
		n -= (size_t)got;
	}
}

static void obey(int fd, const char *what, size_t n)
{
	int on = 1;

	if (!strcmp(what, "info"))
		info(fd);
	else if (!strcmp(what, "queues"))
		queues(fd);
	else if (!strcmp(what, "send"))
		send_bytes(fd, n, 0);
	else if (!strcmp(what, "fill"))
		send_bytes(fd, SIZE_MAX, MSG_DONTWAIT);
	else if (!strcmp(what, "read"))
		read_bytes(fd, n);
	else if (!strcmp(what, "alive") &&
		 setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)))
		failed("setsockopt");
	else if (!strcmp(what, "shut") && shutdown(fd, SHUT_WR))
		failed("shutdown");
	else if (!strcmp(what, "close"))
		close(fd);
}

int main(int argc, char **argv)
{
	char line[128];

	if (argc != 3) {
		fputs("usage: pair 4|6 BACKLOG\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	open_pair(*argv[1] == '6' ? AF_INET6 : AF_INET, atoi(argv[2]));
	while (fgets(line, sizeof(line), stdin)) {
		char who[16], what[16] = "";
		size_t n = 0;

		if (sscanf(line, "%15s %15s %zu", who, what, &n) < 1)
			continue;
		for (int i = 0; i < 3; i++)
			if (!strcmp(who, names[i]))
				obey(fds[i], what, n);
		if (!strcmp(who, "again"))
			another();
		puts(".");
	}
	return 0;
}
