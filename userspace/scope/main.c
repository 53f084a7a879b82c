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
#include "record.h"
#include "run.h"

#define FAIL_USAGE	2
#define TIMEOUT		300

static const char help[] =
	"toyscope [OPTION] -- COMMAND [ARGUMENT...]\n"
	"toyscope [OPTION] --replay FILE\n"
	"\n"
	"Runs COMMAND (as root), waits until the toy connections of this machine are CLOSED on both ends,\n"
	"and draws each as a ladder: states of both ends, segments between them, and why.\n"
	"\n"
	"  --port N        only connections of port N\n"
	"  --all           every segment, every option, congestion control (long runs are folded)\n"
	"  --absolute      sequence numbers as on the wire, not from the initial ones, x and y\n"
	"  --msl-note      say how net.toy.msl was set\n"
	"  --lines         one line an event, for programs, instead of the drawing\n"
	"  --ascii         no character beyond ASCII\n"
	"  --width N       columns (80 to 200; the terminal's, or 90)\n"
	"  --timeout SECS  longest wait for connections to end after COMMAND has (300)\n"
	"  --record FILE   keep what was seen, as JSON lines\n"
	"  --replay FILE   show what was kept (needs no root and no module)\n"
	"  --json FILE     write events as JSON lines; this and those below: - is standard output\n"
	"  --pcapng FILE   write packets; --as-tcp: as protocol 6, for programs that know TCP only\n"
	"  --svg FILE, --html FILE   write the ladder as a picture\n"
	"  -h, --help      this text\n"
	"\n"
	"Reads the tracepoints toy:* in a trace instance of its own. Colour only on a terminal (NO_COLOR: never).\n"
	"\n"
	"Exit codes: COMMAND's; 1 other failure, 2 wrong arguments, 3 module not loaded,\n"
	"  4 no connection was seen, 9 not permitted\n";

#define FAIL_NONE_SEEN	4

enum { JSON, PCAPNG, SVG, HTML, EXPORTS };

static void (* const export_write[EXPORTS])(FILE *f, const struct exported *ex) = {
	[JSON] = json_write, [PCAPNG] = pcapng_write, [SVG] = svg_write, [HTML] = html_write,
};

#define OPT_EXPORT	256	/* and JSON to HTML */

struct settings {
	struct look look;
	struct run run;
	const char *record;
	const char *replay;
	const char *export[EXPORTS];
	bool as_tcp;
	bool lines;
};

static int wrong_usage(const char *what)
{
	if (what)
		fprintf(stderr, "toyscope: %s\n", what);
	fputs("usage: toyscope [OPTION] -- COMMAND [ARGUMENT...]   (--help tells more)\n", stderr);
	return FAIL_USAGE;
}

/* A number out of an argument, or -1. */
static long number(const char *arg, long least, long most)
{
	char *end;
	long n = strtol(arg, &end, 10);

	return end == arg || *end || n < least || n > most ? -1 : n;
}

/* A terminal that understands escape sequences. */
static bool colour_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") && term && strcmp(term, "dumb");
}

/* The terminal's; where it does not know (a serial line), COLUMNS'. */
static int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws = {};
	long n;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || !ws.ws_col) {
		n = columns ? number(columns, 1, 10000) : -1;
		if (n < 0)
			return WIDTH_USUAL;
		ws.ws_col = (unsigned short)n;
	}
	return clamp_t(int, ws.ws_col, WIDTH_LEAST, 100);
}

/* Returns -1 to go on, or the exit code. */
static int parse_one(int o, struct settings *set)
{
	long n;

	switch (o) {
	case 'p':
		n = number(optarg, 1, 65535);
		if (n < 0)
			return wrong_usage("a port is a number from 1 to 65535");
		set->run.port = (u16)n;
		break;
	case 'w':
		n = number(optarg, WIDTH_LEAST, WIDTH_MOST);
		if (n < 0)
			return wrong_usage("a width is a number from 80 to 200");
		set->look.width = (int)n;
		break;
	case 't':
		n = number(optarg, 0, 86400);
		if (n < 0)
			return wrong_usage("a timeout is a number of seconds from 0 to 86400");
		set->run.timeout = (unsigned int)n;
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
		return wrong_usage(NULL);
	}
	return -1;
}

static int parse(int argc, char **argv, struct settings *set)
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "all", no_argument, NULL, 'a' },
		{ "absolute", no_argument, NULL, 'n' },
		{ "msl-note", no_argument, NULL, 'm' },
		{ "lines", no_argument, NULL, 'l' },
		{ "ascii", no_argument, NULL, 'A' },
		{ "width", required_argument, NULL, 'w' },
		{ "timeout", required_argument, NULL, 't' },
		{ "record", required_argument, NULL, 'r' },
		{ "replay", required_argument, NULL, 'R' },
		{ "json", required_argument, NULL, OPT_EXPORT + JSON },
		{ "pcapng", required_argument, NULL, OPT_EXPORT + PCAPNG },
		{ "svg", required_argument, NULL, OPT_EXPORT + SVG },
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
	set->run.argv = argv + optind;
	if (set->replay && optind < argc)
		return wrong_usage("either a command or --replay");
	if (set->as_tcp && !set->export[PCAPNG])
		return wrong_usage("--as-tcp says how --pcapng writes packets: which file?");
	if (!set->replay && optind == argc)
		return wrong_usage("which command?");
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
		printf("\nx, y: initial sequence numbers (left, right); win: bytes; %s: RFC 9293\n",
		       set->look.label.ascii ? "s." : "§");
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

static int show(struct settings *set, struct events *all)
{
	struct flows flows = {};
	bool used = false;
	size_t n;
	int ret;

	flows_join(&flows, all, set->run.port);
	n = flows.n;
	ret = export(set, &flows, all, &used);
	if (!used)
		draw(set, &flows, all);
	flows_free(&flows);
	if (ret)
		return ret;
	if (all->missed)
		fputs("toyscope: the kernel had no room for some events: parts are missing\n",
		      stderr);
	if (set->run.open)
		fprintf(stderr, "toyscope: %u connection end%s not over: --timeout ran out\n",
			set->run.open, set->run.open == 1 ? " was" : "s were");
	if (fflush(stdout)) {
		perror("toyscope: standard output");
		return 1;
	}
	if (n)
		return set->run.status;
	fputs("toyscope: no connection of the toy transport was seen\n", stderr);
	if (!set->replay)
		fputs("  Does the command open one: socket(AF_INET, SOCK_STREAM, 253)?\n", stderr);
	return set->run.status ? set->run.status : FAIL_NONE_SEEN;
}

int main(int argc, char **argv)
{
	struct settings set = { .run.timeout = TIMEOUT };
	struct events all = {};
	bool utf8 = text_init();
	int ret;

	set.look.width = terminal_width();
	set.look.colour = colour_terminal();
	ret = parse(argc, argv, &set);
	if (ret >= 0)
		return ret;
	if (!utf8 && isatty(STDOUT_FILENO))
		set.look.label.ascii = true;
	if (set.replay) {
		ret = record_read(&all, set.replay);
		events_sort(&all);
	} else {
		ret = run_watched(&set.run, &all);
	}
	if (!ret && set.record)
		ret = record_write(&all, set.record);
	if (!ret)
		ret = show(&set, &all);
	events_free(&all);
	return ret;
}
