// SPDX-License-Identifier: GPL-2.0
/*
 * parity_uring.c - sockets through io_uring: what waits in the kernel instead of in the program
 *
 * The ring is used by system calls alone, one submission at a time; needs no library.
 */
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "parity.h"

#define ENTRIES	16

/* What differs by design. */
static const struct exception exceptions[] = {
	{ "SEND_ZC: *", "MSG_ZEROCOPY is not there; see SO_ZEROCOPY in parity_options.c" },
	{ }
};

static void now(struct diary *d, const char *what)
{
	snprintf(d->now, sizeof(d->now), "%s", what);
}

/* ------------------------------------------------------------------------------------------- */
/* The ring                                                                                      */

struct ring {
	int fd;
	unsigned char *sq, *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params p;
	uint64_t last;
};

static int ring_setup(struct io_uring_params *p)
{
	return ret((int)syscall(SYS_io_uring_setup, ENTRIES, p));
}

/* Kernels are built without it, and machines forbid it. */
static __attribute__((constructor)) void need_ring(void)
{
	struct io_uring_params p = {};
	int fd = ring_setup(&p);

	if (fd < 0) {
		printf("1..0 # SKIP io_uring is not there: %s\n", strerror(-fd));
		exit(KSFT_SKIP);
	}
	close(fd);
}

static void *ring_map(const struct ring *r, size_t len, off_t what)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, r->fd, what);

	if (at == MAP_FAILED) {
		perror("# the ring");
		exit(1);
	}
	return at;
}

static struct ring new_ring(void)
{
	struct ring r = {};

	r.fd = ring_setup(&r.p);
	r.sq = ring_map(&r, r.p.sq_off.array + r.p.sq_entries * 4, IORING_OFF_SQ_RING);
	r.cq = ring_map(&r, r.p.cq_off.cqes + r.p.cq_entries * sizeof(struct io_uring_cqe),
			IORING_OFF_CQ_RING);
	r.sqes = ring_map(&r, r.p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	return r;
}

static unsigned int *ring_word(unsigned char *ring, unsigned int offset)
{
	return (unsigned int *)(ring + offset);
}

/* Put @sqe into the ring. */
static void queue(struct ring *r, struct io_uring_sqe sqe)
{
	unsigned int *tail = ring_word(r->sq, r->p.sq_off.tail);
	unsigned int at = *tail & (r->p.sq_entries - 1);

	r->sqes[at] = sqe;
	ring_word(r->sq, r->p.sq_off.array)[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

static int enter(struct ring *r, unsigned int n)
{
	return ret((int)syscall(SYS_io_uring_enter, r->fd, n, 0, 0, NULL, 0));
}

/* Hand @sqe over; its answer comes when it comes. */
static int submit(struct ring *r, struct io_uring_sqe sqe)
{
	queue(r, sqe);
	return enter(r, 1);
}

#define NONE	(-100000)	/* no answer, in the time given */

/* The next answer. */
static int answer(struct ring *r, int ms, struct io_uring_cqe *whole)
{
	unsigned int *head = ring_word(r->cq, r->p.cq_off.head);
	unsigned int *tail = ring_word(r->cq, r->p.cq_off.tail);
	struct io_uring_cqe *cqes = (void *)(r->cq + r->p.cq_off.cqes);
	struct io_uring_cqe cqe;

	/* a ring is readable when there is an answer; to enter it lets deferred work be done */
	while (__atomic_load_n(tail, __ATOMIC_ACQUIRE) == *head) {
		if (!events_of(r->fd, POLLIN, ms))
			return NONE;
		syscall(SYS_io_uring_enter, r->fd, 0, 0, IORING_ENTER_GETEVENTS, NULL, 0);
	}
	cqe = cqes[*head & (r->p.cq_entries - 1)];
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	if (whole)
		*whole = cqe;
	return cqe.res;
}

static void end_ring(struct ring *r)
{
	close(r->fd);
}

static struct io_uring_sqe op(int code, int fd, const void *addr, size_t len)
{
	return (struct io_uring_sqe){
		.opcode = (uint8_t)code, .fd = fd, .addr = (uintptr_t)addr, .len = (uint32_t)len,
	};
}

static struct io_uring_sqe op_flags(int code, int fd, const void *addr, size_t len, int flags)
{
	struct io_uring_sqe sqe = op(code, fd, addr, len);

	sqe.msg_flags = (uint32_t)flags;
	return sqe;
}

/* One operation and its answer; a late one of another is passed over. */
static int did_within(struct ring *r, struct io_uring_sqe sqe, int ms)
{
	struct io_uring_cqe cqe = {};
	int n;

	sqe.user_data = ++r->last;
	n = submit(r, sqe);
	if (n < 0)
		return n;
	do {
		n = answer(r, ms, &cqe);
	} while (n != NONE && cqe.user_data != sqe.user_data);
	return n;
}

static int did(struct ring *r, struct io_uring_sqe sqe)
{
	return did_within(r, sqe, SOON);
}

/* ------------------------------------------------------------------------------------------- */
/* Each operation in each state                                                                  */

static void one_state(struct diary *d, struct ring *r, unsigned int s)
{
	static const char * const names[] = {
		"SEND", "RECV", "SENDMSG", "RECVMSG", "ACCEPT", "CONNECT", "WRITE", "READ",
		"SHUTDOWN", "CLOSE",
	};
	const int quiet = MSG_DONTWAIT | MSG_NOSIGNAL;

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ends e = states[s].make(d);
		char buf[16] = "abc";
		struct iovec iov = { buf, 3 };
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
		struct where w = lo_addr(d, 1);
		struct io_uring_sqe sqe;
		int n;

		nonblocking(e.fd);
		switch (i) {
		case 0:
			sqe = op_flags(IORING_OP_SEND, e.fd, buf, 3, quiet);
			break;
		case 1:
			sqe = op_flags(IORING_OP_RECV, e.fd, buf, 16, quiet);
			break;
		case 2:
			sqe = op_flags(IORING_OP_SENDMSG, e.fd, &m, 1, quiet);
			break;
		case 3:
			sqe = op_flags(IORING_OP_RECVMSG, e.fd, &m, 1, quiet);
			break;
		case 4:
			sqe = op(IORING_OP_ACCEPT, e.fd, NULL, 0);
			break;
		case 5:
			sqe = op(IORING_OP_CONNECT, e.fd, &w.sa, 0);
			sqe.off = w.len;
			break;
		case 6:
			sqe = op(IORING_OP_WRITE, e.fd, buf, 3);
			sqe.off = (uint64_t)-1;
			break;
		case 7:
			sqe = op(IORING_OP_READ, e.fd, buf, 16);
			sqe.off = (uint64_t)-1;
			break;
		case 8:
			sqe = op(IORING_OP_SHUTDOWN, e.fd, NULL, SHUT_WR);
			break;
		default:
			sqe = op(IORING_OP_CLOSE, e.fd, NULL, 0);
			e.fd = -1;
		}
		snprintf(d->now, sizeof(d->now), "%s, %s", states[s].name, names[i]);
		/* io_uring waits for some of them, whatever O_NONBLOCK says */
		n = did_within(r, sqe, 2 * NEVER);
		if (i == 4 && n >= 0)
			n = close(n);
		saw(d, n, "answer");
		end_all(&e);
	}
}

static void states_through_a_ring(struct diary *d)
{
	struct ring r = new_ring();

	for (unsigned int s = 0; s < NSTATES; s++)
		one_state(d, &r, s);
	end_ring(&r);
}

/* ------------------------------------------------------------------------------------------- */
/* Operations that wait                                                                          */

static void receive_waits(struct diary *d)
{
	struct ring r = new_ring();
	struct ends e = new_ends(d);
	char in[16] = "";

	now(d, "RECV before the data");
	saw(d, submit(&r, op(IORING_OP_RECV, e.fd, in, 16)), "submitted");
	saw(d, answer(&r, NEVER, NULL), "nothing yet");
	send_text(e.peer, "hello");
	saw(d, answer(&r, SOON, NULL), "answer");
	saw(d, memcmp(in, "hello", 5), "the bytes");
	now(d, "RECV MSG_WAITALL");
	submit(&r, op_flags(IORING_OP_RECV, e.fd, in, 10, MSG_WAITALL));
	send_text(e.peer, "hello");
	saw(d, answer(&r, NEVER, NULL), "not all is there");
	send_text(e.peer, "world");
	saw(d, answer(&r, SOON, NULL), "all is there");
	saw(d, memcmp(in, "helloworld", 10), "the bytes");
	now(d, "RECV at the end");
	submit(&r, op(IORING_OP_RECV, e.fd, in, 16));
	shutdown(e.peer, SHUT_WR);
	saw(d, answer(&r, SOON, NULL), "answer");
	saw(d, did(&r, op(IORING_OP_RECV, e.fd, in, 16)), "and again");
	end_all(&e);
	now(d, "RECV and a reset");
	e = new_ends(d);
	submit(&r, op(IORING_OP_RECV, e.fd, in, 16));
	reset_by(&e.peer);
	saw(d, answer(&r, SOON, NULL), "answer");
	end_all(&e);
	now(d, "RECV and our own shutdown");
	e = new_ends(d);
	submit(&r, op(IORING_OP_RECV, e.fd, in, 16));
	shutdown(e.fd, SHUT_RDWR);
	saw(d, answer(&r, SOON, NULL), "answer");
	end_all(&e);
	end_ring(&r);
}

static void receive_is_cancelled(struct diary *d)
{
	struct ring r = new_ring();
	struct ends e = new_ends(d);
	struct io_uring_sqe sqe;
	struct __kernel_timespec soon = { .tv_nsec = 20000000 };
	char in[16];
	int a, b;

	now(d, "ASYNC_CANCEL");
	sqe = op(IORING_OP_RECV, e.fd, in, 16);
	sqe.user_data = 77;
	submit(&r, sqe);
	submit(&r, (struct io_uring_sqe){ .opcode = IORING_OP_ASYNC_CANCEL, .addr = 77 });
	a = answer(&r, SOON, NULL);
	b = answer(&r, SOON, NULL);
	saw(d, a < b ? a : b, "the one");
	saw(d, a < b ? b : a, "the other");
	now(d, "LINK_TIMEOUT");
	sqe.flags = IOSQE_IO_LINK;
	queue(&r, sqe);
	queue(&r, (struct io_uring_sqe){
		.opcode = IORING_OP_LINK_TIMEOUT, .addr = (uintptr_t)&soon, .len = 1,
	});
	saw(d, enter(&r, 2), "submitted");
	a = answer(&r, SOON, NULL);
	b = answer(&r, SOON, NULL);
	saw(d, a < b ? a : b, "the one");
	saw(d, a < b ? b : a, "the other");
	now(d, "what is cancelled took nothing");
	send_text(e.peer, "hello");
	saw(d, recv_text(e.fd, "hello"), "receive");
	end_all(&e);
	end_ring(&r);
}

static void accept_waits(struct diary *d)
{
	struct ring r = new_ring();
	int l = fresh_listener(d, 8), c[3], n;
	struct io_uring_sqe sqe = op(IORING_OP_ACCEPT, l, NULL, 0);
	struct where w = { .len = sizeof(w.all) };
	struct io_uring_cqe cqe = {};

	now(d, "ACCEPT before the connection");
	sqe.addr = (uintptr_t)&w.sa;
	sqe.addr2 = (uintptr_t)&w.len;
	submit(&r, sqe);
	saw(d, answer(&r, NEVER, NULL), "nothing yet");
	c[0] = fresh(d);
	saw(d, connect_to(c[0], name_of(l)), "connect");
	n = answer(&r, SOON, NULL);
	saw(d, n >= 0, "accepted");
	saw(d, same_where(w, name_of(c[0])), "its name");
	send_text(c[0], "hello");
	saw(d, recv_text(n, "hello"), "it works");
	close(n);
	close(c[0]);

	now(d, "multishot ACCEPT");
	sqe = op(IORING_OP_ACCEPT, l, NULL, 0);
	sqe.ioprio = IORING_ACCEPT_MULTISHOT;
	submit(&r, sqe);
	for (int i = 0; i < 3; i++) {
		c[i] = fresh(d);
		saw(d, connect_to(c[i], name_of(l)), "connect");
		n = answer(&r, SOON, &cqe);
		saw(d, n >= 0, "accepted");
		saw(d, cqe.flags & IORING_CQE_F_MORE, "more to come");
		close(n);
		close(c[i]);
	}
	shutdown(l, SHUT_RD);
	saw(d, answer(&r, SOON, &cqe), "the listener ends");
	saw(d, cqe.flags & IORING_CQE_F_MORE, "no more to come");
	close(l);
	end_ring(&r);
}

static void connect_waits(struct diary *d)
{
	struct ring r = new_ring();
	struct ends e = { fresh(d), -1, fresh_listener(d, 4) };
	struct where w = name_of(e.listener);
	struct io_uring_sqe sqe = op(IORING_OP_CONNECT, e.fd, &w.sa, 0);

	sqe.off = w.len;
	now(d, "CONNECT");
	saw(d, did(&r, sqe), "answer");
	saw(d, did(&r, sqe), "and again");
	e.peer = accept_from(e.listener);
	saw(d, did(&r, op(IORING_OP_SEND, e.fd, "hello", 5)), "send");
	saw(d, recv_text(e.peer, "hello"), "it works");
	end_all(&e);

	now(d, "CONNECT, refused");
	e = (struct ends){ fresh(d), -1, -1 };
	sqe.fd = e.fd;
	saw(d, did(&r, sqe), "answer");
	end_all(&e);

	now(d, "CONNECT that waits");
	e = (struct ends){ fresh(d), -1, fresh_listener(d, 4) };
	w = name_of(e.listener);
	set_deaf(e.listener, true);
	sqe.fd = e.fd;
	submit(&r, sqe);
	saw(d, answer(&r, NEVER, NULL), "nothing yet");
	set_deaf(e.listener, false);
	saw(d, answer(&r, SOON, NULL), "answer, when SYN has come again");
	end_all(&e);
	end_ring(&r);
}

static void send_waits(struct diary *d)
{
	enum { SIZE = 3 << 20 };
	struct ring r = new_ring();
	struct ends e = new_ends(d);
	struct mover m = { .fd = e.peer, .len = SIZE, .receive = true, .to_end = true };
	unsigned char *all = malloc(SIZE);

	for (size_t i = 0; i < SIZE; i++)
		all[i] = byte_at(i);
	now(d, "SEND MSG_WAITALL of 3 MB");
	submit(&r, op_flags(IORING_OP_SEND, e.fd, all, SIZE, MSG_WAITALL));
	saw(d, answer(&r, NEVER, NULL), "nobody reads");
	mover_start(&m);
	saw(d, answer(&r, SOON, NULL), "answer");
	shutdown(e.fd, SHUT_WR);
	saw(d, mover_end(&m), "received");
	free(all);
	end_all(&e);
	end_ring(&r);
}

static void poll_waits(struct diary *d)
{
	struct ring r = new_ring();
	struct ends e = new_ends(d);
	struct io_uring_sqe sqe = op(IORING_OP_POLL_ADD, e.fd, NULL, 0);
	struct io_uring_cqe cqe = {};
	int p[2];

	now(d, "POLL_ADD");
	sqe.poll32_events = POLLIN | POLLRDHUP | POLLPRI;
	submit(&r, sqe);
	saw(d, answer(&r, NEVER, NULL), "nothing yet");
	send_text(e.peer, "x");
	saw(d, answer(&r, SOON, NULL), "data");
	saw(d, did(&r, sqe), "at once");
	recv_text(e.fd, "x");
	now(d, "multishot POLL_ADD");
	sqe.len = IORING_POLL_ADD_MULTI;
	submit(&r, sqe);
	for (int i = 0; i < 3; i++) {
		send_text(e.peer, "x");
		saw(d, answer(&r, SOON, &cqe), "data");
		saw(d, cqe.flags & IORING_CQE_F_MORE, "more to come");
		recv_text(e.fd, "x");
	}
	shutdown(e.peer, SHUT_WR);
	saw(d, answer(&r, SOON, NULL), "FIN");
	now(d, "SPLICE");
	if (pipe(p))
		exit(1);
	send_text(e.fd, "through a pipe");
	sqe = op(IORING_OP_SPLICE, p[1], NULL, 100);
	sqe.splice_fd_in = e.peer;
	sqe.splice_off_in = (uint64_t)-1;
	sqe.off = (uint64_t)-1;
	saw(d, did(&r, sqe), "out of a socket");
	close(p[0]);
	close(p[1]);
	end_all(&e);
	end_ring(&r);
}

static void send_without_a_copy(struct diary *d)
{
	struct ring r = new_ring();
	struct ends e = new_ends(d);

	now(d, "SEND_ZC");
	saw(d, did(&r, op(IORING_OP_SEND_ZC, e.fd, "abc", 3)), "answer");
	end_all(&e);
	end_ring(&r);
}

static void buffers_are_chosen(struct diary *d)
{
	static char pool[4][8];
	struct ring r = new_ring();
	struct ends e = new_ends(d);
	struct io_uring_sqe sqe = op(IORING_OP_PROVIDE_BUFFERS, 4, pool, 8);
	struct io_uring_cqe cqe = {};

	now(d, "IOSQE_BUFFER_SELECT");
	sqe.buf_group = 1;
	saw(d, did(&r, sqe), "provided");
	for (int i = 0; i < 5; i++) {
		send_text(e.peer, "12345678");
		sqe = op(IORING_OP_RECV, e.fd, NULL, 8);
		sqe.flags = IOSQE_BUFFER_SELECT;
		sqe.buf_group = 1;
		submit(&r, sqe);
		saw(d, answer(&r, SOON, &cqe), "answer");
		saw(d, cqe.flags & IORING_CQE_F_BUFFER, "has a buffer");
	}
	end_all(&e);
	end_ring(&r);
}

FIXTURE_PARITY(parity);
PARITY(parity, states_through_a_ring, exceptions)
PARITY(parity, receive_waits, exceptions)
PARITY(parity, receive_is_cancelled, exceptions)
PARITY(parity, accept_waits, exceptions)
PARITY(parity, connect_waits, exceptions)
PARITY(parity, send_waits, exceptions)
PARITY(parity, poll_waits, exceptions)
PARITY(parity, send_without_a_copy, exceptions)
PARITY(parity, buffers_are_chosen, exceptions)

TEST_HARNESS_MAIN
