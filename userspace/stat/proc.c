// SPDX-License-Identifier: GPL-2.0
/*
 * proc.c - sockets from /proc/net/toy and toy6, which have the format of /proc/net/tcp and tcp6
 *
 * Times are in ticks of a hundredth of a second there; what a socket has is in fewer columns than
 * sock_diag(7) tells.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "characters.h"
#include "socket.h"

/* What follows the addresses of a line. */
struct columns {
	unsigned int state;
	unsigned int txq;
	unsigned int rxq;
	unsigned int timer;
	unsigned long expires;
	unsigned int retries;
	unsigned int uid;
	unsigned int probes;
	unsigned long inode;
	unsigned long rto;
	unsigned long ato;
	unsigned int quick;
	unsigned int cwnd;
	int ssthresh;
};

#define HALF_COLUMNS	9	/* of what is no whole socket */
#define ALL_COLUMNS	14

static unsigned long usecs(unsigned long ticks)
{
	return ticks * (1000000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

static void fill(struct row *row, const struct columns *c, bool whole)
{
	row->state = c->state;
	row->recv_q = c->rxq;
	row->send_q = c->txq;
	row->has_send_q = c->state != TOY_LISTEN;
	row->timer = c->timer;
	row->expires = usecs(c->expires) / 1000;
	row->retries = c->timer == TIMER_KEEPALIVE ? c->probes : c->retries;
	row->whole = whole;
	row->uid = c->uid;
	row->inode = c->inode;
	if (!whole)
		return;
	row->known = INFO_PROC;
	row->info.tcpi_rto = (uint32_t)usecs(c->rto);
	row->info.tcpi_ato = (uint32_t)usecs(c->ato);
	row->info.tcpi_snd_cwnd = c->cwnd;
	row->info.tcpi_snd_ssthresh = c->ssthresh < 0 ? INT32_MAX : (uint32_t)c->ssthresh;
}

/* An address is in words of 32 bits, each in the byte order of this machine, and a port. */
static int take_endpoint(const char *line, int family, struct in6_addr *addr, uint16_t *port)
{
	int words = family == AF_INET ? 1 : 4, n = 0, used = 0;
	unsigned int word, nr;

	memset(addr, 0, sizeof(*addr));
	line += n = (int)strspn(line, " ");
	for (int i = 0; i < words; i++, line += 8, n += 8) {
		if (sscanf(line, "%8x%n", &word, &used) != 1 || used != 8)
			return -1;
		memcpy(&addr->s6_addr[4 * i], &word, sizeof(word));
	}
	if (sscanf(line, ":%4x%n", &nr, &used) != 1)
		return -1;
	*port = (uint16_t)nr;
	return n + used;
}

bool proc_row(struct row *row, const char *line, int family)
{
	struct columns c = { };
	int used = 0, n;

	memset(row, 0, sizeof(*row));
	row->family = family;
	if (sscanf(line, " %*u:%n", &used) < 0 || !used)
		return false;
	line += used;
	used = take_endpoint(line, family, &row->laddr, &row->lport);
	if (used < 0)
		return false;
	line += used;
	used = take_endpoint(line, family, &row->raddr, &row->rport);
	if (used < 0)
		return false;
	line += used;
	n = sscanf(line, " %2x %8x:%8x %2x:%lx %8x %u %u %lu %*d %*x %lu %lu %u %u %d", &c.state,
		   &c.txq, &c.rxq, &c.timer, &c.expires, &c.retries, &c.uid, &c.probes, &c.inode,
		   &c.rto, &c.ato, &c.quick, &c.cwnd, &c.ssthresh);
	if ((n != HALF_COLUMNS && n != ALL_COLUMNS) || !c.state || c.state >= TOY_STATE_COUNT)
		return false;
	fill(row, &c, n == ALL_COLUMNS);
	return true;
}

static int not_understood(const char *path, unsigned int nr, const char *line)
{
	fprintf(stderr, "toystat: line %u of %s is not understood:\n  ", nr, path);
	export_plain(stderr, line);
	fputc('\n', stderr);
	return -EBADMSG;
}

static int read_file(struct rows *all, const struct filter *wanted, const char *path, int family)
{
	FILE *f = fopen(path, "r");
	unsigned int nr = 0;
	char line[512];
	int ret = 0;

	if (!f)
		return -errno;
	while (!ret && fgets(line, sizeof(line), f)) {
		struct row row;

		line[strcspn(line, "\n")] = '\0';
		if (!nr++)	/* the heading */
			continue;
		if (!proc_row(&row, line, family))
			ret = not_understood(path, nr, line);
		else if (!rows_add(all, &row, wanted))
			ret = -ENOMEM;
	}
	if (!ret && ferror(f))
		ret = -errno;
	fclose(f);
	return ret;
}

int proc_read(struct rows *all, const struct filter *wanted)
{
	const char *toy = getenv("PROC_NET_TOY"), *toy6 = getenv("PROC_NET_TOY6");
	int ret = 0;

	all->from_diag = false;
	if (wanted->family != AF_INET6)
		ret = read_file(all, wanted, toy ?: "/proc/net/toy", AF_INET);
	if (!ret && wanted->family != AF_INET)
		ret = read_file(all, wanted, toy6 ?: "/proc/net/toy6", AF_INET6);
	return ret;
}
