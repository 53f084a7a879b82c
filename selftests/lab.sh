#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lab.sh - toylab: every scenario does what it says it does, and one that does not is found out
#
# virtual-time: scenarios wait for TIME-WAIT, back-off and keepalive.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip client server toyscope gate calls

toylab=$top/userspace/lab/toylab

# A scenario for these tests alone: NAME, what is in it comes from standard input.
own() { # NAME
	export TOYLAB_SCENARIOS=$tmp/scenarios
	mkdir -p "$TOYLAB_SCENARIOS"
	cat >"$TOYLAB_SCENARIOS/$1.sh"
}

nothing_left() {
	[ ! -e /run/netns/client ] && [ ! -e /run/netns/server ] && [ -z "$(ls /sys/kernel/tracing/instances)" ]
}

fails_for() { # NAME PATTERN
	local status=0

	"$toylab" assert "$1" >"$tmp/said" 2>&1 || status=$?
	cat "$tmp/said"
	same "exit code" 1 $status
	grep -q "^not ok 1 $1: " "$tmp/said" || fail "it is not said to fail"
	grep -qE "$2" "$tmp/said" || fail "it does not say: $2"
	nothing_left || fail "something is left behind"
}

test_fault_that_hits_nothing() {
	own nothing-hit <<-'END'
		title "the third SYN is lost, and there is only one"
		faults 'drop client SYN 3'
		play() { serve; ask; }
	END
	fails_for nothing-hit 'FAILED  each fault met .*|drop client SYN 3: it hit nothing'
}

test_check_that_does_not_hold() {
	own wrong-claim <<-'END'
		title "a claim that is not true"
		play() { serve; ask; }
		judge() { check "the client resets" saw '^left segment RST'; }
	END
	fails_for wrong-claim 'FAILED  the client resets'
}

test_program_that_fails() {
	own nobody-there <<-'END'
		title "nobody listens, and that was not expected"
		play() { ask; }
	END
	fails_for nobody-there 'exit code 5'
}

test_call_that_returns_something_else() {
	own not-refused <<-'END'
		title "a call that succeeds where it was to fail"
		play() { serve; calls_on client "connect $server_addr $port = ECONNREFUSED"; }
	END
	fails_for not-refused 'that is not what was expected: ECONNREFUSED'
}

test_interrupted() {
	local lab

	own never-ends <<-'END'
		title "one that takes an hour"
		play() { serve; calls_on client "connect $server_addr $port" 'mark open' 'sleep 3600000'; }
	END
	"$toylab" run never-ends >"$tmp/said" 2>&1 &
	lab=$!
	children+=("$lab")
	wait_for grep -q 'client: connect' "$tmp/said"
	kill -TERM $lab
	wait $lab || true
	cat "$tmp/said"
	nothing_left || fail "something is left behind"
}

test_files() {
	unset TOYLAB_SCENARIOS
	"$toylab" run lost-syn --svg "$tmp/a.svg" --html "$tmp/a.html" --json "$tmp/a.json" --into "$tmp/into" >"$tmp/said"
	grep -q '<svg' "$tmp/a.svg"
	grep -qi '<!doctype html' "$tmp/a.html"
	grep -q '"type":"flow"' "$tmp/a.json"
	grep -q 'checked:' "$tmp/into/lost-syn.txt"
	[ -s "$tmp/into/lost-syn.svg" ] && [ -s "$tmp/into/lost-syn.json" ]
}

test_usage() {
	local status=0

	"$toylab" run no-such-scenario >"$tmp/said" 2>&1 || status=$?
	same "exit code" 2 $status
	grep -q 'toylab list' "$tmp/said"
	[ "$("$toylab" --help | wc -l)" -le 30 ] || fail "--help does not fit a screen"
	[ "$(gate --help | wc -l)" -le 30 ] || fail "gate --help does not fit a screen"
	[ "$(calls --help | wc -l)" -le 30 ] || fail "calls --help does not fit a screen"
}

test_not_root() {
	local status=0

	command -v setpriv >/dev/null || skip "setpriv is missing"
	setpriv --reuid 65534 --clear-groups "$toylab" run lost-syn >"$tmp/said" 2>&1 || status=$?
	same "exit code" 9 $status
	grep -q sudo "$tmp/said"
}

# A step is a line of the reader's: with one for each segment, all goes as without.
test_steps() {
	unset TOYLAB_SCENARIOS
	yes '' | head -n 100 | "$toylab" run open-close --step >"$tmp/said" 2>&1
	cat "$tmp/said"
	grep -q 'client SYN seq=x len=0 \[Enter\]' "$tmp/said" || fail "it did not ask before the SYN"
}

run "a fault that hits nothing fails its scenario" test_fault_that_hits_nothing
run "a check that does not hold fails its scenario" test_check_that_does_not_hold
run "a program that fails fails its scenario" test_program_that_fails
run "a call that returns something else fails its scenario" test_call_that_returns_something_else
run "one that is told to end leaves nothing behind" test_interrupted
run "pictures, events and words go into files" test_files
run "wrong arguments and --help" test_usage
run "without root it says what to do" test_not_root
run "step by step" test_steps
for name in $("$toylab" list | awk '{ print $1 }'); do
	run "IPv4: $("$toylab" list | sed -n "s/^$name  *//p" | sed "s/^/$name: /")" "$toylab" assert "$name"
	case $name in open-close | lost-syn | old-syn) run "IPv6: $name" "$toylab" assert -6 "$name" ;; esac
done
finish
