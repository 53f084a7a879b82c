/* SPDX-License-Identifier: GPL-2.0 */
/*
 * holders.h - which processes hold which sockets, as far as /proc tells
 */
#ifndef TOY_LIB_HOLDERS_H
#define TOY_LIB_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct holder - a descriptor that refers to a socket
 * @inode: of the socket
 * @pid: of the process
 * @fd: its descriptor
 * @name: of the process, as it calls itself
 */
struct holder {
	unsigned long inode;
	int pid;
	int fd;
	char name[32];
};

/**
 * struct holders - all that were found
 * @h: sorted by inode, pid, fd
 * @n: how many
 * @hidden: some process would not be looked into
 */
struct holders {
	struct holder *h;
	size_t n;
	bool hidden;
};

/* Look at every process. What cannot be seen is left out; false: no memory, and nothing is held. */
bool holders_find(struct holders *all);
void holders_free(struct holders *all);

/* The first of those that hold @inode, and how many more follow it; NULL: none. */
const struct holder *holders_of(const struct holders *all, unsigned long inode, size_t *n);

#endif /* TOY_LIB_HOLDERS_H */
