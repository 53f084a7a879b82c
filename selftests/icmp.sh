#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# icmp.sh - what routers and hosts say of a path, and what a connection makes of it
#
# lib_router.sh draws the topology: client, router, server.
. "$(dirname "$(readlink -f "$0")")/lib_router.sh"

test_refused() { # FAMILY: nobody listens: a reset, and at once
	local resets

	resets=$(counter "$B" OutRsts)
	client_says "$1" refused
	same OutRsts $((resets + 1)) "$(counter "$B" OutRsts)"
}

test_hard() { # FAMILY TYPE WORDS: an opening connection believes a hard error (SHLD-26)
	local timeouts

	timeouts=$(counter "$A" Timeouts)
	reject "$1" "$2"
	client_says "$1" "$3"
	reject_no_more
	same "SYN sent again" 0 $(($(counter "$A" Timeouts) - timeouts))
}

background_transfer() { # FAMILY BYTES
	in_background "$B" transfer "-$1" --timeout 250 --seed "$SEED" --bytes "$2" listen $port
	receiver=$!
	wait_for listens "$B" $port
	in_background "$A" transfer "-$1" --timeout 250 --seed "$SEED" --bytes "$2" "$(addr B "$1")" $port
	sender=$!
}

# Under way, and slow enough to be far from its end whatever this machine does meanwhile.
slow_transfer() { # FAMILY
	tc -n "$R" qdisc add dev veth1 root netem delay 5ms rate 1mbit limit 10000
	background_transfer "$1" $((4 << 20))
	wait_for counted "$B" InBytes $(($(counter "$B" InBytes) + 100000))
}

faster() {
	tc -n "$R" qdisc change dev veth1 root netem delay 5ms rate 20mbit limit 10000
}

both_succeed() {
	wait "$sender" || fail "the end that connected failed"
	wait "$receiver" || fail "the end that listened failed"
}

counted() { # NAMESPACE COUNTER BEFORE
	[ "$(counter "$1" "$2")" -gt "$3" ]
}

# An open connection outlives every error (MUST-56, RFC 5461), and goes on when the path is back.
test_open_survives() { # FAMILY TYPE
	local before

	before=$(counter "$A" IcmpErrors)
	slow_transfer "$1"
	reject "$1" "$2"
	wait_for counted "$A" IcmpErrors "$before"
	reject_no_more
	faster
	both_succeed
	tc -n "$R" qdisc del dev veth1 root
}

# The path shrinks under an open connection: the client hears of it, and sends what was lost again in smaller segments. (The
# server keeps to the smaller size from the start: what is too large for the far end of a cable vanishes without a word.)
test_mtu() { # FAMILY MTU
	local before

	before=$(counter "$A" PmtuReductions)
	ip -n "$B" "-$1" route change default via "$([ "$1" = 4 ] && echo 10.77.2.1 || echo fd77:2::1)" mtu "$2"
	slow_transfer "$1"
	ip -n "$R" link set veth1 mtu "$2"
	faster
	both_succeed
	tc -n "$R" qdisc del dev veth1 root
	ip -n "$R" link set veth1 mtu 1500
	[ "$(counter "$A" PmtuReductions)" -gt "$before" ] || fail "the path MTU was not noticed"
}

# The same, and the client hears nothing of it: it has to find out (RFC 4821).
test_mtu_silent() { # FAMILY MTU
	local errors

	errors=$(counter "$A" IcmpErrors)
	ip -n "$A" "-$1" route flush cache	# what was heard before
	in_ns "$A" nft 'table inet deaf { chain input { type filter hook input priority 0;
		icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }; }'
	knob "$A" mtu_probing=1 retries1=2
	test_mtu "$1" "$2"
	knob "$A" mtu_probing=0 retries1=3
	in_ns "$A" nft flush ruleset
	same "ICMP errors heard" "$errors" "$(counter "$A" IcmpErrors)"
}

three_hosts
for family in 4 6; do
	run "IPv$family: a closed port refuses" test_refused $family
done
run "IPv4: port unreachable: refused at once" test_hard 4 port-unreachable refused
run "IPv4: protocol unreachable: ends the open at once" test_hard 4 prot-unreachable .
run "IPv6: port unreachable: refused at once" test_hard 6 port-unreachable refused
port=10100
run "IPv4: an open connection outlives port unreachable" test_open_survives 4 port-unreachable
port=10101
run "IPv4: an open connection outlives host unreachable" test_open_survives 4 host-unreachable
port=10102
run "IPv6: an open connection outlives no route" test_open_survives 6 no-route
port=10103
run "IPv4: the path MTU shrinks to 1300 under an open connection" test_mtu 4 1300
port=10104
run "IPv6: the path MTU shrinks to 1280 under an open connection" test_mtu 6 1280
port=10105
run "IPv4: the path MTU shrinks to 1300 and nobody says so: found out" test_mtu_silent 4 1300
port=10106
run "IPv6: the path MTU shrinks to 1280 and nobody says so: found out" test_mtu_silent 6 1280
finish
