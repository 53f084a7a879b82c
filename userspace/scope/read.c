// SPDX-License-Identifier: GPL-2.0
/*
 * read.c - events out of the running kernel, through tracefs
 *
 * The events go to a trace instance of our own, so that nobody else's tracing is disturbed. Fields
 * are found by name with libtraceevent; their names are the module's contract (module/trace.h).
 */
#include <dirent.h>
#include <errno.h>
#include <event-parse.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tracefs.h>
#include <unistd.h>

#include "read.h"

#define FAIL_OTHER		1
#define FAIL_NOT_LOADED		3
#define FAIL_PERMISSION		9

#define SYSTEM		"toy"
#define BUFFER_KB	8192	/* per CPU: some 50,000 events */
#define NETNS_DIR	"/run/netns"

static const struct {
	const char *name;
	enum event_kind kind;
} tracepoints[] = {
	{ "toy_send", EVENT_SEND },
	{ "toy_receive", EVENT_RECEIVE },
	{ "toy_drop", EVENT_DROP },
	{ "toy_state", EVENT_STATE },
	{ "toy_timer", EVENT_TIMER },
	{ "toy_cong", EVENT_CONG },
};

/**
 * struct reader - an open trace
 * @tep: formats of the events
 * @trace: our instance
 * @id: number of each kind of event
 * @to: where events go during reader_drain()
 * @bad: an event lacked a field
 */
struct reader {
	struct tep_handle *tep;
	struct tracefs_instance *trace;
	int id[EVENT_KINDS];
	struct events *to;
	bool bad;
};

/* A number by its field's name; a field that the module does not have is 0 and remembered. */
static uint64_t number(struct reader *rd, struct tep_event *e, struct tep_record *rec,
		       const char *name)
{
	struct tep_format_field *field = tep_find_field(e, name);
	unsigned long long value = 0;

	if (!field || tep_read_number_field(field, rec->data, &value))
		rd->bad = true;
	return value;
}

static void array(struct reader *rd, struct tep_event *e, struct tep_record *rec, const char *name,
		  void *to, size_t size)
{
	struct tep_format_field *field = tep_find_field(e, name);

	if (!field || (size_t)field->size < size || field->offset + size > (size_t)rec->size) {
		rd->bad = true;
		return;
	}
	memcpy(to, (const char *)rec->data + field->offset, size);
}

#define NUMBER(to, name)	((to) = (typeof(to))number(rd, e, rec, name))

static void take_segment(struct reader *rd, struct tep_event *e, struct tep_record *rec,
			 struct event *ev)
{
	struct segment *s = &ev->seg;

	NUMBER(s->seq, "seq");
	NUMBER(s->ack, "ack");
	NUMBER(s->len, "len");
	NUMBER(s->wnd, "wnd");
	NUMBER(s->wscale, "wscale");
	NUMBER(s->flags, "flags");
	NUMBER(s->opts, "opts");
	NUMBER(s->mss, "mss");
	NUMBER(s->opt_wscale, "opt_wscale");
	NUMBER(s->tsval, "tsval");
	NUMBER(s->tsecr, "tsecr");
	NUMBER(s->nsack, "nsack");
	NUMBER(s->urg, "urg");
	NUMBER(s->state, "state");
	NUMBER(s->gso_size, "gso_size");
	NUMBER(s->npayload, "npayload");
	if (ev->kind == EVENT_DROP)
		NUMBER(s->why, "reason");
	else
		NUMBER(s->why, "why");
	array(rd, e, rec, "sack", s->sack, sizeof(s->sack));
	array(rd, e, rec, "payload", s->payload, sizeof(s->payload));
	s->nsack = min_t(u8, s->nsack, TOY_SACK_MAX);
	s->npayload = min_t(u8, s->npayload, PAYLOAD_MAX);
}

static void take(struct reader *rd, struct tep_event *e, struct tep_record *rec, struct event *ev)
{
	NUMBER(ev->netns, "netns");
	NUMBER(ev->local.port, "lport");
	NUMBER(ev->remote.port, "rport");
	array(rd, e, rec, "laddr", ev->local.ip, sizeof(ev->local.ip));
	array(rd, e, rec, "raddr", ev->remote.ip, sizeof(ev->remote.ip));
	switch (ev->kind) {
	case EVENT_STATE:
		NUMBER(ev->state.from, "from");
		NUMBER(ev->state.to, "to");
		NUMBER(ev->state.why, "why");
		NUMBER(ev->state.ms, "ms");
		break;
	case EVENT_TIMER:
		NUMBER(ev->timer.timer, "timer");
		NUMBER(ev->timer.backoff, "backoff");
		NUMBER(ev->timer.retries, "retries");
		NUMBER(ev->timer.rto, "rto");
		break;
	case EVENT_CONG:
		NUMBER(ev->cong.why, "why");
		NUMBER(ev->cong.cwnd, "cwnd");
		NUMBER(ev->cong.ssthresh, "ssthresh");
		NUMBER(ev->cong.srtt, "srtt");
		NUMBER(ev->cong.rttvar, "rttvar");
		NUMBER(ev->cong.flight, "flight");
		break;
	default:
		take_segment(rd, e, rec, ev);
	}
}

static int take_record(struct tep_event *e, struct tep_record *rec, int cpu, void *context)
{
	struct reader *rd = context;

	(void)cpu;
	if (rec->missed_events)
		rd->to->missed += rec->missed_events > 0 ? (uint64_t)rec->missed_events : 1;
	for (u32 kind = 0; kind < EVENT_KINDS; kind++) {
		struct event ev = { .kind = kind, .ns = rec->ts };

		if (rd->id[kind] != e->id)
			continue;
		take(rd, e, rec, &ev);
		events_add(rd->to, &ev);
		break;
	}
	return 0;
}

/* Learn what people call the network namespaces that we meet (ip netns). */
static void learn_names(struct events *all)
{
	DIR *dir = opendir(NETNS_DIR);
	char path[sizeof(NETNS_DIR) + NAME_MAX + 1];
	struct dirent *d;
	struct stat st;

	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), NETNS_DIR "/%s", d->d_name);
		if (!stat(path, &st))
			events_name(all, (u32)st.st_ino, d->d_name);
	}
	if (dir)
		closedir(dir);
}

static int not_loaded(void)
{
	fputs("toyscope: this kernel has no toy tracepoints: toy.ko is not loaded\n"
	      "  Load it:   sudo modprobe toy (where it is installed), or sudo make load (in the\n"
	      "             project's folder)\n"
	      "  In a VM:   make vm            (nothing is loaded on this machine)\n", stderr);
	return FAIL_NOT_LOADED;
}

static int no_tracefs(void)
{
	if (geteuid()) {
		fputs("toyscope: only root may watch the kernel: try sudo toyscope ...\n", stderr);
		return FAIL_PERMISSION;
	}
	fputs("toyscope: no tracefs here\n"
	      "  Mount it:  mount -t tracefs none /sys/kernel/tracing\n"
	      "  If that fails, this kernel is built without CONFIG_FTRACE or you are in a container.\n",
	      stderr);
	return FAIL_OTHER;
}

static int find_events(struct reader *rd, const char *dir)
{
	static const char * const systems[] = { SYSTEM, NULL };

	rd->tep = tracefs_local_events_system(dir, systems);
	for (u32 i = 0; i < ARRAY_SIZE(tracepoints); i++) {
		struct tep_event *e = rd->tep ? tep_find_event_by_name(rd->tep, SYSTEM,
								       tracepoints[i].name) : NULL;

		if (!e)
			return not_loaded();
		rd->id[tracepoints[i].kind] = e->id;
	}
	return 0;
}

static int start(struct reader *rd)
{
	char name[64];

	snprintf(name, sizeof(name), "toyscope-%d", getpid());
	rd->trace = tracefs_instance_create(name);
	if (!rd->trace) {
		fprintf(stderr, "toyscope: cannot make a trace instance: %s\n", strerror(errno));
		return errno == EACCES || errno == EPERM ? FAIL_PERMISSION : FAIL_OTHER;
	}
	if (tracefs_instance_file_write(rd->trace, "trace_clock", "mono") < 0 ||
	    tracefs_instance_set_buffer_size(rd->trace, BUFFER_KB, -1) < 0 ||
	    tracefs_event_enable(rd->trace, SYSTEM, NULL) || tracefs_trace_on(rd->trace)) {
		fprintf(stderr, "toyscope: cannot switch the toy tracepoints on: %s\n",
			strerror(errno));
		return FAIL_OTHER;
	}
	return 0;
}

int reader_open(struct reader **reader)
{
	struct reader *rd = need(calloc(1, sizeof(*rd)));
	const char *dir = tracefs_tracing_dir();
	int ret;

	*reader = rd;
	if (!dir || access(dir, R_OK | X_OK))
		return no_tracefs();
	ret = find_events(rd, dir);
	return ret ? ret : start(rd);
}

int reader_drain(struct reader *rd, struct events *all)
{
	size_t before = all->n;

	rd->to = all;
	if (tracefs_iterate_raw_events(rd->tep, rd->trace, NULL, 0, take_record, rd) < 0 &&
	    errno != EAGAIN) {
		fprintf(stderr, "toyscope: cannot read the trace: %s\n", strerror(errno));
		return FAIL_OTHER;
	}
	if (rd->bad) {
		fputs("toyscope: the module's tracepoints are not those that this toyscope knows\n"
		      "  Build both from the same folder: make\n", stderr);
		return FAIL_OTHER;
	}
	if (all->n != before)
		learn_names(all);
	return 0;
}

void reader_close(struct reader *rd)
{
	if (!rd)
		return;
	if (rd->trace) {
		tracefs_event_disable(rd->trace, SYSTEM, NULL);
		tracefs_instance_destroy(rd->trace);
		tracefs_instance_free(rd->trace);
	}
	if (rd->tep)
		tep_free(rd->tep);
	free(rd);
}
