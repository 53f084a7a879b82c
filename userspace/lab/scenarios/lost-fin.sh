# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 100
title "a FIN is lost"
rules "RFC 9293 §3.4 (FIN takes a sequence number), §3.8.1; RFC 6298 (5.4), (5.5)"
story <<'END'
The client closes, and its FIN never arrives. Its program is gone by then: closing is the kernel's affair.
END
why <<'END'
FIN takes a sequence number, as if it were a byte: so it is acknowledged like one, and sent again like one when the timer
runs out. By now round trips have been measured, and the timeout is not a second but the measured time and a margin
(here about 200 ms). Until the FIN comes the server is ESTABLISHED, and waits.
END
faults 'drop client FIN 1'
timed
play() {
	serve
	ask
}
judge() {
	check "the FIN was lost" saw '^left segment FIN,ACK seq=x\+18 .*why=FIN fate=lost'
	check "and sent again, with the same number" saw_in_order '^left segment FIN,ACK seq=x\+18 .*fate=lost' \
		'^left timer RETRANSMIT' '^left segment FIN,ACK seq=x\+18 .*why=RETRANSMIT fate=taken'
	check "in less than the second that a SYN waits" took 190 900 '^left segment FIN,ACK .*fate=lost' \
		'^left segment FIN,ACK .*why=RETRANSMIT'
	check "only then the server knew" saw_in_order '^left segment FIN,ACK .*why=RETRANSMIT' '^right state ESTABLISHED CLOSE_WAIT'
	check "both ends closed in the end" went_through left SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED
}
