#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# proc.sh - what the module shows of itself, and the knobs it has: /proc/net/toy*, counters, net.toy.*
#
#	 client ─────────── veth ─────────── server
#	 10.77.0.1                           10.77.0.2
#	 fd77:0::1                           fd77:0::2
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip ss client server

port=10002
docs=$top/Documentation

test_format() { # toy|toy6 tcp|tcp6
	in_ns "$B" sh -c "
		head -n 1 /proc/net/$1 >'$tmp/ours'
		head -n 1 /proc/net/$2 >'$tmp/theirs'"
	diff -u "$tmp/theirs" "$tmp/ours"
}

# ss reads our file where it would read TCP's.
ss_says() { # NAMESPACE FILE PATTERN
	in_ns "$1" env PROC_NET_TCP="/proc/net/$2" ss -Htan4 2>/dev/null | grep -E "$3" ||
		in_ns "$1" env PROC_NET_TCP6="/proc/net/$2" ss -Htan6 2>/dev/null | grep -E "$3"
}

test_ss() {
	in_background "$B" server --once --quiet $port
	wait_for listens "$B" $port
	wait_for ss_says "$B" toy6 "LISTEN .*:$port " || ss_says "$B" toy "LISTEN .*:$port "
	in_ns "$A" client "$A4_to" $port
	ss_says "$A" toy "TIME-WAIT .*:$port"
}

test_counters_documented() {
	in_ns "$B" cat /proc/net/toy_stat >"$tmp/stat"
	! grep -vE '^[A-Za-z0-9]+ [0-9]+$' "$tmp/stat" || fail "a line is not 'Name value'"
	[ -z "$(cut -d' ' -f1 "$tmp/stat" | sort | uniq -d)" ] || fail "a counter is there twice"
	[ -e "$docs/counters.rst" ] || skip "no Documentation here"
	sed -n '/begin COUNTERS/,/end COUNTERS/s/^   \* - ``\(.*\)``$/\1/p' "$docs/counters.rst" | sort >"$tmp/documented"
	cut -d' ' -f1 "$tmp/stat" | sort | comm -13 - "$tmp/documented" >"$tmp/missing"
	same "documented, but not there" "" "$(cat "$tmp/missing")"
}

test_counters_count() {
	local opened

	opened=$(counter "$A" ActiveOpens)
	in_background "$B" server --once --quiet $port
	wait_for listens "$B" $port
	in_ns "$A" client "$A4_to" $port
	same ActiveOpens $((opened + 1)) "$(counter "$A" ActiveOpens)"
}

test_default() { # KNOB VALUE
	same "net.toy.$1" "$2" "$(in_ns "$C" sysctl -n "net.toy.$1" | tr '\t' ' ')"
}

test_refused() { # KNOB=VALUE
	local before

	before=$(in_ns "$C" sysctl -n "net.toy.${1%%=*}")
	! knob "$C" "$1" 2>/dev/null || fail "net.toy.$1 was taken"
	same "its value afterwards" "$before" "$(in_ns "$C" sysctl -n "net.toy.${1%%=*}")"
}

test_namespaces_differ() {
	knob "$A" msl=1234
	same "net.toy.msl here" 1234 "$(in_ns "$A" sysctl -n net.toy.msl)"
	same "net.toy.msl elsewhere" 30000 "$(in_ns "$C" sysctl -n net.toy.msl)"
}

# A knob that exists is documented, and the other way round.
test_knobs_documented() {
	[ -e "$docs/sysctl.rst" ] || skip "no Documentation here"
	sed -n 's/^   \* - ``net\.toy\.\(.*\)``$/\1/p' "$docs/sysctl.rst" | sort >"$tmp/documented"
	in_ns "$C" ls /proc/sys/net/toy | sort | diff -u "$tmp/documented" -
}

two_hosts
C=$(ns_name c)
ns_add "$C"
A4_to=$B4
run "/proc/net/toy has the format of /proc/net/tcp" test_format toy tcp
run "/proc/net/toy6 has the format of /proc/net/tcp6" test_format toy6 tcp6
run "ss reads listeners and TIME-WAIT" test_ss
run "every documented counter is there, once" test_counters_documented
run "ActiveOpens counts connect()" test_counters_count
run "every knob is documented" test_knobs_documented
run "MSL is 30 seconds by default" test_default msl 30000
run "MUST-28 keepalive waits two hours by default" test_default keepalive_time 7200
run "MUST-23 SYN is repeated for more than three minutes by default" test_default syn_retries 7
for bad in msl=0 msl=-1 msl=x msl=600001 delack=500 rto_min=0 retries2=256 sack=2 timestamps=-1 rmem='1 2 3' \
	ip_local_port_range='2000 1000' ip_local_port_range='0 70000' init_cwnd=0; do
	run "net.toy.$bad is refused" test_refused "$bad"
done
run "namespaces have knobs of their own" test_namespaces_differ
finish
