// SPDX-License-Identifier: GPL-2.0
/*
 * server - listens, prints the line that each client says, and answers it
 *
 * One connection after the other. It closes after the client has: so the client, not the server,
 * keeps TIME-WAIT, and the server's port is free at once for the next run.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

#define ME		program_invocation_short_name	/* toy-server where it is installed */
#define ANSWER		"哥们收到,你好"
#define PATIENCE	30	/* seconds that a client may be silent */

static const char help[] =
	"%s [OPTION] [PORT] - print the line that each client says over the toy transport, answer\n"
	"\n"
	"PORT is a number (" DEFAULT_PORT ").\n"
	"  -4, -6      IPv4 or IPv6 only (both)\n"
	"  --tcp       use the kernel's TCP instead, to compare\n"
	"  --once      end after one connection\n"
	"  -q, --quiet print nothing but what clients say\n"
	"  -h, --help  this text\n"
	"\n"
	"What clients say goes to standard output, everything else to standard error.\n"
	"A client that is silent for 30 seconds is left. Ctrl-C ends the server.\n"
	"\n"
	"Exit codes: 0 done, 1 other failure, 2 wrong arguments, 3 module not loaded, 8 address in use,\n"
	"  9 not permitted; with --once of that connection: 7 timed out, 10 cut short\n"
	"\n"
	"Example: %s -q 4711\n";

struct settings {
	int family;
	bool tcp;
	bool once;
	bool quiet;
	unsigned int port;
};

static int wrong_usage(const char *what)
{
	if (what)
		fprintf(stderr, "%s: %s\n", ME, what);
	fprintf(stderr, "usage: %s [-4|-6] [--tcp] [--once] [-q] [PORT]   (--help tells more)\n",
		ME);
	return FAIL_USAGE;
}

/* Returns -1 to go on, or the exit code. */
static int parse(int argc, char **argv, struct settings *set)
{
	static const struct option options[] = {
		{ "tcp", no_argument, NULL, 'T' },
		{ "once", no_argument, NULL, 'o' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *port = DEFAULT_PORT;
	int o, n;

	while ((o = getopt_long(argc, argv, "46qh", options, NULL)) != -1) {
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
		case 'o':
			set->once = true;
			break;
		case 'q':
			set->quiet = true;
			break;
		case 'h':
			printf(help, ME, ME);
			return OK_DONE;
		default:
			return wrong_usage(NULL);
		}
	}
	if (argc - optind > 1)
		return wrong_usage("too many arguments");
	if (optind < argc)
		port = argv[optind];
	n = peer_port(ME, port);
	if (n < 0)
		return wrong_usage(NULL);
	set->port = (unsigned int)n;
	return -1;
}

/* Ctrl-C is how a server ends: closing is left to the kernel, which does it for every process. */
static void stop(int sig)
{
	static const char bye[] = ": stopped\n";
	ssize_t n = write(STDERR_FILENO, "\n", 1);

	n += write(STDERR_FILENO, ME, strlen(ME));
	n += write(STDERR_FILENO, bye, sizeof(bye) - 1);
	(void)sig;
	(void)n;
	_exit(OK_DONE);
}

/* A listening socket of one family, or -errno; @doing says what failed. */
static int listen_on(int family, const struct settings *set, const char **doing)
{
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(set->port) };
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(set->port) };
	const struct sockaddr *addr = (const struct sockaddr *)&a4;
	socklen_t len = sizeof(a4);
	int fd, one = 1, v6only = set->family == AF_INET6, err;

	*doing = "make a socket for";
	fd = socket(family, SOCK_STREAM, peer_protocol(set->tcp));
	if (fd < 0)
		return -errno;
	*doing = "listen on";
	if (family == AF_INET6) {
		addr = (const struct sockaddr *)&a6;
		len = sizeof(a6);
		if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)))
			goto fail;
	}
	/* a port may be listened on again while old connections of it are in TIME-WAIT */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, addr, len) || listen(fd, 16))
		goto fail;
	return fd;
fail:
	err = errno;
	close(fd);
	return -err;
}

static int start(const struct settings *set, int *exit_code)
{
	char where[32];
	struct attempt failed = {
		.program = ME, .where = where, .port = set->port, .tcp = set->tcp,
	};
	int fd = -EAFNOSUPPORT;

	snprintf(where, sizeof(where), "port %u", set->port);
	if (set->family != AF_INET)
		fd = listen_on(AF_INET6, set, &failed.doing);
	/* a machine without IPv6 */
	if (set->family == AF_INET ||
	    (set->family == AF_UNSPEC && (fd == -EAFNOSUPPORT || fd == -EADDRNOTAVAIL)))
		fd = listen_on(AF_INET, set, &failed.doing);
	if (fd < 0)
		*exit_code = words_for(&failed, -fd);
	return fd;
}

static int serve(int fd, const char *name, const struct settings *set)
{
	struct attempt failed = {
		.program = ME, .doing = "read from", .where = name, .port = set->port,
		.tcp = set->tcp,
	};
	static char line[LINE_LIMIT];
	int ret;

	ret = peer_set_patience(fd, PATIENCE);
	if (!ret)
		ret = peer_read_line(fd, line);
	if (ret < 0)
		return words_for(&failed, -ret);
	puts(line);
	failed.doing = "answer";
	ret = peer_send_line(fd, ANSWER);
	if (!ret) {
		failed.doing = "see the end of";
		ret = peer_wait_end(fd);
	}
	return ret < 0 ? words_for(&failed, -ret) : OK_DONE;
}

/*
 * Accept one connection and serve it. Returns false when the listening socket is of no use any
 * more.
 */
static bool one_client(int listener, const struct settings *set, int *exit_code)
{
	struct attempt failed = {
		.program = ME, .doing = "accept", .port = set->port, .tcp = set->tcp,
	};
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	char name[PEER_NAME_MAX];
	int fd;

	fd = accept(listener, (struct sockaddr *)&addr, &len);
	if (fd < 0) {
		/* a connection that broke before it was accepted is no reason to stop */
		if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
			return true;
		*exit_code = words_for(&failed, errno);
		return false;
	}
	peer_name((struct sockaddr *)&addr, len, name);
	if (!set->quiet)
		fprintf(stderr, "%s: %s connected\n", ME, name);
	*exit_code = serve(fd, name, set);
	close(fd);
	if (!set->quiet)
		fprintf(stderr, "%s: %s closed\n", ME, name);
	return !set->once;
}

int main(int argc, char **argv)
{
	struct settings set = { .family = AF_UNSPEC };
	struct sigaction sa = { .sa_handler = stop };
	int listener, ret;

	ret = parse(argc, argv, &set);
	if (ret >= 0)
		return ret;
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	listener = start(&set, &ret);
	if (listener < 0)
		return ret;
	if (!set.quiet)
		fprintf(stderr, "%s: listening on port %u (%s)\n", ME, set.port,
			set.tcp ? "TCP" : "toy, IP protocol 253");
	while (one_client(listener, &set, &ret))
		;
	close(listener);
	return ret;
}
