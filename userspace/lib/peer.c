// SPDX-License-Identifier: GPL-2.0
/*
 * peer.c - what client and server share: arguments, addresses, and one line of text at a time
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "number.h"
#include "peer.h"
#include "uapi.h"

int peer_protocol(bool tcp)
{
	return tcp ? IPPROTO_TCP : IPPROTO_TOY;
}

int peer_port(const char *program, const char *arg)
{
	long n = number_in(arg, 1, 65535);

	if (n < 0)
		fprintf(stderr, "%s: '%s' is not a port: a number from 1 to 65535 is\n", program,
			arg);
	return (int)n;
}

int peer_seconds(const char *program, const char *arg)
{
	long n = number_in(arg, 0, 86400);

	if (n < 0)
		fprintf(stderr, "%s: '%s' is not a time: seconds from 0 (no limit) to 86400 are\n",
			program, arg);
	return (int)n;
}

const char *peer_name(const struct sockaddr *addr, socklen_t len, char name[PEER_NAME_MAX])
{
	char host[NI_MAXHOST], port[NI_MAXSERV];
	const char *h = host;

	if (getnameinfo(addr, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV)) {
		strcpy(name, "?");
		return name;
	}
	if (!strncmp(h, "::ffff:", 7) && strchr(h, '.'))
		h += 7;	/* an IPv4 peer of a dual-stack socket */
	snprintf(name, PEER_NAME_MAX, strchr(h, ':') ? "[%s]:%s" : "%s:%s", h, port);
	return name;
}

int peer_set_patience(int fd, int seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)))
		return -errno;
	return 0;
}

int peer_send_line(int fd, const char *text)
{
	size_t left = strlen(text) + 1;
	char *line = malloc(left), *p = line;
	int ret = 0;

	if (!line)
		return -ENOMEM;
	memcpy(line, text, left - 1);
	line[left - 1] = '\n';
	while (left) {
		/* MSG_NOSIGNAL: a connection that is gone is an error like others, not a SIGPIPE */
		ssize_t n = send(fd, p, left, MSG_NOSIGNAL);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			ret = -errno;
			break;
		}
		p += n;
		left -= (size_t)n;
	}
	free(line);
	return ret;
}

int peer_read_line(int fd, char *line)
{
	size_t have = 0;

	while (have < LINE_LIMIT - 1) {
		ssize_t n = recv(fd, line + have, LINE_LIMIT - 1 - have, 0);
		char *end;

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		if (n == 0) {
			line[have] = '\0';
			return have ? (int)have : -EPIPE;
		}
		end = memchr(line + have, '\n', (size_t)n);
		have += (size_t)n;
		if (end) {
			*end = '\0';
			return (int)(end - line);
		}
	}
	return -EMSGSIZE;
}

int peer_wait_end(int fd)
{
	char rest[4096];
	ssize_t n;

	do {
		n = recv(fd, rest, sizeof(rest), 0);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}
