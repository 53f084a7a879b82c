#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scope.sh - toyscope, client and server with a kernel behind them: what they show, what they say, what they leave behind
#
#	 client ─────────── veth ─────────── server
#	 10.77.0.1                           10.77.0.2
#	 fd77:0::1                           fd77:0::2
. "$(dirname "$(readlink -f "$0")")/lib_scope.sh"
need_tools nft

test_ladder() { # FAMILY
	exchange "$1"
	toyscope --ascii --width 80 -- "$tmp/exchange" >"$tmp/ladder"
	cat "$tmp/ladder"
	! grep -nE '^.{81}' "$tmp/ladder" || fail "a line is longer than 80 columns"
	! grep -nP '[^\x00-\x7F]' "$tmp/ladder" || fail "--ascii, and something is not ASCII"
	for state in SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 CLOSE-WAIT FIN-WAIT-2 LAST-ACK TIME-WAIT CLOSED; do
		grep -q " $state" "$tmp/ladder" || fail "$state is not there"
	done
	grep -q "2MSL is $((2 * MSL)) ms" "$tmp/ladder" || fail "the length of TIME-WAIT is not there"
	no_instances || fail "a trace instance is left behind"
}

# Live and from the record: the same picture.
test_record() {
	exchange 4
	toyscope --width 90 --record "$tmp/record" -- "$tmp/exchange" >"$tmp/live"
	toyscope --width 90 --replay "$tmp/record" >"$tmp/replayed"
	diff -u "$tmp/live" "$tmp/replayed"
}

# SYN is lost on its way: the ladder must say so, and that it was sent again.
test_lost_syn() {
	exchange 4
	lose_first_syn
	toyscope --lines -- "$tmp/exchange" >"$tmp/lines"
	cat "$tmp/lines"
	grep -q 'left segment SYN seq=x .* why=SYN fate=lost' "$tmp/lines" || fail "the lost SYN is not shown as lost"
	grep -q 'left timer RETRANSMIT' "$tmp/lines" || fail "the timer is not shown"
	grep -q 'left segment SYN seq=x .* why=RETRANSMIT fate=taken' "$tmp/lines" || fail "its repetition is not shown"
}

test_exit_code() {
	fails_with 7 'no connection' toyscope -- sh -c 'exit 7'
	fails_with 4 'no connection' toyscope -- true
	fails_with 127 'No such file' toyscope --no-toyrun -- /no/such/program
	fails_with 127 'no program' toyscope -- /no/such/program
	no_instances || fail "a trace instance is left behind"
}

test_other_ports_are_left_out() {
	exchange 4
	fails_with 4 'no connection' toyscope --port 9 -- "$tmp/exchange"
}

# It is told to end in the middle: so does what it runs, and nothing stays switched on.
test_interrupted() {
	local scope i

	# at once, and so each time at another moment of its start
	for i in 1 2 3 4 5; do
		toyscope -- sleep 100000 >"$tmp/said" 2>&1 &
		scope=$!
		wait_for eval '! no_instances'
		kill -TERM $scope
		wait $scope || true
		no_instances || fail "a trace instance is left behind, try $i"
	done
}

test_not_root() {
	command -v setpriv >/dev/null || skip "setpriv is missing"
	fails_with 9 'sudo' setpriv --reuid 65534 --clear-groups toyscope -- true
}

test_refused() { # FAMILY
	fails_with 5 'refused' in_ns "$A" client "$(addr B "$1")" 9
}

test_unreachable() { # FAMILY
	local nowhere=192.0.2.1

	[ "$1" = 4 ] || nowhere=2001:db8::1
	fails_with 6 'no route' in_ns "$A" client $nowhere $port
}

test_timed_out() {
	in_ns "$B" nft 'table ip t { chain in { type filter hook prerouting priority 0; ip protocol 253 drop; }; }' ||
		skip "this kernel has no nftables"
	fails_with 7 'timed out' in_ns "$A" client --timeout 2 "$B4" $port
	in_ns "$B" nft flush ruleset
}

test_in_use() {
	in_background "$B" server --quiet $port
	wait_for listens "$B" $port
	fails_with 8 "LISTEN, held by server" in_ns "$B" server $port
}

# The kernel takes the connection; the program behind it sleeps.
test_no_answer() {
	local server

	in_background "$B" server --quiet $port
	server=$!
	wait_for listens "$B" $port
	kill -STOP $server
	fails_with 7 'get an answer .* timed out' in_ns "$A" client --timeout 1 "$B4" $port
	kill -CONT $server
}

two_hosts
knob "$A" msl="$MSL"
knob "$B" msl="$MSL"
for family in 4 6; do
	run "IPv$family: the ladder has every state, and fits in 80 columns" test_ladder $family
done
run "a recording shows what was shown" test_record
run "a SYN that is lost, and sent again" test_lost_syn
run "toyscope hands on the command's exit code" test_exit_code
run "--port leaves other connections out" test_other_ports_are_left_out
run "toyscope that is told to end leaves nothing behind" test_interrupted
run "toyscope without root says what is missing" test_not_root
for family in 4 6; do
	run "IPv$family: client says that it was refused" test_refused $family
	run "IPv$family: client says that there is no way" test_unreachable $family
done
run "client says that nobody answered" test_timed_out
run "server says who holds its port" test_in_use
run "client says that no answer came" test_no_answer
finish
