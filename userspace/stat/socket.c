// SPDX-License-Identifier: GPL-2.0
/*
 * socket.c - sockets in a list: which are wanted, in which order, and their words
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "socket.h"

static bool wants(const struct filter *wanted, const struct row *row)
{
	return (wanted->states & 1u << row->state) &&
	       (wanted->family == AF_UNSPEC || wanted->family == row->family) &&
	       (!wanted->lport || wanted->lport == row->lport) &&
	       (!wanted->rport || wanted->rport == row->rport) &&
	       (!wanted->port || wanted->port == row->lport || wanted->port == row->rport);
}

bool rows_add(struct rows *all, const struct row *row, const struct filter *wanted)
{
	if (row->state >= TOY_STATE_COUNT || !wants(wanted, row))
		return true;
	/* the room doubles whenever it is full: a power of two, from 64 on */
	if (!all->n || (all->n >= 64 && !(all->n & (all->n - 1)))) {
		size_t room = all->n ? 2 * all->n : 64;
		struct row *more = realloc(all->row, room * sizeof(*more));

		if (!more)
			return false;
		all->row = more;
	}
	all->row[all->n++] = *row;
	return true;
}

/* By what a connection is told from others. */
static int compare_names(const struct row *x, const struct row *y)
{
	int order = (y->state == TOY_LISTEN) - (x->state == TOY_LISTEN);

	if (!order)
		order = x->family - y->family;
	if (!order)
		order = x->lport - y->lport;
	if (!order)
		order = memcmp(&x->laddr, &y->laddr, sizeof(x->laddr));
	if (!order)
		order = x->rport - y->rport;
	if (!order)
		order = memcmp(&x->raddr, &y->raddr, sizeof(x->raddr));
	if (!order)
		order = (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
	return order;
}

/* Sockets that listen at the same address are told by their cookies, or by their inodes. */
static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = compare_names(x, y);

	if (!order && x->state == TOY_LISTEN)
		order = (x->cookie > y->cookie) - (x->cookie < y->cookie);
	if (!order && x->state == TOY_LISTEN)
		order = (x->inode > y->inode) - (x->inode < y->inode);
	return order;
}

static void merge(struct row *to, const struct row *a, size_t na, const struct row *b, size_t nb)
{
	while (na || nb) {
		bool first = !nb || (na && compare_rows(a, b) <= 0);

		*to++ = first ? *a++ : *b++;
		na -= first;
		nb -= !first;
	}
}

/* Merge sort, for qsort() does not keep the order of what is equal; without memory none. */
static void sort(struct row *row, size_t n)
{
	struct row *to;

	if (n < 2)
		return;
	sort(row, n / 2);
	sort(row + n / 2, n - n / 2);
	to = malloc(n * sizeof(*to));
	if (!to)
		return;
	merge(to, row, n / 2, row + n / 2, n - n / 2);
	memcpy(row, to, n * sizeof(*to));
	free(to);
}

void rows_finish(struct rows *all)
{
	size_t kept = 0;

	sort(all->row, all->n);
	for (size_t i = 0; i < all->n; i++)
		if (i + 1 == all->n || compare_rows(&all->row[i], &all->row[i + 1]))
			all->row[kept++] = all->row[i];
	all->n = kept;
}

void rows_free(struct rows *all)
{
	free(all->row);
	memset(all, 0, sizeof(*all));
}

static const char * const state_words[TOY_STATE_COUNT] = {
#define X(name, nr, text) [nr] = text,
	TOY_STATES(X)
#undef X
};

const char *row_state(const struct row *row)
{
	return row->state < TOY_STATE_COUNT && state_words[row->state] ?
	       state_words[row->state] : "?";
}

const char *row_timer(const struct row *row)
{
	static const char * const words[] = {
		"none", "retransmit", "keepalive", "time-wait", "persist",
	};

	return row->timer < ARRAY_SIZE(words) ? words[row->timer] : "?";
}

const char *row_address(const struct row *row, const struct in6_addr *addr, char *to)
{
	return inet_ntop(row->family, addr, to, INET6_ADDRSTRLEN);
}

const char *row_endpoint(const struct row *row, bool local, char to[ENDPOINT_MAX])
{
	const struct in6_addr *addr = local ? &row->laddr : &row->raddr;
	char address[INET6_ADDRSTRLEN], device[IF_NAMESIZE + 1] = "", port[8] = "*";
	uint16_t nr = local ? row->lport : row->rport;

	if (local && row->ifindex) {
		device[0] = '%';
		if (!if_indextoname(row->ifindex, device + 1))
			snprintf(device, sizeof(device), "%%%u", row->ifindex);
	}
	if (nr)
		snprintf(port, sizeof(port), "%u", nr);
	snprintf(to, ENDPOINT_MAX, row->family == AF_INET6 ? "[%s%s]:%s" : "%s%s:%s",
		 row_address(row, addr, address), device, port);
	return to;
}

/* A word for one state or several. Returns 0 for any other. */
static unsigned int states_of_word(const char *word, size_t len)
{
	static const struct {
		const char *word;
		unsigned int states;
	} others[] = {
		{ "estab", 1 << TOY_ESTABLISHED },
		{ "syn-recv", 1 << TOY_SYN_RECEIVED },
		{ "close", 1 << TOY_CLOSED },
		{ "listening", 1 << TOY_LISTEN },
		{ "connected", ALL_STATES & ~(1u << TOY_LISTEN | 1u << TOY_CLOSED) },
		{ "synchronized", ALL_STATES & ~(1u << TOY_LISTEN | 1u << TOY_CLOSED |
						 1u << TOY_SYN_SENT) },
		{ "all", ALL_STATES },
	};

	for (unsigned int i = 1; i < TOY_STATE_COUNT; i++)
		if (strlen(state_words[i]) == len && !strncasecmp(word, state_words[i], len))
			return 1u << i;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strlen(others[i].word) == len && !strncasecmp(word, others[i].word, len))
			return others[i].states;
	return 0;
}

unsigned int states_of(const char *list, const char **bad)
{
	unsigned int states = 0, more;

	for (;;) {
		size_t len = strcspn(list, ",");

		more = states_of_word(list, len);
		if (!more) {
			*bad = list;
			return 0;
		}
		states |= more;
		if (!list[len])
			return states;
		list += len + 1;
	}
}
