// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: options.c - socket options
 *
 * At levels IPPROTO_TOY and SOL_TCP, with TCP's names, numbers, units and bounds (tcp(7)), so that
 * programs need not know which transport they talk through. Options of a connection live in
 * toy_conn.knobs; a listener's pass to the connections it accepts. Other levels are IP's.
 *
 * This file may touch settings, and reads the rest for TCP_INFO.
 */
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/tcp.h>

#include "core/cong.h"
#include "toy.h"

#define TOY_MAXSEG_LEAST	88	/* as TCP's */
#define TOY_MAXSEG_MOST		32767
#define TOY_KEEP_MOST		32767	/* seconds */
#define TOY_COUNT_MOST		127
#define TOY_LINGER2_MOST	120	/* seconds */
#define TOY_RTO_MAX_LEAST	1000	/* milliseconds */
#define TOY_RTO_MAX_MOST	120000
#define TOY_SHORT_LEAST		2	/* ticks: what a timer can keep */
#define TOY_SHORT_MOST		200000	/* microseconds */
#define TOY_TS_SPACE		12	/* timestamps in each segment, with what aligns them */
#define TOY_QUICK_ACKS		16	/* ACKs without delay that TCP_QUICKACK asks for */

static bool toy_is_ours(int level)
{
	return level == IPPROTO_TOY || level == SOL_TCP;
}

/* SYN,ACK doubles its wait each time, up to two minutes: how long until the nth repetition? */
static int toy_defer_seconds(u8 retries)
{
	int wait = 1, sum = 0;

	while (retries--) {
		sum += wait;
		wait = min(wait * 2, 120);
	}
	return sum;
}

static u8 toy_defer_retries(int seconds)
{
	u8 retries = 0;

	while (seconds > 0 && retries < U8_MAX && toy_defer_seconds(retries) < seconds)
		retries++;
	return retries;
}

/* ------------------------------------------------------------------------------------------- */
/* Set                                                                                           */

/**
 * toy_set_keepalive() - struct proto.keepalive: SO_KEEPALIVE (RFC 9293 MUST-24)
 * @sk: socket; its lock is held
 * @on: whether
 *
 * Context: process.
 */
void toy_set_keepalive(struct sock *sk, int on)
{
	toy_conn_set_keepalive(&toy_sk(sk)->conn, on, toy_now());
	toy_conn_arm(sk);
}

static int toy_set_keep_time(struct sock *sk, u64 *time, int val)
{
	if (val < 1 || val > TOY_KEEP_MOST)
		return -EINVAL;
	*time = val * TOY_USEC_PER_SEC;
	if (sock_flag(sk, SOCK_KEEPOPEN))
		toy_set_keepalive(sk, true);
	return 0;
}

static int toy_set_count(u8 *count, int val)
{
	if (val < 1 || val > TOY_COUNT_MOST)
		return -EINVAL;
	*count = val;
	return 0;
}

static int toy_set_maxseg(struct sock *sk, int val)
{
	if (val && (val < TOY_MAXSEG_LEAST || val > TOY_MAXSEG_MOST))
		return -EINVAL;
	toy_sk(sk)->user_mss = val;
	return 0;
}

/* What was held back for want of company may go now. */
static void toy_push_out(struct sock *sk)
{
	struct toy_conn *c = &toy_sk(sk)->conn;

	if (!toy_conn_unsent(c))
		return;
	if (!c->fin_queued)
		toy_conn_queued(c, 0, true);
	toy_conn_after(sk);
}

static int toy_set_nodelay(struct sock *sk, int val)
{
	toy_sk(sk)->conn.knobs.nodelay = !!val;
	if (val)
		toy_push_out(sk);
	return 0;
}

static int toy_set_cork(struct sock *sk, int val)
{
	toy_sk(sk)->conn.knobs.cork = !!val;
	if (!val)
		toy_push_out(sk);
	return 0;
}

static int toy_set_linger2(struct sock *sk, int val)
{
	struct toy_sock *tp = toy_sk(sk);

	if (val < 0) {
		tp->linger2 = -1;
		return 0;
	}
	tp->linger2 = min(val, TOY_LINGER2_MOST) * MSEC_PER_SEC;
	tp->conn.knobs.fin_timeout = val ? tp->linger2 * TOY_USEC_PER_MSEC :
		READ_ONCE(toy_net(sock_net(sk))->knobs.fin_timeout) * TOY_USEC_PER_SEC;
	return 0;
}

static int toy_set_user_timeout(struct sock *sk, int val)
{
	if (val < 0)
		return -EINVAL;
	toy_sk(sk)->conn.knobs.user_timeout = val * TOY_USEC_PER_MSEC;
	return 0;
}

static int toy_set_quickack(struct sock *sk, int val)
{
	struct toy_conn *c = &toy_sk(sk)->conn;

	c->quick_acks = val ? TOY_QUICK_ACKS : 0;
	if (val && c->timers[TOY_TIMER_DELACK] && !c->ack_now) {
		c->ack_now = TOY_SENT_ACK;
		toy_conn_after(sk);
	}
	return 0;
}

static int toy_set_notsent_lowat(struct sock *sk, int val)
{
	WRITE_ONCE(toy_sk(sk)->notsent_lowat, val);
	sk->sk_write_space(sk);
	return 0;
}

static int toy_set_rto_max(u64 *time, int val)
{
	if (val < TOY_RTO_MAX_LEAST || val > TOY_RTO_MAX_MOST)
		return -EINVAL;
	*time = val * TOY_USEC_PER_MSEC;
	return 0;
}

/* A time in microseconds, as far as the kernel's ticks can tell. */
static int toy_set_short_time(u64 *time, int val)
{
	unsigned long ticks = usecs_to_jiffies(val);

	if (ticks < TOY_SHORT_LEAST || ticks > usecs_to_jiffies(TOY_SHORT_MOST))
		return -EINVAL;
	*time = jiffies_to_usecs(ticks);
	return 0;
}

/*
 * The largest window to offer; the connection hears of it when it next tells one. One that is too
 * small, or less than nothing, becomes the least there is.
 */
static int toy_set_window_clamp(struct sock *sk, int val)
{
	u32 clamp = val ? max_t(int, val, SOCK_MIN_RCVBUF / 2) : 0;

	if (!val && sk->sk_state != TCP_CLOSE)
		return -EINVAL;
	WRITE_ONCE(toy_sk(sk)->window_clamp, clamp);
	return 0;
}

static int toy_set_inq(struct sock *sk, int val)
{
	if (val < 0 || val > 1)
		return -EINVAL;
	WRITE_ONCE(toy_sk(sk)->recv_inq, val);
	return 0;
}

/**
 * toy_set_rcvlowat() - struct proto_ops.set_rcvlowat: SO_RCVLOWAT
 * @sk: socket; its lock is held
 * @val: bytes that a reader wants at least
 *
 * No more than can come while none is read; where the user did not set the buffer, it grows.
 *
 * Context: process.
 * Return: 0.
 */
int toy_set_rcvlowat(struct sock *sk, int val)
{
	bool fixed = sk->sk_userlocks & SOCK_RCVBUF_LOCK;
	int most = fixed ? sk->sk_rcvbuf : READ_ONCE(toy_net(sock_net(sk))->knobs.rmem[2]);

	val = min(val, most / 2);
	WRITE_ONCE(sk->sk_rcvlowat, val ? : 1);
	if (!fixed && val * 2 > sk->sk_rcvbuf) {
		WRITE_ONCE(sk->sk_rcvbuf, val * 2);
		if (toy_state_synced(toy_sk(sk)->conn.state)) {
			toy_conn_set_rcv_limit(&toy_sk(sk)->conn, toy_rcv_limit(sk), toy_now());
			toy_conn_after(sk);
		}
	}
	if (toy_stream_readable(sk, sk->sk_rcvlowat))
		sk->sk_data_ready(sk);
	return 0;
}

/* Reno is all there is. */
static int toy_set_congestion(sockptr_t optval, unsigned int optlen)
{
	char name[TCP_CA_NAME_MAX];
	long n;

	if (optlen < 1)
		return -EINVAL;
	n = strncpy_from_sockptr(name, optval, min_t(long, TCP_CA_NAME_MAX - 1, optlen));
	if (n < 0)
		return -EFAULT;
	name[n] = 0;
	return strcmp(name, toy_cong_reno.name) ? -ENOENT : 0;
}

static int toy_set_int(struct sock *sk, int optname, int val)
{
	struct toy_sock *tp = toy_sk(sk);
	struct toy_knobs *knobs = &tp->conn.knobs;

	switch (optname) {
	case TCP_NODELAY:
		return toy_set_nodelay(sk, val);
	case TCP_CORK:
		return toy_set_cork(sk, val);
	case TCP_MAXSEG:
		return toy_set_maxseg(sk, val);
	case TCP_KEEPIDLE:
		return toy_set_keep_time(sk, &knobs->keep_idle, val);
	case TCP_KEEPINTVL:
		return toy_set_keep_time(sk, &knobs->keep_intvl, val);
	case TCP_KEEPCNT:
		return toy_set_count(&knobs->keep_probes, val);
	case TCP_SYNCNT:
		return toy_set_count(&knobs->syn_retries, val);
	case TCP_LINGER2:
		return toy_set_linger2(sk, val);
	case TCP_USER_TIMEOUT:
		return toy_set_user_timeout(sk, val);
	case TCP_QUICKACK:
		return toy_set_quickack(sk, val);
	case TCP_DEFER_ACCEPT:
		WRITE_ONCE(tp->queue.defer, toy_defer_retries(val));
		return 0;
	case TCP_NOTSENT_LOWAT:
		return toy_set_notsent_lowat(sk, val);
	case TCP_WINDOW_CLAMP:
		return toy_set_window_clamp(sk, val);
	case TCP_INQ:
		return toy_set_inq(sk, val);
	case TCP_RTO_MAX_MS:
		return toy_set_rto_max(&knobs->rto_max, val);
	case TCP_RTO_MIN_US:
		return toy_set_short_time(&knobs->rto_min, val);
	case TCP_DELACK_MAX_US:
		return toy_set_short_time(&knobs->delack, val);
	case TCP_SAVE_SYN:
		if (val < 0 || val > 2)
			return -EINVAL;
		WRITE_ONCE(tp->save_syn, val);
		return 0;
	}
	return -ENOPROTOOPT;
}

/* A connection has one peer. IP refuses the same to TCP, which it knows by its kind of socket. */
static bool toy_is_multicast(const struct sock *sk, int level, int optname, unsigned int optlen)
{
	if (level == IPPROTO_IP)
		return optname == IP_ADD_MEMBERSHIP || optname == IP_DROP_MEMBERSHIP;
	return level == IPPROTO_IPV6 && sk->sk_family == AF_INET6 &&
	       optlen >= sizeof(struct ipv6_mreq) &&
	       (optname == IPV6_ADD_MEMBERSHIP || optname == IPV6_DROP_MEMBERSHIP);
}

static int toy_set_ip(struct sock *sk, int level, int optname, sockptr_t optval,
		      unsigned int optlen)
{
	if (toy_is_multicast(sk, level, optname, optlen))
		return -EPROTO;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return ipv6_setsockopt(sk, level, optname, optval, optlen);
#endif
	return ip_setsockopt(sk, level, optname, optval, optlen);
}

/**
 * toy_setsockopt() - struct proto.setsockopt
 * @sk: socket
 * @level: IPPROTO_TOY, SOL_TCP, or one of IP's
 * @optname: option
 * @optval: value
 * @optlen: bytes in it
 *
 * Context: process, no lock held.
 * Return: 0; -ENOPROTOOPT: no such option; -EINVAL: value out of bounds; -EFAULT; -ENOENT.
 */
int toy_setsockopt(struct sock *sk, int level, int optname, sockptr_t optval, unsigned int optlen)
{
	int val, err;

	if (!toy_is_ours(level))
		return toy_set_ip(sk, level, optname, optval, optlen);
	if (optname == TCP_CONGESTION)
		return toy_set_congestion(optval, optlen);
	if (optlen < sizeof(val))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	lock_sock(sk);
	err = toy_set_int(sk, optname, val);
	release_sock(sk);
	return err;
}

/* ------------------------------------------------------------------------------------------- */
/* Get                                                                                           */

static u32 toy_msecs_since(u64 then)
{
	u64 now = toy_now();

	return then && now > then ? div_u64(now - then, USEC_PER_MSEC) : 0;
}

static u8 toy_info_ca_state(const struct toy_conn *c)
{
	if (c->in_loss)
		return TCP_CA_Loss;
	return c->in_recovery ? TCP_CA_Recovery : TCP_CA_Open;
}

/* Our SYN was acknowledged, in this state or one before it. */
static bool toy_was_open(const struct toy_conn *c)
{
	return c->state != TOY_SYN_SENT && c->snd_una != c->iss;
}

static u8 toy_info_options(const struct toy_conn *c)
{
	u8 options = 0;

	if (!toy_was_open(c))		/* nothing is agreed on */
		return 0;
	if (c->ts_ok)
		options |= TCPI_OPT_TIMESTAMPS;
	if (c->sack_ok)
		options |= TCPI_OPT_SACK;
	if (c->snd_wscale || c->rcv_wscale)
		options |= TCPI_OPT_WSCALE;
	if (c->ecn_ok)
		options |= TCPI_OPT_ECN;
	if (c->ecn_seen)
		options |= TCPI_OPT_ECN_SEEN;
	return options;
}

/* Fields whose meaning depends on there being a connection. */
static void toy_info_path(struct sock *sk, struct tcp_info *info)
{
	const struct toy_conn *c = &toy_sk(sk)->conn;

	if (c->state != TOY_CLOSED)
		info->tcpi_pmtu = toy_sk(sk)->af->path_mtu(sk);
	else if (c->path_mss)
		info->tcpi_pmtu = c->path_mss + toy_sk(sk)->af->net_header + TOY_HDR_MIN;
	info->tcpi_snd_mss = TCP_MSS_DEFAULT;
	info->tcpi_snd_ssthresh = TCP_INFINITE_SSTHRESH;
	if (!toy_was_open(c))
		return;
	info->tcpi_snd_mss = c->mss;
	if (c->cong.ssthresh < 1 << 30)
		info->tcpi_snd_ssthresh = c->cong.ssthresh / max_t(u32, c->mss, 1);
	info->tcpi_snd_wscale = c->snd_wscale;
	info->tcpi_rcv_wscale = c->rcv_wscale;
	info->tcpi_rcv_space = c->rcv_limit;
}

static void toy_info_fill(struct sock *sk, struct tcp_info *info)
{
	const struct toy_conn *c = &toy_sk(sk)->conn;
	u32 mss = max_t(u32, c->mss, 1);

	toy_info_path(sk, info);

	info->tcpi_ca_state = toy_info_ca_state(c);
	info->tcpi_retransmits = c->retries;
	info->tcpi_probes = c->timers[TOY_TIMER_PERSIST] ? c->retries : c->keep_sent;
	info->tcpi_backoff = c->backoff;
	info->tcpi_options = toy_info_options(c);
	info->tcpi_rto = toy_rtt_rto(c);
	info->tcpi_ato = c->bytes_in ? c->knobs.delack : 0;
	info->tcpi_rcv_mss = max_t(u32, c->rcv_mss, TCP_MIN_MSS);
	info->tcpi_unacked = DIV_ROUND_UP(c->snd_nxt - c->snd_una, mss);
	info->tcpi_retrans = DIV_ROUND_UP(c->rtx_end - c->rtx_nxt, mss);
	info->tcpi_last_data_sent = toy_msecs_since(c->last_sent);
	info->tcpi_last_data_recv = toy_msecs_since(c->last_data);
	info->tcpi_last_ack_recv = toy_msecs_since(c->last_rcvd);
	info->tcpi_rcv_ssthresh = c->rcv_limit;
	info->tcpi_rtt = c->srtt;
	info->tcpi_rttvar = c->rttvar;
	info->tcpi_min_rtt = c->rtt_min;
	info->tcpi_snd_cwnd = c->cong.cwnd / mss;
	info->tcpi_advmss = c->path_mss - (c->ts_ok ? TOY_TS_SPACE : 0);
	info->tcpi_total_retrans = c->total_rtx;
	info->tcpi_bytes_acked = c->bytes_acked;
	info->tcpi_bytes_received = c->bytes_in;
	info->tcpi_notsent_bytes = toy_conn_unsent(c);
	info->tcpi_segs_out = c->segs_out;
	info->tcpi_segs_in = c->segs_in;
	info->tcpi_data_segs_out = c->data_segs_out;
	info->tcpi_data_segs_in = c->data_segs_in;
	info->tcpi_bytes_sent = c->bytes_out;
	info->tcpi_bytes_retrans = c->bytes_rtx;
	info->tcpi_snd_wnd = c->snd_wnd;
}

/**
 * toy_info() - what there is to know of a socket
 * @sk: socket; its lock is held
 * @info: filled whole
 *
 * Context: process.
 */
void toy_info(struct sock *sk, struct tcp_info *info)
{
	memset(info, 0, sizeof(*info));
	info->tcpi_state = inet_sk_state_load(sk);
	info->tcpi_pacing_rate = ~0ULL;
	info->tcpi_max_pacing_rate = ~0ULL;
	info->tcpi_reordering = TCP_FASTRETRANS_THRESH;
	if (info->tcpi_state == TCP_LISTEN) {
		info->tcpi_unacked = READ_ONCE(sk->sk_ack_backlog);
		info->tcpi_sacked = READ_ONCE(sk->sk_max_ack_backlog);
	} else {
		toy_info_fill(sk, info);
	}
}

static int toy_get_info(struct sock *sk, char __user *optval, int __user *optlen, int len)
{
	struct tcp_info info;

	lock_sock(sk);
	toy_info(sk, &info);
	release_sock(sk);
	len = min_t(unsigned int, len, sizeof(info));
	if (put_user(len, optlen) || copy_to_user(optval, &info, len))
		return -EFAULT;
	return 0;
}

static int toy_get_congestion(char __user *optval, int __user *optlen, int len)
{
	char name[TCP_CA_NAME_MAX] = {};

	strscpy(name, toy_cong_reno.name, sizeof(name));
	len = min_t(unsigned int, len, sizeof(name));
	if (put_user(len, optlen) || copy_to_user(optval, name, len))
		return -EFAULT;
	return 0;
}

/* The headers of the SYN that opened this connection, once; nothing where they were not saved. */
static int toy_get_saved_syn(struct sock *sk, char __user *optval, int __user *optlen, int len)
{
	struct toy_sock *tp = toy_sk(sk);
	u32 have;
	int err;

	lock_sock(sk);
	have = tp->syn ? tp->syn->len : 0;
	err = put_user(have, optlen);
	if (!err && len < have)
		err = -EINVAL;		/* and they know how much room it takes */
	if (!err && have) {
		err = copy_to_user(optval, tp->syn->data, have) ? -EFAULT : 0;
		if (!err) {
			kfree(tp->syn);
			tp->syn = NULL;
		}
	}
	release_sock(sk);
	return err;
}

static int toy_get_maxseg(const struct sock *sk)
{
	const struct toy_sock *tp = toy_sk(sk);

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return tp->user_mss ? : tp->conn.mss ? : TCP_MSS_DEFAULT;
	return tp->conn.mss;
}

static int toy_get_linger2(const struct sock *sk)
{
	int linger2 = READ_ONCE(toy_sk(sk)->linger2);

	if (linger2 < 0)
		return -1;
	return linger2 ? linger2 / (int)MSEC_PER_SEC :
			 READ_ONCE(toy_net(sock_net(sk))->knobs.fin_timeout);
}

static int toy_get_int(const struct sock *sk, int optname, int *val)
{
	const struct toy_sock *tp = toy_sk(sk);
	const struct toy_knobs *knobs = &tp->conn.knobs;

	switch (optname) {
	case TCP_NODELAY:
		*val = knobs->nodelay;
		return 0;
	case TCP_CORK:
		*val = knobs->cork;
		return 0;
	case TCP_MAXSEG:
		*val = toy_get_maxseg(sk);
		return 0;
	case TCP_KEEPIDLE:
		*val = div_u64(knobs->keep_idle, USEC_PER_SEC);
		return 0;
	case TCP_KEEPINTVL:
		*val = div_u64(knobs->keep_intvl, USEC_PER_SEC);
		return 0;
	case TCP_KEEPCNT:
		*val = knobs->keep_probes;
		return 0;
	case TCP_SYNCNT:
		*val = knobs->syn_retries;
		return 0;
	case TCP_LINGER2:
		*val = toy_get_linger2(sk);
		return 0;
	case TCP_USER_TIMEOUT:
		*val = div_u64(knobs->user_timeout, USEC_PER_MSEC);
		return 0;
	case TCP_QUICKACK:
		*val = !!tp->conn.quick_acks;
		return 0;
	case TCP_DEFER_ACCEPT:
		*val = toy_defer_seconds(READ_ONCE(tp->queue.defer));
		return 0;
	case TCP_NOTSENT_LOWAT:
		*val = READ_ONCE(tp->notsent_lowat);
		return 0;
	case TCP_WINDOW_CLAMP:
		*val = READ_ONCE(tp->window_clamp) ? : tp->conn.rcv_limit;
		return 0;
	case TCP_INQ:
		*val = READ_ONCE(tp->recv_inq);
		return 0;
	case TCP_RTO_MAX_MS:
		*val = div_u64(knobs->rto_max, USEC_PER_MSEC);
		return 0;
	case TCP_RTO_MIN_US:
		*val = knobs->rto_min;
		return 0;
	case TCP_DELACK_MAX_US:
		*val = knobs->delack;
		return 0;
	case TCP_IS_MPTCP:
		*val = 0;
		return 0;
	case TCP_SAVE_SYN:
		*val = READ_ONCE(tp->save_syn);
		return 0;
	}
	return -ENOPROTOOPT;
}

static int toy_get_ip(struct sock *sk, int level, int optname, char __user *optval,
		      int __user *optlen)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return ipv6_getsockopt(sk, level, optname, optval, optlen);
#endif
	return ip_getsockopt(sk, level, optname, optval, optlen);
}

/**
 * toy_getsockopt() - struct proto.getsockopt
 * @sk: socket
 * @level: IPPROTO_TOY, SOL_TCP, or one of IP's
 * @optname: option
 * @optval: where the value goes
 * @optlen: room there; what was used
 *
 * Context: process, no lock held.
 * Return: 0; -ENOPROTOOPT: no such option; -EINVAL; -EFAULT.
 */
int toy_getsockopt(struct sock *sk, int level, int optname, char __user *optval,
		   int __user *optlen)
{
	int len, val, err;

	if (!toy_is_ours(level))
		return toy_get_ip(sk, level, optname, optval, optlen);
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	switch (optname) {
	case TCP_INFO:
		return toy_get_info(sk, optval, optlen, len);
	case TCP_CONGESTION:
		return toy_get_congestion(optval, optlen, len);
	case TCP_SAVED_SYN:
		return toy_get_saved_syn(sk, optval, optlen, len);
	}
	err = toy_get_int(sk, optname, &val);
	if (err)
		return err;
	len = min_t(unsigned int, len, sizeof(val));
	if (put_user(len, optlen) || copy_to_user(optval, &val, len))
		return -EFAULT;
	return 0;
}
