/* SPDX-License-Identifier: GPL-2.0 */
/*
 * export.h - flows in files that other programs read
 */
#ifndef SCOPE_EXPORT_H
#define SCOPE_EXPORT_H

#include <stdio.h>

#include "characters.h"
#include "flow.h"
#include "ladder.h"

/**
 * struct exported - what goes into a file
 * @flows: the flows
 * @all: the events that they were made of
 * @look: how segments are told, in pictures
 * @as_tcp: packets as protocol 6, not 253
 */
struct exported {
	const struct flows *flows;
	const struct events *all;
	const struct look *look;
	bool as_tcp;
};

/* JSON lines, one event each: Documentation/scope.rst. */
void json_write(FILE *f, const struct exported *ex);

/* Packets, as a pcapng file. */
void pcapng_write(FILE *f, const struct exported *ex);

/* Pictures: of ladders, of sequence numbers over time, and a page with both. */
void svg_write(FILE *f, const struct exported *ex);
void graph_write(FILE *f, const struct exported *ex);
void html_write(FILE *f, const struct exported *ex);

/*
 * Write a file ("-": standard output) with one of them. Returns 0 or an exit code, after a word
 * about what failed.
 */
int export_file(const char *path, void (*write)(FILE *f, const struct exported *ex),
		const struct exported *ex);

#endif /* SCOPE_EXPORT_H */
