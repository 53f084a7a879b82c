#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ipsec.sh - a connection inside ESP: policy is asked for every segment
#
#	 client (A) ────── veth: ESP, transport mode ────── server (B)
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip calls

port=10002
key=0x$(printf '%040x' 4711)

# Both directions, in both namespaces; what is not encrypted is not taken. Of spi 1 are the segments from A to B.
encrypt() { # FAMILY
	local a b ns

	plain
	a=$(addr A "$1") b=$(addr B "$1")
	for ns in "$A" "$B"; do
		ip -n "$ns" xfrm state add src "$a" dst "$b" proto esp spi 1 mode transport enc 'ecb(cipher_null)' '' auth 'hmac(sha1)' "$key" ||
			skip "this kernel or ip has no ESP"
		ip -n "$ns" xfrm state add src "$b" dst "$a" proto esp spi 2 mode transport enc 'ecb(cipher_null)' '' auth 'hmac(sha1)' "$key"
	done
	policy "$A" out "$a" "$b"
	policy "$A" in "$b" "$a"
	policy "$B" out "$b" "$a"
	policy "$B" in "$a" "$b"
}

policy() { # NAMESPACE in|out FROM TO
	ip -n "$1" xfrm policy add src "$3" dst "$4" proto 253 dir "$2" tmpl src "$3" dst "$4" proto esp mode transport
}

plain() {
	ip -n "$A" xfrm policy flush
	ip -n "$B" xfrm policy flush
	ip -n "$A" xfrm state flush
	ip -n "$B" xfrm state flush
}

# Packets that the states of B have carried, both ways.
carried() {
	ip -n "$B" -s xfrm state | awk '/\(packets\)/ { sub(/.*, /, ""); n += $1 } END { print n + 0 }'
}

test_connection() { # FAMILY
	encrypt "$1"
	in_background "$B" calls "-$1" "bind $port" 'listen 1' accept 'recv 100 = 5' 'say there' end 'drain = 0'
	wait_for listens "$B" $port
	in_ns "$A" calls "-$1" "connect $(addr B "$1") $port" 'say hello' 'recv 100 = 5' end 'drain = 0'
	[ "$(carried)" -ge 9 ] || fail "$(carried) packets went by ESP, and a connection has nine"
}

# A's segments come as they are, and B wants them encrypted: no answer, not even a reset.
test_policy() { # FAMILY
	local before

	encrypt "$1"
	ip -n "$A" xfrm policy flush
	before=$(counter "$B" PolicyDrops)
	in_background "$B" calls "-$1" "bind $port" 'listen 1' accept
	wait_for listens "$B" $port
	in_ns "$A" calls "-$1" 'set user-timeout 500' "connect $(addr B "$1") $port = ETIMEDOUT"
	[ "$(counter "$B" PolicyDrops)" -gt "$before" ] || fail "they were not dropped for the policy"
	same "connections opened" 0 "$(sockets_in "$B" 01)"
}

two_hosts
for family in 4 6; do
	# each on a port of its own, since the one before may be in TIME-WAIT
	run "IPv$family: a connection inside ESP" test_connection $family
	port=$((port + 1))
	run "IPv$family: what is not encrypted, and should be, is not taken" test_policy $family
	port=$((port + 1))
done
finish
