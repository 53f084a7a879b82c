# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 110
title "the last ACK is lost: why TIME-WAIT exists"
rules "RFC 9293 §3.6.1, §3.10.7.4 (TIME-WAIT: FIN: acknowledge it, restart 2MSL)"
story <<'END'
All goes well until the very last segment: the client's ACK of the server's FIN is lost.
END
why <<'END'
Nobody acknowledges an ACK, so the client cannot know that it was lost. The server, in LAST-ACK, does what everybody does: its
timer runs out, and it sends FIN again. It is for this FIN that the client is still there: TIME-WAIT acknowledges it
again, and starts 2MSL anew (§3.10.7.4). Had the client gone to CLOSED after its ACK, the FIN would have
met a host that knows nothing of it, been answered by RST, and the server's program would have been told of an error in a connection
that went well. The other reason for TIME-WAIT is that old segments must die out before the same ports are used again.
END
faults 'drop client ACK 1 after server FIN 1'
timed
play() {
	serve
	ask
}
judge() {
	check "the last ACK was lost" saw_in_order '^left state FIN_WAIT_2 TIME_WAIT' '^left segment ACK seq=x\+19 ack=y\+22 .*fate=lost'
	check "the server sent its FIN again" saw '^right segment FIN,ACK seq=y\+21 .*why=RETRANSMIT'
	check "TIME-WAIT acknowledged it again" saw_in_order '^right segment FIN,ACK .*why=RETRANSMIT' \
		'^left segment ACK seq=x\+19 ack=y\+22 .*fate=taken' '^right state LAST_ACK CLOSED FIN_ACKED'
	check "and started 2MSL anew" counted client TimeWaitRestarts 1
	check "2MSL were over only after that" took $((2 * msl)) $((2 * msl + 500)) '^right state LAST_ACK CLOSED' '^left state TIME_WAIT CLOSED TIME_WAIT_OVER'
}
