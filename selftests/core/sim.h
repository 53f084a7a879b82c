/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: sim.h - two ends, a bad link and a seed
 *
 * One number decides everything that happens in a run: what the link does to the segments, what
 * the users write, read and close and when, and every setting of both ends. So a failure can be
 * repeated.
 */
#ifndef TOY_TESTS_SIM_H
#define TOY_TESTS_SIM_H

#include "laws.h"

#define SIM_STREAM_MAX	(200 * 1024)	/* bytes one user writes in one run */
#define SIM_ANEW	7919	/* what users write in a second incarnation begins so much later */
#define SIM_MSL		(60 * TOY_USEC_PER_SEC)
#define SIM_LOSS_ROW	3		/* the link loses no more than this one after the other */

/* What a family of runs is about; the seed modulo SIM_FAMILIES chooses. */
#define SIM_FAMILY_LIST(X)						\
	X(CLEAN,	"nothing lost")					\
	X(LOSS,		"segments lost")				\
	X(REORDER,	"segments reordered")				\
	X(DUPLICATE,	"segments duplicated")				\
	X(CORRUPT,	"segments corrupted")				\
	X(MIXED,	"everything at once")				\
	X(SIMULTANEOUS,	"both ends open or close at once")		\
	X(SLOW,		"slow readers and small windows")		\
	X(NARROW,	"a bottleneck with a short queue")		\
	X(PATH,		"a path MTU that shrinks")			\
	X(ABORT,	"users who abort or close early")		\
	X(OLD,		"old duplicates meet a new incarnation")

enum sim_family {
#define X(name, text) SIM_##name,
	SIM_FAMILY_LIST(X)
#undef X
	SIM_FAMILIES
};

/* How a user ends. */
enum sim_ending {
	SIM_CLOSES_FIRST,	/* shuts down after the last byte, reads to the end, closes */
	SIM_CLOSES_LAST,	/* reads to the end, then closes */
	SIM_CLOSES_EARLY,	/* closes at some time, whatever waits */
	SIM_ABORTS,		/* resets at some time */
};

/**
 * struct sim_user - one end's user and settings
 * @total: bytes to write
 * @write_max: most bytes in one write
 * @write_gap: most time between two writes, microseconds
 * @read_max: most bytes in one read
 * @read_gap: most time between two reads
 * @stall_at: no reads from this time ...
 * @stall_end: ... until this one
 * @sndbuf: no writes while as much waits to be acknowledged
 * @ending: how it ends
 * @end_at: not before this time
 * @grow_at: when the receive buffer becomes twice as large, 0: never
 * @opens: opens actively
 * @open_at: and when
 */
struct sim_user {
	u32 total;
	u32 write_max;
	u64 write_gap;
	u32 read_max;
	u64 read_gap;
	u64 stall_at;
	u64 stall_end;
	u32 sndbuf;
	enum sim_ending ending;
	u64 end_at;
	u64 grow_at;
	bool opens;
	u64 open_at;
};

/**
 * struct sim_scene - what the seed decided
 * @family: what it is about
 * @loss: segments lost, of 10000
 * @duplicate: segments that come twice
 * @corrupt: segments damaged
 * @reorder: segments held back
 * @mark: segments marked, of 10000 that may be (RFC 3168)
 * @late: segments of which another copy comes, up to an MSL later
 * @delay: of the link, microseconds
 * @jitter: added to it at most; does not reorder
 * @hold: how long a reordered segment is held back at most
 * @rate: bytes a second, 0: no limit
 * @queue: bytes that wait for the link at most
 * @mtu_mss: payload and options that fit through the link, per direction
 * @mtu_at: when it shrinks
 * @mtu_silent: it does not say so
 * @user: the two
 */
struct sim_scene {
	enum sim_family family;
	u32 loss;
	u32 duplicate;
	u32 corrupt;
	u32 reorder;
	u32 mark;
	u32 late;
	u64 delay;
	u64 jitter;
	u64 hold;
	u32 rate;
	u32 queue;
	u16 mtu_mss[2];
	u64 mtu_at;
	bool mtu_silent;
	struct sim_user user[2];
};

enum sim_what {
	SIM_SEGMENT,
	SIM_TOO_BIG,
	SIM_OPEN,
	SIM_WRITE,
	SIM_READ,
	SIM_GROW,
};

/* Something that is going to happen to end @to. */
struct sim_event {
	u64 at;
	u64 order;
	enum sim_what what;
	int to;
	u32 len;
	u8 *bytes;
};

/**
 * struct sim - a run
 * @seed: decides everything
 * @random: state of the generator
 * @scene: what was drawn
 * @now: virtual time
 * @start: when it began
 * @end: the two ends
 * @book: laws' memory of each
 * @round: connections that are over; another may follow
 * @seen: connections of each end so far
 * @checked: bytes delivered to each that were compared
 * @idle: how long its user last waited for something to write
 * @bored: and for something to read
 * @met: its user has begun
 * @shut: its user has said the last word
 * @heap: what is going to happen
 * @events: how many
 * @size: room in @heap
 * @order: of the next event, so that ties break the same way
 * @lost_row: segments lost in a row, per direction
 * @last_at: when the last segment in order arrives, per direction
 * @busy: until when the link is busy, per direction
 * @damaged: segments corrupted, and noticed by the checksum
 * @noticed: segments refused by the checksum
 * @steps: events so far
 * @broken: the sentence that broke
 * @who: at which end
 */
struct sim {
	u64 seed;
	u64 random;
	struct sim_scene scene;
	u64 now;
	u64 start;
	struct end end[2];
	struct law_book book[2];
	u32 round;
	u32 seen[2];
	u32 checked[2];
	u64 idle[2];
	u64 bored[2];
	bool met[2];
	bool shut[2];
	struct sim_event *heap;
	u32 events;
	u32 size;
	u64 order;
	u32 lost_row[2];
	u64 last_at[2];
	u64 busy[2];
	u32 damaged;
	u32 noticed;
	u32 steps;
	const char *broken;
	const char *who;
};

/* sim_scene.c */
u64 sim_random(struct sim *s);
u64 sim_below(struct sim *s, u64 limit);
u64 sim_log(struct sim *s, u64 low, u64 high);
bool sim_chance(struct sim *s, u32 of_10000);
void sim_draw(struct sim *s);

/* sim_link.c */
void sim_add(struct sim *s, u64 at, enum sim_what what, int to, u8 *bytes, u32 len);
struct sim_event sim_take(struct sim *s);
void sim_send(struct sim *s, int from, const u8 *bytes, u32 len, u8 ecn);
void sim_clear(struct sim *s);

/* sim_run.c */
bool sim_run(struct sim *s, u64 seed);
extern u8 sim_bytes[2 * SIM_STREAM_MAX + SIM_ANEW];
extern bool sim_no_time_wait;

#endif /* TOY_TESTS_SIM_H */
