#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# many.sh - 200 connections of each family at once
#
#	 host a: 200 × IPv4, 200 × IPv6 ───── veth ───── host b: two listeners
#	 10.77.0.1, fd77:0::1                            10.77.0.2, fd77:0::2
#
# All are open at the same time; each sends, gets back what it sent, and closes. Host a closes first, and so every TIME-WAIT
# is there.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip many

COUNT=200
BYTES=20000
MSL=100000	# TIME-WAIT must not end before it was counted

test_many() {
	local family pids=()

	for family in 4 6; do
		in_ns "$B" many -$family -n $COUNT --bytes $BYTES listen 500$family >"$tmp/b$family" 2>&1 &
		pids+=($!)
		wait_for listens "$B" 500$family
	done
	for family in 4 6; do
		in_ns "$A" many -$family -n $COUNT --bytes $BYTES "$(addr B $family)" 500$family >"$tmp/a$family" 2>&1 &
		pids+=($!)
	done
	children+=("${pids[@]}")
	for pid in "${pids[@]}"; do
		wait "$pid" || { cat "$tmp"/[ab][46]; fail "one of the programs failed"; }
	done
	cat "$tmp"/[ab][46]
}

# Every end comes to CLOSED or, where it closed first, to TIME-WAIT.
test_all_closed() {
	wait_for no_sockets_in "$A" '(0[1-57-9A-F])'
	wait_for no_sockets_in "$B" '..'
	same "in TIME-WAIT at host a" $((2 * COUNT)) "$(sockets_in "$A" $TIME_WAIT)"
}

test_counters() {
	same "ActiveOpens of a" $((2 * COUNT)) "$(counter "$A" ActiveOpens)"
	same "PassiveOpens of b" $((2 * COUNT)) "$(counter "$B" PassiveOpens)"
	same "PassiveOpens of a" 0 "$(counter "$A" PassiveOpens)"
	same "TimeWaits of a" $((2 * COUNT)) "$(counter "$A" TimeWaits)"
	same "TimeWaits of b" 0 "$(counter "$B" TimeWaits)"
	same "EstabResets" 00 "$(counter "$A" EstabResets)$(counter "$B" EstabResets)"
	same "AttemptFails" 00 "$(counter "$A" AttemptFails)$(counter "$B" AttemptFails)"
	same "InBytes of a" $((2 * COUNT * BYTES)) "$(counter "$A" InBytes)"
	same "InBytes of b" $((2 * COUNT * BYTES)) "$(counter "$B" InBytes)"
	same "OutBytes of a" $((2 * COUNT * BYTES)) "$(counter "$A" OutBytes)"
	same "InErrs" 00 "$(counter "$A" InErrs)$(counter "$B" InErrs)"
	same "InCsumErrors" 00 "$(counter "$A" InCsumErrors)$(counter "$B" InCsumErrors)"
}

# What one end sent the other received, but for what the cable refused: it takes a thousand packets for each processor.
sent_by() { # NAMESPACE
	echo $(($(counter "$1" OutSegs) + $(counter "$1" RetransSegs) - $(counter "$1" OutErrs)))
}

test_segments_balance() {
	same "segments from a to b" "$(sent_by "$A")" "$(counter "$B" InSegs)"
	same "segments from b to a" "$(sent_by "$B")" "$(counter "$A" InSegs)"
}

test_gauges() {
	same "sockets of a" 0 "$(counter "$A" Sockets)"
	same "sockets of b" 0 "$(counter "$B" Sockets)"
	same "half-open of b" 0 "$(counter "$B" HalfOpen)"
	same "orphans of a" 0 "$(counter "$A" Orphans)"
	same "TIME-WAIT of a" $((2 * COUNT)) "$(counter "$A" TimeWait)"
	same "TIME-WAIT of b" 0 "$(counter "$B" TimeWait)"
}

two_hosts
# A late duplicate to a connection that is gone draws a reset; TIME-WAIT is to outlive it, or it could not be counted.
knob "$A" msl=$MSL rfc1337=1
knob "$B" msl=$MSL rfc1337=1
run "$COUNT connections of each family at once" test_many
run "all are closed, those that closed first are in TIME-WAIT" test_all_closed
run "the counters add up" test_counters
run "every segment that was sent was received" test_segments_balance
run "the gauges are right" test_gauges
finish
