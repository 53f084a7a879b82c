// SPDX-License-Identifier: GPL-2.0
/*
 * sim.c - many runs of the simulator, on as many processors as there are, one TAP line a family.
 *
 *	sim [--runs N] [--seed N] [--jobs N] [--without-time-wait] [--trace]
 *
 * Run number i has the seed N + i, so any run can be repeated alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ladder.h"
#include "sim.h"

#define SIM_JOBS_MAX	64

/* What workers tell; each writes its own slot. */
struct sim_slot {
	u64 seed;
	u64 runs[SIM_FAMILIES];
	u64 failed[SIM_FAMILIES];
	u64 failed_seed[SIM_FAMILIES];
	u64 segments;
	bool done;
};

static const char *const sim_families[] = {
#define X(name, text) text,
	SIM_FAMILY_LIST(X)
#undef X
};

static u64 sim_runs = 1000;
static u64 sim_seed;
static u64 sim_jobs;
static bool sim_trace;

static void sim_usage(void)
{
	fprintf(stderr, "usage: sim [--runs N] [--seed N] [--jobs N] [--trace]\n");
	exit(2);
}

static u64 sim_number(const char *text)
{
	char *end;
	u64 n = text ? strtoull(text, &end, 0) : 0;

	if (!text || !*text || *end || *text == '-')
		sim_usage();
	return n;
}

static void sim_options(int argc, char **argv)
{
	struct timespec ts;
	int i;

	clock_gettime(CLOCK_REALTIME, &ts);
	sim_seed = (u64)ts.tv_sec * 1000 + (u64)ts.tv_nsec / 1000000;
	sim_jobs = (u64)sysconf(_SC_NPROCESSORS_ONLN);
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--runs"))
			sim_runs = sim_number(argv[++i]);
		else if (!strcmp(argv[i], "--seed"))
			sim_seed = sim_number(argv[++i]);
		else if (!strcmp(argv[i], "--jobs"))
			sim_jobs = sim_number(argv[++i]);
		else if (!strcmp(argv[i], "--without-time-wait"))
			sim_no_time_wait = true;
		else if (!strcmp(argv[i], "--trace"))
			sim_trace = true;
		else
			sim_usage();
	}
	sim_jobs = clamp_t(u64, sim_jobs, 1, SIM_JOBS_MAX);
	if (sim_runs < sim_jobs || sim_trace)
		sim_jobs = 1;
	if (!sim_runs)
		sim_usage();
}

static void sim_fill(void)
{
	static struct sim s;
	size_t i;

	for (i = 0; i < sizeof(sim_bytes); i++)
		sim_bytes[i] = (u8)(sim_random(&s) >> 32);
}

static void sim_work(struct sim_slot *slot, u64 first)
{
	static struct sim s;
	u64 i;

	for (i = first; i < sim_runs; i += sim_jobs) {
		u64 family = (sim_seed + i) % SIM_FAMILIES;

		if (sim_no_time_wait && family != SIM_OLD)
			continue;
		slot->seed = sim_seed + i;
		slot->runs[family]++;
		if (!sim_run(&s, sim_seed + i) && !slot->failed[family]++)
			slot->failed_seed[family] = sim_seed + i;
		slot->segments += s.steps;
	}
	slot->done = true;
}

/* The same run again, this time remembering what happens. */
static void sim_again(u64 seed)
{
	static struct sim s;

	fflush(stdout);
	if (fork()) {
		wait(NULL);
	} else {
		ladder_clear();
		ladder_keep = true;
		ladder_on = sim_trace;
		if (sim_run(&s, seed))
			printf("# seed %llu: held this time\n", (unsigned long long)seed);
		else
			printf("# %.6f s, end %s: %s\n", (double)(s.now) / TOY_USEC_PER_SEC, s.who,
			       s.broken);
		if (!sim_trace)
			ladder_dump();
		fflush(stdout);
		_exit(0);
	}
	printf("# again: selftests/core/build/sim --seed %llu --runs 1 --trace\n",
	       (unsigned long long)seed);
}

static u64 sim_report(struct sim_slot *slots)
{
	u64 family, job, bad = 0, lines = 0;

	for (family = 0; family < SIM_FAMILIES; family++) {
		u64 runs = 0, failed = 0, seed = 0;

		for (job = 0; job < sim_jobs; job++) {
			runs += slots[job].runs[family];
			if (slots[job].failed[family])
				seed = slots[job].failed_seed[family];
			failed += slots[job].failed[family];
		}
		if (!runs)
			continue;
		if (failed)
			sim_again(seed);
		bad += failed;
		lines++;
		printf("%sok %llu - simulated connections, %s: %llu of %llu runs held\n",
		       failed ? "not " : "", (unsigned long long)lines, sim_families[family],
		       (unsigned long long)(runs - failed), (unsigned long long)runs);
	}
	for (job = 0; job < sim_jobs; job++) {
		if (slots[job].done)
			continue;
		bad++;
		printf("# a worker died at seed %llu\n", (unsigned long long)slots[job].seed);
		sim_again(slots[job].seed);
		lines++;
		printf("not ok %llu - simulated connections: a run ended the simulator\n",
		       (unsigned long long)lines);
	}
	printf("1..%llu\n", (unsigned long long)lines);
	return bad;
}

int main(int argc, char **argv)
{
	struct sim_slot *slots;
	u64 job, steps = 0;

	sim_options(argc, argv);
	sim_fill();
	setvbuf(stdout, NULL, _IOLBF, 0);
	slots = mmap(NULL, SIM_JOBS_MAX * sizeof(*slots), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED) {
		perror("sim: mmap");
		return 2;
	}
	printf("TAP version 13\n# sim --seed %llu --runs %llu\n", (unsigned long long)sim_seed,
	       (unsigned long long)sim_runs);
	ladder_keep = sim_trace;
	ladder_on = sim_trace;
	fflush(stdout);
	for (job = 0; job < sim_jobs; job++) {
		if (fork())
			continue;
		sim_work(&slots[job], job);
		exit(0);
	}
	while (wait(NULL) > 0)
		;
	for (job = 0; job < sim_jobs; job++)
		steps += slots[job].segments;
	printf("# %llu events\n", (unsigned long long)steps);
	return sim_report(slots) ? 1 : 0;
}
