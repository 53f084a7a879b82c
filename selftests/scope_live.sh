#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scope_live.sh - toyscope as things happen: the whole machine, one connection of it, on a terminal, and any program's
#
#	 client ─────────── veth ─────────── server
#	 10.77.0.1                           10.77.0.2
. "$(dirname "$(readlink -f "$0")")/lib_scope.sh"

terminal=$top/userspace/scope/test/terminal.py
watcher=

# toyscope in the background, and its tracepoints are on. Sets $watcher.
watch() { # OUTPUT ARGUMENT OF toyscope...
	local output=$1
	shift

	toyscope "$@" >"$output" 2>"$tmp/watch.err" &
	watcher=$!
	children+=("$watcher")
	wait_for watching
}

watching() {
	[ "$(cat "$instances"/*/events/toy/enable)" = 1 ]
}

# Ctrl-C.
leave() {
	local status=0

	kill -INT "$watcher"
	wait "$watcher" || status=$?
	cat "$tmp/watch.err"
	same "exit code" 0 $status
	no_instances || fail "a trace instance is left behind"
}

test_machine() {
	exchange 4
	watch "$tmp/out" --live --ascii --width 80
	"$tmp/exchange"
	wait_for grep -q 'TIME-WAIT lasted' "$tmp/out"
	"$tmp/exchange"
	wait_for eval '[ "$(grep -c "TIME-WAIT lasted" "$tmp/out")" = 2 ]'
	leave
	cat "$tmp/out"
	! grep -nE '^.{81}' "$tmp/out" || fail "a line is longer than 80 columns"
	same "connections opened" 2 "$(grep -c 'the user connects' "$tmp/out")"
	same "connections closed" 2 "$(grep -c '2MSL have passed' "$tmp/out")"
	grep -q '^-- 2: ' "$tmp/out" || fail "the second connection is not announced"
}

# What is drawn as it happens is what is drawn afterwards.
test_same() { # FAMILY
	exchange "$1"
	toyscope --live --width 90 --record "$tmp/record" -- "$tmp/exchange" >"$tmp/live"
	toyscope --width 90 --replay "$tmp/record" | diff -u - "$tmp/live"
}

# It ends by itself when that connection has.
test_follow() {
	exchange 4
	watch "$tmp/out" --live --lines --follow 2
	for _ in 1 2 3; do
		"$tmp/exchange"
	done
	wait "$watcher"
	cat "$tmp/out"
	same "connections" "flow 2" "$(grep '^flow' "$tmp/out" | cut -d' ' -f1-2 | uniq)"
	grep -q 'left state TIME_WAIT CLOSED' "$tmp/out" || fail "it was left before its end"
}

test_flow() {
	exchange 4
	watch "$tmp/out" --live --lines --flow "$B4:9-$A4:0"
	in_background "$B" server --once --quiet 9
	wait_for listens "$B" 9
	"$tmp/exchange"
	in_ns "$A" client "$B4" 9
	wait_for grep -q 'TIME_WAIT CLOSED' "$tmp/out"
	leave
	cat "$tmp/out"
	same "connections" 1 "$(grep -c '^flow' "$tmp/out")"
	grep -q "^flow 1 .* $B4:9$" "$tmp/out" || fail "another one was drawn"
}

# The lost SYN stands where it was lost, before its repetition is sent.
test_lost() {
	exchange 4
	lose_first_syn
	watch "$tmp/out" --live --lines -- "$tmp/exchange"
	wait "$watcher"
	cat "$tmp/out"
	awk '/left segment SYN .* why=SYN fate=lost/ { lost = NR } /left timer RETRANSMIT/ { timer = NR }
		/left segment SYN .* why=RETRANSMIT fate=taken/ { again = NR }
		END { exit !(lost && lost < timer && timer < again) }' "$tmp/out" || fail "not lost, timer, again, in this order"
}

# On a terminal: TIME-WAIT counts down, what the command says stands above, and in the end all is there.
test_terminal() { # OPTION OF toyscope...
	command -v python3 >/dev/null || skip "python3 is missing"
	exchange 4
	echo 'echo the command speaks' >>"$tmp/exchange"
	python3 "$terminal" --columns 90 toyscope --record "$tmp/record" "$@" -- "$tmp/exchange" >"$tmp/screens"
	sed '1,/^== end/d' "$tmp/screens" >"$tmp/last"
	cat "$tmp/last"
	[ "$(grep -o '[0-9.]* s left' "$tmp/screens" | sort -u | wc -l)" -ge 5 ] || fail "TIME-WAIT does not count down"
	same "times that the command's words are left" 1 "$(grep -c 'the command speaks' "$tmp/last")"
	toyscope --width 90 --replay "$tmp/record" | diff -u - <(grep -vE 'the command speaks|^toyscope: ' "$tmp/last")
}

# On a terminal, without anything to be drawn: after two seconds it says what it waits for.
test_says_what_it_waits_for() { # CODE WORDS ARGUMENT OF toyscope...
	local code=$1 words=$2 status=0
	shift 2

	command -v python3 >/dev/null || skip "python3 is missing"
	timeout 60 python3 "$terminal" --interrupt "$words" toyscope "$@" >"$tmp/screens" || status=$?
	cat "$tmp/screens"
	same "exit code" "$code" $status
	no_instances || fail "a trace instance is left behind"
}

# Nobody told curl and python of the toy transport: toyscope did.
test_any_program() {
	command -v curl >/dev/null || skip "curl is missing"
	command -v python3 >/dev/null || skip "python3 is missing"
	cat >"$tmp/program" <<-END
		#!/bin/bash
		mkdir -p $tmp/www && echo hello >$tmp/www/index.html
		ip netns exec $B python3 -m http.server --directory $tmp/www 8000 >/dev/null 2>&1 &
		until ip netns exec $B grep -qs ':1F40 .* 0A ' /proc/net/toy /proc/net/tcp; do sleep 0.05; done
		ip netns exec $A curl -s http://$B4:8000/
		status=\$?
		kill %1
		exit \$status
	END
	chmod +x "$tmp/program"
	toyscope --all --width 100 --port 8000 -- "$tmp/program" >"$tmp/out"
	cat "$tmp/out"
	grep -q 'GET / HTTP/1.1' "$tmp/out" || fail "the request is not there"
	grep -q 'HTTP/1.0 200 OK' "$tmp/out" || fail "the answer is not there"
	fails_with 4 'no connection' toyscope --no-toyrun --port 8000 -- "$tmp/program"
}

two_hosts
knob "$A" msl="$MSL"
knob "$B" msl="$MSL"
run "--live draws every connection, until Ctrl-C" test_machine
for family in 4 6; do
	run "IPv$family: live and afterwards the same is drawn" test_same $family
done
run "--follow draws one connection, and ends with it" test_follow
run "--flow draws the connections of its ends" test_flow
run "a lost segment is shown as lost before it is sent again" test_lost
run "--live on a terminal" test_terminal --live
run "on a terminal without --live" test_terminal
run "--live without a connection says that it waits for one" test_says_what_it_waits_for 4 'no connection yet: waiting' --live
run "and that the command has not ended" test_says_what_it_waits_for 130 'the command is running' -- sleep 100000
run "any program: curl and python's http.server" test_any_program
finish
