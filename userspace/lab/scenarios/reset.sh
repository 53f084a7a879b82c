# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 170
title "RST in mid-stream: the server closes with data unread"
rules "RFC 9293 §3.6 (MUST-17: data unread: RST), §3.10.7.4 (RST); RFC 2525 §2.17"
story <<'END'
The client sends 5000 bytes. The server reads 100 of them, and closes. The client has more to send.
END
why <<'END'
Close promises that what was sent has been taken. With data unread the server cannot promise that, so the kernel does not
say FIN, which would mean "all is well", but RST (RFC 2525 §2.17: a close that hides the loss is a bug). The client's
connection is CLOSED at once: no TIME-WAIT, nothing sent again, and what lay in its own buffers is gone as well. Its
program learns it from the next call: ECONNRESET, once; after that, EPIPE.
END
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'recv 100' 'wait all-sent' close 'mark closed'
	wait_for marked listening
	calls_on client "connect $server_addr $port" 'send 5000' 'sleep 100' 'mark all-sent' 'wait closed' 'sleep 100' \
		'recv 100 = ECONNRESET' 'send 10 = EPIPE' close
}
judge() {
	check "the server sent RST, and no FIN" saw '^right segment RST'
	check "no FIN" never_saw '^right segment FIN'
	check "the server counted why" counted server AbortOnClose 1
	check "the client's connection ended at once" saw '^left state ESTABLISHED CLOSED RCVD_RST'
	check "the client's program was told" said 'client: recv 100: ECONNRESET'
	check "nobody was in TIME-WAIT" never_saw 'TIME_WAIT'
}
