/* SPDX-License-Identifier: GPL-2.0 */
/*
 * live.h - ladders drawn while their connections live
 */
#ifndef SCOPE_LIVE_H
#define SCOPE_LIVE_H

#include "filter.h"
#include "flow.h"
#include "ladder.h"

struct live;

/**
 * struct live_style - how is drawn
 * @look: of the ladders
 * @filter: which connections
 * @terminal: standard output is one on which lines may be written over
 * @lines: lines for programs, no ladders
 */
struct live_style {
	const struct look *look;
	const struct filter *filter;
	bool terminal;
	bool lines;
};

struct live *live_new(const struct live_style *style);
void live_free(struct live *l);

/* Take the events of @all from @from on: copies are made. In any order of time. */
void live_take(struct live *l, const struct events *all, size_t from);

/*
 * Draw what is new. @settled: all events up to this time were taken; of what came later some may
 * be missing. @all: for the names in it.
 */
void live_draw(struct live *l, const struct events *all, uint64_t settled);

/* Nothing more comes: draw all that is left. */
void live_end(struct live *l, const struct events *all);

/* The connection that was to be followed is over, and drawn. */
bool live_enough(const struct live *l);

/* How many connections were seen. */
unsigned int live_seen(const struct live *l);

/* What a command wrote, that shares the terminal with the drawing. */
void live_output(struct live *l, const char *s, size_t n);

#endif /* SCOPE_LIVE_H */
