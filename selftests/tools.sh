#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tools.sh - tools that know nothing of the toy transport read what it shows: ss, nstat, perf, bpftrace, and TCP's own tracepoint
#
#	 client ─────────── veth ─────────── server
#	 10.77.0.1                           10.77.0.2
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip client server

port=10002
tracing=/sys/kernel/tracing

need() { # PROGRAM
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

exchange() {
	local server

	ip netns exec "$B" server --once --quiet $port >/dev/null &
	server=$!
	wait_for listens "$B" $port
	in_ns "$A" client "$B4" $port >/dev/null
	wait $server
}

test_ss() {
	need ss
	export PROC_NET_TCP=/proc/net/toy PROC_NET_TCP6=/proc/net/toy6
	exchange
	in_background "$B" server --quiet $port
	wait_for listens "$B" $port
	in_ns "$B" ss -Htanp6 >"$tmp/rows"
	cat "$tmp/rows"
	grep -qE "^LISTEN .*:$port .*\"server\"" "$tmp/rows"
	in_ns "$A" ss -Htano4 state time-wait "dport = :$port" >"$tmp/rows"
	cat "$tmp/rows"
	grep -qE ":$port .*timer:\(timewait,[0-9.]+(sec|min|ms)" "$tmp/rows"
}

nstat_of() { # NAMESPACE OPTION...
	local ns=$1
	shift

	in_ns "$ns" env PROC_NET_SNMP6=/proc/net/toy_stat PROC_NET_SNMP=/dev/null PROC_NET_NETSTAT=/dev/null \
		NSTAT_HISTORY="$tmp/nstat" nstat "$@"
}

test_nstat() {
	need nstat
	nstat_of "$A" -az | awk '!/^#/ { print $1, $2 }' >"$tmp/theirs"
	in_ns "$A" cat /proc/net/toy_stat | diff -u - "$tmp/theirs"
	exchange
	nstat_of "$A" >"$tmp/rows"
	cat "$tmp/rows"
	grep -qE '^ActiveOpens +1 ' "$tmp/rows" || fail "nstat does not say what came since"
}

# This script again, as the program that perf or bpftrace wait for; the latter takes no script for a program.
again() {
	printf '%s %s exchange %s %s' "$BASH" "$here/tools.sh" "$A" "$B"
}

# The lines of one tool in the document, which are thereby tried.
documented() { # PROGRAM
	sed -nE "s/^\t($1 .*)/\1/p" "$top/Documentation/tools.rst"
}

need_events() {
	[ -d $tracing/events/toy ] || skip "there is no tracefs"
	[ -e /sys/bus/event_source/devices/tracepoint ] || skip "this kernel has no perf events"
}

# perf first looks at every file of /lib/modules, which takes minutes where the VM's files are the host's; for these events it
# does without.
test_perf() {
	need perf
	need_events
	same "what the document says" "perf trace -a -e 'toy:*'" "$(documented 'perf trace')"
	# shellcheck disable=SC2046 # words
	unshare -m sh -c 'mount -t tmpfs none /lib/modules && exec "$@"' sh \
		perf trace -a -e 'toy:*' $(again) >"$tmp/rows" 2>&1 || { cat "$tmp/rows"; fail "exit code $?"; }
	head -n 5 "$tmp/rows"
	for event in toy_send toy_receive toy_state; do
		grep -q "toy:$event(" "$tmp/rows" || fail "perf trace has no $event"
	done
	grep -qE "toy:toy_state\(.*lport: $port" "$tmp/rows" || fail "perf trace does not name the port"
}

# All of the document's at once: each takes seconds to be compiled.
test_bpftrace() {
	local programs

	need bpftrace
	need_events
	[ -e /proc/sys/kernel/unprivileged_bpf_disabled ] || skip "this kernel has no bpf()"
	programs=$(documented 'bpftrace -e' | sed -E "s/^bpftrace -e '(.*)'$/\1/")
	[ "$(wc -l <<<"$programs")" -ge 4 ] || fail "Documentation/tools.rst has fewer one-liners than it had"
	bpftrace -e "$programs" -c "$(again)" >"$tmp/rows" 2>&1 || { cat "$tmp/rows"; fail "exit code $?"; }
	cat "$tmp/rows"
	! grep -iE 'error|unknown|warning' "$tmp/rows" || fail "bpftrace complains"
	grep -qE "^$port:[0-9]+ 3 -> 1$" "$tmp/rows" || fail "no SYN-RECEIVED -> ESTABLISHED of the server"
	grep -qE '^@bytes:' "$tmp/rows" || fail "no histogram of segments"
	grep -qE "^[^:]+: port [0-9]+, 2 -> 1$" "$tmp/rows" || fail "no SYN-SENT -> ESTABLISHED of TCP's tracepoint"
}

# TCP's tracepoint tells of this transport as well.
test_set_state() {
	local dir=$tracing/instances/toy$$

	[ -d $tracing/events/sock/inet_sock_set_state ] || skip "this kernel has no sock:inet_sock_set_state"
	mkdir "$dir"
	echo 'protocol == 253' >"$dir/events/sock/inet_sock_set_state/filter"
	echo 1 >"$dir/events/sock/inet_sock_set_state/enable"
	exchange
	cat "$dir/trace" >"$tmp/rows"
	rmdir "$dir"
	cat "$tmp/rows"
	grep -qE 'oldstate=TCP_SYN_SENT newstate=TCP_ESTABLISHED' "$tmp/rows"
	grep -qE 'oldstate=TCP_SYN_RECV newstate=TCP_ESTABLISHED' "$tmp/rows"
}

if [ "${1:-}" = exchange ]; then
	A=$2 B=$3 B4=10.77.0.2
	exchange
	exit 0
fi
two_hosts
run "ss reads sockets, timers and processes" test_ss
run "nstat reads the counters" test_nstat
run "perf trace shows the module's events" test_perf
run "the one-liners of bpftrace in the document" test_bpftrace
run "sock:inet_sock_set_state tells of the toy transport" test_set_state
finish
