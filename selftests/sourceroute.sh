#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# sourceroute.sh - who was reached by a source route answers by the same (RFC 9293 section 3.9.2.1, MUST-53)
#
# lib_router.sh draws the topology. The client names the router as a hop (RFC 791); the server has no route to the client, so
# that whatever does not go back through that hop goes nowhere.
. "$(dirname "$(readlink -f "$0")")/lib_router.sh"
need_tools tc

start() { # BYTES: a server, and a client that comes by way of the router
	in_background "$B" transfer --timeout 100 --seed "$SEED" --bytes "$1" listen $port
	receiver=$!
	wait_for listens "$B" $port
	in_background "$A" transfer --timeout 100 --seed "$SEED" --bytes "$1" --via 10.77.1.2 "$B4" $port
	sender=$!
}

both_succeed() {
	wait "$sender" || fail "the end that connected failed"
	wait "$receiver" || fail "the end that listened failed"
}

at_least() { # NAMESPACE COUNTER VALUE
	[ "$(counter "$1" "$2")" -ge "$3" ]
}

# The handshake, the data, the close: each segment of the server's needs the way back.
test_way_back() {
	start 300000
	both_succeed
}

# The timer that repeats SYN,ACK has no segment at hand to learn the way from. The client's own SYN is not heard again, so
# that nothing but the timer can open this connection. (On its way through the router a segment is still addressed to the router.)
test_repeated() {
	local before

	tc -n "$R" qdisc add dev veth0 root netem loss 100%
	start 3000
	wait_for at_least "$B" HalfOpen 1
	in_ns "$R" nft "table inet deaf { chain forward { type filter hook forward priority 0; meta l4proto 253 ip saddr 10.77.1.1 drop; }; }"
	tc -n "$R" qdisc del dev veth0 root
	before=$(counter "$B" RetransSegs)
	wait_for at_least "$B" RetransSegs $((before + 1))
	in_ns "$R" nft flush ruleset
	both_succeed
}

# Without half-open objects the way comes with each segment of the handshake.
test_cookie() {
	local before

	before=$(counter "$B" SyncookiesRecv)
	knob "$B" syncookies=2
	start 3000
	both_succeed
	knob "$B" syncookies=1
	same "cookies that came back" $((before + 1)) "$(counter "$B" SyncookiesRecv)"
}

three_hosts
for ns in "$A" "$R" "$B"; do
	in_ns "$ns" sysctl -qw net.ipv4.conf.all.accept_source_route=1 net.ipv4.conf.veth0.accept_source_route=1
done
in_ns "$R" sysctl -qw net.ipv4.conf.veth1.accept_source_route=1
ip -n "$B" route del default
run "a connection that came by a source route goes back by it" test_way_back
port=10003
run "and so does a SYN,ACK that is repeated" test_repeated
port=10004
run "and one that a cookie opens" test_cookie
finish
