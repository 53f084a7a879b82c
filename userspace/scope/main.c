// SPDX-License-Identifier: GPL-2.0
/*
 * toyscope - shows a connection of the toy transport from both of its ends
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "export.h"
#include "number.h"
#include "record.h"
#include "run.h"

#define FAIL_OTHER	1
#define FAIL_USAGE	2
#define FAIL_NONE_SEEN	4
#define TIMEOUT		300

static const char help[] =
	"toyscope [OPTION] -- COMMAND [ARGUMENT...]   draw what COMMAND's connections did\n"
	"toyscope [OPTION] --live                     draw every connection, until Ctrl-C\n"
	"toyscope [OPTION] --replay FILE              draw what was recorded (no root needed)\n"
	"\n"
	"A ladder a connection: states of both ends, segments between them, and why. COMMAND runs\n"
	"under toyrun, and is waited for until its connections are CLOSED on both ends.\n"
	"\n"
	"Which  --port N | --flow ADDR:PORT[-ADDR:PORT] | --follow N (the Nth that opens)\n"
	"When   --live (as it happens; with COMMAND or FILE too)   --no-toyrun\n"
	"       --timeout SECS (longest wait for connections to end after COMMAND; 300)\n"
	"How    --all (every segment, option, cwnd)   --absolute (sequence numbers as sent)\n"
	"       --ascii   --width N (80 to 200)   --msl-note (tell net.toy.msl always)\n"
	"       --lines (for programs: a line an event, no drawing)\n"
	"Files  (- is standard output, instead of the drawing)\n"
	"       --svg FILE (ladders)   --graph FILE (SVG, sequence numbers over time)\n"
	"       --html FILE (both)   --json FILE (events as JSON lines)\n"
	"       --pcapng FILE (packets; --as-tcp: as protocol 6)   --record FILE (for --replay)\n"
	"\n"
	"Reads the tracepoints toy:* as root, in a trace instance of its own. Colour only on a\n"
	"terminal (NO_COLOR: never).\n"
	"Exit codes: COMMAND's; 1 other failure, 2 wrong arguments, 3 module not loaded,\n"
	"  4 no connection was seen, 9 not permitted\n";

static const char flow_usage[] =
	"--flow takes ADDRESS:PORT or ADDRESS:PORT-ADDRESS:PORT, as in [fd77::2]:10002";
static const char follow_usage[] = "--follow takes the number of a connection: 1 opened first";

enum { JSON, PCAPNG, SVG, GRAPH, HTML, EXPORTS };

static void (* const export_write[EXPORTS])(FILE *f, const struct exported *ex) = {
	[JSON] = json_write, [PCAPNG] = pcapng_write, [SVG] = svg_write, [GRAPH] = graph_write,
	[HTML] = html_write,
};

#define OPT_EXPORT	256	/* and JSON to HTML */

struct settings {
	struct look look;
	struct filter filter;
	struct run run;
	const char *record;
	const char *replay;
	const char *export[EXPORTS];
	bool as_tcp;
	bool lines;
	bool live;
};

static int wrong_usage(const char *what)
{
	if (what)
		fprintf(stderr, "toyscope: %s\n", what);
	fputs("usage: toyscope [OPTION] -- COMMAND [ARGUMENT...]   (--help tells more)\n", stderr);
	return FAIL_USAGE;
}

/* A terminal that understands escape sequences. */
static bool terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb");
}

/* The terminal's; where it does not know (a serial line), COLUMNS'. */
static int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws = {};
	long n;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || !ws.ws_col) {
		n = columns ? number_in(columns, 1, 10000) : -1;
		if (n < 0)
			return WIDTH_USUAL;
		ws.ws_col = (unsigned short)n;
	}
	return clamp_t(int, ws.ws_col, WIDTH_LEAST, 100);
}

/* Options that say which connections count, and how long. Returns -1 to go on, or the exit code. */
static int parse_which(int o, struct settings *set)
{
	long n;

	switch (o) {
	case 'p':
		n = number_in(optarg, 1, 65535);
		if (n < 0)
			return wrong_usage("a port is a number from 1 to 65535");
		set->filter.port = (u16)n;
		break;
	case 'f':
		if (!filter_parse(&set->filter, optarg))
			return wrong_usage(flow_usage);
		break;
	case 'F':
		n = number_in(optarg, 1, 1000000000);
		if (n < 0)
			return wrong_usage(follow_usage);
		set->filter.follow = (unsigned int)n;
		break;
	case 't':
		n = number_in(optarg, 0, 86400);
		if (n < 0)
			return wrong_usage("a timeout is a number of seconds from 0 to 86400");
		set->run.timeout = (unsigned int)n;
		break;
	default:
		return wrong_usage(NULL);
	}
	return -1;
}

/* Returns likewise. */
static int parse_one(int o, struct settings *set)
{
	long n;

	switch (o) {
	case 'w':
		n = number_in(optarg, WIDTH_LEAST, WIDTH_MOST);
		if (n < 0)
			return wrong_usage("a width is a number from 80 to 200");
		set->look.width = (int)n;
		break;
	case 'L':
		set->live = true;
		break;
	case 'N':
		set->run.toyrun = false;
		break;
	case 'a':
		set->look.label.all = true;
		break;
	case 'A':
		set->look.label.ascii = true;
		break;
	case 'n':
		set->look.label.absolute = true;
		break;
	case 'm':
		set->look.msl_note = true;
		break;
	case 'l':
		set->lines = true;
		break;
	case 'r':
		set->record = optarg;
		break;
	case 'R':
		set->replay = optarg;
		break;
	case 'T':
		set->as_tcp = true;
		break;
	case OPT_EXPORT + JSON ... OPT_EXPORT + HTML:
		set->export[o - OPT_EXPORT] = optarg;
		break;
	case 'h':
		fputs(help, stdout);
		return 0;
	default:
		return parse_which(o, set);
	}
	return -1;
}

/* Is anything but the drawing asked for on standard output? */
static bool elsewhere(const struct settings *set)
{
	for (int i = 0; i < EXPORTS; i++) {
		if (set->export[i] && !strcmp(set->export[i], "-"))
			return true;
	}
	return set->record && !strcmp(set->record, "-");
}

static int parse(int argc, char **argv, struct settings *set)
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "flow", required_argument, NULL, 'f' },
		{ "follow", required_argument, NULL, 'F' },
		{ "timeout", required_argument, NULL, 't' },
		{ "live", no_argument, NULL, 'L' },
		{ "no-toyrun", no_argument, NULL, 'N' },
		{ "all", no_argument, NULL, 'a' },
		{ "absolute", no_argument, NULL, 'n' },
		{ "msl-note", no_argument, NULL, 'm' },
		{ "lines", no_argument, NULL, 'l' },
		{ "ascii", no_argument, NULL, 'A' },
		{ "width", required_argument, NULL, 'w' },
		{ "record", required_argument, NULL, 'r' },
		{ "replay", required_argument, NULL, 'R' },
		{ "json", required_argument, NULL, OPT_EXPORT + JSON },
		{ "pcapng", required_argument, NULL, OPT_EXPORT + PCAPNG },
		{ "svg", required_argument, NULL, OPT_EXPORT + SVG },
		{ "graph", required_argument, NULL, OPT_EXPORT + GRAPH },
		{ "html", required_argument, NULL, OPT_EXPORT + HTML },
		{ "as-tcp", no_argument, NULL, 'T' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int o, ret;

	while ((o = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		ret = parse_one(o, set);
		if (ret >= 0)
			return ret;
	}
	set->run.argv = optind < argc ? argv + optind : NULL;
	if (set->replay && optind < argc)
		return wrong_usage("either a command or --replay");
	if (set->as_tcp && !set->export[PCAPNG])
		return wrong_usage("--as-tcp says how --pcapng writes packets: which file?");
	if (!set->replay && !set->run.argv && !set->live)
		return wrong_usage("which command? Without one: --live");
	if (set->live && elsewhere(set))
		return wrong_usage("--live draws on standard output: write files elsewhere");
	return -1;
}

static void draw(const struct settings *set, const struct flows *flows,
		 const struct events *all)
{
	size_t n = flows->n;

	for (size_t i = 0; i < n; i++) {
		if (i && !set->lines)
			putchar('\n');
		if (set->lines)
			lines_print(flows->v[i], &set->look.label);
		else
			ladder_draw(flows->v[i], all, &set->look);
	}
	if (n && !set->lines)
		ladder_signs(&set->look);
}

/* Write what was asked for. Returns 0 or an exit code; *@used: standard output was among it. */
static int export(const struct settings *set, const struct flows *flows, const struct events *all,
		  bool *used)
{
	const struct exported ex = {
		.flows = flows, .all = all, .look = &set->look, .as_tcp = set->as_tcp,
	};
	int ret = 0;

	for (int i = 0; i < EXPORTS && !ret; i++) {
		if (!set->export[i])
			continue;
		ret = export_file(set->export[i], export_write[i], &ex);
		*used |= !strcmp(set->export[i], "-");
	}
	return ret;
}

/* All that is shown after the end. @drawn: the ladders were, live. Returns 0 or an exit code. */
static int show(struct settings *set, struct events *all, bool drawn, size_t *seen)
{
	struct flows flows = {};
	int ret;

	flows_join(&flows, all, &set->filter);
	*seen = flows.n;
	ret = export(set, &flows, all, &drawn);
	if (!drawn)
		draw(set, &flows, all);
	flows_free(&flows);
	return ret;
}

/* What is left to be said. Returns the exit code. */
static int close_up(const struct settings *set, const struct events *all, bool seen)
{
	if (all->missed)
		fputs("toyscope: the kernel had no room for some events: parts are missing\n",
		      stderr);
	if (set->run.open)
		fprintf(stderr, "toyscope: %u connection end%s not over: --timeout ran out\n",
			set->run.open, set->run.open == 1 ? " was" : "s were");
	if (fflush(stdout)) {
		perror("toyscope: standard output");
		return FAIL_OTHER;
	}
	if (seen)
		return set->run.status;
	fputs("toyscope: no connection of the toy transport was seen\n", stderr);
	if (set->run.argv && set->run.toyrun)
		fputs("  Did the command open one? toyrun COMMAND says if it cannot be reached.\n",
		      stderr);
	else if (set->run.argv)
		fputs("  Did the command open one: socket(AF_INET, SOCK_STREAM, 253)?\n", stderr);
	return set->run.status ? set->run.status : FAIL_NONE_SEEN;
}

/* Without --live a command's ladders are drawn once it ended, and on a terminal TIME-WAIT live. */
static bool draws_live(const struct settings *set)
{
	return set->live || (set->run.argv && terminal() && !set->lines && !elsewhere(set));
}

static bool writes_files(const struct settings *set)
{
	for (int i = 0; i < EXPORTS; i++) {
		if (set->export[i])
			return true;
	}
	return set->record;
}

static int work(struct settings *set, struct events *all)
{
	const struct live_style style = {
		.look = &set->look, .filter = &set->filter, .terminal = terminal(),
		.lines = set->lines,
	};
	struct live *live = NULL;
	size_t seen = 0;
	int ret = 0;

	set->look.virtual_time = getenv("TOY_VIRTUAL_TIME");
	all->virtual_time = set->look.virtual_time;
	if (set->replay) {
		ret = record_read(all, set->replay);
		set->look.virtual_time = all->virtual_time;
	}
	if (draws_live(set))
		live = live_new(&style);
	set->run.filter = &set->filter;
	set->run.live = live;
	set->run.after = !set->live;
	set->run.keep = !live || writes_files(set);
	if (!ret && !set->replay)
		ret = run_watched(&set->run, all);
	else if (!ret && live)
		run_replayed(live, all, style.terminal);
	events_sort(all);
	if (!ret && set->record)
		ret = record_write(all, set->record);
	if (!ret && (set->run.keep || !live))
		ret = show(set, all, live, &seen);
	if (!ret)
		ret = close_up(set, all, live ? live_seen(live) : seen);
	live_free(live);
	return ret;
}

int main(int argc, char **argv)
{
	struct settings set = { .run.timeout = TIMEOUT, .run.toyrun = true };
	struct events all = {};
	bool utf8 = text_init();
	int ret;

	set.look.width = terminal_width();
	set.look.colour = terminal() && !getenv("NO_COLOR");
	ret = parse(argc, argv, &set);
	if (ret >= 0)
		return ret;
	if (!utf8 && isatty(STDOUT_FILENO))
		set.look.label.ascii = true;
	ret = work(&set, &all);
	events_free(&all);
	return ret;
}
