#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# interrupt.sh - a program that Ctrl-C ends in the middle leaves no namespace, no process and no tracing behind
#
# Ctrl-C is what a terminal makes of it: SIGINT to all processes of the group in the foreground at once.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip setsid pgrep server toyscope toystat

port=10002
instances=/sys/kernel/tracing/instances

# In a session of its own; $leader is its first process, whose group a terminal would have in the foreground. What a script
# puts into the background ignores SIGINT, unless it is told not to.
begin() { # COMMAND...
	setsid env --default-signal=INT "$@" >"$tmp/said" 2>&1 <&"$never" &
	leader=$!
}

left() {
	pgrep -s "$leader"
}

# No process is made for it: it is asked again and again.
what_is_there() {
	printf '%s\n' /run/netns/* "$instances"/* /sys/class/net/*
}

gone() {
	[ "$(what_is_there)" = "$before" ] && ! left
}

test_interrupted() { # CODE CONDITION COMMAND...
	local expected=$1 condition=$2 status=0
	shift 2

	before=$(what_is_there)
	begin "$@"
	wait_for eval "$condition" || { cat "$tmp/said"; return 1; }
	kill -INT -- "-$leader"
	wait "$leader" || status=$?
	cat "$tmp/said"
	wait_for gone || { diff <(echo "$before") <(what_is_there); left | xargs -r ps; fail "something is left"; }
	same "exit code" "$expected" "$status"
}

is_watching() {
	local found=("$instances"/*/)

	[ -d "${found[0]}" ]
}

demo=$top/userspace/demo/demo
lab=$top/userspace/lab/toylab
tracing() { # NAME ARGUMENT...
	[ -d "$instances" ] || { run "$1" skip "this kernel has no tracefs"; return; }
	run "$1" test_interrupted "${@:2}"
}

B=$(ns_name b)
ns_add "$B"
run "server, while it listens" test_interrupted 0 "listens $B $port" ip netns exec "$B" server --quiet $port
run "toystat, while it watches: the first look is there at once" test_interrupted 130 'grep -q State "$tmp/said"' ip netns exec "$B" toystat -lw 3600
tracing "toyscope, while it watches: no connection was seen" 4 is_watching toyscope --live
tracing "toyscope, while its command runs: it is told to end, too" 143 is_watching toyscope -- sleep 100000
tracing "demo" 130 is_watching "$demo" --ascii
tracing "toylab, in a scenario" 130 is_watching "$lab" run lost-syn --ascii
finish
