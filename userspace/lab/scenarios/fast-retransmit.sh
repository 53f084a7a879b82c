# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 250
title "fast retransmit: three duplicate ACKs tell of a loss before the timer does"
rules "RFC 5681 §3.2; RFC 6582 (NewReno); RFC 9293 §3.8.2; RFC 2018 (SACK)"
story <<'END'
The client sends ten segments in a row, 10 ms of cable away. The third is lost.
END
why <<'END'
Each segment after the lost one makes the server say again where it stands: the same acknowledgment, a duplicate ACK,
with a SACK block that tells what it has beyond the hole. One or two may come of segments that overtook each other (toylab
run reordering); at the third the client takes the segment for lost, and sends it again at once, 20 ms after it was
lost and not 200. The timer did not run out. What came after the hole was kept, and is acknowledged all at once.

The loss is also a sign that the path is full: the congestion window is halved (RFC 5681), not set back to one segment as after
a timeout.
END
faults 'drop client DATA 3'
cable --latency 10
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'drain = 14480' close
	wait_for marked listening
	calls_on client "connect $server_addr $port" 'send 14480' close
}
judge() {
	check "the third segment was lost" saw '^left segment .*seq=x\+2897 .*len=1448 .*fate=lost'
	check "three ACKs were duplicates" counted_at_least client DupAcksIn 3
	check "it was sent again at the third" saw '^left segment .*seq=x\+2897 .*why=FAST fate=taken'
	check "no timer ran out" never_saw '^left timer RETRANSMIT'
	check "about one round trip later" took 19 150 '^left segment .*seq=x\+2897 .*fate=lost' '^left segment .*seq=x\+2897 .*why=FAST'
	check "nothing else was sent again" counted client RetransSegs 1
	check "the congestion window was halved" saw '^left cong RECOVERY'
	check "all of it arrived" said 'server: drain: 14480'
}
