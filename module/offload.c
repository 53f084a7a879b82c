// SPDX-License-Identifier: GPL-2.0
/**
 * DOC: offload.c - super-segments and checksums that are left for later
 *
 * To pass through IP and a queue costs the same for one segment as for forty. So one skb may hold a
 * super-segment: one header, and payload for many segments. Between two ends on one host (lo, veth)
 * it is never cut at all. Before any device that does not say that it takes such a thing, the
 * kernel asks toy_gso_segment() to cut it.
 *
 * Who takes it is decided by two bits, TOY_GSO_V4 or TOY_GSO_V6. Neither bit alone would do: a card
 * that offloads TCP would take SKB_GSO_TCPV4 for TCP, and send something else. No card offers TCP's
 * and SCTP's together, while virtual devices offer all that is done in software, these two among
 * them. TCP's bit in the pair also makes the rest of the kernel read the header's length where
 * TCP's stands, which is where ours is.
 *
 * An skb with an unfinished checksum (CHECKSUM_PARTIAL) has the same problem: a card that sums TCP
 * by itself sees the checksum field at TCP's offset and believes it. Therefore a checksum is left
 * unfinished only together with the pair of bits, one segment or many. A device without them makes
 * the kernel come here, and here every checksum is finished in software. That holds wherever the
 * skb is sent on to: through a bridge, by a router in another namespace, into a tunnel.
 *
 * May touch: the skb it is given; of a socket, what sk_setup_caps() sets, and toy_conn.gso_max.
 */
#include <net/protocol.h>

#include "toy.h"

/* ------------------------------------------------------------------------------------------- */
/* What a connection may use                                                                     */

/**
 * toy_offload_route() - a connection has another route: what may be left to its device?
 * @sk: socket; its lock is held
 * @dst: the route, whose reference becomes the socket's
 *
 * Context: softirq or process.
 */
void toy_offload_route(struct sock *sk, struct dst_entry *dst)
{
	struct toy_sock *tsk = toy_sk(sk);
	u32 headers = tsk->af->net_header + tsk->af->ext_len(sk) + TOY_HDR_MAX;

	sk->sk_gso_type = tsk->af->gso_type;
	sk_setup_caps(sk, dst);
	tsk->conn.gso_max = 0;
	/* sk_setup_caps() has left room for headers; IP's length field counts them, too. */
	if (sk_can_gso(sk) && !dst_xfrm(dst))
		tsk->conn.gso_max = min_t(u32, sk->sk_gso_max_size, IP_MAX_MTU - headers);
}

/*
 * The checksum of a segment that is not cut may wait when its device passes it on as it is. On lo
 * the
 * largest segments are too large to be taken for a super-segment; they cannot go elsewhere either.
 */
static bool toy_offload_whole(const struct sock *sk, struct sk_buff *skb, u32 len,
			      const struct dst_entry *dst)
{
	u32 headers = toy_sk(sk)->af->net_header + toy_sk(sk)->af->ext_len(sk) +
		      dst->dev->hard_header_len;

	if (!len || !(dst->dev->features & NETIF_F_HW_CSUM) || !sk_can_gso(sk) || dst_xfrm(dst))
		return false;
	if (skb->len + headers >= READ_ONCE(dst->dev->gso_max_size))
		return dst->dev->flags & IFF_LOOPBACK;
	if (!net_gso_ok(dst->dev->features, sk->sk_gso_type))
		return false;
	skb_shinfo(skb)->gso_type = sk->sk_gso_type;
	skb_shinfo(skb)->gso_size = len;
	skb_shinfo(skb)->gso_segs = 1;
	return true;
}

/**
 * toy_offload_prepare() - leave to the device what can be left to it
 * @sk: connection; its lock is held
 * @skb: the segment, from its header on
 * @seg: its header
 * @dst: the route, NULL: not known
 *
 * Context: softirq or process.
 *
 * Return: true if the checksum is left to the device, and to be begun; false if it is to be
 * finished.
 */
bool toy_offload_prepare(const struct sock *sk, struct sk_buff *skb, const struct toy_seg *seg,
			 const struct dst_entry *dst)
{
	if (!seg->gso_size || seg->len <= seg->gso_size)
		return dst && toy_offload_whole(sk, skb, seg->len, dst);
	skb_shinfo(skb)->gso_type = sk->sk_gso_type;
	skb_shinfo(skb)->gso_size = seg->gso_size;
	skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(seg->len, seg->gso_size);
	return true;
}

/* ------------------------------------------------------------------------------------------- */
/* Cutting                                                                                       */

/* The sum over a pseudo-header, as it waits in the checksum field, for a segment of another size */
static __sum16 toy_gso_seed(__sum16 seed, u32 old, u32 new)
{
	__wsum sum = csum_sub(csum_unfold(seed), (__force __wsum)htonl(old));

	return ~csum_fold(csum_add(sum, (__force __wsum)htonl(new)));
}

/* The urgent pointer counts from the segment's own number; what lies behind it is not urgent. */
static void toy_gso_urgent(u8 *header, u32 done)
{
	u32 urg = toy_get_be16(header + 18);

	if (!(header[13] & TOY_URG))
		return;
	if (urg <= done)
		header[13] &= ~TOY_URG;
	toy_put_be16(header + 18, urg > done ? urg - done : 0);
}

/*
 * One segment out of a super-segment that began with sequence number @seq: @done bytes of it are in
 * the segments before. FIN and PSH belong to its end, CWR to its beginning.
 */
static void toy_gso_header(struct sk_buff *skb, u32 seq, u32 done, __sum16 seed)
{
	u8 *header = skb_transport_header(skb);
	__sum16 *check = (__sum16 *)(header + TOY_CSUM_OFFSET);

	toy_put_be32(header + 4, seq + done);
	toy_gso_urgent(header, done);
	if (done)
		header[13] &= ~TOY_CWR;
	if (skb->next)
		header[13] &= ~(TOY_FIN | TOY_PSH);
	*check = seed;
	*check = gso_make_checksum(skb, csum_unfold(~seed));
}

/**
 * toy_gso_segment() - cut a super-segment: struct net_offload.callbacks.gso_segment
 * @skb: from its transport header on
 * @features: of the device that it is for
 *
 * Context: any; RCU read side.
 *
 * Return: the segments, linked by their next pointers, each whole and with its checksum; or an
 * error, and then the super-segment is dropped.
 */
static struct sk_buff *toy_gso_segment(struct sk_buff *skb, netdev_features_t features)
{
	u32 mss = skb_shinfo(skb)->gso_size, len = skb->len, hlen, seq, done = 0;
	struct sk_buff *segs, *seg;
	__sum16 seed;

	/* Only what this module made has all of these. */
	if (!(skb_shinfo(skb)->gso_type & SKB_GSO_SCTP) || skb->ip_summed != CHECKSUM_PARTIAL ||
	    !pskb_may_pull(skb, TOY_HDR_MIN))
		return ERR_PTR(-EINVAL);
	hlen = (skb->data[12] >> 4) * 4;
	if (hlen < TOY_HDR_MIN || len <= hlen || !pskb_may_pull(skb, hlen))
		return ERR_PTR(-EINVAL);
	seq = toy_get_be32(skb->data + 4);
	seed = *(__sum16 *)(skb->data + TOY_CSUM_OFFSET);
	__skb_pull(skb, hlen);

	/* The device's own idea of a checksum is for TCP: see above. */
	segs = skb_segment(skb, features & ~NETIF_F_CSUM_MASK);
	if (IS_ERR(segs))
		return segs;
	for (seg = segs; seg; seg = seg->next) {
		u32 size = min(mss, len - hlen - done);

		toy_gso_header(seg, seq, done, toy_gso_seed(seed, len, hlen + size));
		done += size;
		if (seg->next)
			continue;
		/* The last one has the socket, and so is the one to tell it when it went. */
		skb_shinfo(seg)->tx_flags |= skb_shinfo(skb)->tx_flags & SKBTX_ANY_TSTAMP;
		skb_shinfo(seg)->tskey = skb_shinfo(skb)->tskey;
	}
	return segs;
}

static const struct net_offload toy_offload = {
	.callbacks.gso_segment = toy_gso_segment,
};

/**
 * toy_offload_init() - at load: be the one who cuts protocol 253
 *
 * Context: process.
 *
 * Return: 0; -EAGAIN when somebody does it already.
 */
int __init toy_offload_init(void)
{
	if (inet_add_offload(&toy_offload, IPPROTO_TOY))
		return -EAGAIN;
	if (inet6_add_offload(&toy_offload, IPPROTO_TOY)) {
		inet_del_offload(&toy_offload, IPPROTO_TOY);
		return -EAGAIN;
	}
	return 0;
}

/**
 * toy_offload_exit() - at unload
 *
 * When this returns no super-segment is being cut any more. One that still waits in a queue
 * somewhere is dropped there.
 *
 * Context: process, may sleep.
 */
void toy_offload_exit(void)
{
	inet6_del_offload(&toy_offload, IPPROTO_TOY);
	inet_del_offload(&toy_offload, IPPROTO_TOY);
}
