/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: cong.h - what a congestion control algorithm is
 *
 * A table of functions over one connection. They look at the connection and change its
 * &struct toy_cong and nothing else; loss detection (loss.c) calls them. All sizes are bytes.
 */
#ifndef TOY_CORE_CONG_H
#define TOY_CORE_CONG_H

#include "conn.h"

/**
 * struct toy_cong_ops - an algorithm
 * @name: as TCP_CONGESTION knows it
 * @init: the connection is established: set the initial window
 * @ssthresh: the slow start threshold after a loss was found
 * @acked: @bytes were newly acknowledged, outside of recovery, while the window was in use
 */
struct toy_cong_ops {
	const char *name;
	void (*init)(struct toy_conn *c);
	u32 (*ssthresh)(const struct toy_conn *c);
	void (*acked)(struct toy_conn *c, u32 bytes, u64 now);
};

extern const struct toy_cong_ops toy_cong_reno;

/* loss.c */
void toy_loss_start(struct toy_conn *c);
void toy_loss_acked(struct toy_conn *c, u32 bytes, u64 now);
void toy_loss_dup_ack(struct toy_conn *c, u64 now);
void toy_loss_timeout(struct toy_conn *c);
u32 toy_loss_flight(const struct toy_conn *c);
u32 toy_loss_initial_window(const struct toy_conn *c);

#endif /* TOY_CORE_CONG_H */
