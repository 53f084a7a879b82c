# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 60
title "half-open: the client crashed, comes back, and opens the same connection anew"
rules "RFC 9293 §3.5.1, figure 9; RFC 5961 §4.2 (challenge ACK); §3.10.7.3"
story <<'END'
A connection is open. The client's machine crashes: its memory of the connection is gone, and the server hears nothing of
that. The client comes back and connects, from the same port by chance.

(The crash is played by aborting the connection, and losing the RST that tells of it.)
END
why <<'END'
To the server, ESTABLISHED, the SYN makes no sense, wherever its number lies: it does not believe it, and says where it
stands, with an ACK (RFC 5961 calls it a challenge). The client, in SYN-SENT, has never sent what that
acknowledges, and answers with RST, whose number it takes from there: so the RST is exactly at RCV.NXT, and the server knows that
the connection is gone (its program gets ECONNRESET). The client's SYN, sent again after a second, finds the
listener. RFC 9293 §3.5.1 calls this half-open: one end has lost the connection without the other's knowledge.
END
faults 'drop client RST 1'
timed
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'recv 100 = 5' 'recv 100 = ECONNRESET' close \
		accept 'drain = 5' close
	wait_for marked listening
	# In one program: after a quarter of a second the new SYN's number lies beyond the server's window, and draws a plain ACK.
	calls_on client 'bind 40000' "connect $server_addr $port" 'say first' abort \
		'bind 40000' "connect $server_addr $port" 'say again' close
}
judge() {
	check "the SYN drew a challenge ACK" saw '^(left|right) segment ACK .*why=CHALLENGE'
	check "one, as was counted" counted server ChallengeACKs 1
	check "the client refused it with RST" saw ' segment RST seq='
	check "the server's program was told" said 'server: recv 100: ECONNRESET'
	check "the second SYN of the client opened the connection" saw ' segment SYN .*why=RETRANSMIT fate=taken'
	check "what was said over it arrived" said 'server: drain: 5'
}
