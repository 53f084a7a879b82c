# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 62
title "an old duplicate SYN comes to a server, and the host that it names only listens"
rules "RFC 9293 §3.5.1, figure 11; §3.10.7.2 (LISTEN: an ACK draws RST)"
story <<'END'
The client opens a connection from port 40000 and aborts it. A copy of its SYN stays in the network. Then the client's host
listens on port 40000 itself: both ends are in LISTEN. Now the copy reaches the server.
END
why <<'END'
The server takes the SYN for a new one, and answers with SYN,ACK. That comes to a listener that has sent nothing: an acknowledgment
of nothing, so it is answered with RST (§3.10.7.2, second step). The RST returns the server's end to LISTEN. Neither program
notices: nothing was ever accepted.
END
faults 'copy client SYN 1 until told'
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'drain = ECONNRESET' close 'wait over'
	wait_for marked listening
	calls_on client 'bind 40000' "connect $server_addr $port" abort
	wait_for is_not_in server 01
	spawn calls_on client 'bind 40000' 'listen 5' 'mark both-listen' 'wait over'
	wait_for marked both-listen
	tell go
	wait_for gate_saw 'client RST .*seq=x\+1 len=0: passed'
	wait_for is_not_in server 03
	mark over
}
judge() {
	check "the server answered the old SYN" saw_in_order '^right segment SYN,ACK ' '^right segment SYN,ACK '
	check "the listener at the client's host refused the answer with RST" gate_saw 'client RST seq=x\+1 len=0: passed'
	check "the server gave the half-open connection up" counted server RequestResets 1
	check "nothing was accepted but the connection that was meant" counted server PassiveOpens 1
	check "nor at the client's host" counted client PassiveOpens 0
}
