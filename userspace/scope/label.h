/* SPDX-License-Identifier: GPL-2.0 */
/*
 * label.h - a segment in words
 */
#ifndef SCOPE_LABEL_H
#define SCOPE_LABEL_H

#include "flow.h"
#include "text.h"

/**
 * struct label_style - how segments are told
 * @absolute: sequence numbers as on the wire, not as x+1 and y+1
 * @all: every option of every segment
 * @ascii: no character beyond ASCII
 */
struct label_style {
	bool absolute;
	bool all;
	bool ascii;
};

/* "SYN,ACK seq=y ack=x+1 len=0": flags and numbers. */
void label_head(struct text *t, const struct flow *f, const struct row *r,
		const struct label_style *st);

/* " win=65536", after the head: in bytes where the scale is known. */
void label_window(struct text *t, const struct row *r);

/* "mss=1460 wscale=7 sackok ts "hello"": options, payload, and why it was sent. May be empty. */
void label_detail(struct text *t, const struct flow *f, const struct row *r,
		  const struct label_style *st);

/* "+0.039": milliseconds from departure to arrival. Returns false where one is not known. */
bool label_took(struct text *t, const struct row *r);

/* A sequence number of the end @side: "x+1", or as it is. */
void label_seq(struct text *t, const struct flow *f, int side, u32 seq,
	       const struct label_style *st);

#endif /* SCOPE_LABEL_H */
