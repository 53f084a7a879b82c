/* SPDX-License-Identifier: GPL-2.0 */
/*
 * peer.h - what client and server share: arguments, addresses, and one line of text at a time
 *
 * A message is one line: it ends with a newline, or where the other side stops sending. A stream
 * has no boundaries of its own, so a reader must go on reading until it has seen the end.
 */
#ifndef TOY_LIB_PEER_H
#define TOY_LIB_PEER_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>

#include "words.h"

#define DEFAULT_PORT	"10002"
#define LINE_LIMIT	65536	/* longest message, in bytes */

/* Longest "[address%scope]:port". */
#define PEER_NAME_MAX	(NI_MAXHOST + NI_MAXSERV + 4)

/* IPPROTO_TOY, or 0 (TCP) with --tcp. */
int peer_protocol(bool tcp);

/* A port number out of an argument, or -1 after a word about it. */
int peer_port(const char *program, const char *arg);

/* Seconds out of an argument, or -1 after a word about it. */
int peer_seconds(const char *program, const char *arg);

/* "10.0.0.1:10002" or "[fc00::1]:10002" */
const char *peer_name(const struct sockaddr *addr, socklen_t len, char name[PEER_NAME_MAX]);

/* No call on @fd waits longer than that; 0: as long as the kernel likes. Returns 0 or -errno. */
int peer_set_patience(int fd, int seconds);

/* Send all of @text and a newline. Returns 0 or -errno. */
int peer_send_line(int fd, const char *text);

/*
 * Read one message, up to its newline or the end of the stream, into @line (LINE_LIMIT bytes,
 * without the newline, NUL at its end). Returns its length, -EPIPE when the stream ended with
 * nothing in it, -EMSGSIZE when no newline came in LINE_LIMIT bytes, or another -errno.
 */
int peer_read_line(int fd, char *line);

/* Wait until the other side has closed. Returns 0 or -errno. */
int peer_wait_end(int fd);

#endif /* TOY_LIB_PEER_H */
