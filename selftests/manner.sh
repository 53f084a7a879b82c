#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# manner.sh - what a socket was told of its segments holds to the end: SO_MARK and IP_TOS also for the ACK that TIME-WAIT sends
#
#	 client (A): only what has the mark finds a way ── veth ── server (B): only what has the DSCP is taken
#
# The server's FIN is acknowledged a first time, and that is lost. It sends its FIN again, and TIME-WAIT has to answer.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip nft calls

port=10002
LAST_ACK=09

# A has a route for marked packets, and no other.
only_marked() { # FAMILY
	local net

	case $1 in
	4) net=10.77.0.0/24 ;;
	6) net=fd77:0::/64 ;;
	esac
	ip -n "$A" "-$1" rule add fwmark 7 lookup 100 || skip "this kernel has no rules for marks"
	ip -n "$A" "-$1" route add "$net" dev veth0 table 100
	ip -n "$A" "-$1" route del "$net" dev veth0
}

# B takes what has DSCP 18, and of the two segments that are an ACK and no more the first: the handshake's.
only_with_dscp() { # FAMILY
	in_ns "$B" nft "table inet t { chain in { type filter hook prerouting priority 0;
		meta l4proto 253 ip$([ "$1" = 4 ] || echo 6) dscp != 18 counter drop
		meta l4proto 253 @th,104,8 16 numgen inc mod 1000000 1 counter drop; }; }" || skip "this kernel has no nftables"
}

test_last_ack() { # FAMILY OPTION
	local before

	only_marked "$1"
	only_with_dscp "$1"
	in_background "$B" calls "-$1" "bind $port" 'listen 1' accept 'drain = 0' close
	wait_for listens "$B" $port
	before=$(counter "$A" TimeWaits)
	in_ns "$A" calls "-$1" 'set fwmark 7' "set $2 72" "connect $(addr B "$1") $port" end 'drain = 0' close
	same "connections that came to TIME-WAIT" $((before + 1)) "$(counter "$A" TimeWaits)"
	wait_for no_sockets_in "$B" $LAST_ACK
	[[ $(in_ns "$B" nft list ruleset) =~ @th.*packets\ 1\  ]] || fail "the ACK of the FIN was not lost"
	in_ns "$B" nft flush ruleset
}

two_hosts
run "IPv4: the ACK of TIME-WAIT has its socket's mark and DSCP" test_last_ack 4 tos
port=10003
run "IPv6: the ACK of TIME-WAIT has its socket's mark and traffic class" test_last_ack 6 tclass
finish
