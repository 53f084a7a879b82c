// SPDX-License-Identifier: GPL-2.0
/*
 * command.c - the command that is watched: how it is started, what it writes, how it ends
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "command.h"
#include "event.h"

#define FAIL_OTHER	1
#define EXIT_NO_COMMAND	127
#define EXIT_SIGNAL	128

/* toyrun, where it lies beside this program; else as it is found by PATH. */
static const char *toyrun_path(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof("toyrun"));

	if (n > 0) {
		path[n] = '\0';
		strcpy(strrchr(path, '/') + 1, "toyrun");
		if (!access(path, X_OK))
			return path;
	}
	return "toyrun";
}

/*
 * --force: what a preloaded library does not reach may still open sockets of protocol 253 itself.
 */
static void become_under_toyrun(char **argv)
{
	char path[PATH_MAX], **under;
	size_t n = 0;

	while (argv[n])
		n++;
	under = need(calloc(n + 4, sizeof(*under)));
	under[0] = (char *)toyrun_path(path);
	under[1] = "--force";
	under[2] = "--";
	memcpy(under + 3, argv, n * sizeof(*under));
	execvp(under[0], under);
	fprintf(stderr, "toyscope: cannot run toyrun: %s\n"
		"  It belongs beside toyscope or in PATH: make userspace. --no-toyrun does without.\n",
		strerror(errno));
	_exit(EXIT_NO_COMMAND - 1);
}

static void become(char **argv, bool toyrun)
{
	int err;

	if (toyrun)
		become_under_toyrun(argv);
	execvp(argv[0], argv);
	err = errno;
	fprintf(stderr, "toyscope: cannot run %s: %s\n", argv[0], strerror(err));
	_exit(err == ENOENT ? EXIT_NO_COMMAND : EXIT_NO_COMMAND - 1);
}

/* A terminal like ours. What goes through it is passed on as it is: ours adds carriage returns. */
static int open_terminal(int *end)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct winsize ws;
	struct termios tio;
	const char *name;

	*end = -1;
	if (fd < 0 || grantpt(fd) || unlockpt(fd))
		goto fail;
	name = ptsname(fd);
	*end = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
	if (*end < 0)
		goto fail;
	if (!tcgetattr(*end, &tio)) {
		tio.c_oflag &= ~(tcflag_t)OPOST;
		tcsetattr(*end, TCSANOW, &tio);
	}
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws))
		ioctl(*end, TIOCSWINSZ, &ws);
	return fd;
fail:
	if (fd >= 0)
		close(fd);
	return -1;
}

/*
 * Signals wait while the command is between two lives: one that came before it has forgotten our
 * handlers would be lost, and the command would run on.
 */
int command_start(struct command *c, char **argv, bool toyrun, bool ours)
{
	sigset_t signals, before;
	int err, end = -1;

	*c = (struct command){ .output = ours ? open_terminal(&end) : -1 };
	fflush(stdout);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	c->pid = fork();
	if (!c->pid) {
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		if (end >= 0) {
			dup2(end, STDOUT_FILENO);
			if (isatty(STDERR_FILENO))
				dup2(end, STDERR_FILENO);
		}
		sigprocmask(SIG_SETMASK, &before, NULL);
		become(argv, toyrun);
	}
	err = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (end >= 0)
		close(end);
	if (c->pid > 0)
		return 0;
	fprintf(stderr, "toyscope: cannot start a process: %s\n", strerror(err));
	return FAIL_OTHER;
}

static void ended(struct command *c, int wait_status)
{
	c->ended = true;
	c->status = WIFSIGNALED(wait_status) ? EXIT_SIGNAL + WTERMSIG(wait_status) :
		    WEXITSTATUS(wait_status);
}

void command_look(struct command *c)
{
	int status;

	if (!c->ended && waitpid(c->pid, &status, WNOHANG) == c->pid)
		ended(c, status);
}

size_t command_read(struct command *c, char *to, size_t size, int ms)
{
	struct pollfd pfd = { .fd = c->output, .events = POLLIN };
	ssize_t n;

	/* what nobody holds any more is told as POLLHUP over and over: then it only waits */
	if (poll(&pfd, c->output >= 0, ms) <= 0)
		return 0;
	n = read(c->output, to, size);
	if (n > 0)
		return (size_t)n;
	if (n < 0 && errno == EINTR)
		return 0;
	close(c->output);
	c->output = -1;
	return 0;
}

void command_stop(struct command *c)
{
	int status;

	if (c->ended)
		return;
	kill(c->pid, SIGTERM);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	ended(c, status);
}
