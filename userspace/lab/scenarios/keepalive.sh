# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 280
title "keepalive finds a dead peer"
rules "RFC 9293 §3.8.4 (keepalive), MUST-25 to MUST-28; SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT"
story <<'END'
The client only listens to an open connection, with SO_KEEPALIVE, and nobody says anything. Then the server's machine loses its power.

(TCP_KEEPIDLE is 4 s, TCP_KEEPINTVL 2 s and TCP_KEEPCNT 3 here; by default it is two hours, 75 seconds and 9.)
END
why <<'END'
Who only listens never learns that the other end is gone: no segment, no answer, no error. Keepalive asks after a time of silence. A probe
is a segment without data whose number is one below the next: acknowledged long ago, so that a living
peer must answer where it stands (§3.10.7.4: not acceptable, so an ACK), and its program notices nothing. That was the first probe.

Probes that nobody answers are sent again, but not for ever: after three the connection is CLOSED, and the program has ETIMEDOUT. It is
off unless the program wants it (MUST-25), since it ends connections that would have lived through a cable pulled
out overnight, and costs segments that say nothing. The server's half of the connection lives on (toylab run dead-path).
END
timed
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'wait over' abort
	wait_for marked listening
	spawn calls_on client 'set idle 4' 'set interval 2' 'set probes 3' 'set keepalive 1' "connect $server_addr $port" 'recv 100 = ETIMEDOUT' \
		'mark over' close
	wait_for gate_saw 'server ACK seq=y\+1 ack=x\+1 len=0'
	tell 'drop both ANY 1-'
}
judge() {
	check "a probe went after 4 s of silence" took 3900 4500 '^left segment ACK seq=x\+1 ' '^left segment ACK seq=x .*why=KEEPALIVE'
	check "the living peer answered it" saw_in_order '^left segment .*why=KEEPALIVE fate=' '^right segment ACK seq=y\+1 ack=x\+1 '
	check "the dead one was asked three times" saw_times 3 '^left segment .*why=KEEPALIVE fate=lost'
	check "then the connection was given up" saw '^left state ESTABLISHED CLOSED KEEPALIVE'
	check "the program was told" said 'client: recv 100: ETIMEDOUT'
	check "the server knew nothing until its program ended it" saw '^right state ESTABLISHED CLOSED USER_ABORT'
}
