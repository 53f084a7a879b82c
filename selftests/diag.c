// SPDX-License-Identifier: GPL-2.0
/*
 * diag.c - sockets through sock_diag(7): dumps, filters, one by name, and ss -K's SOCK_DESTROY
 *
 * What TCP does is right: every test runs on it, too. inet_diag is part of the kernel or a module
 * that toy.ko asks for; where there is none, there is nothing to test.
 */
#include "sock.h"

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sched.h>

#define ALL_STATES	0xfff

/* What a dump showed of one socket. */
struct shown {
	struct inet_diag_msg msg;
	struct tcp_info info;
	bool has_info, has_memory;
	char congestion[16];
};

struct dump {
	int protocol, n;
	int sport;		/* only those of this local port are kept; 0: all */
	struct shown shown[64];
	int seen;
};

FIXTURE(diag) {
	struct way way;
	int listener, client, server, port;
	struct mnl_socket *nl;
};

FIXTURE_VARIANT(diag) {
	struct way way;
};

/* A network of its own, so that a dump shows what the test made and nothing else. */
FIXTURE_SETUP(diag)
{
	self->way = variant->way;
	if (getuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, system("ip link set lo up"));
	self->listener = new_listener(self->way, 8);
	ASSERT_LE(0, self->listener);
	self->port = port_of(self->listener);
	self->client = new_client(self->way, self->listener);
	ASSERT_LE(0, self->client);
	self->server = accept_from(self->listener);
	ASSERT_LE(0, self->server);
	self->nl = mnl_socket_open(NETLINK_SOCK_DIAG);
	ASSERT_NE(NULL, self->nl);
	ASSERT_EQ(0, mnl_socket_bind(self->nl, 0, MNL_SOCKET_AUTOPID));
}

FIXTURE_TEARDOWN(diag)
{
	close(self->client);
	close(self->server);
	close(self->listener);
	mnl_socket_close(self->nl);
}

ALL_WAYS(diag);

static int take_attribute(const struct nlattr *attr, void *arg)
{
	struct shown *s = arg;
	size_t len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case INET_DIAG_INFO:
		s->has_info = true;
		memcpy(&s->info, mnl_attr_get_payload(attr),
		       len < sizeof(s->info) ? len : sizeof(s->info));
		break;
	case INET_DIAG_SKMEMINFO:
		s->has_memory = len >= 32;
		break;
	case INET_DIAG_CONG:
		snprintf(s->congestion, sizeof(s->congestion), "%s", mnl_attr_get_str(attr));
		break;
	}
	return MNL_CB_OK;
}

static int take_socket(const struct nlmsghdr *nlh, void *arg)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	struct dump *d = arg;
	struct shown *s = &d->shown[d->n];

	d->seen++;
	if (d->n == 64 || (d->sport && ntohs(msg->id.idiag_sport) != d->sport))
		return MNL_CB_OK;
	memset(s, 0, sizeof(*s));
	s->msg = *msg;
	mnl_attr_parse(nlh, sizeof(*msg), take_attribute, s);
	d->n++;
	return MNL_CB_OK;
}

/* Send @req with @flags and take the answers. Returns 0 or -errno. */
static int ask(struct mnl_socket *nl, int type, int flags, const struct inet_diag_req_v2 *req,
	       const void *filter, size_t filter_len, struct dump *d)
{
	unsigned int seq = 1;
	char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int n, r;

	nlh->nlmsg_type = (uint16_t)type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = seq;
	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(*req)), req, sizeof(*req));
	if (filter)
		mnl_attr_put(nlh, INET_DIAG_REQ_BYTECODE, filter_len, filter);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = (int)mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		r = mnl_cb_run(buf, (size_t)n, seq, mnl_socket_get_portid(nl), take_socket, d);
		if (r < 0)
			return -errno;
	} while (r > 0 && (flags & NLM_F_DUMP));
	return 0;
}

static struct inet_diag_req_v2 request(struct way way, int states)
{
	return (struct inet_diag_req_v2){
		.sdiag_family = (uint8_t)way.family,
		.sdiag_protocol = (uint8_t)(getenv("TOY_TESTS") ? IPPROTO_TCP : way.protocol),
		.idiag_states = (uint32_t)states,
		.idiag_ext = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_SKMEMINFO - 1) |
			     1 << (INET_DIAG_CONG - 1) | 1 << (INET_DIAG_MEMINFO - 1),
	};
}

static int dump(struct mnl_socket *nl, struct way way, int states, struct dump *d)
{
	struct inet_diag_req_v2 req = request(way, states);

	d->n = 0;
	d->seen = 0;
	return ask(nl, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &req, NULL, 0, d);
}

/* Does this kernel serve sock_diag for the protocol at all? */
static bool served(struct mnl_socket *nl, struct way way)
{
	struct dump probe = { 0 };

	return dump(nl, way, ALL_STATES, &probe) != -ENOENT;
}

static const struct shown *in_state(const struct dump *d, int state)
{
	for (int i = 0; i < d->n; i++)
		if (d->shown[i].msg.idiag_state == state)
			return &d->shown[i];
	return NULL;
}

TEST_F(diag, a_dump_shows_the_listener_and_both_ends)
{
	struct dump d = { 0 };
	const struct shown *s;

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	ASSERT_EQ(0, dump(self->nl, self->way, ALL_STATES, &d));
	EXPECT_EQ(3, d.n);
	s = in_state(&d, TCP_LISTEN);
	ASSERT_NE(NULL, s);
	EXPECT_EQ(self->port, ntohs(s->msg.id.idiag_sport));
	EXPECT_EQ(0, s->msg.id.idiag_dport);
	EXPECT_EQ(8, (int)s->msg.idiag_wqueue);
	EXPECT_EQ(self->way.family, s->msg.idiag_family);
	d.sport = port_of(self->client);
	ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_ESTABLISHED, &d));
	ASSERT_EQ(1, d.n);
	s = &d.shown[0];
	EXPECT_EQ(self->port, ntohs(s->msg.id.idiag_dport));
	EXPECT_TRUE(s->has_info);
	EXPECT_TRUE(s->has_memory);
	EXPECT_EQ(TCP_ESTABLISHED, s->info.tcpi_state);
	EXPECT_LT(0, (int)s->info.tcpi_snd_mss);
	EXPECT_NE(0, s->congestion[0]);
	EXPECT_NE(0, (int)s->msg.idiag_inode);
}

TEST_F(diag, queues_are_what_the_peer_has_not_and_what_the_user_has_not)
{
	struct dump d = { 0 };
	const struct shown *s = NULL;

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	ASSERT_EQ(5, send_text(self->client, "hello"));
	ASSERT_TRUE(events_of(self->server, POLLIN, SOON) & POLLIN);
	d.sport = self->port;
	ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_ESTABLISHED, &d));
	ASSERT_EQ(1, d.n);
	s = &d.shown[0];
	EXPECT_EQ(5, (int)s->msg.idiag_rqueue);
	EXPECT_EQ(TCP_ESTABLISHED, s->info.tcpi_state);
	EXPECT_EQ(0, recv_text(self->server, "hello"));
	ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_ESTABLISHED, &d));
	EXPECT_EQ(0, (int)d.shown[0].msg.idiag_rqueue);
}

TEST_F(diag, time_wait_is_shown_with_its_timer)
{
	struct dump d = { .sport = port_of(self->client) };
	int port = d.sport;

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	close(self->client);
	ASSERT_EQ(0, recv_some(self->server, 0));
	close(self->server);
	do {
		ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_TIME_WAIT, &d));
	} while (!d.n);
	ASSERT_EQ(1, d.n);
	EXPECT_EQ(port, ntohs(d.shown[0].msg.id.idiag_sport));
	EXPECT_EQ(self->port, ntohs(d.shown[0].msg.id.idiag_dport));
	EXPECT_EQ(TCP_TIME_WAIT, d.shown[0].msg.idiag_state);
	EXPECT_EQ(3, d.shown[0].msg.idiag_timer);
	EXPECT_LT(0, (int)d.shown[0].msg.idiag_expires);
	EXPECT_EQ(0, (int)d.shown[0].msg.idiag_inode);
}

/* What ss compiles 'dport >= N and dport <= N' to; TIME-WAIT is judged like a socket. */
TEST_F(diag, filters_hold_for_sockets_and_for_time_wait)
{
	struct inet_diag_bc_op filter[] = {
		{ INET_DIAG_BC_D_GE, 8, 20 }, { 0, 0, (uint16_t)self->port },
		{ INET_DIAG_BC_D_LE, 8, 12 }, { 0, 0, (uint16_t)self->port },
	};
	struct inet_diag_req_v2 req = request(self->way, ALL_STATES);
	struct dump d = { 0 };

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	ASSERT_EQ(0, ask(self->nl, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &req, filter, sizeof(filter),
			 &d));
	ASSERT_EQ(1, d.n);
	EXPECT_EQ(port_of(self->client), ntohs(d.shown[0].msg.id.idiag_sport));
	close(self->client);
	ASSERT_EQ(0, recv_some(self->server, 0));
	close(self->server);
	do {
		d.n = 0;
		ASSERT_EQ(0, ask(self->nl, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &req, filter,
				 sizeof(filter), &d));
	} while (!in_state(&d, TCP_TIME_WAIT));
	EXPECT_EQ(1, d.n);
	filter[1].no--;
	filter[3].no--;
	d.n = 0;
	ASSERT_EQ(0, ask(self->nl, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &req, filter, sizeof(filter),
			 &d));
	EXPECT_EQ(0, d.n);
}

TEST_F(diag, one_is_found_by_its_name_and_only_with_its_cookie)
{
	struct inet_diag_req_v2 req = request(self->way, ALL_STATES);
	struct dump d = { .sport = port_of(self->client) };

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_ESTABLISHED, &d));
	ASSERT_EQ(1, d.n);
	req.id = d.shown[0].msg.id;
	d.n = 0;
	ASSERT_EQ(0, ask(self->nl, SOCK_DIAG_BY_FAMILY, 0, &req, NULL, 0, &d));
	ASSERT_EQ(1, d.n);
	EXPECT_EQ(TCP_ESTABLISHED, d.shown[0].info.tcpi_state);
	req.id.idiag_cookie[0] ^= 1;
	EXPECT_EQ(-ENOENT, ask(self->nl, SOCK_DIAG_BY_FAMILY, 0, &req, NULL, 0, &d));
	req.id.idiag_cookie[0] ^= 1;
	req.id.idiag_dport ^= htons(1);
	EXPECT_EQ(-ENOENT, ask(self->nl, SOCK_DIAG_BY_FAMILY, 0, &req, NULL, 0, &d));
}

/* What ss -K does: the user is told ECONNABORTED, and the peer is reset. */
TEST_F(diag, destroy_aborts_a_connection)
{
	struct inet_diag_req_v2 req = request(self->way, ALL_STATES);
	struct dump d = { .sport = port_of(self->client) };
	int r;

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_ESTABLISHED, &d));
	ASSERT_EQ(1, d.n);
	req.id = d.shown[0].msg.id;
	r = ask(self->nl, SOCK_DESTROY, NLM_F_ACK, &req, NULL, 0, &d);
	if (r == -EOPNOTSUPP)
		SKIP(return, "this kernel has no INET_DIAG_DESTROY");
	ASSERT_EQ(0, r);
	EXPECT_EQ(ECONNABORTED, get_int(self->client, SOL_SOCKET, SO_ERROR));
	ASSERT_TRUE(events_of(self->server, POLLIN, SOON) & POLLERR);
	EXPECT_EQ(-ECONNRESET, recv_some(self->server, 0));
	EXPECT_EQ(-ENOENT, ask(self->nl, SOCK_DESTROY, NLM_F_ACK, &req, NULL, 0, &d));
}

TEST_F(diag, destroy_stops_a_listener)
{
	struct inet_diag_req_v2 req = request(self->way, ALL_STATES);
	struct dump d = { .sport = self->port };
	int r;

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_LISTEN, &d));
	ASSERT_EQ(1, d.n);
	req.id = d.shown[0].msg.id;
	r = ask(self->nl, SOCK_DESTROY, NLM_F_ACK, &req, NULL, 0, &d);
	if (r == -EOPNOTSUPP)
		SKIP(return, "this kernel has no INET_DIAG_DESTROY");
	ASSERT_EQ(0, r);
	EXPECT_EQ(-EINVAL, accept_from(self->listener));
	ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_LISTEN, &d));
	EXPECT_EQ(0, d.n);
	EXPECT_EQ(5, send_text(self->client, "hello"));
	EXPECT_EQ(0, recv_text(self->server, "hello"));
}

/* More than fit into one message, and than one walk of the table collects. */
TEST_F(diag, a_long_dump_shows_each_socket_once)
{
	int pairs[150][2], shown = 0;
	struct dump d = { 0 };

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	for (int i = 0; i < 150; i++) {
		pairs[i][0] = new_client(self->way, self->listener);
		ASSERT_LE(0, pairs[i][0]);
		pairs[i][1] = accept_from(self->listener);
		ASSERT_LE(0, pairs[i][1]);
	}
	ASSERT_EQ(0, dump(self->nl, self->way, ALL_STATES, &d));
	EXPECT_EQ(2 * 150 + 3, d.seen);
	for (int i = 0; i < 150; i += 10) {
		d.sport = port_of(pairs[i][0]);
		ASSERT_EQ(0, dump(self->nl, self->way, 1 << TCP_ESTABLISHED, &d));
		shown += d.n;
	}
	EXPECT_EQ(15, shown);
	for (int i = 0; i < 150; i++) {
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
}

/* A thread that dumps again and again. */
struct dumper {
	pthread_t thread;
	struct way way;
	bool stop;
	int result;
};

static void *dumper_main(void *arg)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_SOCK_DIAG);
	struct dump d = { 0 };
	struct dumper *m = arg;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		m->result = -errno;
	while (!m->result && !__atomic_load_n(&m->stop, __ATOMIC_RELAXED)) {
		for (int i = 0; i < 20 && !m->result; i++)
			m->result = dump(nl, m->way, ALL_STATES, &d);
		/* where the clock skips idle time, nobody else would run */
		poll(NULL, 0, 1);
	}
	if (nl)
		mnl_socket_close(nl);
	return NULL;
}

/* A dump holds the lock of a connection that nobody has accepted: its listener waits for that. */
TEST_F(diag, a_listener_closes_while_its_connections_are_looked_at)
{
	struct dumper m = { .way = self->way };
	int listener, clients[32];

	if (!served(self->nl, self->way))
		SKIP(return, "this kernel has no inet_diag");
	ASSERT_EQ(0, -pthread_create(&m.thread, NULL, dumper_main, &m));
	for (int round = 0; round < 50; round++) {
		listener = new_listener(self->way, 64);
		ASSERT_LE(0, listener);
		for (int i = 0; i < 32; i++) {
			clients[i] = new_client(self->way, listener);
			ASSERT_LE(0, clients[i]);
		}
		close(listener);
		for (int i = 0; i < 32; i++) {
			EXPECT_EQ(POLLHUP, events_of(clients[i], 0, SOON) & POLLHUP);
			close(clients[i]);
		}
	}
	__atomic_store_n(&m.stop, true, __ATOMIC_RELAXED);
	pthread_join(m.thread, NULL);
	EXPECT_EQ(0, m.result);
}

TEST_HARNESS_MAIN
