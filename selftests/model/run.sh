#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh - check the model of handshake, close and TIME-WAIT with spin; the last line is "N passed, N failed, N skipped"
#
# A property is checked in every state that can be reached. A control is the same model with something taken out of the
# protocol: it must fail, or the model would prove nothing.

set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")" || exit 1
build=${BUILD:-$PWD/build}
n=0 passed=0 failed=0

finish() {
	echo "1..$n"
	echo "$passed passed, $failed failed, ${1:-0} skipped"
	[ $failed -eq 0 ]
	exit
}

echo "TAP version 13"
for tool in spin "${CC:=gcc}"; do
	command -v "$tool" >/dev/null && continue
	n=1
	echo "ok 1 - the model # SKIP $tool is not installed"
	finish 1
done
mkdir -p "$build"

verdict() { # GOOD WHAT WORDS
	n=$((n + 1))
	if [ "$1" = yes ]; then
		passed=$((passed + 1))
		echo "ok $n - $2 ($3)"
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$build/$n/said" "$build/$n/trail" 2>/dev/null | tail -n 120
		echo "not ok $n - $2 ($3)"
	fi
}

# Explore all of the model; $errors and $words tell what came of it.
explore() { # safety|ends -DSWITCH...
	local dir=$build/$((n + 1)) how=$1 flags=(-DSAFETY) run=()
	shift

	[ "$how" = safety ] || { flags=(-DNP -DNOFAIR) run=(-l); }
	rm -rf "$dir"
	mkdir -p "$dir"
	cp toy.pml "$dir/"
	: >"$dir/trail"
	(
		cd "$dir" || exit 1
		spin -a "$@" toy.pml && "$CC" -O2 -w -DMEMLIM=4000 "${flags[@]}" -o pan pan.c && ./pan -m100000 "${run[@]}" &&
			{ [ ! -e toy.pml.trail ] || spin -t -g -l toy.pml >trail; }
	) >"$dir/said" 2>&1
	errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' "$dir/said")
	# what was not explored to its end proves nothing
	! grep -qE 'max search depth too small|out of memory|memory limit|Search not completed' "$dir/said" || [ "${errors:-0}" -gt 0 ] || errors=
	words="$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$dir/said" | head -n 1) states"
}

property() { # WHAT safety|ends -DSWITCH...
	local what=$1 good=no
	shift

	explore "$@"
	[ "$errors" = 0 ] && good=yes
	verdict $good "$what" "$words"
}

control() { # WHAT safety|ends -DSWITCH...
	local what=$1 good=no
	shift

	explore "$@"
	[ "${errors:-0}" -gt 0 ] && good=yes
	verdict $good "control: $what" "it fails, after $words"
}

old='no old duplicate is accepted into a new incarnation, and every run ends in CLOSED and LISTEN (RFC 9293 sections 3.4.1, 3.6.1)'
property "$old" safety
property "the same with payload both ways, and one fault less" safety -DB_WRITES -DFAULTS=1
property "no run goes on for ever: the ends come to rest (section 3.8.3)" ends
property "no end is half open for ever, when either aborts and the reset may be lost (section 3.5.1)" safety -DABORTS=1
property "nor does any of these runs go on for ever" ends -DABORTS=1 -DFAULTS=1
property "simultaneous open and close end in CLOSED (section 3.5, figure 7; section 3.6, figure 13)" safety -DSIMULTANEOUS -DOPENS=1 -DFAULTS=3
property "nor do these go on for ever" ends -DSIMULTANEOUS -DOPENS=1
control "without TIME-WAIT an old duplicate is accepted (section 3.6.1)" safety -DNO_TIME_WAIT
control "after one MSL instead of two, too (MUST-13)" safety -DONE_MSL
control "and when a reset may end TIME-WAIT (RFC 1337)" safety -DASSASSINATION
control "without resets an end stays half open (section 3.5.1)" ends -DNO_RESET -DABORTS=1
control "without retransmission an end is stuck (section 3.8.1)" safety -DNO_RETRANSMIT
control "without a timer in FIN-WAIT-2 an end is stuck there when its peer is gone" safety -DNO_FIN_WAIT_2 -DABORTS=1
finish
