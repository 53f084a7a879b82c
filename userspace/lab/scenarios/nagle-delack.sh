# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 230
title "Nagle against delayed ACK: two small writes, and a pause of 40 ms"
rules "RFC 9293 §3.7.4 (Nagle), §3.8.6.3 (delayed ACK), MUST-40; RFC 896; TCP_NODELAY"
story <<'END'
The client writes a request in two pieces, 10 bytes and 10 bytes, and waits for the answer, which the server gives when it has both.
First so, and then with TCP_NODELAY.

(A new connection acknowledges its first segments at once; TCP_QUICKACK = 0 in the server ends that, as a longer
conversation would.)
END
why <<'END'
The first piece goes at once. The second is small, and an earlier small segment is not acknowledged yet: Nagle's algorithm waits,
since the acknowledgment may come with room for more (§3.7.4). The server has nothing to say before it has both pieces, and delays its
acknowledgment, since an answer may carry it (§3.8.6.3). Each is sensible; together they wait for each other, until
the server's delay runs out: net.toy.delack, 40 ms, and at most 500 by MUST-40.

The cure is one write for one request (writev(), or TCP_CORK), or TCP_NODELAY: then the second piece does not wait.
END
play() {
	local each

	spawn calls_on server "bind $port" 'listen 5' 'mark listening' \
		accept 'set quickack 0' 'recv 10 = 10' 'recv 10 = 10' 'say yes' 'drain = 0' close \
		accept 'set quickack 0' 'recv 10 = 10' 'recv 10 = 10' 'say yes' 'drain = 0' close
	wait_for marked listening
	for each in 0 1; do
		calls_on client "set nodelay $each" "bind $((40000 + each))" "connect $server_addr $port" 'send 10' 'send 10' 'recv 100 = 3' close
	done
}
judge() {
	check "the second piece waited for the acknowledgment of the first" saw_in_order '^left segment .*seq=x\+1 .*len=10 ' \
		'^right segment ACK .*ack=x\+11 .*why=DELAYED_ACK' '^left segment .*seq=x\+11 .*len=10 '
	check "about 40 ms" took 30 200 '^left segment .*seq=x\+1 .*len=10 ' '^left segment .*seq=x\+11 .*len=10 '
	check "the server's timer ended it" saw '^right timer DELACK'
	check "once: with TCP_NODELAY nobody waited" saw_times 1 '^right timer DELACK'
	check "one delayed acknowledgment was counted" counted server DelayedACKs 1
}
