#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# timeout.sh - nobody answers a SYN: how long it is tried, and what the user is told
#
# lib_router.sh draws the topology: client, router, server.
#
# virtual-time: SYN is repeated for minutes.
. "$(dirname "$(readlink -f "$0")")/lib_router.sh"

test_soft() { # FAMILY TYPE WORDS: a soft one it remembers, and goes on trying (MUST-56)
	local timeouts

	timeouts=$(counter "$A" Timeouts)
	reject "$1" "$2"
	client_says "$1" "$3"
	reject_no_more
	[ $(($(counter "$A" Timeouts) - timeouts)) -ge 7 ] || fail "it gave up before R2"
}

# MUST-23: three minutes at least.
test_syn_timeout() { # FAMILY
	local start now

	in_ns "$R" nft "table inet blackhole { chain forward { type filter hook forward priority 0; meta l4proto 253 drop; }; }"
	start=$(cut -d. -f1 /proc/uptime)
	client_says "$1" 'timed out'
	now=$(cut -d. -f1 /proc/uptime)
	reject_no_more
	echo "gave up after $((now - start)) s"
	[ $((now - start)) -ge 180 ] || fail "gave up after $((now - start)) s"
}

three_hosts
run "IPv4: host unreachable: tries until R2, then says so" test_soft 4 host-unreachable 'unreachable|no route'
run "IPv6: no route: tries until R2, then says so" test_soft 6 no-route 'unreachable|no route'
for family in 4 6; do
	run "IPv$family: MUST-23 nobody answers: SYN for three minutes at least, then timed out" test_syn_timeout $family
done
finish
