# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 90
title "both ends close at the same time"
rules "RFC 9293 §3.6, figure 13; §3.10.7.4 (FIN-WAIT-1: FIN; CLOSING: ACK)"
story <<'END'
Client and server both close, and their FINs cross on the way.

(gate holds each until the other has set off.)
END
why <<'END'
A FIN that comes in FIN-WAIT-1, and does not acknowledge our own, says that the other end closes too: CLOSING. When the ACK of
our FIN comes, TIME-WAIT follows, and here on both ends: each sent a last ACK, and neither can know whether it arrived.
So neither is the one that closed second, who could go to CLOSED at once.
END
faults 'hold client FIN 1 until server FIN 1' 'hold server FIN 1 until client FIN 1'
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'mark open' close
	wait_for marked listening
	calls_on client "connect $server_addr $port" 'wait open' close
}
judge() {
	check "the client went through CLOSING" went_through left SYN_SENT ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT CLOSED
	check "and so did the server" went_through right LISTEN SYN_RECEIVED ESTABLISHED FIN_WAIT_1 CLOSING TIME_WAIT CLOSED
	check "the client kept TIME-WAIT" counted client TimeWaits 1
	check "the server too" counted server TimeWaits 1
	check "nothing was sent again" never_saw 'why=RETRANSMIT'
}
