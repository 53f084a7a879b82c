// SPDX-License-Identifier: GPL-2.0
/*
 * diag.c - sockets from sock_diag(7), in the messages of inet_diag that ss asks for as well
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>

#include "socket.h"
#include "uapi.h"

/* Whom a dump is for. */
struct dump {
	struct rows *all;
	const struct filter *wanted;
};

static void take_info(struct row *row, const void *info, size_t size)
{
	/* a kernel may know less than these headers, or more */
	memcpy(&row->info, info, size < sizeof(row->info) ? size : sizeof(row->info));
	row->known = INFO_ALL;
	row->whole = true;
}

static void take_memory(struct row *row, const void *memory, size_t size)
{
	uint32_t v[SK_MEMINFO_VARS] = { };

	if (size < sizeof(v[0]) * (SK_MEMINFO_SNDBUF + 1))
		return;
	memcpy(v, memory, size < sizeof(v) ? size : sizeof(v));
	row->has_memory = true;
	row->rmem = v[SK_MEMINFO_RMEM_ALLOC];
	row->rcvbuf = v[SK_MEMINFO_RCVBUF];
	row->wmem = v[SK_MEMINFO_WMEM_ALLOC];
	row->sndbuf = v[SK_MEMINFO_SNDBUF];
}

static void take_attribute(struct row *row, const struct nlattr *attr)
{
	const void *payload = mnl_attr_get_payload(attr);
	size_t size = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case INET_DIAG_INFO:
		take_info(row, payload, size);
		break;
	case INET_DIAG_SKMEMINFO:
		take_memory(row, payload, size);
		break;
	case INET_DIAG_CONG:
		if (size >= sizeof(row->congestion))
			size = sizeof(row->congestion) - 1;
		memcpy(row->congestion, payload, size);
		row->congestion[size] = '\0';
		break;
	case INET_DIAG_SKV6ONLY:
		row->v6only = size && *(const uint8_t *)payload;
		break;
	}
}

static uint64_t cookie_of(const struct inet_diag_msg *msg)
{
	uint64_t cookie = (uint64_t)msg->id.idiag_cookie[1] << 32 | msg->id.idiag_cookie[0];

	return cookie == UINT64_MAX ? 0 : cookie;
}

bool diag_row(struct row *row, const void *message, size_t size)
{
	const struct inet_diag_msg *msg = message;
	const struct nlattr *attr;

	memset(row, 0, sizeof(*row));
	if (size < sizeof(*msg) || !msg->idiag_state || msg->idiag_state >= TOY_STATE_COUNT ||
	    (msg->idiag_family != AF_INET && msg->idiag_family != AF_INET6))
		return false;
	row->family = msg->idiag_family;
	row->state = msg->idiag_state;
	memcpy(&row->laddr, msg->id.idiag_src, sizeof(row->laddr));
	memcpy(&row->raddr, msg->id.idiag_dst, sizeof(row->raddr));
	row->lport = ntohs(msg->id.idiag_sport);
	row->rport = ntohs(msg->id.idiag_dport);
	row->ifindex = msg->id.idiag_if;
	row->cookie = cookie_of(msg);
	row->recv_q = msg->idiag_rqueue;
	row->send_q = msg->idiag_wqueue;
	row->has_send_q = true;
	row->timer = msg->idiag_timer;
	row->expires = msg->idiag_expires;
	row->retries = msg->idiag_retrans;
	row->uid = msg->idiag_uid;
	row->inode = msg->idiag_inode;
	attr = (const void *)((const char *)message + MNL_ALIGN(sizeof(*msg)));
	while (mnl_attr_ok(attr, (int)((const char *)message + size - (const char *)attr))) {
		take_attribute(row, attr);
		attr = mnl_attr_next(attr);
	}
	return true;
}

static int take_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct dump *dump = arg;
	struct row row;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    !diag_row(&row, mnl_nlmsg_get_payload(nlh), mnl_nlmsg_get_payload_len(nlh)))
		return MNL_CB_OK;
	if (rows_add(dump->all, &row, dump->wanted))
		return MNL_CB_OK;
	errno = ENOMEM;
	return MNL_CB_ERROR;
}

static int ask(struct mnl_socket *nl, int family, struct dump *dump)
{
	char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct inet_diag_req_v2 *req;
	static unsigned int seq;
	int ret;

	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = ++seq;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = (uint8_t)family;
	req->sdiag_protocol = IPPROTO_TOY;
	req->idiag_states = dump->wanted->states;
	req->idiag_ext = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_SKMEMINFO - 1) |
			 1 << (INET_DIAG_CONG - 1);
	req->id.idiag_sport = htons(dump->wanted->lport);
	req->id.idiag_dport = htons(dump->wanted->rport);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		if (n < 0)
			return -errno;
		ret = mnl_cb_run(buf, (size_t)n, seq, mnl_socket_get_portid(nl), take_message,
				 dump);
	} while (ret > 0);
	return ret < 0 ? -errno : 0;
}

int diag_read(struct rows *all, const struct filter *wanted)
{
	struct dump dump = { .all = all, .wanted = wanted };
	struct mnl_socket *nl = mnl_socket_open(NETLINK_SOCK_DIAG);
	int ret = 0;

	if (!nl)
		return errno == EPROTONOSUPPORT ? -ENOENT : -errno;
	all->from_diag = true;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		ret = -errno;
	if (!ret && wanted->family != AF_INET6)
		ret = ask(nl, AF_INET, &dump);
	if (!ret && wanted->family != AF_INET)
		ret = ask(nl, AF_INET6, &dump);
	mnl_socket_close(nl);
	return ret;
}
