// SPDX-License-Identifier: GPL-2.0
/*
 * unit.c - what toystat makes of lines and messages, good and bad ones. TAP; no kernel is asked.
 *
 * Built with the sanitizers: whatever reads past the end of a message fails the test.
 */
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../show.h"

static int failed, n;

static void result(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++n, name);
	failed += !good;
}

static bool check(bool good, int line, const char *what)
{
	if (!good)
		printf("# line %d: not so: %s\n", line, what);
	return good;
}

#define CHECK(what)	(good &= check(what, __LINE__, #what))

/* ------------------------------------------------------------------------------------------- */
/* Lines of /proc/net/toy */

static const char whole4[] = "   2: 0100007F:2712 0200007F:C350 01 00000005:00000007 02:00001770 "
	"00000003  1000        2 3456 2 0000000000000000 20 4 30 10 -1                      ";
static const char half4[] = "   0: 0100007F:2712 0200007F:C350 03 00000000:00000000 01:00000064 "
	"00000001     0        0 0 1 0000000000000000                                      ";
static const char whole6[] = "   1: B80D0120000000000000000001000000:2712 "
	"00000000000000000000000000000000:0000 0A 00000000:00000003 00:00000000 00000000     0"
	"        0 77 2 0000000000000000 100 0 0 10 0";

static void test_a_line_of_a_connection(void)
{
	char local[ENDPOINT_MAX], peer[ENDPOINT_MAX];
	bool good = true;
	struct row r;

	CHECK(proc_row(&r, whole4, AF_INET));
	CHECK(!strcmp(row_endpoint(&r, true, local), "127.0.0.1:10002"));
	CHECK(!strcmp(row_endpoint(&r, false, peer), "127.0.0.2:50000"));
	CHECK(r.state == TOY_ESTABLISHED && r.whole && r.known == INFO_PROC);
	CHECK(r.has_send_q && r.send_q == 5 && r.recv_q == 7);
	CHECK(r.timer == TIMER_KEEPALIVE && r.expires == 60000 && r.retries == 2);
	CHECK(r.uid == 1000 && r.inode == 3456);
	CHECK(r.info.tcpi_rto == 200000 && r.info.tcpi_ato == 40000);
	CHECK(r.info.tcpi_snd_cwnd == 10 && r.info.tcpi_snd_ssthresh == INT32_MAX);
	result(good, "a line of a connection");
}

static void test_a_line_of_what_is_no_socket(void)
{
	bool good = true;
	struct row r;

	CHECK(proc_row(&r, half4, AF_INET));
	CHECK(r.state == TOY_SYN_RECEIVED && !r.whole && r.known == INFO_NONE);
	CHECK(r.timer == TIMER_RETRANSMIT && r.expires == 1000 && r.retries == 1);
	CHECK(!r.inode);
	result(good, "a line of a half-open connection has no more than addresses and a timer");
}

static void test_a_line_of_a_listener(void)
{
	char to[ENDPOINT_MAX];
	bool good = true;
	struct row r;

	CHECK(proc_row(&r, whole6, AF_INET6));
	CHECK(!strcmp(row_endpoint(&r, true, to), "[2001:db8::1]:10002"));
	CHECK(!strcmp(row_endpoint(&r, false, to), "[::]:*"));
	CHECK(r.state == TOY_LISTEN && r.recv_q == 3 && !r.has_send_q);
	result(good, "a line of a listener of IPv6, whose backlog /proc does not tell");
}

static void test_a_line_that_is_none(void)
{
	static const char * const bad[] = {
		"", " ", "hello", "0:", "0: 0100007F", "0: 0100007F:2712 0200007F",
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt",
		"0: 0100007F:2712 0200007F:C350 00 0:0 00:0 0 0 0 0 1 0",	/* no state 0 */
		"0: 0100007F:2712 0200007F:C350 0C 0:0 00:0 0 0 0 0 1 0",	/* nor 12 */
		"0: 10007F:2712 0200007F:C350 01 0:0 00:0 0 0 0 0 1 0",	/* short address */
		"0: 0100007F:2712 0200007F:C350 01 0:0 00:0 0 0 0 0 1 0 20 4 30",
	};
	bool good = true;
	struct row r;
	char *cut;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (!CHECK(!proc_row(&r, bad[i], AF_INET)))
			printf("# taken: %s\n", bad[i]);
	CHECK(!proc_row(&r, whole4, AF_INET6));
	CHECK(!proc_row(&r, whole6, AF_INET));
	/* on the heap and no longer than it is, so that a look past its end is noticed */
	for (size_t len = 0; len < sizeof(whole4); len++) {
		cut = strndup(whole4, len);
		proc_row(&r, cut, AF_INET);
		free(cut);
	}
	for (size_t at = 0; at < sizeof(whole6) - 1; at++) {
		for (const char *c = "\x01 :gG9-\xff"; *c; c++) {
			cut = strdup(whole6);
			cut[at] = *c;
			proc_row(&r, cut, AF_INET6);
			free(cut);
		}
	}
	result(good, "a line that is none is refused, whatever is in it");
}

/* ------------------------------------------------------------------------------------------- */
/* Messages of sock_diag */

/* A message that is built up, and then copied to where nothing comes after it. */
struct message {
	unsigned char data[4096] __attribute__((aligned(4)));
	size_t len;
};

static void begin(struct message *m)
{
	struct inet_diag_msg *msg = (void *)m->data;

	memset(m, 0, sizeof(*m));
	m->len = sizeof(*msg);
	msg->idiag_family = AF_INET;
	msg->idiag_state = TOY_ESTABLISHED;
	msg->idiag_timer = TIMER_RETRANSMIT;
	msg->idiag_retrans = 2;
	msg->idiag_expires = 204;
	msg->idiag_rqueue = 7;
	msg->idiag_wqueue = 5;
	msg->idiag_uid = 1000;
	msg->idiag_inode = 3456;
	msg->id.idiag_sport = htons(10002);
	msg->id.idiag_dport = htons(50000);
	msg->id.idiag_src[0] = htonl(0x7f000001);
	msg->id.idiag_dst[0] = htonl(0x7f000002);
	msg->id.idiag_cookie[0] = 9;
}

static void attribute(struct message *m, unsigned int type, const void *payload, size_t size)
{
	struct nlattr *attr = (void *)(m->data + m->len);

	attr->nla_type = (unsigned short)type;
	attr->nla_len = (unsigned short)(sizeof(*attr) + size);
	memcpy(attr + 1, payload, size);
	m->len += NLA_ALIGN(attr->nla_len);
}

/* diag_row() of a copy of the first @len bytes. */
static bool take(struct row *r, const struct message *m, size_t len)
{
	void *copy = malloc(len ?: 1);
	bool taken;

	memcpy(copy, m->data, len);
	taken = diag_row(r, copy, len);
	free(copy);
	return taken;
}

static void whole_message(struct message *m, size_t info_size)
{
	uint32_t memory[] = { 1, 100, 2, 200, 0, 0, 0, 0, 0 };
	struct {
		struct tcp_info info;
		char more[64];		/* what a newer kernel has */
	} info = { .info = { .tcpi_rtt = 87, .tcpi_snd_cwnd = 10, .tcpi_rto = 204000 } };

	begin(m);
	attribute(m, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
	attribute(m, INET_DIAG_CONG, "reno", 5);
	attribute(m, INET_DIAG_INFO, &info, info_size);
}

static void test_a_message_of_a_connection(void)
{
	char local[ENDPOINT_MAX], peer[ENDPOINT_MAX];
	bool good = true;
	struct message m;
	struct row r;

	whole_message(&m, sizeof(struct tcp_info));
	CHECK(take(&r, &m, m.len));
	CHECK(!strcmp(row_endpoint(&r, true, local), "127.0.0.1:10002"));
	CHECK(!strcmp(row_endpoint(&r, false, peer), "127.0.0.2:50000"));
	CHECK(r.state == TOY_ESTABLISHED && r.whole && r.known == INFO_ALL);
	CHECK(r.has_send_q && r.send_q == 5 && r.recv_q == 7);
	CHECK(r.timer == TIMER_RETRANSMIT && r.expires == 204 && r.retries == 2);
	CHECK(r.uid == 1000 && r.inode == 3456 && r.cookie == 9);
	CHECK(r.info.tcpi_rtt == 87 && r.info.tcpi_snd_cwnd == 10 && r.info.tcpi_rto == 204000);
	CHECK(r.has_memory && r.rmem == 1 && r.rcvbuf == 100 && r.wmem == 2 && r.sndbuf == 200);
	CHECK(!strcmp(r.congestion, "reno"));
	result(good, "a message of a connection");
}

static void test_kernels_know_more_or_less(void)
{
	bool good = true;
	struct message m;
	struct row r;

	whole_message(&m, sizeof(struct tcp_info) + 64);
	CHECK(take(&r, &m, m.len) && r.info.tcpi_rtt == 87);
	whole_message(&m, offsetof(struct tcp_info, tcpi_snd_cwnd) + 4);
	CHECK(take(&r, &m, m.len) && r.info.tcpi_snd_cwnd == 10 && !r.info.tcpi_snd_wnd);
	begin(&m);
	CHECK(take(&r, &m, m.len) && !r.whole && r.known == INFO_NONE);
	result(good, "a kernel that knows more, and one that knows less");
}

static void test_a_message_that_is_none(void)
{
	struct inet_diag_msg *msg;
	bool good = true;
	struct message m;
	struct row r;

	whole_message(&m, sizeof(struct tcp_info));
	for (size_t len = 0; len < m.len; len++)
		CHECK(take(&r, &m, len) == (len >= sizeof(*msg)));
	/* lengths that lie, and names that do not end */
	for (unsigned int len = 0; len < 400; len++) {
		struct nlattr *attr = (void *)(m.data + sizeof(*msg));

		attr->nla_len = (unsigned short)(len < 200 ? len : 65535 - len);
		take(&r, &m, m.len);
	}
	begin(&m);
	attribute(&m, INET_DIAG_CONG, "a name of forty letters, more than fits.", 40);
	CHECK(take(&r, &m, m.len) && strlen(r.congestion) == sizeof(r.congestion) - 1);
	begin(&m);
	msg = (void *)m.data;
	msg->idiag_family = AF_UNIX;
	CHECK(!take(&r, &m, m.len));
	msg->idiag_family = AF_INET6;
	CHECK(take(&r, &m, m.len));
	msg->idiag_state = TOY_STATE_COUNT;
	CHECK(!take(&r, &m, m.len));
	msg->idiag_state = 0;
	CHECK(!take(&r, &m, m.len));
	result(good, "a message that is none is refused, and lengths that lie are not believed");
}

/* ------------------------------------------------------------------------------------------- */
/* Lists */

static struct row row(int state, uint16_t lport, uint16_t rport, uint64_t cookie)
{
	return (struct row){ .family = AF_INET, .state = (unsigned int)state, .lport = lport,
			     .rport = rport, .cookie = cookie };
}

static void test_only_what_is_wanted(void)
{
	struct filter wanted = { .states = 1 << TOY_TIME_WAIT | 1 << TOY_ESTABLISHED, .port = 7 };
	struct rows all = { };
	bool good = true;
	struct row rows[] = {
		row(TOY_ESTABLISHED, 7, 1, 0), row(TOY_ESTABLISHED, 1, 7, 0),
		row(TOY_TIME_WAIT, 7, 2, 0), row(TOY_CLOSE_WAIT, 7, 3, 0),
		row(TOY_ESTABLISHED, 8, 9, 0), row(40, 7, 7, 0),
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(rows_add(&all, &rows[i], &wanted));
	CHECK(all.n == 3);
	rows_free(&all);
	wanted = (struct filter){ .states = ALL_STATES, .family = AF_INET6 };
	CHECK(rows_add(&all, &rows[0], &wanted) && !all.n);
	wanted = (struct filter){ .states = ALL_STATES, .lport = 7, .rport = 2 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows_add(&all, &rows[i], &wanted);
	CHECK(all.n == 1 && all.row[0].state == TOY_TIME_WAIT);
	rows_free(&all);
	result(good, "what the kernel told of another state or port is left out");
}

static void test_order_and_what_came_twice(void)
{
	struct filter wanted = { .states = ALL_STATES };
	struct rows all = { };
	bool good = true;
	struct row rows[] = {
		row(TOY_ESTABLISHED, 9, 1, 4), row(TOY_ESTABLISHED, 5, 1, 3),
		row(TOY_LISTEN, 9, 0, 2), row(TOY_LISTEN, 9, 0, 1),
		row(TOY_TIME_WAIT, 9, 1, 0),	/* what became of the first while it was read */
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK(rows_add(&all, &rows[i], &wanted));
	rows_finish(&all);
	CHECK(all.n == 4);
	CHECK(all.row[0].cookie == 1 && all.row[1].cookie == 2);
	CHECK(all.row[2].lport == 5);
	CHECK(all.row[3].state == TOY_TIME_WAIT);
	rows_free(&all);
	rows_finish(&all);
	for (uint16_t i = 0; i < 1000; i++) {
		struct row r = row(TOY_ESTABLISHED, (uint16_t)(i * 7919), 1, 0);

		CHECK(rows_add(&all, &r, &wanted));
	}
	rows_finish(&all);
	CHECK(all.n == 1000);
	for (size_t i = 1; i < all.n; i++)
		CHECK(all.row[i - 1].lport < all.row[i].lport);
	rows_free(&all);
	result(good, "listeners first, then by port; of what came twice the later word");
}

static void test_words_for_states(void)
{
	const char *bad = NULL;
	bool good = true;

	CHECK(states_of("established", &bad) == 1 << TOY_ESTABLISHED);
	CHECK(states_of("TIME-WAIT,syn-recv", &bad) ==
	      (1 << TOY_TIME_WAIT | 1 << TOY_SYN_RECEIVED));
	CHECK(states_of("all", &bad) == ALL_STATES);
	CHECK(!(states_of("connected", &bad) & 1 << TOY_LISTEN));
	CHECK(!states_of("estab,nonsense,all", &bad) && !strncmp(bad, "nonsense", 8));
	CHECK(!states_of("", &bad) && !states_of("estab,", &bad) && !states_of("e", &bad));
	result(good, "words for states: RFC 9293's and ss's");
}

/* ------------------------------------------------------------------------------------------- */
/* Counters */

static void test_what_came_since(void)
{
	struct counter was[] = { { .name = "A", .value = 3 }, { .name = "Now", .value = 9 } };
	struct counter is[] = { { .name = "A", .value = 5 }, { .name = "B", .value = 2 },
				{ .name = "Now", .value = 4, .now = true } };
	struct counters before = { .c = was, .n = 2, .since = 100 };
	struct counters all = { .c = is, .n = 3 }, none = { };
	bool good = true;

	counters_compare(&all, &before);
	CHECK(is[0].since == 2 && is[1].since == 2 && is[2].since == 0 && all.since == 100);
	was[0].value = 6;
	counters_compare(&all, &before);
	CHECK(is[0].since == 5 && is[1].since == 2 && is[2].since == 0 && all.since == 0);
	counters_compare(&all, &none);
	CHECK(is[0].since == 5 && all.since == 0);
	result(good, "counters that fell began anew, how many there are may fall");
}

/* ------------------------------------------------------------------------------------------- */
/* Tables */

static void test_a_name_commands_no_terminal(void)
{
	struct holder h = { .inode = 3456, .pid = 1, .fd = 3, .name = "\033[2Jx\n\xff" };
	struct holders holders = { .h = &h, .n = 1 };
	struct look look = { .processes = true, .timers = true, .info = true };
	struct row r;
	struct rows all = { .row = &r, .n = 1 };
	bool good = true;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	proc_row(&r, whole4, AF_INET);
	print_rows(f, &all, &holders, &look);
	json_rows(f, &all, &holders, &look);
	fclose(f);
	CHECK(!strchr(text, '\033') && !strchr(text, '\xff'));
	CHECK(strstr(text, "?[2Jx?\?(pid 1, fd 3)"));
	CHECK(strstr(text, "keepalive 60.0s, 2 sent"));
	CHECK(strstr(text, " rto:200 ato:40 cwnd:10 uid:1000 ino:3456\n"));
	CHECK(!strstr(text, " rtt:"));
	CHECK(strstr(text, "\"name\":\"\xef\xbf\xbd[2Jx\\u000a"));
	free(text);
	result(good, "the name of a process commands no terminal; the unknown is not shown");
}

int main(void)
{
	test_a_line_of_a_connection();
	test_a_line_of_what_is_no_socket();
	test_a_line_of_a_listener();
	test_a_line_that_is_none();
	test_a_message_of_a_connection();
	test_kernels_know_more_or_less();
	test_a_message_that_is_none();
	test_only_what_is_wanted();
	test_order_and_what_came_twice();
	test_words_for_states();
	test_what_came_since();
	test_a_name_commands_no_terminal();
	printf("1..%d\n", n);
	return failed ? 1 : 0;
}
