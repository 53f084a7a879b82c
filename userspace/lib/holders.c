// SPDX-License-Identifier: GPL-2.0
/*
 * holders.c - which processes hold which sockets, as far as /proc tells
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "holders.h"

static void name_of(const char *pid, char *name, size_t size)
{
	char path[NAME_MAX + 16];
	FILE *f;

	snprintf(name, size, "?");
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "r");
	if (!f)
		return;
	if (fgets(name, (int)size, f))
		name[strcspn(name, "\n")] = '\0';
	fclose(f);
}

static bool add(struct holders *all, const struct holder *h)
{
	/* the room doubles whenever it is full: a power of two, from 64 on */
	if (!all->n || (all->n >= 64 && !(all->n & (all->n - 1)))) {
		size_t room = all->n ? 2 * all->n : 64;
		struct holder *more = realloc(all->h, room * sizeof(*more));

		if (!more)
			return false;
		all->h = more;
	}
	all->h[all->n++] = *h;
	return true;
}

/* The sockets of one process. */
static bool look_into(struct holders *all, const char *pid)
{
	struct holder h = { .pid = atoi(pid) };
	char path[NAME_MAX + 16];
	bool named = false, good = true;
	struct dirent *d;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fds = opendir(path);
	if (!fds) {
		all->hidden |= errno == EACCES || errno == EPERM;
		return true;
	}
	while (good && (d = readdir(fds))) {
		char to[64];
		ssize_t n = readlinkat(dirfd(fds), d->d_name, to, sizeof(to) - 1);

		if (n <= 0)
			continue;
		to[n] = '\0';
		if (sscanf(to, "socket:[%lu]", &h.inode) != 1)
			continue;
		h.fd = atoi(d->d_name);
		if (!named)
			name_of(pid, h.name, sizeof(h.name));
		named = true;
		good = add(all, &h);
	}
	closedir(fds);
	return good;
}

static int compare(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->inode != y->inode)
		return x->inode < y->inode ? -1 : 1;
	return x->pid != y->pid ? x->pid - y->pid : x->fd - y->fd;
}

bool holders_find(struct holders *all)
{
	DIR *proc = opendir("/proc");
	bool good = true;
	struct dirent *d;

	memset(all, 0, sizeof(*all));
	while (proc && good && (d = readdir(proc)))
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9')
			good = look_into(all, d->d_name);
	if (proc)
		closedir(proc);
	if (!good)
		holders_free(all);
	else if (all->n)
		qsort(all->h, all->n, sizeof(*all->h), compare);
	return good;
}

void holders_free(struct holders *all)
{
	free(all->h);
	memset(all, 0, sizeof(*all));
}

const struct holder *holders_of(const struct holders *all, unsigned long inode, size_t *n)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all->h[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < all->n && all->h[high].inode == inode; high++)
		;
	*n = high - low;
	return *n ? &all->h[low] : NULL;
}
