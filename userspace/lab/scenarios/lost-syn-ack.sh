# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 30
title "the SYN,ACK is lost"
rules "RFC 9293 §3.5, §3.8.1, §3.10.7.4 (a SYN that comes again); RFC 6298 (5.5)"
story <<'END'
The client's SYN arrives, the server answers, and the answer is lost. Each end thinks that the other is silent.
END
why <<'END'
Both ends have sent a SYN that nobody acknowledged, and both have a timer: whichever runs out first repairs it. The
client sends its SYN again; the server, in SYN-RECEIVED, knows that SYN already and answers it as before; and its own timer
sends SYN,ACK again in any case. SYN,ACK that comes twice does no harm: the second is old (its number y is no longer what the
client expects), and is answered by an ACK (§3.10.7.4, first step).

One connection came of it, not two, since the sequence number of the SYN was the same.
END
faults 'drop server SYN,ACK 1'
timed
play() {
	serve
	ask
}
judge() {
	check "the SYN came" saw '^left segment SYN seq=x .*why=SYN fate=taken'
	check "the SYN,ACK was lost" saw '^right segment SYN,ACK seq=y ack=x\+1 .*fate=lost'
	check "a timer ran out" saw ' timer RETRANSMIT'
	check "SYN,ACK was sent again with the same numbers, and taken" saw_in_order \
		'^right segment SYN,ACK seq=y ack=x\+1 .*fate=lost' '^right segment SYN,ACK seq=y ack=x\+1 .*fate=taken'
	check "the connection was as good as any" said 'client received: 哥们收到,你好'
	check "there was one connection, not two" counted server PassiveOpens 1
}
