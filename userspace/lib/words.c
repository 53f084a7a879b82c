// SPDX-License-Identifier: GPL-2.0
/*
 * words.c - what went wrong, in words, and what to do next
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "words.h"

#define STATE_TIME_WAIT	6
#define STATE_LISTEN	10

static const char *state_word(unsigned int state)
{
	static const char * const words[] = {
		"?", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2",
		"TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING",
	};

	return state < sizeof(words) / sizeof(words[0]) ? words[state] : words[0];
}

/* Does process @pid hold the socket with this inode number? */
static bool holds(const char *pid, const char *socket)
{
	char dir[PATH_MAX], link[PATH_MAX + NAME_MAX + 2], to[64];
	bool found = false;
	struct dirent *d;
	DIR *fds;

	snprintf(dir, sizeof(dir), "/proc/%s/fd", pid);
	fds = opendir(dir);
	if (!fds)
		return false;
	while (!found && (d = readdir(fds))) {
		ssize_t n;

		snprintf(link, sizeof(link), "%s/%s", dir, d->d_name);
		n = readlink(link, to, sizeof(to) - 1);
		if (n <= 0)
			continue;
		to[n] = '\0';
		found = !strcmp(to, socket);
	}
	closedir(fds);
	return found;
}

/* Name the process that holds a socket: "server (pid 42)". False when none is found. */
static bool holder_of(unsigned long inode, char *name, size_t size)
{
	char path[64 + NAME_MAX], socket[64], comm[32] = "?";
	bool found = false;
	struct dirent *d;
	DIR *proc;
	FILE *f;

	snprintf(socket, sizeof(socket), "socket:[%lu]", inode);
	proc = opendir("/proc");
	if (!inode || !proc)
		goto out;
	while ((d = readdir(proc))) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9' || !holds(d->d_name, socket))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/comm", d->d_name);
		f = fopen(path, "r");
		if (f) {
			if (fgets(comm, sizeof(comm), f))
				comm[strcspn(comm, "\n")] = '\0';
			fclose(f);
		}
		snprintf(name, size, "%s (pid %s)", comm, d->d_name);
		found = true;
		break;
	}
out:
	if (proc)
		closedir(proc);
	return found;
}

static int holders_in(const char *file, unsigned int port)
{
	char line[512], holder[NAME_MAX + 64];
	int found = 0;
	FILE *f;

	f = fopen(file, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		unsigned int local, state;
		unsigned long inode;

		if (sscanf(line, "%*u: %*[^:]:%x %*s %x %*s %*s %*s %*u %*u %lu",
			   &local, &state, &inode) != 3 || local != port)
			continue;
		found++;
		if (state == STATE_TIME_WAIT)
			fprintf(stderr, "  port %u: a connection in TIME-WAIT, gone after 2MSL\n",
				port);
		else if (holder_of(inode, holder, sizeof(holder)))
			fprintf(stderr, "  port %u: %s, held by %s\n", port, state_word(state),
				holder);
		else
			fprintf(stderr, "  port %u: %s, held by a process out of sight\n", port,
				state_word(state));
	}
	fclose(f);
	return found;
}

int words_holders(unsigned int port, bool tcp)
{
	int found;

	found = holders_in(tcp ? "/proc/net/tcp" : "/proc/net/toy", port);
	return found + holders_in(tcp ? "/proc/net/tcp6" : "/proc/net/toy6", port);
}

static bool module_loaded(void)
{
	return access("/proc/net/toy_stat", F_OK) == 0 || access("/sys/module/toy", F_OK) == 0;
}

static void say(const struct attempt *a, const char *what)
{
	fprintf(stderr, "%s: cannot %s%s%s: %s\n", a->program, a->doing, a->where ? " " : "",
		a->where ? a->where : "", what);
}

static int not_loaded(const struct attempt *a)
{
	if (a->tcp || module_loaded()) {
		say(a, "this kernel does not offer that address family or protocol");
		fputs("  Try the other family: -4 or -6.\n", stderr);
		return FAIL_OTHER;
	}
	say(a, "the toy transport is not loaded in this kernel");
	fputs("  Load it:   sudo modprobe toy (where it is installed), or sudo make load (in the\n"
	      "             project's folder)\n"
	      "  In a VM:   make vm          (nothing is loaded on this machine)\n"
	      "  Over TCP:  the same command with --tcp\n", stderr);
	return FAIL_NOT_LOADED;
}

const char *words_prefix(void)
{
	return strncmp(program_invocation_short_name, "toy-", 4) ? "" : "toy-";
}

int words_for(const struct attempt *a, int err)
{
	switch (err) {
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
	case EAFNOSUPPORT:
		return not_loaded(a);
	case ECONNREFUSED:
		say(a, "refused: nobody listens at that port");
		fprintf(stderr, "  Start the server there first: %sserver%s %u\n", words_prefix(),
			a->tcp ? " --tcp" : "", a->port);
		return FAIL_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case ENONET:
		say(a, err == ENETUNREACH ? "no route to that network" :
		    "that host is unreachable");
		fputs("  Look at the way there: ip route get ADDRESS; ip link\n", stderr);
		return FAIL_UNREACHABLE;
	case ETIMEDOUT:
	case EAGAIN:
	case EINPROGRESS:
		say(a, "timed out: no answer came");
		if (a->tcp)
			fputs("  Is the host up, and does a firewall let the port through?\n",
			      stderr);
		else
			fputs("  Is the host up, is toy.ko loaded there, and does every firewall\n"
			      "  on the way let IP protocol 253 through?\n", stderr);
		return FAIL_TIMEOUT;
	case EADDRINUSE:
		say(a, "the address is in use");
		if (!words_holders(a->port, a->tcp))
			fputs("  Another socket has it, or had it within 2MSL (TIME-WAIT).\n",
			      stderr);
		fputs("  Stop what holds it, wait for TIME-WAIT to end, or take another port.\n",
		      stderr);
		return FAIL_IN_USE;
	case EADDRNOTAVAIL:
		say(a, "no interface here has that address, or every ephemeral port is taken");
		fputs("  Look: ip address; sysctl net.toy.ip_local_port_range\n", stderr);
		return FAIL_OTHER;
	case EACCES:
	case EPERM:
		say(a, "not permitted");
		if (a->port && a->port < 1024)
			fputs("  Ports below 1024 are root's: take one above, or use sudo.\n",
			      stderr);
		else
			fputs("  A firewall or security policy of this machine forbids it.\n",
			      stderr);
		return FAIL_PERMISSION;
	case ECONNRESET:
	case EPIPE:
		say(a, "the other side cut the connection");
		fputs("  It ended without reading or answering everything: see what it says.\n",
		      stderr);
		return FAIL_CUT;
	default:
		say(a, strerror(err));
		return FAIL_OTHER;
	}
}
