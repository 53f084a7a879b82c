// SPDX-License-Identifier: GPL-2.0
/*
 * socket_times.c - options that set a connection's timers: what was set is what happens
 *
 * virtual-time: a delay is what the kernel made it, whatever else the machine does.
 *
 * Only newer kernels' TCP has these, so it is not asked in every run; TOY_TESTS=tcp asks it.
 */
#include "sock.h"

FIXTURE_PAIR(pair);
TOY4(pair);
TOY6(pair);

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_TCP, TCP_INFO, &info, &len))
		memset(&info, 0xff, sizeof(info));
	return info;
}

/* Milliseconds until so many retransmissions were made in vain; -1: they never were. */
static long long until_retransmits(int fd, int n)
{
	long long start = now_ms();

	while (info_of(fd).tcpi_retransmits < n) {
		if (now_ms() - start > 10 * SOON)
			return -1;
		usleep(1000);
	}
	return now_ms() - start;
}

/* 0.2 + 0.4 + 0.8 + 1 + 1 + 1 + 1 s, and not 0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 6.4 + 12.8 s */
TEST_F(pair, rto_max_ends_the_doubling)
{
	long long took;

	EXPECT_EQ(0, set_int(self->client, SOL_TCP, TCP_RTO_MAX_MS, 1000));
	EXPECT_EQ(1000, get_int(self->client, SOL_TCP, TCP_RTO_MAX_MS));
	set_deaf(self->server, true);
	EXPECT_EQ(5, send_text(self->client, "hello"));
	took = until_retransmits(self->client, 7);
	EXPECT_LE(4000, took);
	EXPECT_GT(15000, took);
	EXPECT_EQ(1000000, (int)info_of(self->client).tcpi_rto);
	set_deaf(self->server, false);
	EXPECT_EQ(0, recv_text(self->server, "hello"));
}

static void talk(int a, int b)
{
	for (int i = 0; i < 20; i++) {
		send_text(a, "question");
		recv_text(b, "question");
		send_text(b, "answer");
		recv_text(a, "answer");
	}
}

static int floor_of_rto(int fd)
{
	struct tcp_info info = info_of(fd);

	return (int)(info.tcpi_rto - info.tcpi_rtt);
}

/* RFC 6298 (2.3), with the floor under the variation; it is higher only where that varies much. */
TEST_F(pair, rto_min_is_what_the_rto_allows_above_the_round_trip_time)
{
	talk(self->client, self->server);
	EXPECT_LE(200000, floor_of_rto(self->client));
	EXPECT_EQ(0, set_int(self->client, SOL_TCP, TCP_RTO_MIN_US, 20000));
	talk(self->client, self->server);
	EXPECT_LE(20000, floor_of_rto(self->client));
	EXPECT_GT(200000, floor_of_rto(self->client));
	EXPECT_LE(200000, floor_of_rto(self->server));
}

/* How long is the ACK of one small segment delayed? -1: for ever. */
static long long delay_of_ack(int from, int to)
{
	long long start = now_ms();

	set_int(to, SOL_TCP, TCP_QUICKACK, 0);
	send_text(from, "x");
	while (info_of(from).tcpi_unacked) {
		if (now_ms() - start > SOON)
			return -1;
		usleep(1000);
	}
	recv_text(to, "x");
	return now_ms() - start;
}

TEST_F(pair, delack_max_is_how_long_an_ack_waits)
{
	EXPECT_EQ(0, set_int(self->server, SOL_TCP, TCP_DELACK_MAX_US, 200000));
	EXPECT_LE(150, delay_of_ack(self->client, self->server));
	EXPECT_EQ(0, set_int(self->server, SOL_TCP, TCP_DELACK_MAX_US, 40000));
	EXPECT_GT(150, delay_of_ack(self->client, self->server));
}

TEST_F(pair, times_that_no_timer_can_keep)
{
	static const struct { int name, value; } bad[] = {
		{ TCP_RTO_MAX_MS, -1 }, { TCP_RTO_MAX_MS, 0 }, { TCP_RTO_MAX_MS, 999 },
		{ TCP_RTO_MAX_MS, 120001 }, { TCP_RTO_MIN_US, -1 }, { TCP_RTO_MIN_US, 0 },
		{ TCP_RTO_MIN_US, 1 }, { TCP_RTO_MIN_US, 200001 + 10000 },
		{ TCP_DELACK_MAX_US, -1 }, { TCP_DELACK_MAX_US, 0 }, { TCP_DELACK_MAX_US, 1 },
		{ TCP_DELACK_MAX_US, 200001 + 10000 },
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_EQ(-EINVAL, set_int(self->client, SOL_TCP, bad[i].name, bad[i].value))
			TH_LOG("option %d to %d", bad[i].name, bad[i].value);
	}
	EXPECT_EQ(120000, get_int(self->client, SOL_TCP, TCP_RTO_MAX_MS));
	EXPECT_EQ(200000, get_int(self->client, SOL_TCP, TCP_RTO_MIN_US));
	EXPECT_EQ(-ENOPROTOOPT, set_int(self->client, SOL_TCP, TCP_IS_MPTCP, 1));
	EXPECT_EQ(0, get_int(self->client, SOL_TCP, TCP_IS_MPTCP));
}

TEST_HARNESS_MAIN
