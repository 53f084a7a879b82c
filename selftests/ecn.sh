#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ecn.sh - a router that marks what it would drop (RFC 3168, SHLD-8): both ends agree on it, nothing is lost, and the sender
# slows down all the same
#
# lib_router.sh draws the topology: client, router, server. A SYN may not be marked, and one that is lost does not ask for marks
# again (RFC 3168 section 6.1.1.1), so the router lets the handshake pass.
. "$(dirname "$(readlink -f "$0")")/lib_router.sh"

opened_since() { # PASSIVE-OPENS-BEFORE
	[ "$(counter "$B" PassiveOpens)" -gt "$1" ]
}

# What the router would drop of the client's data it marks, if it may.
transfer_past_marks() { # FAMILY
	in_background "$B" transfer "-$1" --timeout 250 --seed "$SEED" --bytes 1000000 listen $port
	receiver=$!
	wait_for listens "$B" $port
	opened=$(counter "$B" PassiveOpens)
	tc -n "$R" qdisc add dev veth1 root netem delay 5ms rate 500kbit	# far from the end when marks begin
	in_background "$A" transfer "-$1" --timeout 250 --seed "$SEED" --bytes 1000000 "$(addr B "$1")" $port
	sender=$!
	wait_for opened_since "$opened"
	tc -n "$R" qdisc change dev veth1 root netem delay 5ms rate 10mbit loss 10% ecn
	wait "$sender" || fail "the end that connected failed"
	wait "$receiver" || fail "the end that listened failed"
	tc -n "$R" qdisc del dev veth1 root
	reductions=$(($(counter "$A" EcnReductions) - reductions))
	echo "windows made smaller because of marks: $reductions"
}

test_marked() { # FAMILY
	knob "$A" ecn=1
	reductions=$(counter "$A" EcnReductions)
	transfer_past_marks "$1"
	knob "$A" ecn=2
	[ "$reductions" -gt 0 ] || fail "no mark came back"
}

test_not_agreed() { # FAMILY: who does not agree is not marked
	knob "$A" ecn=1
	knob "$B" ecn=0
	reductions=$(counter "$A" EcnReductions)
	transfer_past_marks "$1"
	knob "$A" ecn=2
	knob "$B" ecn=2
	same "windows made smaller because of marks" 0 "$reductions"
}

three_hosts
for ns in "$A" "$B"; do		# a tenth of what one end still has to say when its program has gone is lost
	knob "$ns" orphan_retries=8
done
for family in 4 6; do
	port=$((10110 + family))
	run "IPv$family: a router's marks make the window smaller" test_marked $family
	port=$((10120 + family))
	run "IPv$family: where one end does not agree there are no marks" test_not_agreed $family
done
finish
