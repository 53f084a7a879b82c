// SPDX-License-Identifier: GPL-2.0
/*
 * preload.c - libtoyrun.so: what toyrun puts into a program to make its TCP sockets toy sockets
 *
 * The dynamic linker loads it before the C library (LD_PRELOAD), into the program and all that it
 * starts. It changes two calls and nothing else:
 *
 *   socket()      SOCK_STREAM of IPv4 or IPv6 with protocol 0 or TCP becomes protocol 253
 *   getsockopt()  SO_PROTOCOL of such a socket says TCP, because programs ask it to learn whether
 *                 they may set TCP_NODELAY (Python's asyncio does)
 *
 * Settings come by the environment, which children inherit: TOYRUN_FAMILY (4 or 6: only that one),
 * TOYRUN_TRUTH (SO_PROTOCOL says 253), TOYRUN_VERBOSE (a line on stderr for each socket).
 */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi.h"

#define TYPE_MASK	0xf	/* above it lie SOCK_NONBLOCK and SOCK_CLOEXEC */

typedef int socket_fn(int family, int type, int protocol);
typedef int getsockopt_fn(int fd, int level, int name, void *value, socklen_t *len);

/* The next definition of a function after ours: the C library's, or another preloaded one's. */
static void *next(const char *name)
{
	void *fn = dlsym(RTLD_NEXT, name);

	if (!fn) {
		static const char sorry[] = "libtoyrun.so: there is no C library behind it\n";

		(void)!write(STDERR_FILENO, sorry, sizeof(sorry) - 1);
		abort();
	}
	return fn;
}

static int wanted(int family, int type, int protocol)
{
	const char *only = getenv("TOYRUN_FAMILY");

	if ((type & TYPE_MASK) != SOCK_STREAM || (protocol && protocol != IPPROTO_TCP))
		return 0;
	if (family == AF_INET)
		return !only || strcmp(only, "6");
	return family == AF_INET6 && (!only || strcmp(only, "4"));
}

static void tell(int fd, int family)
{
	char line[80];
	int n;

	n = snprintf(line, sizeof(line), "toyrun: process %d: socket %d of IPv%d is a toy socket\n",
		     (int)getpid(), fd, family == AF_INET ? 4 : 6);
	(void)!write(STDERR_FILENO, line, (size_t)n);
}

__attribute__((visibility("default")))
int socket(int family, int type, int protocol)
{
	static socket_fn *real;
	int fd, keep = errno;

	if (!real)
		real = (socket_fn *)next("socket");
	if (!wanted(family, type, protocol))
		return real(family, type, protocol);
	fd = real(family, type, IPPROTO_TOY);
	if (fd >= 0 && getenv("TOYRUN_VERBOSE")) {
		tell(fd, family);
		errno = keep;
	}
	return fd;
}

__attribute__((visibility("default")))
int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	static getsockopt_fn *real;
	int ret, protocol;

	if (!real)
		real = (getsockopt_fn *)next("getsockopt");
	ret = real(fd, level, name, value, len);
	if (ret || level != SOL_SOCKET || name != SO_PROTOCOL || *len != sizeof(protocol) ||
	    getenv("TOYRUN_TRUTH"))
		return ret;
	memcpy(&protocol, value, sizeof(protocol));
	if (protocol == IPPROTO_TOY) {
		protocol = IPPROTO_TCP;
		memcpy(value, &protocol, sizeof(protocol));
	}
	return ret;
}
