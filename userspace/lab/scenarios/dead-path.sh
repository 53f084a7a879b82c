# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 240
title "the path dies: sent again, ever less often, and given up"
rules "RFC 9293 §3.8.3 (R1, R2), MUST-20; RFC 6298 (5.5) to (5.7); §3.10.8"
story <<'END'
A connection is open, and then nothing arrives any more, in either direction: a cable was pulled. The client sends a line.
END
why <<'END'
Nobody says that the path is dead; there is only silence. Each time the timer runs out the segment is sent again, and the
timeout is doubled (RFC 6298 (5.5)): a network that is overloaded must not be loaded more. After R1 the kernel
asks IP for another route (net.toy.retries1), after R2 it gives up: CLOSED, and ETIMEDOUT for the program. R2 is
net.toy.retries2, here 6; by default it is 15, and that is a quarter of an hour.

The server never learns of it: it has nothing to send. Its half of the connection lives on, until keepalive (toylab run
keepalive) or its program ends it.
END
knobs client:retries2=6
faults 'drop both ANY 1- after client DATA 1'
timed
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'recv 100 = 5' 'wait given-up' abort
	wait_for marked listening
	calls_on client "connect $server_addr $port" 'say hello' 'sleep 300' 'say anybody?' 'recv 100 = ETIMEDOUT' 'mark given-up' close
}
judge() {
	check "the segment was lost, and lost again" saw_at_least 6 '^left segment .*len=5 .*why=RETRANSMIT fate=lost'
	check "each timeout was twice the one before" doubles
	check "in the end it was given up" saw '^left state ESTABLISHED CLOSED TIMEOUT'
	check "the program was told" said 'client: recv 100: ETIMEDOUT'
	check "and it was counted" counted client AbortOnTimeout 1
	check "the server knew nothing until its program ended it" saw '^right state ESTABLISHED CLOSED USER_ABORT'
}
doubles() {
	awk '/ left timer RETRANSMIT/ { t[++n] = $1 }
		END { for (i = 3; i <= n; i++) { r = (t[i] - t[i - 1]) / (t[i - 1] - t[i - 2]); print r; if (r < 1.7 || r > 2.3) bad = 1 } exit bad || n < 6 }' \
		"$tmp/lines"
}
