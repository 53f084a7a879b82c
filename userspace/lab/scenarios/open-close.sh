# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 10
title "a connection opens, carries two lines, and closes"
rules "RFC 9293 §3.5 (three-way handshake), §3.6 (four segments to close)"
story <<'END'
The server listens, the client connects and says a line, the server answers, the client closes, and then
the server does. Nothing is lost on the way: this is how it ought to be.
END
why <<'END'
Open: SYN carries the client's initial sequence number x, SYN,ACK acknowledges it and carries the server's, y; the third
segment acknowledges y. Only then do both know that the other can hear them (§3.5): two segments would leave
the server guessing, and an old SYN could open a connection that nobody wants (toylab run old-syn).

Close: each direction is closed by itself, FIN and the ACK of it, twice (§3.6). SYN and FIN take a sequence number
each, although they carry no data: so they are acknowledged, and sent again, like data.

The end that closed first, the client, stays in TIME-WAIT for 2MSL, in case its last ACK is lost.
END
play() {
	serve
	ask
}
judge() {
	check "the handshake is SYN, SYN,ACK, ACK" saw_in_order '^left segment SYN seq=x ' \
		'^right segment SYN,ACK seq=y ack=x\+1 ' '^left segment ACK seq=x\+1 ack=y\+1 '
	check "two lines went each its way" said 'client received: 哥们收到,你好'
	check "FIN, ACK, FIN, ACK: one pair for each direction" saw_in_order '^left segment FIN,ACK seq=x\+18 ack=y\+21 ' \
		'^right segment ACK seq=y\+21 ack=x\+19 ' '^right segment FIN,ACK seq=y\+21 ack=x\+19 ' \
		'^left segment ACK seq=x\+19 ack=y\+22 '
	check "the client went through the states of who closes first" went_through left \
		SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED
	check "the server through those of who closes second" went_through right \
		LISTEN SYN_RECEIVED ESTABLISHED CLOSE_WAIT LAST_ACK CLOSED
	check "nothing was lost or refused" never_saw ' segment .*fate=([^t]|t[^a])'
	check "TIME-WAIT lasted 2MSL" took $((2 * msl)) $((2 * msl + 500)) '^left state .* TIME_WAIT ' '^left state TIME_WAIT CLOSED'
}
