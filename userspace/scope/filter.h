/* SPDX-License-Identifier: GPL-2.0 */
/*
 * filter.h - which connections count
 */
#ifndef SCOPE_FILTER_H
#define SCOPE_FILTER_H

#include "event.h"

/**
 * struct filter - which connections count
 * @port: those with this port at either end; 0: any
 * @nends: how many of @end are given
 * @end: those with these ends, in whichever order; port 0: any
 * @follow: the one of this number, of those that the rest lets through; 0: all
 */
struct filter {
	u16 port;
	int nends;
	struct endpoint end[2];
	unsigned int follow;
};

/* Does @ev belong to a connection that counts, or to a listener? @follow is not heeded. */
bool filter_passes(const struct filter *filter, const struct event *ev);

/* "ADDR:PORT" or "ADDR:PORT-ADDR:PORT", "[ADDR]:PORT" of IPv6. Returns false when it is neither. */
bool filter_parse(struct filter *filter, const char *arg);

#endif /* SCOPE_FILTER_H */
