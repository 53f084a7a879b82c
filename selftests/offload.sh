#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# offload.sh - super-segments go whole where they may, and nowhere else
#
#	 a ── veth ── b			both are this host: one skb may hold forty segments, its checksum unfinished
#	 a ── veth ── r ── ?? ── b	r is a router or a bridge: what is behind ?? is what a real card would be given
#
# ?? is, in turn, a veth that takes no super-segments, a tun device, a tunnel. `wire` sits there and looks at each packet: none may
# be larger than the MTU, none may lack its checksum. Each transfer compares every byte, both ways.
# shellcheck disable=SC2034	# addresses are for addr, in lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip tc ethtool transfer wire

BYTES=${BYTES:-$((4 << 20))}
port=4000

# ------------------------------------------------------------------------------------------------------------------------
# Tools of these tests

# Start `wire` in a namespace; wire_ends stops it and leaves what it saw in $tmp/wire.
wire_starts() { # NAMESPACE ARGUMENT...
	local ns=$1
	shift

	rm -f "$tmp/wire" "$tmp/stop"
	mkfifo "$tmp/stop"
	in_ns "$ns" wire "$@" <"$tmp/stop" >"$tmp/wire" &
	wire=$!
	children+=("$wire")
	exec {stop}>"$tmp/stop"
	wait_for grep -q ready "$tmp/wire"
}

wire_ends() {
	exec {stop}>&-
	wait "$wire"
	cat "$tmp/wire"
}

saw() { # segments|payload|largest|bad|unfinished|pushed|fins
	awk -v what="$1" '$1 == what { print $2 }' "$tmp/wire"
}

# What passed was fit for any device: of this size at most, with its checksum.
fit_for_a_card() { # MTU
	same "segments that are wrong" 0 "$(saw bad)"
	same "segments without their checksum" 0 "$(saw unfinished)"
	[ "$(saw largest)" -le "$1" ] || fail "a packet of $(saw largest) bytes, and the MTU is $1"
	[ "$(saw payload)" -ge $((2 * BYTES)) ] || fail "only $(saw payload) bytes passed here: the test looks at the wrong place"
	# PSH says that the sender has no more: not in each part of a super-segment
	[ "$(saw pushed)" -le $(($(saw segments) / 2)) ] || fail "PSH in $(saw pushed) of $(saw segments) segments"
}

# Both ways between the two, to an address of the first argument's; sets nothing.
transfer_both() { # LISTENER CONNECTOR FAMILY ADDRESS
	local listener

	port=$((port + 1))
	in_ns "$1" transfer "-$3" --seed "$SEED" --bytes "$BYTES" listen $port >"$tmp/to" 2>&1 &
	listener=$!
	children+=("$listener")
	wait_for listens "$1" $port
	in_ns "$2" transfer "-$3" --seed "$SEED" --bytes "$BYTES" "$4" $port >"$tmp/from" 2>&1 || {
		cat "$tmp/from" "$tmp/to"
		fail "the end that connected failed"
	}
	wait "$listener" || { cat "$tmp/to"; fail "the end that listened failed"; }
	same "what came" "$(awk '/^sent/ { print $2 }' "$tmp/from")" "$(awk '/^received/ { print $2 }' "$tmp/to")"
	same "what came back" "$(awk '/^sent/ { print $2 }' "$tmp/to")" "$(awk '/^received/ { print $2 }' "$tmp/from")"
	same "segments with a bad checksum" 0 "$(counter "$1" InCsumErrors)"
	same "segments with a bad checksum" 0 "$(counter "$2" InCsumErrors)"
}

# ethtool says nothing of what it cannot switch; so look.
offload_off() { # NAMESPACE DEVICE FEATURE...
	local ns=$1 device=$2 feature
	shift 2

	for feature; do
		in_ns "$ns" ethtool -K "$device" "$feature" off >/dev/null 2>&1 || true
	done
}

takes_super_segments() { # NAMESPACE DEVICE
	in_ns "$1" ethtool -k "$2" | grep -q '^tcp-segmentation-offload: on'
}

# ------------------------------------------------------------------------------------------------------------------------
# One host

test_veth_whole() { # FAMILY
	two_hosts
	wire_starts "$B" watch veth0
	transfer_both "$B" "$A" "$1" "$(addr B "$1")"
	wire_ends
	same "segments that are wrong" 0 "$(saw bad)"
	[ "$(saw largest)" -gt 20000 ] || fail "the largest packet has $(saw largest) bytes: no super-segments"
	[ "$(saw unfinished)" -gt 0 ] || fail "all checksums were computed, though nobody needs them"
	[ "$(counter "$A" OutSegs)" -gt $((BYTES / 1460)) ] || fail "super-segments are counted as one segment"
}

test_lo_whole() { # FAMILY
	local address=127.0.0.1

	[ "$1" = 4 ] || address=::1
	two_hosts
	ip -n "$A" link set lo mtu 1500
	wire_starts "$A" watch lo
	transfer_both "$A" "$A" "$1" $address
	wire_ends
	same "segments that are wrong" 0 "$(saw bad)"
	[ "$(saw largest)" -gt 20000 ] || fail "the largest packet has $(saw largest) bytes: no super-segments"
}

# The peer of a veth without the feature sees what a cable would show.
test_veth_without() { # FAMILY FEATURE...
	local family=$1
	shift

	two_hosts
	offload_off "$A" veth0 "$@"
	offload_off "$B" veth0 "$@"
	takes_super_segments "$A" veth0 && skip "this veth cannot switch $1 off"
	wire_starts "$B" watch veth0
	transfer_both "$B" "$A" "$family" "$(addr B "$family")"
	wire_ends
	fit_for_a_card 1500
}

# ------------------------------------------------------------------------------------------------------------------------
# Something in between

#	$A ── veth ── $R ── veth, no offloads ── $B	10.77.1.0/24 and 10.77.2.0/24, fd77:1:: and fd77:2::
chain() {
	A=$(ns_name a) R=$(ns_name r) B=$(ns_name b)
	ns_add "$A" "$R" "$B"
	cable "$A" veth0 "$R" vetha 1
	cable "$B" veth0 "$R" vethb 2
	in_ns "$R" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$A" route add default via 10.77.1.2
	ip -n "$B" route add default via 10.77.2.2
	ip -n "$A" route add default via fd77:1::2
	ip -n "$B" route add default via fd77:2::2
	A4=10.77.1.1 B4=10.77.2.1 A6=fd77:1::1 B6=fd77:2::1
}

test_routed() { # FAMILY
	chain
	offload_off "$R" vethb tso
	offload_off "$B" veth0 tso
	takes_super_segments "$R" vethb && skip "this veth cannot switch tso off"
	wire_starts "$B" watch veth0
	transfer_both "$B" "$A" "$1" "$(addr B "$1")"
	wire_ends
	fit_for_a_card 1500
}

# The path's MTU is less than the sender's: the super-segments become smaller ones, while they are on their way.
test_path_mtu() { # FAMILY
	chain
	ip -n "$R" link set vethb mtu 1300
	ip -n "$B" link set veth0 mtu 1300
	offload_off "$R" vethb tso
	offload_off "$B" veth0 tso
	wire_starts "$B" watch veth0
	transfer_both "$B" "$A" "$1" "$(addr B "$1")"
	wire_ends
	takes_super_segments "$R" vethb && skip "this veth cannot switch tso off"
	fit_for_a_card 1300
}

test_bridge() { # FAMILY
	A=$(ns_name a) R=$(ns_name r) B=$(ns_name b)
	ns_add "$A" "$R" "$B"
	cable "$A" veth0 "$R" porta 0
	cable "$B" veth0 "$R" portb 0
	ip -n "$R" address flush dev porta
	ip -n "$R" address flush dev portb
	ip -n "$B" address flush dev veth0
	ip -n "$B" address add 10.77.0.9/24 dev veth0
	ip -n "$B" address add fd77:0::9/64 dev veth0 nodad
	ip -n "$R" link add br0 type bridge || skip "this kernel has no bridge"
	ip -n "$R" link set porta master br0
	ip -n "$R" link set portb master br0
	ip -n "$R" link set br0 up
	offload_off "$R" portb tso
	offload_off "$B" veth0 tso
	takes_super_segments "$R" portb && skip "this veth cannot switch tso off"
	know_neighbours "$A" veth0 "$B" veth0
	know_neighbours "$B" veth0 "$A" veth0
	A4=10.77.0.1 B4=10.77.0.9 A6=fd77:0::1 B6=fd77:0::9
	wire_starts "$B" watch veth0
	transfer_both "$B" "$A" "$1" "$(addr B "$1")"
	wire_ends
	fit_for_a_card 1500
}

# A program reads from a tun device what a card would have been given.
test_tun() { # FAMILY
	chain
	[ -c /dev/net/tun ] || modprobe -q tun || skip "this kernel has no tun"
	wire_starts "$R" relay "$R" "$B"
	ip -n "$R" address add 10.77.3.1 peer 10.77.3.2 dev toytun0
	ip -n "$B" address add 10.77.3.2 peer 10.77.3.1 dev toytun0
	ip -n "$R" address add fd77:3::1/64 dev toytun0 nodad
	ip -n "$B" address add fd77:3::2/64 dev toytun0 nodad
	ip -n "$R" link set toytun0 up
	ip -n "$B" link set toytun0 up
	ip -n "$B" route replace default via 10.77.3.1
	ip -n "$B" route replace default via fd77:3::1
	ip -n "$B" link set veth0 down
	B4=10.77.3.2 B6=fd77:3::2
	transfer_both "$B" "$A" "$1" "$(addr B "$1")"
	wire_ends
	fit_for_a_card 1500
}

# tc sends what leaves by one device out by another, which is asked only then.
test_redirected() { # FAMILY
	chain
	offload_off "$R" vethb tso
	offload_off "$B" veth0 tso
	takes_super_segments "$R" vethb && skip "this veth cannot switch tso off"
	tc -n "$R" qdisc add dev vetha clsact || skip "this kernel has no clsact"
	tc -n "$R" filter add dev vetha ingress protocol all matchall \
		action skbmod set dmac "$(in_ns "$B" cat /sys/class/net/veth0/address)" pipe \
		action mirred egress redirect dev vethb || skip "this kernel has no mirred or skbmod"
	know_neighbours "$A" veth0 "$R" vetha
	ip -n "$B" neighbour replace 10.77.2.2 lladdr "$(in_ns "$R" cat /sys/class/net/vethb/address)" dev veth0
	wire_starts "$B" watch veth0
	transfer_both "$B" "$A" "$1" "$(addr B "$1")"
	wire_ends
	fit_for_a_card 1500
}

# Into a tunnel: the outer device does not take them either.
test_tunnel() { # FAMILY TYPE
	two_hosts
	ip -n "$A" link add tunnel0 mtu 1400 type vxlan id 7 remote 10.77.0.2 dstport 4789 dev veth0 2>/dev/null ||
		skip "this kernel has no vxlan"
	ip -n "$B" link add tunnel0 mtu 1400 type vxlan id 7 remote 10.77.0.1 dstport 4789 dev veth0
	ip -n "$A" address add 10.77.4.1/24 dev tunnel0
	ip -n "$B" address add 10.77.4.2/24 dev tunnel0
	ip -n "$A" address add fd77:4::1/64 dev tunnel0 nodad
	ip -n "$B" address add fd77:4::2/64 dev tunnel0 nodad
	ip -n "$A" link set tunnel0 up
	ip -n "$B" link set tunnel0 up
	know_neighbours "$A" tunnel0 "$B" tunnel0
	know_neighbours "$B" tunnel0 "$A" tunnel0
	offload_off "$A" veth0 tso tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation
	offload_off "$B" veth0 tso tx-udp_tnl-segmentation tx-udp_tnl-csum-segmentation
	A4=10.77.4.1 B4=10.77.4.2 A6=fd77:4::1 B6=fd77:4::2
	wire_starts "$B" watch tunnel0
	transfer_both "$B" "$A" "$1" "$(addr B "$1")"
	wire_ends
	same "segments that are wrong" 0 "$(saw bad)"
}

# Each test has a topology of its own, which goes when it is over.
try() { # NAME FUNCTION ARGUMENT...
	local ns

	namespaces=("$(ns_name a)" "$(ns_name r)" "$(ns_name b)")
	run "$@"
	for ns in "${namespaces[@]}"; do
		ip netns delete "$ns" 2>/dev/null || true
	done
}

echo "# seed $SEED (SEED=$SEED repeats this run)"
for family in 4 6; do
	try "IPv$family: veth takes super-segments whole" test_veth_whole $family
	try "IPv$family: lo takes super-segments whole" test_lo_whole $family
	try "IPv$family: a device without TSO gets segments with their checksums" test_veth_without $family tso
	try "IPv$family: a device without scatter-gather gets segments with their checksums" test_veth_without $family sg
	try "IPv$family: a device without checksums gets segments with their checksums" test_veth_without $family tx
	try "IPv$family: a device without GSO gets segments of the MSS" test_veth_without $family tso gso
	try "IPv$family: a router's device gets segments with their checksums" test_routed $family
	try "IPv$family: a smaller MTU on the path makes the segments in a super-segment smaller" test_path_mtu $family
	try "IPv$family: a bridge's port gets segments with their checksums" test_bridge $family
	try "IPv$family: a tun device gets segments with their checksums" test_tun $family
	try "IPv$family: tc's redirection to another device is no way round it" test_redirected $family
	try "IPv$family: a tunnel cuts them on its way in" test_tunnel $family
done
finish
