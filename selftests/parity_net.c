// SPDX-License-Identifier: GPL-2.0
/*
 * parity_net.c - addresses and routes: which are taken, and what stands in the way
 *
 * Names good and bad, one socket for both families, VRF, marks, devices, programs of a cgroup, and
 * a connection in TIME-WAIT whose place a new one takes.
 */
#include <linux/bpf.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "parity.h"

/* What differs by design. */
static const struct exception exceptions[] = {
	{ "6 and 5, 1: *",
	  "TCP lets 127.0.0.1 be bound twice where the first was bound to ::ffff:0.0.0.0" },
	{ }
};

static void now(struct diary *d, const char *what)
{
	snprintf(d->now, sizeof(d->now), "%s", what);
}

static struct where addr_of(int family, const char *text, int port)
{
	struct where w = any_addr(family, port);

	if (!inet_pton(family, text, family == AF_INET ? (void *)&w.v4.sin_addr :
							 (void *)&w.v6.sin6_addr))
		printf("# not an address: %s\n", text);
	return w;
}

/* ------------------------------------------------------------------------------------------- */
/* Names                                                                                         */

/* bind() and connect() to an address of each kind, with lengths and families that are not right. */
static void one_name(struct diary *d, struct where w)
{
	for (socklen_t len = 0; len <= sizeof(w.all); len += len < 32 ? 1 : 32) {
		int fd = fresh(d);

		saw(d, ret(bind(fd, &w.sa, len)), "bind, length %u", len);
		nonblocking(fd);
		saw(d, ret(connect(fd, &w.sa, len)), "connect, length %u", len);
		end_one(&fd);
	}
	for (int family = 0; family < 12; family++) {
		int fd = fresh(d);

		w.sa.sa_family = (sa_family_t)family;
		saw(d, bind_to(fd, w), "bind, family %d", family);
		nonblocking(fd);
		saw(d, connect_to(fd, w), "connect, family %d", family);
		end_one(&fd);
	}
}

static void names(struct diary *d)
{
	static const char * const v4[] = {
		"0.0.0.0", "127.0.0.1", "127.1.2.3", "127.255.255.255", "10.1.2.3", "224.0.0.1",
		"239.1.2.3", "255.255.255.255", "240.0.0.1", "0.0.0.1", "169.254.1.1",
	};
	static const char * const v6[] = {
		"::", "::1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::ffff:224.0.0.1",
		"::ffff:10.1.2.3", "::127.0.0.1", "fe80::1", "ff02::1", "ff05::1", "fd00::1",
		"2001:db8::1", "::ffff:255.255.255.255", "64:ff9b::1",
	};

	if (d->mapped)		/* the sockets are the same as without */
		return;
	for (unsigned int i = 0; i < sizeof(v4) / sizeof(v4[0]); i++) {
		now(d, v4[i]);
		one_name(d, addr_of(AF_INET, v4[i], 1));
	}
	for (unsigned int i = 0; i < sizeof(v6) / sizeof(v6[0]); i++) {
		now(d, v6[i]);
		one_name(d, addr_of(AF_INET6, v6[i], 1));
	}
}

/* Listeners of each family and kind at one port, and who reaches which. */
static void dual_stack(struct diary *d)
{
	static const struct {
		int family;
		const char *addr;
		bool only;
	} kinds[] = {
		{ AF_INET, "0.0.0.0", false }, { AF_INET, "127.0.0.1", false },
		{ AF_INET6, "::", false }, { AF_INET6, "::", true }, { AF_INET6, "::1", false },
		{ AF_INET6, "::ffff:127.0.0.1", false }, { AF_INET6, "::ffff:0.0.0.0", false },
	};
	const unsigned int n = sizeof(kinds) / sizeof(kinds[0]);
	const struct where to[] = {
		addr_of(AF_INET, "127.0.0.1", 4242), addr_of(AF_INET6, "::1", 4242),
		addr_of(AF_INET6, "::ffff:127.0.0.1", 4242),
	};

	if (d->way.family == AF_INET6)		/* once is enough: it uses both */
		return;
	for (unsigned int k = 0; k < n * n; k++) {
		int l[2] = { -1, -1 };

		for (int i = 0; i < 2; i++) {
			unsigned int kind = i ? k % n : k / n;
			struct way way = { kinds[kind].family, d->way.protocol };

			snprintf(d->now, sizeof(d->now), "%d and %d, %d", k / n, k % n, i);
			l[i] = new_socket(way);
			set_int(l[i], SOL_SOCKET, SO_REUSEADDR, 1);
			if (way.family == AF_INET6)
				saw(d, set_int(l[i], IPPROTO_IPV6, IPV6_V6ONLY, kinds[kind].only),
				    "only");
			saw(d, bind_to(l[i], addr_of(way.family, kinds[kind].addr, 4242)), "bind");
			SAW(d, port_of(l[i]) == 4242 ? listen(l[i], 4) : 0, "listen");
			nonblocking(l[i]);
		}
		for (int i = 0; i < 3; i++) {
			struct way way = { to[i].sa.sa_family, d->way.protocol };
			int c = new_socket(way), a;

			saw(d, connect_to(c, to[i]), "connect %d", i);
			for (int j = 0; j < 2; j++) {
				a = accept_from(l[j]);
				saw(d, a >= 0 ? 0 : a, "accept %d by %d", i, j);
				saw(d, a < 0 ? 0 : peer_of(a).sa.sa_family, "its peer's family");
				saw(d, a < 0 ? 0 : name_of(a).sa.sa_family, "and its own");
				end_one(&a);
			}
			end_one(&c);
		}
		end_one(&l[0]);
		end_one(&l[1]);
	}
}

/* ------------------------------------------------------------------------------------------- */
/* Routes, devices, marks                                                                        */

/* lo, d1 or d2: their indices are given once. */
static int device_of(int fd)
{
	char name[IF_NAMESIZE] = "";
	socklen_t len = sizeof(name);

	if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len))
		return -errno;
	return !len ? 0 : *name == 'l' ? 10 : name[1];
}

/* What connect() says at once, or when the answer has come; and where it arrived. */
static void reach(struct diary *d, int fd, struct where to, int listener, const char *what)
{
	int a;

	set_timeout(fd, SO_SNDTIMEO, NEVER);
	set_timeout(listener, SO_RCVTIMEO, NEVER);
	saw(d, connect_to(fd, to), "%s", what);
	a = accept_from(listener);
	saw(d, a >= 0 ? 0 : a, "%s, accept", what);
	if (a >= 0) {
		saw(d, get_int(a, SOL_SOCKET, SO_MARK), "%s, mark", what);
		saw(d, device_of(a), "%s, device", what);
		send_text(fd, "hello");
		saw(d, recv_text(a, "hello"), "%s, works", what);
		end_one(&a);
	}
	end_one(&fd);
}

static int on_device(const struct diary *d, const char *device)
{
	int fd = fresh(d);

	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)))
		perror("# SO_BINDTODEVICE");
	return fd;
}

static int marked(const struct diary *d, int mark)
{
	int fd = fresh(d);

	set_int(fd, SOL_SOCKET, SO_MARK, mark);
	return fd;
}

static bool commands(const char * const *list)
{
	bool good = true;

	for (; *list && good; list++) {
		good = !system(*list);
		if (!good)
			printf("# failed: %s\n", *list);
	}
	return good;
}

/* Two addresses besides lo's: 10.1.1.1 (fd01::1) on d1, 10.2.2.1 (fd02::1) on d2. */
static bool two_devices(void)
{
	static const char * const list[] = {
		"for i in 1 2; do ip link add d$i type dummy; ip link set d$i up; done",
		"for i in 1 2; do ip addr add 10.$i.$i.1/24 dev d$i; done",
		"for i in 1 2; do ip addr add fd0$i::1/64 dev d$i nodad; done", NULL
	};

	return commands(list);
}

static struct where device_addr(const struct diary *d, int i, int port)
{
	char text[40];

	snprintf(text, sizeof(text), d->way.family == AF_INET ? "10.%d.%d.1" :
		 d->mapped ? "::ffff:10.%d.%d.1" : "fd0%d::1", i, i);
	return addr_of(d->way.family, text, port);
}

static bool devices_go(void)
{
	return !system("ip link del d1; ip link del d2");
}

static void devices(struct diary *d)
{
	int l, port;

	now(d, "devices");
	saw(d, two_devices(), "made");
	for (int i = 0; i < 2; i++) {
		l = i ? on_device(d, "d1") : fresh(d);
		saw(d, bind_to(l, any_addr(d->way.family, 0)), "bind");
		SAW(d, listen(l, 4), "listen");
		port = port_of(l);
		now(d, i ? "listener on d1" : "listener anywhere");
		reach(d, fresh(d), device_addr(d, 1, port), l, "to d1");
		reach(d, on_device(d, "d1"), device_addr(d, 1, port), l, "from d1 to d1");
		reach(d, on_device(d, "d2"), device_addr(d, 1, port), l, "from d2 to d1");
		reach(d, on_device(d, "lo"), device_addr(d, 1, port), l, "from lo to d1");
		reach(d, on_device(d, "lo"), lo_addr(d, port), l, "from lo to lo");
		reach(d, on_device(d, "d1"), lo_addr(d, port), l, "from d1 to lo");
		end_one(&l);
	}
	now(d, "devices");
	saw(d, devices_go(), "gone");
}

static void set_sysctl(const char *path, const char *value)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(value, f) < 0 || fclose(f))
		printf("# %s: %s\n", path, strerror(errno));
}

static void marks(struct diary *d)
{
	static const char * const rules[] = {
		"for f in -4 -6; do ip $f rule add fwmark 7 lookup 77 pref 1; done",
		"for f in -4 -6; do ip $f rule add fwmark 8 lookup 78 pref 2; done",
		"ip route add unreachable 10.1.1.9 table 77",
		"ip route add prohibit 10.1.1.9 table 78",
		"ip route add unreachable fd01::9 table 77",
		"ip route add prohibit fd01::9 table 78", NULL
	};
	static const char * const none[] = {
		"for f in -4 -6; do ip $f rule del pref 1; ip $f rule del pref 2; done",
		"for f in -4 -6; do ip $f route flush table 77; done",
		"for f in -4 -6; do ip $f route flush table 78; done", NULL
	};
	int l = fresh_listener(d, 4), port = port_of(l);
	struct where far = d->way.family == AF_INET ? addr_of(AF_INET, "10.1.1.9", 1) :
			   addr_of(AF_INET6, d->mapped ? "::ffff:10.1.1.9" : "fd01::9", 1);

	now(d, "marks");
	saw(d, two_devices(), "devices");
	saw(d, commands(rules), "rules");
	reach(d, marked(d, 7), far, l, "unreachable");
	reach(d, marked(d, 8), far, l, "prohibited");
	reach(d, marked(d, 9), lo_addr(d, port), l, "the mark stays at home");
	set_sysctl("/proc/sys/net/ipv4/tcp_fwmark_accept", "1");
	reach(d, marked(d, 9), lo_addr(d, port), l, "tcp_fwmark_accept");
	set_sysctl("/proc/sys/net/ipv4/tcp_fwmark_accept", "0");
	saw(d, commands(none), "rules go");
	saw(d, devices_go(), "gone");
	end_one(&l);
}

/* A VRF has a table of routes of its own, and sockets that are bound to it. */
static void vrf(struct diary *d)
{
	static const char * const accept[] = { "0", "1" };
	static const char * const list[] = {
		"ip link add d1 type vrf table 10 && ip link set d1 up",
		"ip addr add 10.1.1.1/24 dev d1 && ip addr add fd01::1/64 dev d1 nodad",
		"ip link add d2 type vrf table 20 && ip link set d2 up", NULL
	};
	int l, port;

	now(d, "VRF");
	saw(d, commands(list), "made");
	for (int i = 0; i < 4; i++) {
		snprintf(d->now, sizeof(d->now), "tcp_l3mdev_accept %s, listener %s", accept[i & 1],
			 i & 2 ? "in the VRF" : "anywhere");
		set_sysctl("/proc/sys/net/ipv4/tcp_l3mdev_accept", accept[i & 1]);
		l = i & 2 ? on_device(d, "d1") : fresh(d);
		saw(d, bind_to(l, any_addr(d->way.family, 0)), "bind");
		SAW(d, listen(l, 4), "listen");
		port = port_of(l);
		reach(d, on_device(d, "d1"), device_addr(d, 1, port), l, "inside");
		reach(d, on_device(d, "d2"), device_addr(d, 1, port), l, "from another VRF");
		reach(d, fresh(d), device_addr(d, 1, port), l, "from outside");
		reach(d, fresh(d), lo_addr(d, port), l, "lo");
		end_one(&l);
	}
	set_sysctl("/proc/sys/net/ipv4/tcp_l3mdev_accept", "0");
	saw(d, devices_go(), "gone");
}

/* ------------------------------------------------------------------------------------------- */
/* Programs of a cgroup                                                                          */

#define CGROUPS	"/tmp/toy-parity-cgroup"
#define CGROUP	CGROUPS "/toy"

#define MOV(reg, value)	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = reg, .imm = value }
#define PUT(at, reg)	{ .code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_1, .src_reg = reg,\
			  .off = at }
#define EXIT		{ .code = BPF_JMP | BPF_EXIT }

static int bpf(int cmd, union bpf_attr *attr)
{
	return ret((int)syscall(SYS_bpf, cmd, attr, sizeof(*attr)));
}

/* A program that answers @verdict; with @port it first changes the address to that port. */
static int load(enum bpf_prog_type type, enum bpf_attach_type at, int verdict, int port)
{
	struct bpf_insn rewrite[] = {
		MOV(BPF_REG_2, htons((uint16_t)port)),
		PUT(offsetof(struct bpf_sock_addr, user_port), BPF_REG_2),
		MOV(BPF_REG_0, verdict), EXIT,
	};
	union bpf_attr attr = {
		.prog_type = type, .expected_attach_type = at,
		.insns = (uintptr_t)(port ? rewrite : rewrite + 2), .insn_cnt = port ? 4 : 2,
		.license = (uintptr_t)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static int attached(int cgroup, int prog, enum bpf_attach_type at, bool on)
{
	union bpf_attr attr = { };

	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)prog;
	attr.attach_type = at;
	return bpf(on ? BPF_PROG_ATTACH : BPF_PROG_DETACH, &attr);
}

static int join(const char *cgroup)
{
	char path[80];
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	f = fopen(path, "w");
	if (!f)
		return -errno;
	fprintf(f, "%d\n", getpid());
	return fclose(f) ? -errno : 0;
}

/* What a socket may do while a program of its cgroup says no, or changes the port. */
static void under(struct diary *d, int cgroup, enum bpf_prog_type type, enum bpf_attach_type at,
		  int verdict, int port, const char *what)
{
	struct ends e = { -1, -1, fresh_listener(d, 4) };
	int prog = load(type, at, verdict, port ? port_of(e.listener) : 0), b;
	struct where w;

	now(d, what);
	saw(d, prog >= 0 ? 0 : prog, "load");
	saw(d, attached(cgroup, prog, at, true), "attach");
	e.fd = ret(socket(d->way.family, SOCK_STREAM, d->way.protocol));
	saw(d, e.fd >= 0 ? 0 : e.fd, "socket");
	if (e.fd >= 0) {
		b = fresh(d);
		saw(d, bind_to(b, lo_addr(d, 0)), "bind");
		end_one(&b);
		set_timeout(e.fd, SO_SNDTIMEO, NEVER);
		set_timeout(e.listener, SO_RCVTIMEO, NEVER);
		w = lo_addr(d, port ? 1 : port_of(e.listener));
		saw(d, connect_to(e.fd, w), "connect");
		e.peer = accept_from(e.listener);
		saw(d, e.peer >= 0 ? 0 : e.peer, "accept");
		saw(d, port_of(e.fd) > 0, "a name of its own");
		w = peer_of(e.fd);
		saw(d, same_where(w, name_of(e.listener)), "the listener is the peer");
		saw(d, set_int(e.fd, SOL_SOCKET, SO_KEEPALIVE, 1), "set an option");
	}
	saw(d, attached(cgroup, prog, at, false), "detach");
	close(prog);
	end_all(&e);
}

static void cgroup_programs(struct diary *d)
{
	bool v4 = d->way.family == AF_INET;
	int cgroup;

	now(d, "cgroup");
	mkdir(CGROUPS, 0700);
	saw(d, ret(mount("none", CGROUPS, "cgroup2", 0, NULL)), "mount");
	mkdir(CGROUP, 0700);
	saw(d, join(CGROUP), "join");
	cgroup = open(CGROUP, O_RDONLY);
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, v4 ? BPF_CGROUP_INET4_CONNECT :
	      BPF_CGROUP_INET6_CONNECT, 1, 0, "connect allowed");
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, v4 ? BPF_CGROUP_INET4_CONNECT :
	      BPF_CGROUP_INET6_CONNECT, 0, 0, "connect refused");
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, v4 ? BPF_CGROUP_INET4_CONNECT :
	      BPF_CGROUP_INET6_CONNECT, 1, 1, "connect sent elsewhere");
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SOCK_ADDR, v4 ? BPF_CGROUP_INET4_BIND :
	      BPF_CGROUP_INET6_BIND, 0, 0, "bind refused");
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SOCK, v4 ? BPF_CGROUP_INET4_POST_BIND :
	      BPF_CGROUP_INET6_POST_BIND, 0, 0, "bound and refused");
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, 0, 0,
	      "no sockets");
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 0, 0, "nothing out");
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 0, 0, "nothing in");
	under(d, cgroup, BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT, 0, 0,
	      "no setsockopt()");
	now(d, "cgroup");
	saw(d, join(CGROUPS), "leave");
	close(cgroup);
	saw(d, ret(rmdir(CGROUP)), "remove");
	saw(d, ret(umount(CGROUPS)), "unmount");
}

/* ------------------------------------------------------------------------------------------- */
/* TIME-WAIT                                                                                     */

/* A connection between these two, which the one that connects closes first. */
static int once(struct diary *d, int listener, int port)
{
	struct ends e = { fresh(d), -1, -1 };
	int r;

	if (port) {
		set_int(e.fd, SOL_SOCKET, SO_REUSEADDR, 1);
		r = bind_to(e.fd, lo_addr(d, port));
		if (r)
			printf("# bind: %s\n", strerror(-r));
	}
	r = connect_to(e.fd, name_of(listener));
	if (!r) {
		e.peer = accept_from(listener);
		send_text(e.fd, "hello");
		r = recv_text(e.peer, "hello");
		close(e.fd);
		recv_some(e.peer, 0);
		close(e.peer);
		return r;
	}
	close(e.fd);
	return r;
}

static void time_wait_gives_way(struct diary *d)
{
	int l = fresh_listener(d, 4);
	long long end;
	int r;

	now(d, "TIME-WAIT");
	/* one port for connect() to choose from */
	set_sysctl("/proc/sys/net/ipv4/ip_local_port_range", "20001 20001");
	set_sysctl("/proc/sys/net/toy/ip_local_port_range", "20001 20001");
	saw(d, once(d, l, 0), "the first");
	end = now_ms() + SOON;
	while ((r = once(d, l, 0)) == -EADDRNOTAVAIL && now_ms() < end)
		usleep(20000);
	saw(d, r, "a second, some time later");
	set_sysctl("/proc/sys/net/ipv4/tcp_tw_reuse", "0");
	set_sysctl("/proc/sys/net/toy/tw_reuse", "0");
	usleep(1500000);	/* that would have been long enough */
	saw(d, once(d, l, 0), "tw_reuse=0");
	set_sysctl("/proc/sys/net/ipv4/tcp_tw_reuse", "2");
	set_sysctl("/proc/sys/net/toy/tw_reuse", "2");
	set_sysctl("/proc/sys/net/ipv4/ip_local_port_range", "32768 60999");
	set_sysctl("/proc/sys/net/toy/ip_local_port_range", "32768 60999");
	now(d, "a port that the user chose");
	saw(d, once(d, l, 20003), "the first");
	for (int i = 0; i < 5; i++)
		saw(d, once(d, l, 20003), "again");
	end_one(&l);
}

FIXTURE_PARITY(parity);
PARITY(parity, names, exceptions)
PARITY(parity, dual_stack, exceptions)
PARITY(parity, devices, exceptions)
PARITY(parity, marks, exceptions)

TEST_F_TIMEOUT(parity, vrf, 300)
{
	if (system("ip link add toy-vrf type vrf table 9 2>/dev/null && ip link del toy-vrf"))
		SKIP(return, "this kernel has no VRF");
	EXPECT_EQ(0, compare(vrf, &self->route, exceptions));
}

PARITY(parity, cgroup_programs, exceptions)
PARITY(parity, time_wait_gives_way, exceptions)

TEST_HARNESS_MAIN
