#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# export.sh - toyscope's exports, on the host: recorded runs in, files out, read by export.py and by the programs that they are
# meant for, where those are installed. TAP.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
lua=$here/../../wireshark/toy.lua
document=$here/../../../Documentation/scope.rst
export HOME=$tmp	# what tshark and Chromium keep of themselves

# Needs PROGRAM, or is skipped.
check_with() { # PROGRAM NAME COMMAND...
	local program=$1

	shift
	if command -v "$program" >/dev/null; then
		check "$@"
	else
		skip "$1" "no $program"
	fi
}

replay() { # RUN OPTION...
	local run=$1
	shift
	"$scope" --replay "$run" "$@" >/dev/null
}

columns() { # FILE RUN CHECKSUM-FIELD TSHARK-OPTION...
	local file=$1 run=$2 field=$3
	shift 3
	tshark "$@" -r "$file" -T fields -e frame.time_epoch -e tcp.seq_raw -e tcp.ack_raw -e tcp.flags -e tcp.len -e "$field" \
		2>"$tmp/tshark" >"$tmp/columns" || { cat "$tmp/tshark"; return 1; }
	! grep -i 'error\|lua' "$tmp/tshark" || return 1
	python3 "$here/export.py" columns "$tmp/columns" "$run"
}

# One interface's packets are one vantage point: Wireshark finds what was sent again there, and nothing else.
vantage() { # FILE NAME RETRANSMISSIONS
	tshark -r "$1" -Y "frame.interface_name == \"$2\"" -w "$tmp/one" 2>/dev/null
	[ "$(tshark -r "$tmp/one" -Y tcp.analysis.retransmission 2>/dev/null | wc -l)" = "$3" ]
}

# A checksum that is made wrong is found: the last byte of the last packet's header is another one.
lua_is_awake() { # FILE
	python3 - "$1" "$tmp/wrong" <<-'END'
		import sys
		data = bytearray(open(sys.argv[1], 'rb').read())
		at = data.find(b'\x45\x00') + 20 + 15		# the window of the first segment
		data[at] ^= 1
		open(sys.argv[2], 'wb').write(data)
	END
	tshark -X "lua_script:$lua" -r "$tmp/wrong" -T fields -e toy.checksum.status 2>/dev/null >"$tmp/verdicts"
	[ "$(grep -c bad "$tmp/verdicts")" = 1 ]
}

tcpdump_reads() { # FILE
	tcpdump -nnv -r "$1" >"$tmp/dump" 2>&1 || { cat "$tmp/dump"; return 1; }
	! grep -E 'incorrect|bad cksum|unsupported|interface has' "$tmp/dump" || return 1
	grep -q 'Flags \[S\.\]' "$tmp/dump"
}

tcptrace_reads() { # FILE NAME
	tshark -r "$1" -Y "frame.interface_name == \"$2\"" -w "$tmp/one" -F pcap 2>/dev/null
	tcptrace -l "$tmp/one" 2>&1 | tee "$tmp/trace" | grep -q 'complete conn: yes' || { cat "$tmp/trace"; return 1; }
}

# The page drawn by a browser: all words are there, and it did not have to go anywhere for them.
chromium_draws() { # FILE
	timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$tmp/chromium" --dump-dom \
		--host-resolver-rules='MAP * ~NOTFOUND' "file://$1" 2>/dev/null >"$tmp/dom" || return 1
	[ "$(grep -c '<text ' "$1")" = "$(grep -c '<text ' "$tmp/dom")" ] || return 1
	! grep -q 'script' <(sed 's/&lt;[^<]*//g' "$tmp/dom")
}

if ! command -v python3 >/dev/null; then
	echo "1..0 # SKIP no python3"
	exit 0
fi

python3 "$here/export.py" hostile >"$tmp/hostile.jsonl"
python3 "$here/export.py" transfer >"$tmp/transfer.jsonl"
for run in "$here"/*.jsonl "$tmp/hostile.jsonl" "$tmp/transfer.jsonl"; do
	name=$(basename "$run" .jsonl)
	out=$tmp/$name
	all=()
	[ "$name" != transfer ] || all=(--all)		# a crowd would be folded
	replay "$run" "${all[@]}" --json "$out.json" --pcapng "$out.pcapng" --svg "$out.svg" --html "$out.html" \
		--graph "$out-graph.svg"
	replay "$run" --pcapng "$out-tcp.pcapng" --as-tcp
	check "$name: JSON is what scope.rst says, and complete" python3 "$here/export.py" json "$out.json" "$run" "$document"
	check "$name: pcapng, protocol 253" python3 "$here/export.py" pcapng "$out.pcapng" "$run" 253
	check "$name: pcapng, protocol 6" python3 "$here/export.py" pcapng "$out-tcp.pcapng" "$run" 6
	check "$name: SVG is alone in the world, and complete" python3 "$here/export.py" picture "$out.svg" "$run"
	check "$name: HTML likewise" python3 "$here/export.py" picture "$out.html" "$run"
	[ "$name" = hostile ] || check "$name: the graph is to scale" python3 "$here/export.py" graph "$out-graph.svg" "$run"
	check_with tshark "$name: tshark reads it as TCP, checksums are good" \
		columns "$out-tcp.pcapng" "$run" tcp.checksum.status -o tcp.check_checksum:TRUE
	check_with tshark "$name: tshark reads protocol 253 with toy.lua, checksums are good" \
		columns "$out.pcapng" "$run" toy.checksum.status -X "lua_script:$lua"
	check_with tcpdump "$name: tcpdump reads it" tcpdump_reads "$out-tcp.pcapng"
	check_with chromium "$name: Chromium draws it" chromium_draws "$out.html"
done
check_with tshark "one interface is one vantage point" vantage "$tmp/lost-syn-tcp.pcapng" client 1
check_with tshark "toy.lua finds a wrong checksum" lua_is_awake "$tmp/demo-ipv4.pcapng"
check_with tcptrace "tcptrace reads one interface" tcptrace_reads "$tmp/demo-ipv4-tcp.pcapng" client

run=$here/lost-syn.jsonl
to_stdout() {
	"$scope" --replay "$run" --json - | python3 -c 'import json, sys; [json.loads(line) for line in sys.stdin]'
}
check "to standard output: nothing else is there" to_stdout
nothing() { # WORDS STATUS OPTION...
	local words=$1 code=$2 status=0
	shift 2
	"$scope" --replay "$run" "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	cat "$tmp/err"
	[ $status = "$code" ] && grep -q -- "$words" "$tmp/err"
}
check "a file that cannot be written is named" nothing "cannot write $tmp/none/file" 1 --svg "$tmp/none/file"
check "a full disk is told" nothing 'No space left' 1 --html /dev/full
check "--as-tcp without --pcapng is wrong usage" nothing 'which file' 2 --as-tcp

# What a peer sends must not rearrange what is drawn around it (U+202E).
straight() {
	"$scope" --replay "$tmp/hostile.jsonl" >"$tmp/out"
	! grep -qP '\x{202E}|\x1b' "$tmp/out" "$tmp"/hostile.{svg,html} && ! grep -q '202e' "$tmp/hostile.svg"
}
check "payload does not turn text about, in the terminal or in a picture" straight

# A crowd of segments is folded in a picture as it is in the terminal.
python3 "$here/export.py" crowd 1000 >"$tmp/crowd.jsonl"
folded() {
	replay "$tmp/crowd.jsonl" --svg "$tmp/crowd.svg"
	[ "$(grep -c ' seq=' "$tmp/crowd.svg")" = 8 ] && grep -q '992 segments (992000 bytes)' "$tmp/crowd.svg" &&
		replay "$tmp/crowd.jsonl" --all --svg "$tmp/crowd.svg" && [ "$(grep -c ' seq=' "$tmp/crowd.svg")" = 1000 ]
}
check "a crowd is folded, and --all folds nothing" folded

finish
