# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 70
title "both ends connect at the same time, and nobody listens"
rules "RFC 9293 §3.5, figure 7; §3.10.7.3 (SYN-SENT, fourth step), §3.10.7.4"
story <<'END'
Two programs have agreed on two ports, and each connects to the other's. Their SYNs cross on the way.

(gate holds each until the other has set off.)
END
why <<'END'
A SYN that comes in SYN-SENT says: the other end opens too (§3.10.7.3). Each goes to SYN-RECEIVED and acknowledges with
SYN,ACK, which makes the other ESTABLISHED. Four segments instead of three, one connection, not two: it is named by its two
addresses and two ports, and those are the same from both sides. Programs that punch holes into firewalls use this.
END
faults 'hold client SYN 1 until server SYN 1' 'hold server SYN 1 until client SYN 1'
play() {
	spawn calls_on server "bind $port" "connect $client_addr 40000" 'drain = 5' close
	calls_on client 'bind 40000' "connect $server_addr $port" 'say hello' close
}
judge() {
	check "the client's SYN met a SYN" saw '^left state SYN_SENT SYN_RECEIVED SIMULTANEOUS_SYN'
	check "and so did the server's" saw '^right state SYN_SENT SYN_RECEIVED SIMULTANEOUS_SYN'
	check "each answered with SYN,ACK" saw '^left segment SYN,ACK seq=x ack=y\+1 '
	check "of the same initial numbers" saw '^right segment SYN,ACK seq=y ack=x\+1 '
	check "nobody listened" never_saw ' state CLOSED LISTEN'
	check "data went over it" said 'server: drain: 5'
	check "there is one connection" saw_times 1 '[0-9.:]+ [0-9.]+:[0-9]+$|[0-9] \[fd77'
}
