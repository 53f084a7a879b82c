# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 20
title "the first SYN is lost"
rules "RFC 9293 §3.8.1 (retransmission timeout), MUST-13; RFC 6298 (2.1), (5.4), (5.5)"
story <<'END'
The client connects, and its SYN never arrives. Nobody tells it so: the network does not say what it loses.
END
why <<'END'
Nothing was measured yet, so the client waits one second (RFC 6298 (2.1); net.toy.rto_init) and sends the same SYN
again, with the same sequence number x. It would wait two seconds for the next one, then four: (5.5), the back-off.
connect() returned after a second, and the program noticed nothing else.

The server never knew: it saw one SYN.
END
faults 'drop client SYN 1'
timed
play() {
	serve
	ask
}
judge() {
	check "the first SYN was lost" saw '^left segment SYN seq=x .*why=SYN fate=lost'
	check "the client's timer ran out" saw '^left timer RETRANSMIT'
	check "the same SYN was sent again, and came" saw '^left segment SYN seq=x .*why=RETRANSMIT fate=taken'
	check "a second later" took 990 1300 '^left segment SYN .*fate=lost' '^left segment SYN .*why=RETRANSMIT'
	check "the connection was as good as any" said 'client received: 哥们收到,你好'
	check "the server opened one connection" counted server PassiveOpens 1
	check "one timeout was counted" counted client Timeouts 1
}
