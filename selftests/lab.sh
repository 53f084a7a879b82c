#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lab.sh - toylab: every scenario does what it says it does, and one that does not is found out
#
# What needs no kernel (the list, explanations, usage, errors) is in userspace/lab/test.
#
# virtual-time: scenarios wait for TIME-WAIT, back-off and keepalive.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip client server toyscope gate calls

toylab=$top/userspace/lab/toylab
terminal=$top/userspace/scope/test/terminal.py

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

never_ends() {
	own never-ends <<-'END'
		title "one that takes an hour"
		play() { serve; calls_on client "connect $server_addr $port" 'mark open' 'sleep 3600000'; }
	END
}

test_interrupted() {
	local lab

	never_ends
	"$toylab" run never-ends >"$tmp/said" 2>&1 &
	lab=$!
	children+=("$lab")
	wait_for grep -q 'client: connect' "$tmp/said"
	kill -TERM $lab
	wait $lab || true
	cat "$tmp/said"
	nothing_left || fail "something is left behind"
}

# What is written into files, with everything that goes to a reader.
test_files() {
	mkdir "$tmp/into"
	"$toylab" run lost-syn --html "$tmp/a.html" --graph "$tmp/graph.svg" --record "$tmp/record" --into "$tmp/into" >"$tmp/said"
	cat "$tmp/said"
	grep -q 'SYN-SENT' "$tmp/said" || fail "no ladder"
	grep -q '^checked:' "$tmp/said" || fail "no checks"
	for file in graph.svg into/lost-syn.svg; do
		grep -q '<svg' "$tmp/$file" || fail "$file is no picture"
	done
	grep -qi '<!doctype html' "$tmp/a.html" && grep -q '<svg' "$tmp/a.html" || fail "a.html is no page with a picture"
	grep -q '"type":"flow"' "$tmp/into/lost-syn.json" || fail "lost-syn.json has no connection"
	diff "$tmp/said" "$tmp/into/lost-syn.txt"
	toyscope --replay "$tmp/record" >"$tmp/again"
	grep -q 'SYN-SENT' "$tmp/again" || fail "what was recorded cannot be drawn"
	nothing_left || fail "something is left behind"
}

# A step is a line of the reader's: with one for each segment, all goes as without.
test_steps() {
	"$toylab" run open-close --step >"$tmp/said" 2>&1 < <(printf '%100s' '' | tr ' ' '\n')
	cat "$tmp/said"
	grep -q 'client SYN seq=x len=0 \[Enter\]' "$tmp/said" || fail "it did not ask before the SYN"
	! grep -q 'FAILED' "$tmp/said" || fail "a check failed"
}

# At a terminal, by the clock that a reader has: a scenario that takes long says that it goes on.
test_goes_on() {
	local status=0

	command -v python3 >/dev/null || skip "python3 is missing"
	never_ends
	python3 "$terminal" --interrupt 'never-ends goes on, ' env -u TOY_VIRTUAL_TIME "$toylab" assert never-ends >"$tmp/said" || status=$?
	cat "$tmp/said"
	same "exit code" 130 $status
	nothing_left || fail "something is left behind"
}

# At a terminal: Enter lets the SYN pass, and Ctrl-C ends it before the SYN,ACK.
test_terminal() {
	local status=0

	command -v python3 >/dev/null || skip "python3 is missing"
	python3 "$terminal" --type 'SYN seq=x len=0 [Enter]' $'\n' \
		--interrupt 'SYN,ACK seq=y ack=x+1 len=0 [Enter]' "$toylab" run open-close --step >"$tmp/said" || status=$?
	cat "$tmp/said"
	same "exit code" 130 $status
	nothing_left || fail "something is left behind"
}

# Each line of what toylab says to a course is one here, the plan included: that all were played.
test_lines() { # WORD EXPECTED COMMAND...
	local word=$1 expected=$2 line played=0
	shift 2

	while IFS= read -r line; do
		case $line in
		'ok '* | 'not ok '*)
			tests=$((tests + 1)) played=$((played + 1))
			[[ $line == ok* ]] || failed=$((failed + 1))
			echo "${line%%ok *}ok $tests $word: ${line#*ok * }"
			;;
		1..*) ;;
		*) echo "$line" ;;
		esac
	done < <("$@" 2>&1)
	run "$word: all $expected were played" same "how many" "$expected" "$played"
}

run "a fault that hits nothing fails its scenario" test_fault_that_hits_nothing
run "a check that does not hold fails its scenario" test_check_that_does_not_hold
run "a program that fails fails its scenario" test_program_that_fails
run "a call that returns something else fails its scenario" test_call_that_returns_something_else
run "one that is told to end leaves nothing behind" test_interrupted
run "one that takes long says that it goes on" test_goes_on
run "pictures, events and words go into files" test_files
run "step by step, out of a file" test_steps
run "step by step at a terminal, and Ctrl-C leaves nothing behind" test_terminal
test_lines IPv4 "$("$toylab" list | wc -l)" "$toylab" assert all
test_lines IPv6 4 "$toylab" assert -6 open-close lost-syn old-syn path-mtu
run "nothing is left behind" nothing_left
finish
