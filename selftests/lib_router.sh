# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib_router.sh - a router between two hosts that can be told to refuse, lose and shrink
#
#	 client ─── veth ─── router ─── veth ─── server
#	 10.77.1.1        .1.2    .2.1         10.77.2.2
#	 fd77:1::1      1::2        2::1       fd77:2::2

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
need_module
need_tools ip nft client server transfer unreach

port=10002
A=$(ns_name a) R=$(ns_name r) B=$(ns_name b)
B4=10.77.2.2 B6=fd77:2::2

three_hosts() {
	ns_add "$A" "$R" "$B"
	# what is left of a connection when its namespace goes is not to hold the module for minutes
	knob "$A" orphan_retries=2
	knob "$B" orphan_retries=2
	cable "$A" veth0 "$R" veth0 1
	cable "$R" veth1 "$B" veth0 2
	in_ns "$R" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0
	in_ns "$R" sysctl -qw net.ipv6.icmp.ratelimit=0
	ip -n "$A" route add default via 10.77.1.2
	ip -n "$A" -6 route add default via fd77:1::2
	ip -n "$B" route add default via 10.77.2.1
	ip -n "$B" -6 route add default via fd77:2::1
}

# The router answers what goes to the server with an ICMP error, until it is told otherwise. (Of IPv4, nftables rejects no
# protocol that it does not know, see helpers/unreach.c; IPv6 it does.)
reject() { # FAMILY TYPE
	if [ "$1" = 6 ]; then
		in_ns "$R" nft "table inet unreach { chain forward { type filter hook forward priority 0;
			meta l4proto 253 ip6 daddr $B6 reject with icmpv6 type $2; }; }"
		return
	fi
	in_ns "$R" nft "table inet unreach { chain forward { type filter hook forward priority 0;
		meta l4proto 253 ip daddr $B4 drop; }; }"
	in_background "$R" unreach veth0 "$2" >"$tmp/rejecting"
	rejecting=$!
	wait_for grep -q ready "$tmp/rejecting"
}

reject_no_more() {
	if [ -n "${rejecting:-}" ]; then
		kill "$rejecting"
		wait "$rejecting" || true
		rejecting=
	fi
	in_ns "$R" nft flush ruleset
}

client_says() { # FAMILY WORDS
	! in_ns "$A" client --timeout 0 "$(addr B "$1")" $port >"$tmp/words" 2>&1 || fail "the client succeeded"
	cat "$tmp/words"
	grep -qiE "$2" "$tmp/words" || fail "the client does not say: $2"
}
