#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scope_files.sh - the files that toyscope writes of a connection that it watches, and what it says where it cannot watch
. "$(dirname "$(readlink -f "$0")")/lib_scope.sh"
need_tools python3

reader=$top/userspace/scope/test/export.py
lua=$top/userspace/wireshark/toy.lua

# One exchange, in every format.
test_files() { # FAMILY
	exchange "$1"
	toyscope --port "$port" --record "$tmp/record" --json "$tmp/json" --pcapng "$tmp/pcapng" --svg "$tmp/svg" \
		--html "$tmp/html" --graph "$tmp/graph" -- "$tmp/exchange" >"$tmp/ladder"
	toyscope --replay "$tmp/record" --port "$port" --as-tcp --pcapng "$tmp/tcp" >/dev/null
	cat "$tmp/ladder"
	# of those that are not part of it (a listener that is closed) the files say nothing
	grep -v '"rport":0' "$tmp/record" >"$tmp/only"
}

test_read() { # FORMAT FILE ARGUMENT...
	local format=$1 file=$2
	shift 2

	python3 "$reader" "$format" "$tmp/$file" "$tmp/record" "$@"
}

test_tshark() { # FILE FIELD OPTION OF tshark...
	local file=$1 field=$2
	shift 2

	command -v tshark >/dev/null || skip "tshark is missing"
	tshark "$@" -r "$tmp/$file" -T fields -e frame.time_epoch -e tcp.seq_raw -e tcp.ack_raw -e tcp.flags -e tcp.len \
		-e "$field" 2>"$tmp/tshark" >"$tmp/columns"
	! grep -i 'lua' "$tmp/tshark" || fail "the dissector does not load"
	[ -s "$tmp/columns" ] || fail "tshark sees no packet"
	python3 "$reader" columns "$tmp/columns" "$tmp/record"
}

test_tcpdump() {
	command -v tcpdump >/dev/null || skip "tcpdump is missing"
	tcpdump -nnv -r "$tmp/tcp" >"$tmp/dump" 2>&1
	cat "$tmp/dump"
	! grep -E 'incorrect|bad cksum|unsupported' "$tmp/dump" || fail "a packet is wrong"
	grep -q 'Flags \[S\.\]' "$tmp/dump" || fail "SYN,ACK is not there"
}

test_no_tracefs() {
	fails_with 1 'Mount it' unshare -m sh -c 'mount -t tmpfs none /sys && toyscope -- true'
}

test_not_loaded() {
	[ -n "${TOY_KO:-}" ] || skip "not in a VM: the module stays"
	rmmod toy
	fails_with 3 'make load' toyscope -- true
	fails_with 3 'make load' toyscope --live
	insmod "$TOY_KO"
}

two_hosts
knob "$A" msl="$MSL"
knob "$B" msl="$MSL"
for family in 4 6; do
	run "IPv$family: all files are written while a command is watched" test_files $family
	run "IPv$family: JSON lines" test_read json json "$top/Documentation/scope.rst"
	run "IPv$family: pcapng, protocol 253" test_read pcapng pcapng 253
	run "IPv$family: pcapng, protocol 6" test_read pcapng tcp 6
	run "IPv$family: SVG" test_read picture svg
	run "IPv$family: HTML" test_read picture html
	run "IPv$family: graph" test_read graph graph
	run "IPv$family: tshark with the dissector" test_tshark pcapng toy.checksum.status -X "lua_script:$lua"
	run "IPv$family: tshark" test_tshark tcp tcp.checksum.status -o tcp.check_checksum:TRUE
	run "IPv$family: tcpdump" test_tcpdump
done
run "no tracefs: it says what to do" test_no_tracefs
run "no module: it says what to do" test_not_loaded
finish
