// SPDX-License-Identifier: GPL-2.0
/*
 * filter.c - which connections count
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

static bool end_matches(const struct endpoint *wanted, const struct endpoint *e)
{
	return (!wanted->port || wanted->port == e->port) &&
	       (endpoint_is_any(wanted) || !memcmp(wanted->ip, e->ip, sizeof(e->ip)));
}

bool filter_passes(const struct filter *filter, const struct event *ev)
{
	const struct endpoint *l = &ev->local, *r = &ev->remote;
	const struct endpoint *w = filter->end;

	if (!r->port)
		return true;
	if (filter->port && l->port != filter->port && r->port != filter->port)
		return false;
	if (filter->nends == 1)
		return end_matches(&w[0], l) || end_matches(&w[0], r);
	return !filter->nends || (end_matches(&w[0], l) && end_matches(&w[1], r)) ||
	       (end_matches(&w[1], l) && end_matches(&w[0], r));
}

static bool parse_end(struct endpoint *e, char *s)
{
	char *colon = strrchr(s, ':'), *end;
	unsigned long port;

	if (!colon || !colon[1])
		return false;
	*colon = '\0';
	port = strtoul(colon + 1, &end, 10);
	if (*end || port > 65535 || colon[1] < '0' || colon[1] > '9')
		return false;
	e->port = (u16)port;
	if (*s == '[' && colon[-1] == ']') {
		colon[-1] = '\0';
		return inet_pton(AF_INET6, s + 1, e->ip) == 1;
	}
	e->ip[10] = 0xff;
	e->ip[11] = 0xff;
	return inet_pton(AF_INET, s, e->ip + 12) == 1;
}

bool filter_parse(struct filter *filter, const char *arg)
{
	char *copy = need(strdup(arg)), *dash = strchr(copy, '-');
	bool good;

	memset(filter->end, 0, sizeof(filter->end));
	filter->nends = dash ? 2 : 1;
	if (dash)
		*dash = '\0';
	good = parse_end(&filter->end[0], copy) && (!dash || parse_end(&filter->end[1], dash + 1));
	free(copy);
	return good;
}
