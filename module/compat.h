/* SPDX-License-Identifier: GPL-2.0 */
/**
 * DOC: compat.h - what differs between the kernels that the module builds for
 *
 * The only file that knows of it. Differences are asked of the headers by compiling the files of
 * module/probes/ (module/probe.sh writes compat-gen.h: HAVE_NAME for each name.c that compiles),
 * or seen from the macro that came with them; never taken from a version number, for distributions
 * backport. The names that the module uses are the newest kernel's; older ones are helped here.
 */
#ifndef TOY_COMPAT_H
#define TOY_COMPAT_H

#include <linux/bpf-cgroup.h>
#include <linux/filter.h>
#include <linux/random.h>
#include <linux/sysctl.h>
#include <linux/tcp.h>
#include <linux/timer.h>
#include <net/flow.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/sock.h>

#include "compat-gen.h"

/* What cuts super-segments has had a header of its own since Linux 6.5. */
#ifdef HAVE_NET_GSO_H
#include <net/gso.h>
#endif

/* What takes and drops the page of a fragment, since Linux 6.10. */
#ifdef HAVE_SKBUFF_REF_H
#include <linux/skbuff_ref.h>
#endif

/* ------------------------------------------------------------------------------------------- */
/* Timers                                                                                        */

/* Linux 6.16 gave from_timer() its present name. */
#ifndef timer_container_of
#define timer_container_of(var, callback_timer, field) from_timer(var, callback_timer, field)
#endif

/* ------------------------------------------------------------------------------------------- */
/* struct proto and struct proto_ops: signatures of their functions                              */

/*
 * Linux 6.19 tells addresses whose length the caller gives from those of a fixed size.
 * proto.connect, proto.pre_connect and proto.bind take struct toy_sockaddr *.
 */
#ifdef HAVE_SOCKADDR_UNSIZED
#define toy_sockaddr sockaddr_unsized
#else
#define toy_sockaddr sockaddr
#endif

/*
 * proto.accept takes one struct since Linux 6.10:
 *
 *	static struct sock *toy_prot_accept(TOY_ACCEPT_PARAMS)
 *	{
 *		return toy_accept(sk, TOY_ACCEPT_FLAGS, TOY_ACCEPT_ERR, TOY_ACCEPT_KERN);
 *	}
 */
#ifdef HAVE_PROTO_ACCEPT_ARG
#define TOY_ACCEPT_PARAMS	struct sock *sk, struct proto_accept_arg *arg
#define TOY_ACCEPT_FLAGS	(arg->flags)
#define TOY_ACCEPT_ERR		(&arg->err)
#define TOY_ACCEPT_KERN		(arg->kern)
#else
#define TOY_ACCEPT_PARAMS	struct sock *sk, int flags, int *err, bool kern
#define TOY_ACCEPT_FLAGS	(flags)
#define TOY_ACCEPT_ERR		(err)
#define TOY_ACCEPT_KERN		(kern)
#endif

/*
 * proto.ioctl gives its answer through an int in kernel memory since Linux 6.5, and stored it in
 * the user's before:
 *
 *	static int toy_ioctl(struct sock *sk, int cmd, TOY_IOCTL_ARG arg)
 *	{
 *		...
 *		return toy_ioctl_answer(value, arg);
 *	}
 */
#ifdef HAVE_PROTO_IOCTL_KARG
#define TOY_IOCTL_ARG		int *
static inline int toy_ioctl_answer(int value, int *karg)
{
	*karg = value;
	return 0;
}
#else
#define TOY_IOCTL_ARG		unsigned long
static inline int toy_ioctl_answer(int value, unsigned long arg)
{
	return put_user(value, (int __user *)arg);
}
#endif

/*
 * proto.recvmsg lost its addr_len in Linux 7.1, and inet_recv_error() with it:
 *
 *	static int toy_recvmsg(struct sock *sk, struct msghdr *msg, TOY_RECV_PARAMS)
 *	{
 *		... return inet_recv_error(sk, msg, TOY_RECV_ERROR_ARGS);
 *	}
 */
#ifdef HAVE_PROTO_RECVMSG_ADDR_LEN
#define TOY_RECV_PARAMS		size_t len, int flags, int *addr_len
#define TOY_RECV_ERROR_ARGS	len, addr_len
#else
#define TOY_RECV_PARAMS		size_t len, int flags
#define TOY_RECV_ERROR_ARGS	len
#endif

/* proto.sendpage and proto_ops.sendpage were there until Linux 6.5 (HAVE_PROTO_SENDPAGE). */

/* Newer kernels are told where struct ipv6_pinfo lies; Linux 6.1 looks at the end of the object. */
#ifdef HAVE_PROTO_IPV6_PINFO_OFFSET
#define TOY_PROTO_IPV6_PINFO(type, member) .ipv6_pinfo_offset = offsetof(type, member),
#else
#define TOY_PROTO_IPV6_PINFO(type, member)
#endif

/* ------------------------------------------------------------------------------------------- */
/* sysctl tables                                                                                 */

/* The empty last element is wanted until Linux 6.11, and an error after it. */
#ifdef HAVE_REGISTER_SYSCTL_SZ
#define TOY_CTL_TABLE_END
#define toy_register_net_sysctl(net, path, table, n) register_net_sysctl_sz(net, path, table, n)
#else
#define TOY_CTL_TABLE_END	{}
#define toy_register_net_sysctl(net, path, table, n) register_net_sysctl(net, path, table)
#endif

/* A sysctl's handler gets its table as const since Linux 6.11. */
#ifdef HAVE_CONST_CTL_TABLE
#define toy_ctl_table		const struct ctl_table
#else
#define toy_ctl_table		struct ctl_table
#endif

/* ------------------------------------------------------------------------------------------- */
/* The user a socket belongs to                                                                  */

#ifdef HAVE_SK_UID
#define toy_sk_uid(sk)		sk_uid(sk)
#else
#define toy_sk_uid(sk)		sock_i_uid(sk)
#endif

/* ------------------------------------------------------------------------------------------- */
/* Options of IP sockets: bit fields once, atomic bits since Linux 6.6                            */

static inline bool toy_inet_recverr(const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
#ifdef inet6_test_bit
	if (sk->sk_family == AF_INET6 && inet6_test_bit(RECVERR6, sk))
		return true;
#else
	if (sk->sk_family == AF_INET6 && inet6_sk(sk)->recverr)
		return true;
#endif
#endif
#ifdef inet_test_bit
	return inet_test_bit(RECVERR, sk);
#else
	return inet_sk(sk)->recverr;
#endif
}

static inline bool toy_inet_transparent(const struct sock *sk)
{
#ifdef inet_test_bit
	return inet_test_bit(TRANSPARENT, sk);
#else
	return inet_sk(sk)->transparent;
#endif
}

static inline bool toy_inet6_sndflow(const struct sock *sk)
{
#ifdef inet6_test_bit
	return inet6_test_bit(SNDFLOW, sk);
#else
	return inet6_sk(sk)->sndflow;
#endif
}

static inline bool toy_inet6_repflow(const struct sock *sk)
{
#ifdef inet6_test_bit
	return inet6_test_bit(REPFLOW, sk);
#else
	return inet6_sk(sk)->repflow;
#endif
}

/* A copy of a socket has no flow labels of its own. */
static inline void toy_inet6_forget_labels(struct sock *sk)
{
#ifdef HAVE_PINFO_FL_LIST
	inet6_sk(sk)->ipv6_fl_list = NULL;
#else
	RCU_INIT_POINTER(inet_sk(sk)->ipv6_fl_list, NULL);
#endif
}

/* The software time stamp in what SO_TIMESTAMPING tells. */
static inline void toy_scm_stamp(struct scm_timestamping_internal *all, ktime_t stamp)
{
#ifdef HAVE_SCM_STAMP_KTIME
	all->ts[0] = stamp;
#else
	all->ts[0] = ktime_to_timespec64(stamp);
#endif
}

/* Start value of the identification of IPv4 datagrams that may be fragmented. */
static inline void toy_inet_id_init(struct sock *sk)
{
#ifdef HAVE_INET_ID_ATOMIC
	atomic_set(&inet_sk(sk)->inet_id, get_random_u16());
#else
	inet_sk(sk)->inet_id = get_random_u16();
#endif
}

/* ------------------------------------------------------------------------------------------- */
/* Routes and filters                                                                            */

/* The type of service that a route is looked up for; @tos is the byte of the IP header. */
static inline void toy_flowi4_set_tos(struct flowi4 *fl4, u8 tos)
{
#ifdef HAVE_FLOWI4_DSCP
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#else
	fl4->flowi4_tos = tos & (IPTOS_TOS_MASK & ~3);	/* the ECN bits route nothing */
#endif
}

/* Run the socket's filter, which leaves @cap bytes at least. Return: 0, or drop the segment. */
static inline int toy_sk_filter(struct sock *sk, struct sk_buff *skb, unsigned int cap)
{
#ifdef HAVE_SK_FILTER_TRIM_CAP
	return sk_filter_trim_cap(sk, skb, cap);
#else
	enum skb_drop_reason reason;

	return sk_filter_trim_cap(sk, skb, cap, &reason);
#endif
}

/* cgroup hooks of connect(); they may change the address */
#ifdef HAVE_CGROUP_CONNECT_LEN
#define TOY_CGROUP_CONNECT4(sk, addr, len)	BPF_CGROUP_RUN_PROG_INET4_CONNECT(sk, addr, &(len))
#define TOY_CGROUP_CONNECT6(sk, addr, len)	BPF_CGROUP_RUN_PROG_INET6_CONNECT(sk, addr, &(len))
#else
#define TOY_CGROUP_CONNECT4(sk, addr, len)	BPF_CGROUP_RUN_PROG_INET4_CONNECT(sk, addr)
#define TOY_CGROUP_CONNECT6(sk, addr, len)	BPF_CGROUP_RUN_PROG_INET6_CONNECT(sk, addr)
#endif

/* ------------------------------------------------------------------------------------------- */
/* sock_diag                                                                                     */

/* Since Linux 6.8 a handler says whose it is. */
#ifdef HAVE_INET_DIAG_OWNER
#define TOY_DIAG_OWNER	.owner = THIS_MODULE,
#else
#define TOY_DIAG_OWNER
#endif

/* What inet_diag_bc_sk() takes: the whole request, since Linux 6.18, or the filter of it. */
#ifdef HAVE_INET_DIAG_BC_DATA
#define toy_diag_filter		inet_diag_dump_data
#define TOY_DIAG_FILTER(data)	(data)
#else
#define toy_diag_filter		nlattr
#define TOY_DIAG_FILTER(data)	((data)->inet_diag_nla_bc)
#endif

#endif /* TOY_COMPAT_H */
