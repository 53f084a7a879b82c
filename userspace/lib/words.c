// SPDX-License-Identifier: GPL-2.0
/*
 * words.c - what went wrong, in words, and what to do next
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "holders.h"
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

static int holders_in(const char *file, unsigned int port, const struct holders *all)
{
	char line[512];
	int found = 0;
	FILE *f;

	f = fopen(file, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		const struct holder *holder;
		unsigned int local, state;
		unsigned long inode;
		size_t n;

		if (sscanf(line, "%*u: %*[^:]:%x %*s %x %*s %*s %*s %*u %*u %lu",
			   &local, &state, &inode) != 3 || local != port)
			continue;
		found++;
		holder = holders_of(all, inode, &n);
		if (state == STATE_TIME_WAIT)
			fprintf(stderr, "  port %u: a connection in TIME-WAIT, gone after 2MSL\n",
				port);
		else if (holder)
			fprintf(stderr, "  port %u: %s, held by %s (pid %d)\n", port,
				state_word(state), holder->name, holder->pid);
		else
			fprintf(stderr, "  port %u: %s, held by a process out of sight\n", port,
				state_word(state));
	}
	fclose(f);
	return found;
}

int words_holders(unsigned int port, bool tcp)
{
	struct holders all;
	int found;

	holders_find(&all);
	found = holders_in(tcp ? "/proc/net/tcp" : "/proc/net/toy", port, &all);
	found += holders_in(tcp ? "/proc/net/tcp6" : "/proc/net/toy6", port, &all);
	holders_free(&all);
	return found;
}

void words_load_it(void)
{
	fputs("  Load it:   sudo modprobe toy (where it is installed), or sudo make load (in the\n"
	      "             project's folder)\n"
	      "  In a VM:   make vm          (nothing is loaded on this machine)\n", stderr);
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
	words_load_it();
	fputs("  Over TCP:  the same command with --tcp\n", stderr);
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
