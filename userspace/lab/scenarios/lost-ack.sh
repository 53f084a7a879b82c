# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 40
title "the third segment of the handshake is lost, and data follows it"
rules "RFC 9293 §3.5, §3.10.7.4 (SYN-RECEIVED, ACK)"
story <<'END'
SYN and SYN,ACK arrive; the client is ESTABLISHED and sends the ACK, which is lost. The client does not know, and
sends its line.
END
why <<'END'
The ACK is not missed: every later segment carries the same acknowledgment, ack=y+1. The server, still in SYN-RECEIVED,
takes the segment with the line for the ACK that it waited for, is ESTABLISHED, and takes the line out of the same segment.

A pure ACK is never sent again by itself, and need not be. Had the client had nothing to say, the server's timer
would have sent SYN,ACK again, and that would have been answered by an ACK.
END
faults 'drop client ACK 1'
play() {
	serve
	ask
}
judge() {
	check "the third segment was lost" saw '^left segment ACK seq=x\+1 ack=y\+1 .*fate=lost'
	check "the line came next, with the same acknowledgment" saw_in_order '^left segment ACK seq=x\+1 ack=y\+1 .*fate=lost' \
		'^left segment PSH,ACK seq=x\+1 ack=y\+1 len=17 .*fate=taken'
	check "it made the server ESTABLISHED" saw_in_order '^left segment PSH,ACK seq=x\+1 .*len=17 ' \
		'^right state SYN_RECEIVED ESTABLISHED SYN_ACKED'
	check "nothing had to be sent again" never_saw 'why=RETRANSMIT'
	check "the line arrived" said '^server received: 服务端,你好'
}
