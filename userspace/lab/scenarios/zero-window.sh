# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 210
title "a closed window, and the probes that ask whether it has opened"
rules "RFC 9293 §3.8.6.1 (zero-window probing), MUST-35, MUST-36; §3.10.7.4"
story <<'END'
The server has a small receive buffer and does not read. The client sends 20000 bytes.
END
why <<'END'
Each ACK says how much the receiver still has room for. When that is nothing, the sender must stop, and may still not fall
silent: the segment that opens the window again is an ACK, which nobody sends twice. Were it lost, both would wait for ever. So
the sender asks: its persist timer sends one byte into the closed window (a probe), first after one RTO, then
less often. (Here the server has room for that one byte each time, so the timer starts over.) Each is answered with where the window stands, and the connection stays open for as long as it is answered (MUST-36).
When the server reads, the window opens, and the rest goes.
END
timed
play() {
	spawn calls_on server 'set rcvbuf 4096' "bind $port" 'listen 5' 'mark listening' accept 'wait probed' 'drain = 20000' close
	wait_for marked listening
	spawn calls_on client "connect $server_addr $port" 'send 20000' close
	wait_for counted_at_least client WindowProbes 3
	mark probed
}
judge() {
	check "the server's window closed" saw '^right segment ACK .* win=0 '
	check "the persist timer ran out" saw_at_least 3 '^left timer PERSIST'
	check "each time a probe was sent" saw_at_least 3 '^left segment .*why=PROBE'
	check "the first not before one retransmission timeout" took 190 700 '^right segment ACK .* win=0 ' '^left segment .*why=PROBE'
	check "the probe was answered with a window of 0" saw_in_order '^left segment .*why=PROBE' '^right segment ACK .* win=0 '
	check "when the server read, the window opened" saw_in_order '^right segment ACK .* win=0 ' '^right segment ACK .* win=[1-9]'
	check "all of it arrived" said 'server: drain: 20000'
}
