# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 180
title "SO_LINGER 0: close() that aborts"
rules "RFC 9293 §3.9.1 (ABORT), §3.10.5; socket(7), SO_LINGER"
story <<'END'
The client sets SO_LINGER with a time of 0, says a word, and closes.
END
why <<'END'
With a lingering time of 0 close() is ABORT (§3.9.1): RST instead of FIN, what was not sent is thrown away, and there is no
TIME-WAIT. The server's program reads the word, if it came before, and gets ECONNRESET where it would have read the end.

Programs do this to be rid of TIME-WAIT. They pay with the certainty that it gives: that all was received, and that
old segments of this connection cannot reach the next one.
END
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'recv 100 = 4' 'mark read' 'recv 100 = ECONNRESET' close
	wait_for marked listening
	calls_on client "connect $server_addr $port" 'say word' 'wait read' abort
}
judge() {
	check "the client sent RST" saw '^left segment RST,ACK seq=x\+5 |^left segment RST seq=x\+5 '
	check "and was CLOSED at once, by its own wish" went_through left SYN_SENT ESTABLISHED CLOSED
	check "the server's program was told" said 'server: recv 100: ECONNRESET'
	check "nobody sent FIN" never_saw ' segment FIN'
	check "nobody was in TIME-WAIT" never_saw 'TIME_WAIT'
	check "it was counted" counted client AbortOnLinger 1
}
