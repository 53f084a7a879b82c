// SPDX-License-Identifier: GPL-2.0
/*
 * json.c - sockets and counters as JSON, one object on a line
 *
 * Documentation/tools.rst has the fields and their units. What is not known is null; what is known
 * is there whether or not it was asked for, but for the processes, which cost a look at each.
 */
#include <inttypes.h>
#include <net/if.h>
#include <time.h>

#include "characters.h"
#include "json.h"
#include "show.h"

#define VERSION	1

static void begin(FILE *f, const char *type, const char *netns)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	fprintf(f, "{\"type\":\"%s\",\"version\":%d,\"time\":%lld.%03ld", type, VERSION,
		(long long)now.tv_sec, now.tv_nsec / 1000000);
	json_text(f, "netns", netns);
}

static void put_end(FILE *f, const char *key, const struct row *row, const struct in6_addr *addr,
		    uint16_t port)
{
	char address[INET6_ADDRSTRLEN];

	fprintf(f, ",\"%s\":{\"address\":\"%s\",\"port\":%u}", key,
		row_address(row, addr, address), port);
}

static void put_interface(FILE *f, const struct row *row)
{
	char name[IF_NAMESIZE];

	json_text(f, "interface", row->ifindex ? if_indextoname(row->ifindex, name) : NULL);
}

static void put_timer(FILE *f, const struct row *row)
{
	if (row->timer == TIMER_NONE)
		fputs(",\"timer\":null", f);
	else
		fprintf(f, ",\"timer\":{\"name\":\"%s\",\"expires_ms\":%" PRIu64 ",\"retries\":%u}",
			row_timer(row), row->expires, row->retries);
}

static void put_memory(FILE *f, const struct row *row)
{
	if (row->has_memory)
		fprintf(f, ",\"memory\":{\"rmem\":%u,\"rcvbuf\":%u,\"wmem\":%u,\"sndbuf\":%u}",
			row->rmem, row->rcvbuf, row->wmem, row->sndbuf);
	else
		fputs(",\"memory\":null", f);
}

static void put_window(FILE *f, const struct row *row)
{
	const struct tcp_info *info = &row->info;

	fprintf(f, ",\"info\":{\"rto_us\":%u,\"ato_us\":%u,\"cwnd\":%u", info->tcpi_rto,
		info->tcpi_ato, info->tcpi_snd_cwnd);
	json_number(f, "ssthresh", info->tcpi_snd_ssthresh < INT32_MAX, info->tcpi_snd_ssthresh);
}

static void put_info(FILE *f, const struct row *row)
{
	const struct tcp_info *info = &row->info;
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "rtt_us", info->tcpi_rtt }, { "rttvar_us", info->tcpi_rttvar },
		{ "min_rtt_us", info->tcpi_min_rtt }, { "ca_state", info->tcpi_ca_state },
		{ "retransmits", info->tcpi_retransmits }, { "probes", info->tcpi_probes },
		{ "backoff", info->tcpi_backoff }, { "options", info->tcpi_options },
		{ "snd_wscale", info->tcpi_snd_wscale }, { "rcv_wscale", info->tcpi_rcv_wscale },
		{ "snd_mss", info->tcpi_snd_mss }, { "rcv_mss", info->tcpi_rcv_mss },
		{ "advmss", info->tcpi_advmss }, { "pmtu", info->tcpi_pmtu },
		{ "unacked", info->tcpi_unacked }, { "retrans", info->tcpi_retrans },
		{ "total_retrans", info->tcpi_total_retrans }, { "snd_wnd", info->tcpi_snd_wnd },
		{ "rcv_space", info->tcpi_rcv_space }, { "notsent", info->tcpi_notsent_bytes },
		{ "bytes_sent", info->tcpi_bytes_sent }, { "bytes_acked", info->tcpi_bytes_acked },
		{ "bytes_retrans", info->tcpi_bytes_retrans },
		{ "bytes_received", info->tcpi_bytes_received },
		{ "segs_out", info->tcpi_segs_out }, { "segs_in", info->tcpi_segs_in },
		{ "data_segs_out", info->tcpi_data_segs_out },
		{ "data_segs_in", info->tcpi_data_segs_in },
		{ "last_data_sent_ms", info->tcpi_last_data_sent },
		{ "last_data_recv_ms", info->tcpi_last_data_recv },
	};

	if (row->known == INFO_NONE || row->state == TOY_LISTEN) {
		fputs(",\"info\":null", f);
		return;
	}
	put_window(f, row);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		json_number(f, numbers[i].key, row->known == INFO_ALL, numbers[i].value);
	fputc('}', f);
}

static void put_holders(FILE *f, const struct row *row, const struct holders *holders)
{
	const struct holder *h;
	size_t n;

	h = holders_of(holders, row->inode, &n);
	fputs(",\"processes\":[", f);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ",{\"name\":" : "{\"name\":", f);
		export_json(f, h[i].name);
		fprintf(f, ",\"pid\":%d,\"fd\":%d}", h[i].pid, h[i].fd);
	}
	fputc(']', f);
}

static void put_row(FILE *f, const struct row *row, const struct holders *holders,
		    const struct look *look)
{
	fprintf(f, "{\"family\":\"%s\"", row->family == AF_INET6 ? "inet6" : "inet");
	json_text(f, "state", row_state(row));
	put_end(f, "local", row, &row->laddr, row->lport);
	put_end(f, "peer", row, &row->raddr, row->rport);
	put_interface(f, row);
	json_number(f, "recv_queue", true, row->recv_q);
	json_number(f, "send_queue", row->has_send_q, row->send_q);
	put_timer(f, row);
	json_number(f, "uid", row->whole, row->uid);
	json_number(f, "inode", row->inode != 0, row->inode);
	json_number(f, "cookie", row->cookie != 0, row->cookie);
	json_text(f, "congestion", *row->congestion ? row->congestion : NULL);
	put_memory(f, row);
	put_info(f, row);
	if (look->processes)
		put_holders(f, row, holders);
	fputc('}', f);
}

void json_rows(FILE *f, const struct rows *all, const struct holders *holders,
	       const struct look *look)
{
	begin(f, "sockets", look->netns);
	json_text(f, "source", all->from_diag ? "sock_diag" : "proc");
	fputs(",\"sockets\":[", f);
	for (size_t i = 0; i < all->n; i++) {
		if (i)
			fputc(',', f);
		put_row(f, &all->row[i], holders, look);
	}
	fputs("]}\n", f);
}

void json_counters(FILE *f, const struct counters *all, const char *netns)
{
	bool first = true;

	begin(f, "counters", netns);
	json_number(f, "since", all->since != 0, (uint64_t)all->since);
	fputs(",\"counters\":{", f);
	for (size_t i = 0; i < all->n; i++) {
		if (all->c[i].now)
			continue;
		fputs(first ? "" : ",", f);
		first = false;
		export_json(f, all->c[i].name);
		fprintf(f, ":{\"since\":%" PRIu64 ",\"total\":%" PRIu64 "}", all->c[i].since,
			all->c[i].value);
	}
	fputs("},\"now\":{", f);
	first = true;
	for (size_t i = 0; i < all->n; i++) {
		if (!all->c[i].now)
			continue;
		fputs(first ? "" : ",", f);
		first = false;
		export_json(f, all->c[i].name);
		fprintf(f, ":%" PRIu64, all->c[i].value);
	}
	fputs("}}\n", f);
}
