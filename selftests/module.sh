#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# module.sh - load, unload, reload; and everything that may stand in the way of it
#
#	 client ─────────── veth ─────────── server
#	 10.77.0.1                           10.77.0.2
#	 fd77:0::1                           fd77:0::2
#
# TOY_KO names the module's file; the VM harness sets it.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_root
[ -e "${TOY_KO:-}" ] || skip_all "TOY_KO does not name toy.ko: run this with selftests/vm/run"
need_tools ip insmod rmmod client server

port=10002

loaded() {
	[ -d /sys/module/toy ]
}

unused() {
	[ "$(cat /sys/module/toy/refcnt)" = 0 ]
}

load() {
	loaded || insmod "$TOY_KO"
}

unload() {
	rmmod toy
	! loaded || fail "rmmod succeeded, and the module is there"
}

# One connection that goes well.
exchange() { # FAMILY
	in_background "$B" server --once --quiet $port
	wait_for listens "$B" $port
	in_ns "$A" client "$(addr B "$1")" $port
}

test_not_loaded_is_said() {
	! loaded || unload
	! client 127.0.0.1 2>"$tmp/words" || fail "the client succeeded without the module"
	cat "$tmp/words"
	grep -qiE 'not loaded' "$tmp/words" || fail "the client does not say that the module is not loaded"
	grep -qE 'make load|insmod' "$tmp/words" || fail "the client does not say how to load it"
}

test_reload() { # TIMES
	local i

	for ((i = 0; i < $1; i++)); do
		load
		unload
	done
	load
}

test_nothing_left() {
	load
	unload
	[ ! -e /proc/net/toy ] && [ ! -e /proc/net/toy6 ] && [ ! -e /proc/net/toy_stat ] || fail "/proc/net still has our files"
	[ ! -e /proc/sys/net/toy ] || fail "net.toy is still there"
	! in_ns "$A" test -e /proc/net/toy || fail "a namespace still has our files"
}

test_works_after_reload() { # FAMILY
	load
	exchange "$1"
}

test_unload_in_time_wait() {
	load
	exchange 4
	exchange 6
	[ "$(sockets_in "$A" $TIME_WAIT)" -ge 2 ] || fail "nothing is in TIME-WAIT"
	wait_for unused
	unload
}

test_in_use() {
	local server

	load
	in_background "$B" server --quiet $port
	server=$!
	wait_for listens "$B" $port
	! rmmod toy 2>"$tmp/words" || fail "the module left while a socket was open"
	cat "$tmp/words"
	grep -q 'in use' "$tmp/words" || fail "rmmod does not say that it is in use"
	exchange_with_open_server
	kill "$server"
	wait "$server" || true
	wait_for unused
	unload
}

# A refused rmmod has not harmed the listener.
exchange_with_open_server() {
	in_ns "$A" client "$B4" $port
}

# A namespace goes with a listener, an open connection and TIME-WAIT in it.
test_namespace_deleted() {
	load
	exchange 4
	in_background "$B" server --quiet $port
	wait_for listens "$B" $port
	in_background "$A" sleep 1000
	ns_delete "$A"
	ns_delete "$B"
	for pid in "${children[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	children=()
	wait_for unused
	unload
}

# What earlier programs left in namespaces without a name holds the module until it has ended (net.toy.orphan_retries: 102 s).
for ((tries = 0; tries < 120; tries++)); do
	loaded && ! unused || break
	read -rt 1 -u "$never" || true
done

two_hosts
run "without the module the client says so, and what to do" test_not_loaded_is_said
run "it loads and unloads five times over" test_reload 5
run "it leaves nothing behind" test_nothing_left
for family in 4 6; do
	run "IPv$family: it works after that" test_works_after_reload $family
done
run "it leaves while connections are in TIME-WAIT" test_unload_in_time_wait
run "it does not leave while a socket is open" test_in_use
run "a namespace may be deleted with sockets in every state" test_namespace_deleted
load
finish
