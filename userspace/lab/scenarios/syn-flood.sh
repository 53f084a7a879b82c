# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 200
title "a SYN flood, without cookies and with them"
rules "RFC 4987 §3 (the attack), §3.6 (cookies); net.toy.syncookies, net.toy.max_syn_backlog"
story <<'END'
The server remembers eight half-open connections (net.toy.max_syn_backlog), and SYN cookies are off. An attacker sends twelve
SYNs from ports where nobody is, and completes none of them. An honest client connects, first so, and then with
net.toy.syncookies=1. The ladder shows the honest client alone.

(The RSTs with which the client's host would betray the forgery are lost: a flood comes from addresses that do not answer.)
END
why <<'END'
A SYN costs the attacker one segment, and the server memory until it gives up waiting for the third segment. With
all of that taken, the honest SYN is dropped, again and again: connect() fails with ETIMEDOUT. The attack needs no bandwidth.

A cookie is an initial sequence number that the server can recognise: a keyed hash of addresses and ports, the minute, and the
MSS. It remembers nothing; the ACK of an honest client brings the number back, and the connection is made from that.
Who sent only a SYN has cost a SYN,ACK. The price: a SYN,ACK with a cookie is never sent again, since nobody
remembers it.
END
knobs server:max_syn_backlog=8 server:syncookies=0 client:syn_retries=2
faults 'maybe drop client RST 1-'
scope --port 40000
timed
play() {
	spawn calls_on server "bind $port" 'listen 20' 'mark listening' accept 'drain = 5' close accept 'drain = 5' close
	wait_for marked listening
	calls_on client 'bind 40000' "connect $server_addr $port" 'say hello' close
	wait_for is_not_in client 06
	tell 'send client SYN seq=1000 win=1000 sport=20001 times=12'
	wait_for half_open_are 8
	calls_on client 'bind 40000' "connect $server_addr $port = ETIMEDOUT" close
	knob server syncookies=1
	calls_on client 'bind 40000' "connect $server_addr $port" 'say hello' close
	tell mend
}
half_open_are() { # N
	[ "$(on server cat /proc/net/toy /proc/net/toy6 | grep -cE '^ *[0-9]+: [0-9A-F:]+ [0-9A-F:]+ 03 ')" -eq "$1" ]
}
judge() {
	check "without cookies the honest client was not let in" said 'client: connect .*ETIMEDOUT'
	check "its SYNs were dropped" counted_at_least server ListenDrops 3
	check "with cookies it was, at once" saw_in_order 'state SYN_SENT CLOSED TIMEOUT' '^left segment SYN ' \
		'^right segment SYN,ACK .*why=COOKIE' 'state LISTEN ESTABLISHED RCVD_COOKIE|state .* RCVD_COOKIE'
	check "the cookie came back" counted server SyncookiesRecv 1
	check "what it said arrived" said_times 2 'server: drain: 5'
}
