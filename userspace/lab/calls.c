// SPDX-License-Identifier: GPL-2.0
/*
 * calls - does the socket calls it is told, one after the other, and says what each returned
 *
 * For scenarios in which a program must do something that client and server, who behave, do not:
 * close at the wrong time, never read, forget to close. What is not expected ends it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

#define PATIENCE	600	/* seconds that a call or a wait may take */
#define WORTH_TELLING	10	/* milliseconds from which on a call's time is told */
#define CHUNK		65536

static const char help[] =
	"calls [-4|-6] [--tcp] [--as NAME] CALL... - do socket calls, and say what each returned\n"
	"\n"
	"Each CALL is one argument; with '= VALUE' at its end that is what it must return: a number or\n"
	"the name of an error. Otherwise it must not fail.\n"
	"\n"
	"  socket                 a new one; the first is made by itself\n"
	"  bind PORT              connect ADDRESS PORT       listen N       accept\n"
	"  send N | say TEXT      N bytes, or a text         fill           send until nothing fits\n"
	"  recv N                 at most N bytes            drain          read to the end: how much\n"
	"  end                    shutdown(SHUT_WR)          close\n"
	"  abort                  close with SO_LINGER 0     error          SO_ERROR\n"
	"  set OPTION VALUE       nodelay keepalive reuseaddr rcvbuf sndbuf mss user-timeout\n"
	"                         linger idle interval probes cork quickack defer-accept\n"
	"                         fwmark tos tclass\n"
	"  nonblock               calls return at once       hear           wait for something to read\n"
	"  forget                 leave it open, for ever\n"
	"  sleep MS               mark NAME                  wait NAME      until somebody marked it\n"
	"  until MS               sleep until CLOCK_MONOTONIC stands there\n"
	"\n"
	"Marks are files in the folder $LAB_MARKS (the present one). accept goes on with the accepted\n"
	"socket; the listener stays open. At the end everything is closed, as for every program.\n"
	"\n"
	"Example: calls --as client 'connect 10.77.0.2 10002' 'say hello' 'recv 100 = 5' close\n"
	"Exit codes: 0 done, 1 a call returned what was not expected, 2 wrong arguments\n";

static struct {
	const char *name;
	int family;
	bool tcp;
	bool nonblock;
	int fd;			/* what calls are for */
	int listener;
} me = { .name = "calls", .family = AF_INET, .fd = -1, .listener = -1 };

/* A return value that no call has: the call is not known, or wrongly told. */
#define WRONG	(-100000)

static const struct {
	const char *name;
	int level;
	int option;
} options[] = {
	{ "nodelay", IPPROTO_TCP, TCP_NODELAY },
	{ "cork", IPPROTO_TCP, TCP_CORK },
	{ "quickack", IPPROTO_TCP, TCP_QUICKACK },
	{ "defer-accept", IPPROTO_TCP, TCP_DEFER_ACCEPT },
	{ "mss", IPPROTO_TCP, TCP_MAXSEG },
	{ "user-timeout", IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ "idle", IPPROTO_TCP, TCP_KEEPIDLE },
	{ "interval", IPPROTO_TCP, TCP_KEEPINTVL },
	{ "probes", IPPROTO_TCP, TCP_KEEPCNT },
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE },
	{ "reuseaddr", SOL_SOCKET, SO_REUSEADDR },
	{ "rcvbuf", SOL_SOCKET, SO_RCVBUF },
	{ "sndbuf", SOL_SOCKET, SO_SNDBUF },
	{ "fwmark", SOL_SOCKET, SO_MARK },
	{ "tos", IPPROTO_IP, IP_TOS },
	{ "tclass", IPPROTO_IPV6, IPV6_TCLASS },
};

static const struct {
	int nr;
	const char *name;
} errors[] = {
	{ EPERM, "EPERM" }, { EINTR, "EINTR" }, { EAGAIN, "EAGAIN" }, { ENOMEM, "ENOMEM" },
	{ EACCES, "EACCES" }, { EINVAL, "EINVAL" }, { EPIPE, "EPIPE" },
	{ EADDRINUSE, "EADDRINUSE" },
	{ EADDRNOTAVAIL, "EADDRNOTAVAIL" }, { ENETUNREACH, "ENETUNREACH" },
	{ EHOSTUNREACH, "EHOSTUNREACH" }, { ECONNABORTED, "ECONNABORTED" },
	{ ECONNRESET, "ECONNRESET" }, { ENOTCONN, "ENOTCONN" }, { ETIMEDOUT, "ETIMEDOUT" },
	{ ECONNREFUSED, "ECONNREFUSED" }, { EINPROGRESS, "EINPROGRESS" }, { EISCONN, "EISCONN" },
	{ EBADF, "EBADF" }, { ENOPROTOOPT, "ENOPROTOOPT" }, { EALREADY, "EALREADY" },
};

static const char *error_name(int nr)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].nr == nr)
			return errors[i].name;
	}
	return "an error without a name here";
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void pause_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	while (ms > 0 && nanosleep(&ts, &ts) && errno == EINTR)
		;
}

static long ret(long r)
{
	return r < 0 ? -errno : r;
}

static int make_socket(void)
{
	struct timeval tv = { .tv_sec = PATIENCE };

	if (me.fd >= 0)
		return me.fd;
	me.fd = socket(me.family, SOCK_STREAM, peer_protocol(me.tcp));
	if (me.fd < 0) {
		perror("calls: socket");
		fputs("  Is the module loaded? sudo make load; or make lab, for a VM.\n", stderr);
		exit(1);
	}
	setsockopt(me.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(me.fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	return me.fd;
}

/* An address (NULL: any) and a port of this family. Returns its length, 0: it is none. */
static socklen_t address(struct sockaddr_storage *a, const char *host, long port)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)a;
	struct sockaddr_in *v4 = (struct sockaddr_in *)a;

	memset(a, 0, sizeof(*a));
	a->ss_family = (sa_family_t)me.family;
	if (me.family == AF_INET6) {
		v6->sin6_port = htons((uint16_t)port);
		return !host || inet_pton(AF_INET6, host, &v6->sin6_addr) == 1 ? sizeof(*v6) : 0;
	}
	v4->sin_port = htons((uint16_t)port);
	return !host || inet_pton(AF_INET, host, &v4->sin_addr) == 1 ? sizeof(*v4) : 0;
}

static long do_bind(long port)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, NULL, port);

	return ret(bind(make_socket(), (struct sockaddr *)&a, len));
}

static long do_connect(const char *arg)
{
	struct sockaddr_storage a;
	char host[64];
	socklen_t len;
	long port;

	if (sscanf(arg, "%63s %ld", host, &port) != 2)
		return WRONG;
	len = address(&a, host, port);
	if (!len)
		return WRONG;
	return ret(connect(make_socket(), (struct sockaddr *)&a, len));
}

static long do_accept(void)
{
	if (me.listener < 0)
		me.listener = me.fd;
	else if (me.fd >= 0 && me.fd != me.listener)
		close(me.fd);
	me.fd = accept(me.listener, NULL, NULL);
	return me.fd < 0 ? -errno : 0;
}

static long send_all(const char *data, size_t len)
{
	size_t sent = 0;

	while (sent < len) {
		ssize_t n = send(me.fd, data + sent, len - sent, MSG_NOSIGNAL |
				 (me.nonblock ? MSG_DONTWAIT : 0));

		if (n < 0)
			return sent ? (long)sent : -errno;
		sent += (size_t)n;
	}
	return (long)sent;
}

/* Bytes from a to z and again: a reader of the ladder sees where he is. */
static long do_send(size_t len)
{
	char *data = malloc(len ? len : 1);
	long r;

	if (!data)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		data[i] = (char)('a' + i % 26);
	r = send_all(data, len);
	free(data);
	return r;
}

static long do_fill(void)
{
	static char data[CHUNK];
	long total = 0, n;

	memset(data, 'f', sizeof(data));
	for (;;) {
		n = send(me.fd, data, sizeof(data), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0)
			return errno == EAGAIN ? total : -errno;
		total += n;
	}
}

static long do_recv(size_t len)
{
	char *data = malloc(len ? len : 1);
	long r;

	if (!data)
		return -ENOMEM;
	r = ret(recv(me.fd, data, len, me.nonblock ? MSG_DONTWAIT : 0));
	free(data);
	return r;
}

static long do_drain(void)
{
	static char data[CHUNK];
	long total = 0, n;

	while ((n = recv(me.fd, data, sizeof(data), 0)) > 0)
		total += n;
	return n < 0 ? -errno : total;
}

static long do_hear(void)
{
	struct pollfd p = { .fd = me.fd, .events = POLLIN };
	int n = poll(&p, 1, PATIENCE * 1000);

	return n < 0 ? -errno : n ? 0 : -ETIMEDOUT;
}

static long do_close(bool abort)
{
	struct linger now = { .l_onoff = 1 };
	int fd = me.fd;

	if (abort && setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)))
		return -errno;
	me.fd = -1;
	if (fd == me.listener)
		me.listener = -1;
	return ret(close(fd));
}

static long do_error(void)
{
	int err = 0;
	socklen_t len = sizeof(err);

	return getsockopt(me.fd, SOL_SOCKET, SO_ERROR, &err, &len) ? -errno : -err;
}

static long do_set(const char *arg)
{
	char name[32];
	int value;

	if (sscanf(arg, "%31s %d", name, &value) != 2)
		return WRONG;
	if (!strcmp(name, "linger")) {
		struct linger l = { .l_onoff = 1, .l_linger = value };

		return ret(setsockopt(make_socket(), SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!strcmp(name, options[i].name))
			return ret(setsockopt(make_socket(), options[i].level, options[i].option,
					      &value, sizeof(value)));
	}
	return WRONG;
}

static const char *mark_path(const char *name)
{
	static char path[512];
	const char *folder = getenv("LAB_MARKS");

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : ".", name);
	return path;
}

static long do_mark(const char *name)
{
	FILE *f = fopen(mark_path(name), "we");

	return f ? ret(fclose(f)) : -errno;
}

static long do_wait(const char *name)
{
	double until = now_ms() + PATIENCE * 1000;
	struct stat st;

	while (stat(mark_path(name), &st)) {
		if (now_ms() > until)
			return -ETIMEDOUT;
		pause_ms(5);
	}
	return 0;
}

/* What @call is, done with @arg (never NULL). */
static long do_call(const char *call, const char *arg)
{
	long n = strtol(arg, NULL, 10);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (!strcmp(call, "socket")) {
		me.fd = -1;
		return make_socket() < 0;
	}
	if (!strcmp(call, "connect"))
		return do_connect(arg);
	if (!strcmp(call, "bind"))
		return do_bind(n);
	if (!strcmp(call, "set"))
		return do_set(arg);
	if (!strcmp(call, "sleep"))
		return pause_ms(n), 0;
	if (!strcmp(call, "until"))
		return pause_ms((long)((double)n - now_ms())), 0;
	if (!strcmp(call, "mark"))
		return do_mark(arg);
	if (!strcmp(call, "wait"))
		return do_wait(arg);
	if (!strcmp(call, "nonblock"))
		return me.nonblock = true, 0;
	if (!strcmp(call, "listen"))
		return ret(listen(make_socket(), (int)n));
	if (!strcmp(call, "accept"))
		return do_accept();
	if (!strcmp(call, "send"))
		return do_send(len);
	if (!strcmp(call, "say"))
		return send_all(arg, strlen(arg));
	if (!strcmp(call, "fill"))
		return do_fill();
	if (!strcmp(call, "recv"))
		return do_recv(len);
	if (!strcmp(call, "drain"))
		return do_drain();
	if (!strcmp(call, "hear"))
		return do_hear();
	if (!strcmp(call, "end"))
		return ret(shutdown(me.fd, SHUT_WR));
	if (!strcmp(call, "close") || !strcmp(call, "abort"))
		return do_close(*call == 'a');
	if (!strcmp(call, "forget"))
		return me.fd = -1, 0;
	if (!strcmp(call, "error"))
		return do_error();
	return WRONG;
}

/* What is not worth a line: it is between the programs of the lab, not between the hosts. */
static bool is_silent(const char *call)
{
	return !strcmp(call, "mark") || !strcmp(call, "wait") || !strcmp(call, "nonblock");
}

static bool as_expected(long r, const char *expected)
{
	char *end;
	long n = strtol(expected, &end, 10);

	if (*expected == 'E')
		return r < 0 && !strcmp(expected, error_name((int)-r));
	return end != expected && !*end && r == n;
}

static void tell(const char *what, long r, double ms)
{
	printf("%s: %s", me.name, what);
	if (r < 0)
		printf(": %s (%s)", error_name((int)-r), strerror((int)-r));
	else if (r > 0)
		printf(": %ld", r);
	if (ms >= WORTH_TELLING)
		printf(", after %.0f ms", ms);
	putchar('\n');
	fflush(stdout);
}

/* Returns an exit code. */
static int one(const char *what)
{
	char *call = strdup(what), *arg, *expected;
	double start = now_ms();
	bool silent;
	long r;

	if (!call)
		return 1;
	expected = strstr(call, " = ");
	if (expected) {
		*expected = '\0';
		expected += 3;
	}
	arg = strchr(call, ' ');
	if (arg)
		*arg++ = '\0';
	r = do_call(call, arg ? arg : "");
	if (r == WRONG) {
		fprintf(stderr, "calls: '%s' is no call; --help lists them\n", what);
		return 2;
	}
	silent = is_silent(call) && r >= 0;
	if (arg)
		arg[-1] = ' ';
	if (!silent)
		tell(call, r, now_ms() - start);
	if (expected ? as_expected(r, expected) : r >= 0) {
		free(call);
		return 0;
	}
	printf("%s: that is not what was expected: %s\n", me.name,
	       expected ? expected : "no error");
	return 1;
}

/* An option; *@i may move on to its value. Returns -1 to go on, or the exit code. */
static int read_option(int argc, char **argv, int *i)
{
	const char *arg = argv[*i];

	if (!strcmp(arg, "--help") || !strcmp(arg, "-h")) {
		fputs(help, stdout);
		return 0;
	}
	if (!strcmp(arg, "-4"))
		me.family = AF_INET;
	else if (!strcmp(arg, "-6"))
		me.family = AF_INET6;
	else if (!strcmp(arg, "--tcp"))
		me.tcp = true;
	else if (!strcmp(arg, "--as") && *i + 1 < argc)
		me.name = argv[++*i];
	else
		return fprintf(stderr, "calls: unknown option %s; --help tells more\n", arg), 2;
	return -1;
}

int main(int argc, char **argv)
{
	int i, code;

	signal(SIGPIPE, SIG_IGN);
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		code = read_option(argc, argv, &i);
		if (code >= 0)
			return code;
	}
	if (i == argc) {
		fputs("calls: which calls? --help tells more\n", stderr);
		return 2;
	}
	for (code = 0; !code && i < argc; i++)
		code = one(argv[i]);
	fflush(stdout);
	return code;
}
