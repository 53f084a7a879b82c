// SPDX-License-Identifier: GPL-2.0
/*
 * print.c - sockets and counters in tables
 *
 * A socket's details are words "name:value" on a line of their own, named as ss names them. What is
 * zero or has not happened is left out there.
 */
#include <inttypes.h>
#include <string.h>

#include "characters.h"
#include "show.h"

#define TIMER_MAX	48

/* Milliseconds so that they can be read: "204ms", "59.4s", "119min". */
static const char *duration(uint64_t ms, char to[TIMER_MAX])
{
	if (ms < 10000)
		snprintf(to, TIMER_MAX, "%" PRIu64 "ms", ms);
	else if (ms < 600000)
		snprintf(to, TIMER_MAX, "%" PRIu64 ".%" PRIu64 "s", ms / 1000, ms / 100 % 10);
	else
		snprintf(to, TIMER_MAX, "%" PRIu64 "min", ms / 60000);
	return to;
}

static const char *timer(const struct row *row, char to[TIMER_MAX])
{
	char left[TIMER_MAX];

	if (row->timer == TIMER_NONE)
		snprintf(to, TIMER_MAX, "-");
	else if (row->retries)
		snprintf(to, TIMER_MAX, "%s %s, %u sent", row_timer(row),
			 duration(row->expires, left), row->retries);
	else
		snprintf(to, TIMER_MAX, "%s %s", row_timer(row), duration(row->expires, left));
	return to;
}

static void print_holders(FILE *f, const struct row *row, const struct holders *holders)
{
	const struct holder *h;
	size_t n;

	h = holders_of(holders, row->inode, &n);
	if (!h)
		fputs(row->inode ? "?" : "-", f);
	for (size_t i = 0; i < n; i++) {
		if (i)
			fputs(", ", f);
		export_plain(f, h[i].name);
		fprintf(f, "(pid %d, fd %d)", h[i].pid, h[i].fd);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Details                                                                                       */

static void put(FILE *f, const char *name, uint64_t value)
{
	if (value)
		fprintf(f, " %s:%" PRIu64, name, value);
}

static void put_ms(FILE *f, const char *name, uint32_t usecs)
{
	if (usecs)
		fprintf(f, " %s:%.6g", name, usecs / 1000.0);
}

static void put_window(FILE *f, const struct tcp_info *info)
{
	put(f, "cwnd", info->tcpi_snd_cwnd);
	if (info->tcpi_snd_ssthresh < INT32_MAX)	/* not in the first slow start any more */
		put(f, "ssthresh", info->tcpi_snd_ssthresh);
}

static void put_recovery(FILE *f, const struct tcp_info *info)
{
	static const char * const words[] = { "open", "disorder", "cwr", "recovery", "loss" };

	if (info->tcpi_ca_state && info->tcpi_ca_state < ARRAY_SIZE(words))
		fprintf(f, " ca:%s", words[info->tcpi_ca_state]);
	put(f, "backoff", info->tcpi_backoff);
	put(f, "unacked", info->tcpi_unacked);
	put(f, "notsent", info->tcpi_notsent_bytes);
	if (info->tcpi_total_retrans)
		fprintf(f, " retrans:%u/%u", info->tcpi_retrans, info->tcpi_total_retrans);
}

static void put_options(FILE *f, const struct tcp_info *info)
{
	if (info->tcpi_options & TCPI_OPT_TIMESTAMPS)
		fputs(" ts", f);
	if (info->tcpi_options & TCPI_OPT_SACK)
		fputs(" sack", f);
	if (info->tcpi_options & TCPI_OPT_WSCALE)
		fprintf(f, " wscale:%u,%u", info->tcpi_snd_wscale, info->tcpi_rcv_wscale);
}

static void put_connection(FILE *f, const struct row *row)
{
	const struct tcp_info *info = &row->info;

	put_ms(f, "rto", info->tcpi_rto);
	if (row->known == INFO_ALL && info->tcpi_rtt)
		fprintf(f, " rtt:%.6g/%.6g", info->tcpi_rtt / 1000.0, info->tcpi_rttvar / 1000.0);
	if (row->known == INFO_ALL)
		put_ms(f, "minrtt", info->tcpi_min_rtt);
	put_ms(f, "ato", info->tcpi_ato);
	put_window(f, info);
	if (row->known != INFO_ALL)
		return;
	put_recovery(f, info);
	put_options(f, info);
	put(f, "mss", info->tcpi_snd_mss);
	put(f, "rcvmss", info->tcpi_rcv_mss);
	put(f, "advmss", info->tcpi_advmss);
	put(f, "pmtu", info->tcpi_pmtu);
	put(f, "snd_wnd", info->tcpi_snd_wnd);
	put(f, "bytes_sent", info->tcpi_bytes_sent);
	put(f, "bytes_acked", info->tcpi_bytes_acked);
	put(f, "bytes_retrans", info->tcpi_bytes_retrans);
	put(f, "bytes_received", info->tcpi_bytes_received);
	put(f, "segs_out", info->tcpi_segs_out);
	put(f, "segs_in", info->tcpi_segs_in);
	put(f, "data_segs_out", info->tcpi_data_segs_out);
	put(f, "data_segs_in", info->tcpi_data_segs_in);
	put(f, "lastsnd", info->tcpi_last_data_sent);
	put(f, "lastrcv", info->tcpi_last_data_recv);
}

static void print_info(FILE *f, const struct row *row)
{
	if (!row->whole)
		return;
	fputs("    ", f);
	if (*row->congestion) {
		fputc(' ', f);
		export_plain(f, row->congestion);
	}
	if (row->state != TOY_LISTEN)
		put_connection(f, row);
	if (row->has_memory)
		fprintf(f, " rmem:%u/%u wmem:%u/%u", row->rmem, row->rcvbuf, row->wmem,
			row->sndbuf);
	fprintf(f, " uid:%u", row->uid);
	put(f, "ino", row->inode);
	if (row->cookie)
		fprintf(f, " sk:%" PRIx64, row->cookie);
	if (row->v6only)
		fputs(" v6only", f);
	fputc('\n', f);
}

/* ------------------------------------------------------------------------------------------- */

/* How wide the columns of addresses and of timers must be. */
struct widths {
	int local;
	int peer;
	int timer;
};

static void widen(int *width, const char *text)
{
	int len = (int)strlen(text);

	if (*width < len)
		*width = len;
}

static void print_row(FILE *f, const struct row *row, const struct widths *w,
		      const struct holders *holders, const struct look *look)
{
	char local[ENDPOINT_MAX], peer[ENDPOINT_MAX], when[TIMER_MAX], send_q[16] = "-";
	bool more = look->timers || look->processes;

	if (row->has_send_q)
		snprintf(send_q, sizeof(send_q), "%u", row->send_q);
	fprintf(f, "%-12s %7u %7s  %-*s  %-*s", row_state(row), row->recv_q, send_q, w->local,
		row_endpoint(row, true, local), more ? w->peer : 0,
		row_endpoint(row, false, peer));
	if (look->timers)
		fprintf(f, "  %-*s", look->processes ? w->timer : 0, timer(row, when));
	if (look->processes) {
		fputs("  ", f);
		print_holders(f, row, holders);
	}
	fputc('\n', f);
	if (look->info)
		print_info(f, row);
}

void print_rows(FILE *f, const struct rows *all, const struct holders *holders,
		const struct look *look)
{
	static const char local[] = "Local address:port", peer[] = "Peer address:port";
	struct widths w = { 0, 0, 5 };
	bool more = look->timers || look->processes;
	char to[ENDPOINT_MAX], when[TIMER_MAX];

	if (look->heading) {
		widen(&w.local, local);
		widen(&w.peer, peer);
	}
	for (size_t i = 0; i < all->n; i++) {
		widen(&w.local, row_endpoint(&all->row[i], true, to));
		widen(&w.peer, row_endpoint(&all->row[i], false, to));
		widen(&w.timer, timer(&all->row[i], when));
	}
	if (look->heading) {
		fprintf(f, "%-12s %7s %7s  %-*s  %-*s", "State", "Recv-Q", "Send-Q", w.local,
			local, more ? w.peer : 0, peer);
		if (look->timers)
			fprintf(f, "  %-*s", look->processes ? w.timer : 0, "Timer");
		fputs(look->processes ? "  Process\n" : "\n", f);
	}
	for (size_t i = 0; i < all->n; i++)
		print_row(f, &all->row[i], &w, holders, look);
}

/* ------------------------------------------------------------------------------------------- */
/* Counters                                                                                      */

#define WORDS_AT	44	/* the column where what a counter counts begins */

static bool belongs(const struct counter *c, enum which which)
{
	switch (which) {
	case NOT_ZERO:
		return c->value || c->since;
	case CHANGED:
		return c->since;
	default:
		return true;
	}
}

static void print_since(FILE *f, time_t since)
{
	char when[32];
	struct tm tm;

	if (since && localtime_r(&since, &tm) && strftime(when, sizeof(when), "%F %T", &tm))
		fprintf(f, "# last look: %s\n", when);
	else
		fputs("# last look: none since the module was loaded or the namespace made\n", f);
}

void print_counters(FILE *f, const struct counters *all, enum which which, bool heading, int width)
{
	int room = width > WORDS_AT + 8 ? width - WORDS_AT : width ? 0 : 200;

	if (heading) {
		print_since(f, all->since);
		fprintf(f, "%-18s %11s %11s\n", "Counter", "Since last", "Total");
	}
	for (size_t i = 0; i < all->n; i++) {
		const struct counter *c = &all->c[i];

		if (!belongs(c, which))
			continue;
		export_plain(f, c->name);
		fprintf(f, "%*s ", (int)(strlen(c->name) < 18 ? 18 - strlen(c->name) : 0), "");
		if (c->now)
			fprintf(f, "%11s %11" PRIu64, "now", c->value);
		else
			fprintf(f, "%11" PRIu64 " %11" PRIu64, c->since, c->value);
		if (*c->text && room)
			fprintf(f, "  %.*s", room, c->text);
		fputc('\n', f);
	}
}
