# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 120
title "TIME-WAIT and \"address already in use\""
rules "RFC 9293 §3.6.1 (TIME-WAIT); socket(7), SO_REUSEADDR"
story <<'END'
The server closes first, and its program ends. It is started again at once, and bind() fails: Address already in use.
END
why <<'END'
Whoever closes first keeps TIME-WAIT: here that is the server, and its half of the connection has the server's port. bind()
refuses a port that a connection still has, since a program could otherwise be sent what was meant for the one before it.
SO_REUSEADDR, set by the old program and the new one, says that they know about TIME-WAIT: the new one may listen, since a new connection differs from the old one
by its other end, or is told from it by its numbers (toylab run time-wait-reuse). Every server should set it; a client that
closes first spares the server all this. When 2MSL are over, the port is free without it.
END
play() {
	spawn calls_on server 'set reuseaddr 1' "bind $port" 'listen 5' 'mark listening' accept 'say bye' close
	wait_for marked listening
	calls_on client "connect $server_addr $port" drain close
	joined
	calls_on server "bind $port = EADDRINUSE" 'set reuseaddr 1' "bind $port" 'listen 5'
	wait_for is_not_in server 06
	calls_on server "bind $port" 'listen 5'
}
judge() {
	check "the server closed first, and kept TIME-WAIT" saw '^right state .* TIME_WAIT '
	check "bind() was refused meanwhile" said_times 1 'bind [0-9]+: EADDRINUSE'
	check "the last bind() came after 2MSL" took $((2 * msl)) $((2 * msl + 500)) '^right state .* TIME_WAIT ' '^right state TIME_WAIT CLOSED TIME_WAIT_OVER'
	check "bind() succeeded three times in all" said_times 3 "server: bind $port(,.*)?$"
}
