#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# readme.sh - the program that README.md prints: it compiles as it stands there, and does what is said of it
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools cc server

port=10002

program() {
	sed -n '/^```c$/,/^```$/p' "$top/README.md" | sed '1d;$d'
}

test_compiles() {
	program >"$tmp/readme.c"
	[ -s "$tmp/readme.c" ] || fail "README.md has no program"
	cc -std=gnu11 -Wall -Wextra -Wno-missing-field-initializers -Werror -o "$tmp/readme" "$tmp/readme.c"
}

test_talks() {
	in_background "$host" server --once --quiet $port >"$tmp/heard"
	wait_for listens "$host" $port
	same "what it prints" '哥们收到,你好' "$(in_ns "$host" "$tmp/readme")"
	wait_for grep -q . "$tmp/heard"
	same "what the server received" '服务端,你好' "$(cat "$tmp/heard")"
}

# Without a server, it says so and fails.
test_refused() {
	local status=0

	in_ns "$host" "$tmp/readme" 2>"$tmp/said" || status=$?
	same "exit code" 1 $status
	same "what it says" 'toy: Connection refused' "$(cat "$tmp/said")"
}

host=$(ns_name a)
ns_add "$host"
run "the README's program compiles without a warning" test_compiles
run "it says its line and prints the answer" test_talks
run "where nobody listens it says so" test_refused
finish
