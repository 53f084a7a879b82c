// SPDX-License-Identifier: GPL-2.0
/*
 * client - opens a connection, says one line, prints the answer and closes
 *
 * It closes first. Whoever does so keeps the connection in TIME-WAIT for 2MSL afterwards: toyscope
 * shows it, and so does /proc/net/toy.
 */
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

#define ME	program_invocation_short_name	/* toy-client where it is installed */
#define DEFAULT_MESSAGE	"服务端,你好"

static const char help[] =
	"%s [OPTION] HOST [PORT] - say one line over the toy transport, print the answer\n"
	"\n"
	"HOST is a name or an address, PORT a number (" DEFAULT_PORT ").\n"
	"  -4, -6              IPv4 or IPv6 only\n"
	"  --tcp               use the kernel's TCP instead, to compare\n"
	"  -m, --message TEXT  what to say, one line (" DEFAULT_MESSAGE ")\n"
	"  -t, --timeout SECS  longest wait for connect, send and receive, each; 0: no limit (30)\n"
	"  -h, --help          this text\n"
	"\n"
	"The answer goes to standard output, everything else to standard error.\n"
	"\n"
	EXIT_CODES_HELP
	"\n"
	"Example: %sserver & %s localhost\n";

struct settings {
	int family;
	int patience;
	bool tcp;
	const char *message;
	const char *host;
	const char *port;
};

static int wrong_usage(const char *what)
{
	if (what)
		fprintf(stderr, "%s: %s\n", ME, what);
	fprintf(stderr,
		"usage: %s [-4|-6] [--tcp] [-m TEXT] [-t SECS] HOST [PORT] (--help says more)\n",
		ME);
	return FAIL_USAGE;
}

/* Returns -1 to go on, or the exit code. */
static int parse(int argc, char **argv, struct settings *set)
{
	static const struct option options[] = {
		{ "tcp", no_argument, NULL, 'T' },
		{ "message", required_argument, NULL, 'm' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int o;

	while ((o = getopt_long(argc, argv, "46m:t:h", options, NULL)) != -1) {
		switch (o) {
		case '4':
			set->family = AF_INET;
			break;
		case '6':
			set->family = AF_INET6;
			break;
		case 'T':
			set->tcp = true;
			break;
		case 'm':
			set->message = optarg;
			break;
		case 't':
			set->patience = peer_seconds(ME, optarg);
			if (set->patience < 0)
				return wrong_usage(NULL);
			break;
		case 'h':
			printf(help, ME, words_prefix(), ME);
			return OK_DONE;
		default:
			return wrong_usage(NULL);
		}
	}
	if (optind == argc)
		return wrong_usage("which host?");
	if (argc - optind > 2)
		return wrong_usage("too many arguments");
	set->host = argv[optind];
	if (optind + 1 < argc)
		set->port = argv[optind + 1];
	if (peer_port(ME, set->port) < 0)
		return wrong_usage(NULL);
	if (strchr(set->message, '\n'))
		return wrong_usage("a message is one line");
	if (strlen(set->message) > LINE_LIMIT - 2)
		return wrong_usage("that message is too long");
	return -1;
}

/* Try one address. Returns the socket or -errno. */
static int open_to(const struct addrinfo *ai, const struct settings *set)
{
	int fd, ret;

	fd = socket(ai->ai_family, SOCK_STREAM, peer_protocol(set->tcp));
	if (fd < 0)
		return -errno;
	ret = peer_set_patience(fd, set->patience);
	if (!ret && connect(fd, ai->ai_addr, ai->ai_addrlen))
		ret = -errno;
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

/* Look up the host and connect to the first of its addresses that answers; says what failed. */
static int reach(const struct settings *set, char name[PEER_NAME_MAX], int *exit_code)
{
	struct addrinfo hints = { .ai_family = set->family, .ai_socktype = SOCK_STREAM };
	struct attempt failed = {
		.program = ME, .doing = "connect to", .where = name,
		.port = (unsigned int)atoi(set->port), .tcp = set->tcp,
	};
	struct addrinfo *list, *ai;
	int fd = -EADDRNOTAVAIL, err;

	err = getaddrinfo(set->host, set->port, &hints, &list);
	if (err) {
		fprintf(stderr, "%s: the name '%s' is not known%s: %s\n", ME, set->host,
			set->family == AF_INET6 ? " in IPv6" :
			set->family == AF_INET ? " in IPv4" : "", gai_strerror(err));
		fputs("  Check the spelling, give an address, or look at /etc/hosts.\n", stderr);
		*exit_code = FAIL_NAME;
		return -1;
	}
	for (ai = list; ai; ai = ai->ai_next) {
		peer_name(ai->ai_addr, ai->ai_addrlen, name);
		fd = open_to(ai, set);
		if (fd >= 0)
			break;
		if (ai->ai_next)
			fprintf(stderr, "%s: %s: %s; trying the next address\n", ME, name,
				strerror(-fd));
	}
	freeaddrinfo(list);
	if (fd < 0)
		*exit_code = words_for(&failed, -fd);
	return fd;
}

static int talk(int fd, const struct settings *set, const char *name)
{
	struct attempt failed = {
		.program = ME, .doing = "send to", .where = name,
		.port = (unsigned int)atoi(set->port), .tcp = set->tcp,
	};
	static char answer[LINE_LIMIT];
	int ret;

	ret = peer_send_line(fd, set->message);
	if (ret < 0)
		return words_for(&failed, -ret);
	failed.doing = "get an answer from";
	ret = peer_read_line(fd, answer);
	if (ret < 0)
		return words_for(&failed, -ret);
	puts(answer);
	return OK_DONE;
}

int main(int argc, char **argv)
{
	struct settings set = {
		.family = AF_UNSPEC,
		.patience = 30,
		.message = DEFAULT_MESSAGE,
		.port = DEFAULT_PORT,
	};
	char name[PEER_NAME_MAX] = "";
	int fd, ret;

	ret = parse(argc, argv, &set);
	if (ret >= 0)
		return ret;
	fd = reach(&set, name, &ret);
	if (fd < 0)
		return ret;
	ret = talk(fd, &set, name);
	close(fd);
	if (fflush(stdout)) {
		fprintf(stderr, "%s: standard output: %s\n", ME, strerror(errno));
		return FAIL_OTHER;
	}
	return ret;
}
