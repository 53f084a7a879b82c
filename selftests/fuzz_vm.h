/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz_vm.h - what the fuzzers of the module share: randomness from a seed, a namespace of their
 * own, and the questions that are asked afterwards
 */
#ifndef SELFTESTS_FUZZ_VM_H
#define SELFTESTS_FUZZ_VM_H

#include <net/if.h>
#include <sched.h>
#include <stdint.h>

#include "sock.h"

struct random {
	uint64_t state;
};

/* splitmix64, Vigna 2015 */
static inline uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline uint32_t random_below(struct random *r, uint32_t limit)
{
	return limit ? (uint32_t)(random_next(r) >> 16) % limit : 0;
}

static inline void random_fill(struct random *r, void *to, size_t len)
{
	unsigned char *p = to;

	while (len--)
		*p++ = (unsigned char)(random_next(r) >> 24);
}

static inline long from_environment(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? atol(text) : otherwise;
}

static inline uint64_t fuzz_seed(void)
{
	return (uint64_t)from_environment("SEED", (long)time(NULL));
}

static inline unsigned long fuzz_runs(long otherwise)
{
	return (unsigned long)from_environment("FUZZ_RUNS", otherwise);
}

/* When to stop, 0: after so many runs. */
static inline long long fuzz_until(void)
{
	long seconds = from_environment("FUZZ_SECONDS", 0);

	return seconds ? now_ms() + seconds * 1000 : 0;
}

/* A network namespace, its loopback device up. */
static inline int own_namespace(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd, r;

	if (unshare(CLONE_NEWNET))
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	r = ret(ioctl(fd, SIOCSIFFLAGS, &ifr));
	close(fd);
	return r;
}

static inline int set_knob(const char *name, int value)
{
	char path[80];
	FILE *f;
	int r;

	snprintf(path, sizeof(path), "/proc/sys/net/toy/%s", name);
	f = fopen(path, "w");
	if (!f)
		return -errno;
	fprintf(f, "%d", value);
	r = fclose(f);
	return r ? -errno : 0;
}

/* What is left behind is to end while we wait. */
static inline void quick_ends(void)
{
	if (set_knob("fin_timeout", 1) || set_knob("orphan_retries", 2) ||
	    set_knob("synack_retries", 1))
		printf("# the knobs cannot be set here: ends are not quick\n");
}

/* Wait until it is at most that, for two minutes. Returns what it is beyond. */
static inline long counter_falls_to(const char *name, long most)
{
	long long end = now_ms() + 120000;

	while (counter(name) > most && now_ms() < end)
		poll(NULL, 0, 20);
	return counter(name) > most ? counter(name) - most : 0;
}

/* A connection of somebody who means no harm, and 100 kB over it. Returns 0 or what went wrong. */
static inline int honest_work(int family)
{
	struct way way = { family, IPPROTO_TOY };
	struct mover m = { .len = 100000, .receive = true, .to_end = true };
	int listener = new_listener(way, 8), client, r;

	if (listener < 0)
		return listener;
	client = new_client(way, listener);
	m.fd = accept_from(listener);
	if (client < 0 || m.fd < 0)
		return client < 0 ? client : m.fd;
	set_timeout(client, SO_SNDTIMEO, 30000);
	set_timeout(m.fd, SO_RCVTIMEO, 30000);
	mover_start(&m);
	r = send_stream(client, m.len);
	shutdown(client, SHUT_WR);
	if (!r)
		r = mover_end(&m);
	close(client);
	close(m.fd);
	close(listener);
	return r;
}

#endif /* SELFTESTS_FUZZ_VM_H */
