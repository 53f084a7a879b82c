// SPDX-License-Identifier: GPL-2.0
/*
 * wire - looks at every segment of protocol 253 that passes, and says whether it was fit to leave
 * the host
 *
 *	wire watch DEVICE...		what passes these devices, until its input ends
 *	wire relay NETNS1 NETNS2	two tun devices "toytun0", one in each namespace: what
 *					goes into one comes out of the other
 *
 * Prints "ready" when it looks. At the end, a line each: segments, payload (bytes), largest (bytes
 * of an IP packet), bad (wrong checksum or length), unfinished (checksum left to a device), pushed
 * (with PSH), fins.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST	16

static struct {
	unsigned long segments, payload, largest, bad, unfinished, pushed, fins;
} seen;

static unsigned char buffer[1 << 17];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static unsigned int get16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

/* One's complement sum, RFC 1071. */
static unsigned int sum(unsigned int from, const unsigned char *p, size_t len)
{
	unsigned long total = from;

	for (; len > 1; p += 2, len -= 2)
		total += get16(p);
	if (len)
		total += p[0] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

/* An IP packet. */
static void look(const unsigned char *p, size_t len, bool unfinished)
{
	unsigned int header, total, addresses, proto, segment, pseudo, hlen;
	bool good = true;

	if (len < 20)
		return;
	if (p[0] >> 4 == 4) {
		header = (p[0] & 15) * 4;
		total = get16(p + 2);
		proto = p[9];
		addresses = sum(0, p + 12, 8);
		good = sum(0, p, header) == 0xffff;
	} else {
		header = 40;
		total = len < 40 ? 0 : 40 + get16(p + 4);
		proto = p[6];
		addresses = len < 40 ? 0 : sum(0, p + 8, 32);
	}
	if (proto != 253)
		return;
	seen.segments++;
	if (total > seen.largest)
		seen.largest = total;
	if (total > len || total < header + 20) {
		seen.bad++;
		return;
	}
	segment = total - header;
	hlen = (p[header + 12] >> 4) * 4;
	seen.payload += segment > hlen ? segment - hlen : 0;
	seen.pushed += !!(p[header + 13] & 0x08);
	seen.fins += !!(p[header + 13] & 0x01);
	pseudo = addresses + proto + segment;
	if (unfinished)
		seen.unfinished++;
	else
		good = good && sum(pseudo, p + header, segment) == 0xffff;
	seen.bad += !good;
}

static void report(void)
{
	printf("segments %lu\npayload %lu\nlargest %lu\nbad %lu\n", seen.segments, seen.payload,
	       seen.largest, seen.bad);
	printf("unfinished %lu\npushed %lu\nfins %lu\n", seen.unfinished, seen.pushed, seen.fins);
}

/* ---------------------------------------------------------------------------------------------- */

static int watch_open(const char *device)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_DGRAM, 0), on = 1, size = 64 << 20;

	if (fd < 0)
		die("packet socket");
	ll.sll_ifindex = if_nametoindex(device);
	if (!ll.sll_ifindex)
		die(device);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)))
		die("PACKET_AUXDATA");
	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		die("bind");
	return fd;
}

/* Return: false when there is nothing at the moment. */
static bool watch_one(int fd)
{
	struct iovec iov = { buffer, sizeof(buffer) };
	char control[256];
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct tpacket_auxdata aux = { };
	struct cmsghdr *c;
	ssize_t n;

	n = recvmsg(fd, &msg, MSG_DONTWAIT);
	if (n < 0)
		return false;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	}
	look(buffer, n, aux.tp_status & TP_STATUS_CSUMNOTREADY);
	return true;
}

static void watch(char **devices, int n)
{
	struct pollfd fds[MOST + 1] = { { .fd = 0, .events = POLLIN } };
	int i;

	for (i = 0; i < n; i++)
		fds[i + 1] = (struct pollfd) { .fd = watch_open(devices[i]), .events = POLLIN };
	puts("ready");
	fflush(stdout);
	do {
		if (poll(fds, n + 1, -1) < 0)
			die("poll");
		for (i = 0; i < n; i++)
			while (watch_one(fds[i + 1].fd))
				;
	} while (!fds[0].revents);
	/* What was lost here was not looked at. */
	for (i = 0; i < n; i++) {
		struct tpacket_stats stats = { };
		socklen_t len = sizeof(stats);

		getsockopt(fds[i + 1].fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
		if (stats.tp_drops)
			printf("missed %u\n", stats.tp_drops);
	}
	report();
}

/* ---------------------------------------------------------------------------------------------- */

static int tun_open(const char *netns)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "toytun0" };
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die("/dev/net/tun");
	return fd;
}

static bool relay_one(int from, int to)
{
	ssize_t n = read(from, buffer, sizeof(buffer));

	if (n <= 0)
		return false;
	look(buffer, n, false);
	if (write(to, buffer, n) < 0)
		return false;	/* the other end is not up: as good as lost */
	return true;
}

static void relay(char **netns)
{
	struct pollfd fds[3] = { { .fd = 0, .events = POLLIN } };
	int i;

	for (i = 0; i < 2; i++)
		fds[i + 1] = (struct pollfd) { .fd = tun_open(netns[i]), .events = POLLIN };
	puts("ready");
	fflush(stdout);
	do {
		if (poll(fds, 3, -1) < 0)
			die("poll");
		while (relay_one(fds[1].fd, fds[2].fd) + relay_one(fds[2].fd, fds[1].fd))
			;
	} while (!fds[0].revents);
	report();
}

int main(int argc, char **argv)
{
	if (argc > 2 && argc <= 2 + MOST && !strcmp(argv[1], "watch")) {
		watch(argv + 2, argc - 2);
	} else if (argc == 4 && !strcmp(argv[1], "relay")) {
		relay(argv + 2);
	} else {
		fputs("usage: wire watch DEVICE... | relay NETNS1 NETNS2\n", stderr);
		return 2;
	}
	return 0;
}
