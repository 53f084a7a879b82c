# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 300
title "a blind reset attempt: RST with guessed numbers"
rules "RFC 5961 §3 (RST), §4 (SYN), §5 (data), §7 (at most so many a second); RFC 9293 §3.10.7.4"
story <<'END'
A stranger, who sees none of the segments, knows the addresses and the ports of a connection, and wants it to end. He sends RSTs to the server in
the client's name: one with a number far outside the window, one within it, and a SYN. Then the client says a line.
END
why <<'END'
It used to be that any RST within the window ended a connection: with a window of 65536 that is 65536 guesses to be sure, seconds on
today's lines. RFC 5961: a RST counts only at exactly the next number that is expected. Outside the window it is thrown away in silence.
Within it, and for a SYN, the server sends a challenge ACK: "is that you?". A client that had truly lost its connection
would answer with a RST, and that one with the right number, since it takes it from the challenge. This client has its connection, and
takes the challenge for an old ACK. The stranger never sees it.

Challenges are counted, since they could be made a flood of their own: no more than net.toy.challenge_ack_limit a second.
END
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'recv 100 = 5' 'drain = 6' close
	wait_for marked listening
	spawn calls_on client "connect $server_addr $port" 'say hello' 'wait tried' 'say still!' close
	wait_for gate_saw 'server ACK .*ack=x\+6 len=0'
	tell 'send client RST seq=x+200000000'
	tell 'send client RST seq=x+106'
	tell 'send client SYN seq=x+300 win=1000'
	wait_for counted_at_least server ChallengeACKs 2
	mark tried
}
judge() {
	check "a RST outside the window was thrown away" saw 'segment RST seq=x\+200000000 .*fate=(WINDOW|RST_WINDOW)'
	check "one within it ended nothing" saw 'segment RST seq=x\+106 .*fate=RST_WINDOW'
	check "it drew a challenge ACK" saw_in_order 'segment RST seq=x\+106 ' '^right segment ACK seq=y\+1 ack=x\+6 .*why=CHALLENGE'
	check "so did the SYN" saw_in_order 'segment SYN seq=x\+300 .*fate=SYN_SYNCED' '^right segment ACK seq=y\+1 ack=x\+6 .*why=CHALLENGE'
	check "two challenges, no more" counted server ChallengeACKs 2
	check "the client did not answer them" counted client OutRsts 0
	check "the connection went on, and closed as it should" said 'server: drain: 6'
	check "nothing was reset" counted server EstabResets 0
}
