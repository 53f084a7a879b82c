# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 190
title "the backlog is full: a server that does not accept"
rules "RFC 9293 §3.9.1 (OPEN); listen(2), backlog; net.toy.abort_on_overflow"
story <<'END'
The server listens with a backlog of 0, which leaves room for one connection, and does not call accept(). A first client
connects, and then a second one.
END
why <<'END'
The kernel completes a handshake without the program, and keeps the connection for accept(): the first client is connected
before anybody took note of it. With the queue full there is nowhere to put a second one, so its SYN is dropped without a
word. A refusal would be final, silence is not: the client sends SYN again after a second, and by then the server may have caught up, as here.

What a user sees of an overloaded server is therefore a connect() that takes 1, 3 or 7 seconds; what its owner sees is
ListenOverflows in /proc/net/toy_stat.
END
timed
play() {
	spawn calls_on server "bind $port" 'listen 0' 'mark listening' 'wait overflow' accept 'drain = 5' close accept 'drain = 6' close
	wait_for marked listening
	calls_on client 'bind 40000' "connect $server_addr $port" 'say first' close
	spawn calls_on client 'bind 40001' "connect $server_addr $port" 'say second' close
	wait_for counted_at_least server ListenOverflows 1
	mark overflow
}
judge() {
	check "the first client was connected before accept()" said '^client: connect [0-9a-f.:]+ [0-9]+(, after [0-9]{2} ms)?$'
	check "the second one's SYN was dropped" saw '^left segment SYN .*why=SYN fate=LISTEN_FULL'
	check "and not answered with RST" never_saw '^right segment RST'
	check "it was sent again a second later" saw_in_order '^left segment SYN .*fate=LISTEN_FULL' '^left segment SYN .*why=RETRANSMIT'
	check "both were served in the end" said 'server: drain: 6'
	check "the overflow was counted" counted_at_least server ListenOverflows 1
}
