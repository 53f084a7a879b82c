// SPDX-License-Identifier: GPL-2.0
/*
 * history.c - what the counters were when this program last looked, in a file of the user's own
 *
 * One file for each network namespace, since each has counters of its own. It begins with the
 * machine's start and the time; of another start of the machine it says nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "counters.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE	71
#endif

#define FIRST_LINE	"toystat 1 "

/* This start of the machine. */
static bool boot(char id[64])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");
	bool good = f && fgets(id, 64, f);

	if (f)
		fclose(f);
	if (good)
		id[strcspn(id, "\n")] = '\0';
	return good;
}

/* This network namespace: no other has the same cookie; older kernels have but an inode. */
static uint64_t netns(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);
	struct stat st;

	if (fd >= 0) {
		if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len))
			cookie = 0;
		close(fd);
	}
	if (!cookie && !stat("/proc/self/ns/net", &st))
		cookie = st.st_ino;
	return cookie;
}

/* A folder that is there and belongs to this user: nobody else may put a file in our way. */
static bool ours(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & 0002);
}

/* Where files of this user go that need not outlive the machine's next start. */
static bool base(char path[PATH_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (runtime && *runtime == '/' && ours(runtime))
		return snprintf(path, PATH_MAX, "%s", runtime) < PATH_MAX;
	snprintf(path, PATH_MAX, "/run/user/%u", geteuid());
	if (ours(path))
		return true;
	if (cache && *cache == '/' && snprintf(path, PATH_MAX, "%s", cache) < PATH_MAX &&
	    (!mkdir(path, 0700) || errno == EEXIST) && ours(path))
		return true;
	return home && *home == '/' && snprintf(path, PATH_MAX, "%s/.cache", home) < PATH_MAX &&
	       (!mkdir(path, 0700) || errno == EEXIST) && ours(path);
}

static bool folder(char path[PATH_MAX])
{
	char above[PATH_MAX];

	return base(above) && snprintf(path, PATH_MAX, "%s/toystat", above) < PATH_MAX &&
	       (!mkdir(path, 0700) || errno == EEXIST) && ours(path);
}

static FILE *open_history(void)
{
	char dir[PATH_MAX], path[PATH_MAX + 32];

	if (!folder(dir))
		return NULL;
	snprintf(path, sizeof(path), "%s/%" PRIu64, dir, netns());
	return fopen(path, "r");
}

static bool same_boot(const char *line, time_t *when)
{
	char id[64], its[64];
	long long at;

	if (sscanf(line, FIRST_LINE "%63s %lld", its, &at) != 2 || !boot(id) || strcmp(id, its))
		return false;
	*when = (time_t)at;
	return true;
}

void history_read(struct counters *before)
{
	FILE *f = open_history();
	char line[256];

	memset(before, 0, sizeof(*before));
	if (!f)
		return;
	if (!fgets(line, sizeof(line), f) || !same_boot(line, &before->since))
		goto out;
	while (fgets(line, sizeof(line), f)) {
		struct counter c = { };
		struct counter *more;

		if (sscanf(line, "%31s %" SCNu64, c.name, &c.value) != 2)
			continue;
		more = realloc(before->c, (before->n + 1) * sizeof(*more));
		if (!more)
			break;
		before->c = more;
		before->c[before->n++] = c;
	}
out:
	fclose(f);
}

/* Namespaces come and go, and the machine starts anew: what is older says nothing. */
static void prune(const char *dir)
{
	struct timespec up, now;
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;

	clock_gettime(CLOCK_BOOTTIME, &up);
	clock_gettime(CLOCK_REALTIME, &now);
	while (d && (e = readdir(d)))
		if (*e->d_name != '.' && !fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    st.st_mtime < now.tv_sec - up.tv_sec)
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

/* A file that another run reads is whole: it is written beside its place, and then moved there. */
static bool write_to(const char *dir, const struct counters *all)
{
	char beside[PATH_MAX + 32], path[PATH_MAX + 32], id[64];
	bool good;
	FILE *f;
	int fd;

	snprintf(path, sizeof(path), "%s/%" PRIu64, dir, netns());
	snprintf(beside, sizeof(beside), "%s/new-XXXXXX", dir);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return false;
	f = fdopen(fd, "w");
	if (!f) {
		close(fd);
		unlink(beside);
		return false;
	}
	good = boot(id);
	if (good)
		fprintf(f, FIRST_LINE "%s %lld\n", id, (long long)time(NULL));
	for (size_t i = 0; i < all->n; i++)
		fprintf(f, "%s %" PRIu64 "\n", all->c[i].name, all->c[i].value);
	good &= !ferror(f);
	good &= !fclose(f);
	if (good && !rename(beside, path))
		return true;
	unlink(beside);
	return false;
}

bool history_write(const struct counters *all)
{
	char dir[PATH_MAX];

	errno = 0;
	if (folder(dir)) {
		prune(dir);
		if (write_to(dir, all))
			return true;
		fprintf(stderr, "toystat: cannot keep the counters in %s: %s\n", dir,
			strerror(errno));
	} else {
		fputs("toystat: there is no folder of yours to keep the counters in\n", stderr);
	}
	fputs("  The next run will not know what came since. Name a folder in XDG_RUNTIME_DIR.\n",
	      stderr);
	return false;
}
