# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 260
title "reordering: a segment that is overtaken is not lost"
rules "RFC 9293 §3.10.7.4 (segments out of order), SHLD-31; RFC 5681 §3.2; RFC 2883 (DSACK)"
story <<'END'
Twice ten segments in a row. The first time the third is overtaken by two others, the second time by five.
(gate holds it until they have passed.)
END
why <<'END'
What comes out of order is kept, not thrown away (SHLD-31), and answered with a duplicate ACK at once, so that the sender
knows. Overtaken by two, the segment comes before there are three duplicates: nothing is sent again. This is why the threshold is
three, and not one.

Overtaken by five, it looks lost, and is sent again in vain: the network was only slow. The server gets it twice, and says so by a
SACK block below its acknowledgment (DSACK). No harm is done but for some segments too many, and a congestion window that
was halved without need.
END
faults 'hold client DATA 3 until client DATA 5'
cable --latency 10
play() {
	local each

	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'drain = 14480' close accept 'drain = 14480' close
	wait_for marked listening
	for each in 0 1; do
		[ $each = 0 ] || tell 'hold client DATA 3 until client DATA 8'
		calls_on client "bind $((40000 + each))" "connect $server_addr $port" 'send 14480' close
		wait_for is_not_in client 04
	done
}
judge() {
	check "all of it arrived, both times" said_times 2 'server: drain: 14480'
	check "the server kept what came too early" counted_at_least server OfoQueue 7
	check "overtaken by two it was not sent again" first_is_quiet
	check "overtaken by five it was" saw '^left segment .*seq=x\+2897 .*why=FAST'
	check "in vain: it came twice" counted_at_least server Duplicates 1
	check "no timer ran out" never_saw '^left timer RETRANSMIT'
}
first_is_quiet() {
	awk '/^flow 2 / { exit bad || !n } /why=(FAST|RETRANSMIT)/ { bad = 1 } / segment / { n++ }' "$tmp/lines"
}
