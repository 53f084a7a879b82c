# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib_scope.sh - an exchange for toyscope to watch: server in B, client in A
#
# two_hosts comes before the functions are used.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
need_module
need_tools ip toyscope client server

# shellcheck disable=SC2034	# for the scripts
MSL=500	# milliseconds
port=10002
instances=/sys/kernel/tracing/instances

# server in B, client in A, as one command
exchange() { # FAMILY
	cat >"$tmp/exchange" <<-END
		#!/bin/bash
		ip netns exec $B server --once --quiet $port >/dev/null &
		until ip netns exec $B grep -qs ':$(printf %04X $port) .* 0A ' /proc/net/toy /proc/net/toy6; do sleep 0.05; done
		ip netns exec $A client $(addr B "$1") $port >/dev/null && wait %1
	END
	chmod +x "$tmp/exchange"
}

no_instances() {
	[ -z "$(ls $instances)" ]
}

fails_with() { # CODE WORDS COMMAND...
	local code=$1 words=$2 status=0
	shift 2

	"$@" >"$tmp/said" 2>&1 || status=$?
	cat "$tmp/said"
	same "exit code" "$code" $status
	grep -qE "$words" "$tmp/said" || fail "it does not say: $words"
}

# The next SYN to B is lost on its way, and no other.
lose_first_syn() {
	in_ns "$B" nft 'table ip t { chain in { type filter hook prerouting priority 0;
		ip protocol 253 @th,104,8 2 numgen inc mod 1000000 0 drop; }; }' || skip "this kernel has no nftables"
}
