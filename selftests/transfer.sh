#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# transfer.sh - much data both ways at once, over a bad link
#
#	 host a ═══════ veth, netem on both ends ═══════ host b
#	 10.77.0.1                                       10.77.0.2
#	 fd77:0::1                                       fd77:0::2
#
# Each end sends random bytes (from the seed) while it receives the other's; both compare every byte, and the SHA-256 of what
# one sent with that of what the other received.
#
# virtual-time: a bad link is mostly waiting.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip tc transfer

BYTES=${BYTES:-$((16 << 20))}
port=4000

netem() { # PARAMETER...: on both ends; none: a good link
	local ns

	for ns in "$A" "$B"; do
		tc -n "$ns" qdisc del dev veth0 root 2>/dev/null || true
		[ $# -eq 0 ] || tc -n "$ns" qdisc add dev veth0 root netem limit 10000 "$@"
	done
}

test_transfer() { # FAMILY BYTES NETEM...
	local family=$1 bytes=$2 listener start=$SECONDS
	shift 2

	if [ $# -gt 0 ] && ! netem "$@" 2>"$tmp/netem"; then
		skip "this kernel has no netem"
	fi
	[ $# -gt 0 ] || netem
	port=$((port + 1))
	in_ns "$B" transfer "-$family" --timeout 3000 --seed "$SEED" --bytes "$bytes" listen $port >"$tmp/b" 2>&1 &
	listener=$!
	children+=("$listener")
	wait_for listens "$B" $port
	in_ns "$A" transfer "-$family" --timeout 3000 --seed "$SEED" --bytes "$bytes" "$(addr B "$family")" $port >"$tmp/a" 2>&1 || {
		cat "$tmp/a" "$tmp/b"
		fail "the end that connected failed"
	}
	wait "$listener" || { cat "$tmp/a" "$tmp/b"; fail "the end that listened failed"; }
	cat "$tmp/a" "$tmp/b"
	same "what b received" "$(awk '/^sent/ { print $2 }' "$tmp/a")" "$(awk '/^received/ { print $2 }' "$tmp/b")"
	same "what a received" "$(awk '/^sent/ { print $2 }' "$tmp/b")" "$(awk '/^received/ { print $2 }' "$tmp/a")"
	echo "$((SECONDS - start)) s"
}

# Nothing may be left in any queue, and the counters must tell of what was done to the link.
test_repaired() {
	netem
	wait_for no_sockets_in "$A" '(01|04|05|08|09|0B)'
	wait_for no_sockets_in "$B" '(01|04|05|08|09|0B)'
	[ "$(counter "$A" RetransSegs)" -gt 0 ] || fail "a lossy link, and nothing was sent again"
	[ "$(counter "$A" OfoQueue)" -gt 0 ] || fail "a link that reorders, and nothing came out of order"
	[ "$(counter "$A" Duplicates)" -gt 0 ] || fail "a link that duplicates, and nothing came twice"
	same "segments with a bad checksum" 0 "$(counter "$A" InCsumErrors)"
}

two_hosts
echo "# seed $SEED (SEED=$SEED repeats this run)"
for family in 4 6; do
	run "IPv$family: a good link, $((BYTES >> 20)) MB each way" test_transfer $family "$BYTES"
	run "IPv$family: loss 5 %" test_transfer $family $((BYTES / 16)) loss 5% delay 1ms
	run "IPv$family: reorder 25 %" test_transfer $family $((BYTES / 16)) delay 10ms reorder 25% 50%
	run "IPv$family: duplicate 5 %" test_transfer $family $((BYTES / 16)) duplicate 5% delay 1ms
	run "IPv$family: delay 10 ms" test_transfer $family $((BYTES / 4)) delay 10ms
	run "IPv$family: all at once, $((BYTES >> 20)) MB each way" \
		test_transfer $family "$BYTES" delay 10ms reorder 25% 50% loss 5% duplicate 5%
done
run "what went wrong was noticed and repaired" test_repaired
finish
