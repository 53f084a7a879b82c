/* SPDX-License-Identifier: GPL-2.0 */
/*
 * socket.h - what is known of a socket, whoever told it
 *
 * diag.c fills these from sock_diag(7), proc.c from /proc/net/toy and toy6; print.c and json.c show
 * them. A connection that is half open or in TIME-WAIT is no whole socket to the kernel: such a row
 * has addresses, a state and a timer, and no more.
 */
#ifndef STAT_SOCKET_H
#define STAT_SOCKET_H

#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/watch.h"

#define ALL_STATES	((1u << TOY_STATE_COUNT) - 2)

/* Which timer runs, in the numbers of /proc/net/tcp and inet_diag. */
enum row_timer {
	TIMER_NONE,
	TIMER_RETRANSMIT,
	TIMER_KEEPALIVE,
	TIMER_TIME_WAIT,
	TIMER_PERSIST,
};

/* How much of @info is known. */
enum row_info {
	INFO_NONE,
	INFO_PROC,	/* what /proc/net/toy has: rto, ato, cwnd, ssthresh */
	INFO_ALL,
};

/**
 * struct row - a socket
 * @family: AF_INET or AF_INET6
 * @state: enum toy_state
 * @laddr: this end; an IPv4 address is the first four bytes
 * @raddr: the other end
 * @lport: in host order
 * @rport: the same
 * @ifindex: the interface it is bound to, 0: none, or not known
 * @whole: it is a socket
 * @has_send_q: @send_q is known
 * @recv_q: bytes that the user has not read; of a listener, connections not accepted
 * @send_q: bytes that the peer has not acknowledged; of a listener, how many may wait
 * @timer: enum row_timer
 * @expires: milliseconds until it fires
 * @retries: how often it fired
 * @uid: of the user who made it
 * @inode: what /proc/PID/fd names it by; 0: no process holds it
 * @cookie: what the kernel names it by; 0: not known
 * @known: how much of @info is
 * @info: as getsockopt(TCP_INFO) gives it
 * @has_memory: the next four are known
 * @rmem: bytes of memory that hold what came
 * @rcvbuf: how many may
 * @wmem: bytes of memory that hold what is to go
 * @sndbuf: how many may
 * @v6only: a listener that takes no IPv4
 * @congestion: name of the congestion control, or ""
 */
struct row {
	int family;
	unsigned int state;
	struct in6_addr laddr;
	struct in6_addr raddr;
	uint16_t lport;
	uint16_t rport;
	unsigned int ifindex;
	bool whole;
	bool has_send_q;
	uint32_t recv_q;
	uint32_t send_q;
	unsigned int timer;
	uint64_t expires;
	unsigned int retries;
	unsigned int uid;
	unsigned long inode;
	uint64_t cookie;
	enum row_info known;
	struct tcp_info info;
	bool has_memory;
	uint32_t rmem;
	uint32_t rcvbuf;
	uint32_t wmem;
	uint32_t sndbuf;
	bool v6only;
	char congestion[16];
};

/**
 * struct filter - which sockets are wanted
 * @states: one bit for each
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for both
 * @lport: of this end; 0: any
 * @rport: of the other end
 * @port: of either
 */
struct filter {
	unsigned int states;
	int family;
	uint16_t lport;
	uint16_t rport;
	uint16_t port;
};

/**
 * struct rows - sockets
 * @row: in the order of rows_finish() in the end
 * @n: how many
 * @from_diag: who told them: sock_diag(7), otherwise /proc
 */
struct rows {
	struct row *row;
	size_t n;
	bool from_diag;
};

/*
 * Add @row if @wanted asks for it. The kernel filters as well, but before it looks at what it
 * tells: a socket may have changed its state in between. False: no memory.
 */
bool rows_add(struct rows *all, const struct row *row, const struct filter *wanted);

/*
 * Sort: listeners first, then by ports and addresses. What came or went during a dump may be in it
 * twice: the later word counts.
 */
void rows_finish(struct rows *all);
void rows_free(struct rows *all);

/* Never NULL. */
const char *row_state(const struct row *row);
const char *row_timer(const struct row *row);

/* "10.0.0.1", "fe80::1"; and with its port and interface, "10.0.0.1:10002", "[fe80::1%eth0]:*". */
#define ENDPOINT_MAX	(INET6_ADDRSTRLEN + 16 + 10)
const char *row_address(const struct row *row, const struct in6_addr *addr, char *to);
const char *row_endpoint(const struct row *row, bool local, char to[ENDPOINT_MAX]);

/*
 * States by name, separated by commas: RFC 9293's, ss's, "listening", "connected",
 * "synchronized", "all". Returns 0 if one of them is none; *@bad points at it.
 */
unsigned int states_of(const char *list, const char **bad);

/*
 * Ask sock_diag(7) for what is wanted. Returns 0 or -errno; -ENOENT: nobody serves the protocol
 * there.
 */
int diag_read(struct rows *all, const struct filter *wanted);

/* One message of sock_diag's, as far as it is one. False: it is none. */
bool diag_row(struct row *row, const void *message, size_t size);

/*
 * Read /proc/net/toy and toy6, or the files that PROC_NET_TOY and PROC_NET_TOY6 name. Returns 0 or
 * -errno; -EBADMSG: a line is not understood, and was shown.
 */
int proc_read(struct rows *all, const struct filter *wanted);

/* One line of such a file. False: it is none. */
bool proc_row(struct row *row, const char *line, int family);

#endif /* STAT_SOCKET_H */
