#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh - toylab, gate and calls on the host: the list, the explanations, the rules of the cable, and what is said where
# nothing can be run. TAP. With the module behind it, toylab assert all plays every scenario.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
bin=${O:-$here/../../build}
lab=$here/../toylab
export TOY_BIN=$bin
. "$here/../../lib/tap.sh"

# What the course promises, in its order: each has a scenario, and there is none beside them.
promised=(open-close lost-syn lost-syn-ack lost-ack old-syn half-open-syn half-open-data half-open-listen simultaneous-open
	half-close simultaneous-close lost-fin lost-last-ack address-in-use time-wait-reuse assassination close-wait-leak refused reset
	linger-0 backlog-full syn-flood zero-window silly-window nagle-delack dead-path fast-retransmit reordering slow-start
	keepalive path-mtu blind-reset wrap)

fits() { # COMMAND: its --help
	"$@" --help >"$tmp/out" 2>"$tmp/err" && [ "$(wc -l <"$tmp/out")" -le 30 ] && [ "$(wc -L <"$tmp/out")" -le 100 ]
}

lists_the_promised() {
	"$lab" list >"$tmp/out" 2>"$tmp/err" && diff <(printf '%s\n' "${promised[@]}") <(cut -d' ' -f1 "$tmp/out") >>"$tmp/err"
}

# Its title, what is done, why, and the section of an RFC that makes it so, out of all explanations in $tmp/all.
find_explained() {
	awk '/^[a-z0-9-]+: / { name = $1; line[name] = NR }
		{ words[name] += NF }
		NR == line[name] + 1 && /^  .*RFC [0-9]+/ { rule[name] = 1 }
		END { for (name in words) if (words[name] >= 80 && rule[name]) print name }' "$tmp/all" >"$tmp/explained"
}

fit_the_width() {
	! grep -vE '^[a-z0-9-]+: ' "$tmp/all" | grep -E '^.{91}' >"$tmp/err"
}

ascii_only() {
	"$lab" explain all --ascii >"$tmp/out" 2>"$tmp/err" && ! grep -nP '[^\x00-\x7F]' "$tmp/out" >"$tmp/err"
}

# What is told to run in a text is there: "toylab run NAME".
names_what_is_there() {
	local word

	for word in $(tr -s ' \n' ' ' <"$tmp/all" | grep -oE 'toylab run [a-z0-9-]+' | cut -d' ' -f3 | sort -u); do
		[ -e "$here/../scenarios/$word.sh" ] || { echo "there is no $word" >"$tmp/err"; return 1; }
	done
}

for program in "$lab" "$bin/gate" "$bin/calls"; do
	status=0
	fits "$program" || status=1
	result $status "$(basename "$program") --help fits on a screen"
done
status=0
lists_the_promised || status=1
result $status "the list is what was promised, in its order"
status=0
"$lab" explain all >"$tmp/all" 2>"$tmp/err" && [ ! -s "$tmp/err" ] || status=1
result $status "explain all"
find_explained
cp "$tmp/all" "$tmp/out"
for name in "${promised[@]}"; do
	status=0
	grep -qx "$name:" "$tmp/explained" || status=1
	result $status "explain $name: words and a rule"
done
status=0
fit_the_width || status=1
result $status "no line is longer than 90 characters"
status=0
ascii_only || status=1
result $status "explain --ascii"
status=0
names_what_is_there || status=1
result $status "texts name scenarios that exist"

expect_failure "no command" 2 'usage: toylab' "$lab"
expect_failure "a command that does not exist" 2 "unknown command 'play'" "$lab" play
expect_failure "no scenario" 2 'which scenario' "$lab" run
expect_failure "a scenario that does not exist" 2 "toylab list" "$lab" run lost-syns
expect_failure "a name that is a path" 2 "toylab list" "$lab" run ../lib
expect_failure "an option that does not exist" 2 "unknown option '--slow'" "$lab" run lost-syn --slow
expect_failure "an option without its value" 2 '--html needs a value' "$lab" run lost-syn --html
expect_failure "a width that is none" 2 'a width is a number' "$lab" run lost-syn --width 10
expect_failure "one file for many scenarios" 2 '--into DIR' "$lab" run all --html "$tmp/x.html"
expect_failure "--into and --svg" 2 'leave --svg and --json away' "$lab" run lost-syn --into "$tmp/x" --svg "$tmp/x.svg"
if command -v setpriv >/dev/null && [ "$(id -u)" = 0 ]; then
	expect_failure "not root" 9 'sudo' setpriv --reuid 65534 --clear-groups "$lab" run lost-syn
	expect_failure "gate, not root" 9 'make lab' setpriv --reuid 65534 --clear-groups "$bin/gate" client server
elif [ "$(id -u)" != 0 ]; then
	expect_failure "not root" 9 'sudo' "$lab" run lost-syn
	expect_failure "gate, not root" 9 'make lab' "$bin/gate" client server
else
	skip "not root" "setpriv is missing"
fi
if [ -e /sys/module/toy ]; then
	skip "the module is not loaded" "it is"
elif [ "$(id -u)" != 0 ] || ! command -v ip >/dev/null; then
	skip "the module is not loaded" "needs root and ip"
else
	expect_failure "the module is not loaded" 3 'make lab' "$lab" run lost-syn
	expect_failure "the module is not loaded: assert" 3 'modprobe toy' "$lab" assert all
fi

# The words of the cable. It reads them before it asks who calls it.
while IFS='|' read -r rule words; do
	expect_failure "gate: $rule" 2 "$words" "$bin/gate" client server "$rule"
done <<-'END'
	lose client SYN|a rule begins with
	drop|.
	drop somebody SYN|.
	drop client NOTHING|.
	drop client SYN 0|.
	drop client SYN 3-1|.
	drop client SYN 1 1|what is the rest to mean
	delay client SYN|by how many milliseconds
	hold client SYN|until when
	hold client SYN until|.
	send nobody RST|one of the two namespaces
	send client XYZ|flags are names
	send client RST seq=z|a segment may have
	send client RST win=70000|a segment may have
END
expect_failure "gate: one side only" 2 'between which two' "$bin/gate" client
expect_failure "gate: a latency that is none" 2 'a latency is' "$bin/gate" --latency fast client server
expect_failure "calls: no call" 2 'which calls' "$bin/calls"
expect_failure "calls: one that does not exist" 2 'is no call' "$bin/calls" --tcp 'jump 3'
expect_failure "calls: an address that is none" 2 'is no call' "$bin/calls" --tcp 'connect here 80'
expect_failure "calls: what was not expected" 1 'not what was expected: 0' "$bin/calls" --tcp 'connect 127.0.0.1 1 = 0'
status=0
"$bin/calls" --tcp 'connect 127.0.0.1 1 = ECONNREFUSED' >"$tmp/out" 2>"$tmp/err" || status=1
result $status "calls: what was expected"

finish
