# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 61
title "half-open: the client crashed, and the server goes on sending"
rules "RFC 9293 §3.5.1, figure 10; §3.10.7.1 (CLOSED: RST)"
story <<'END'
A connection is open. The client's machine crashes, and its memory of the connection is gone. The server, who heard nothing of
it, sends.

(The crash is played by aborting the connection, and losing the RST that tells of it.)
END
why <<'END'
The segment meets a host that knows of no such connection: it is answered with RST, whose number is the acknowledgment of
the segment (§3.10.7.1), so that the server can believe it. The server's connection is CLOSED at once, and its program
gets ECONNRESET from the next call.

A server that only waits for the client to speak would never find out: that is what keepalive is for.
END
faults 'drop client RST 1'
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'recv 100 = 5' 'wait crashed' 'say what?' \
		'recv 100 = ECONNRESET' close
	wait_for marked listening
	calls_on client "connect $server_addr $port" 'say first' 'sleep 100' abort 'mark crashed'
}
judge() {
	check "the client's end was gone before the server sent" saw_in_order '^left state .* CLOSED USER_ABORT' \
		'^right segment PSH,ACK .*len=5 '
	check "the segment was answered with RST" saw_in_order '^right segment PSH,ACK .*len=5 ' '^left segment RST seq=x\+6 '
	check "the server believed it" saw '^right state ESTABLISHED CLOSED RCVD_RST'
	check "the server's program was told" said 'server: recv 100: ECONNRESET'
	check "the client's host counted a segment for nobody" counted client InNoPorts 1
}
