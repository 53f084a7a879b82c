#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh - toyscope's drawing, on the host: recorded runs in, expected ladders out. TAP.
#
# Each NAME.jsonl is what `toyscope --record` wrote; NAME.90, NAME.80a and NAME.lines are what must come of it.
# After a change that is meant: UPDATE=1 make -C userspace test, and read the difference.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

for run in "$here"/*.jsonl; do
	name=$(basename "$run" .jsonl)
	expect_output "$name: ladder, unicode, 90 columns" "$here/$name.90" "$scope" --width 90 --replay "$run"
	expect_output "$name: ladder, ASCII, 80 columns" "$here/$name.80a" \
		"$scope" --width 80 --ascii --all --absolute --replay "$run"
	expect_output "$name: lines" "$here/$name.lines" "$scope" --lines --replay "$run"
	status=0
	"$scope" --width 80 --ascii --replay "$run" 2>&1 | awk 'length > 80 { print "# too wide: " $0; bad = 1 } END { exit bad }' ||
		status=1
	result $status "$name: fits in 80 columns"
	"$scope" --record "$tmp/again" --lines --replay "$run" >/dev/null
	"$scope" --record "$tmp/twice" --lines --replay "$tmp/again" >"$tmp/lines"
	status=0
	cmp "$tmp/again" "$tmp/twice" || status=1
	sed 1d "$here/$name.lines" | cmp - "$tmp/lines" || status=1
	result $status "$name: a recording of a recording is the same"
done

# A crowd of plain segments: 100 of 1000 bytes, each with its ACK; number 50 is doubled on its way.
crowd() {
	local ends='"netns":1,"laddr":"10.0.0.1","lport":9,"raddr":"10.0.0.2","rport":7' i t=1000
	local other='"netns":2,"laddr":"10.0.0.2","lport":7,"raddr":"10.0.0.1","rport":9'
	local ack data

	echo '{"toyscope":1}'
	for ((i = 0; i < 100; i++)); do
		data='"flags":"ACK","seq":'$((5000 + 1000 * i))',"ack":9000,"len":1000,"wnd":500,"state":"ESTABLISHED"'
		ack='"flags":"ACK","seq":9000,"ack":'$((6000 + 1000 * i))',"wnd":500,"state":"ESTABLISHED"'
		echo '{"ev":"send","t":'$((t += 10))",$ends,$data,"'"why":"DATA"}'
		echo '{"ev":"receive","t":'$((t += 10))",$other,$data}"
		[ $i -ne 50 ] || echo '{"ev":"receive","t":'$((t += 10))",$other,$data}"
		echo '{"ev":"send","t":'$((t += 10))",$other,$ack,"'"why":"ACK"}'
		echo '{"ev":"receive","t":'$((t += 10))",$ends,$ack}"
	done
}

crowd >"$tmp/crowd"
"$scope" --width 90 --replay "$tmp/crowd" >"$tmp/out"
status=0
[ "$(grep -c '^.*│ \.\.\. [0-9]* segments ([0-9]* bytes) ▶' "$tmp/out")" = 2 ] || status=1
[ "$(wc -l <"$tmp/out")" -lt 40 ] || status=1
result $status "a crowd of plain segments is folded, before and after what stands out"
status=0
grep -q 'doubled by the network' "$tmp/out" || status=1
result $status "a segment that came twice is told"
"$scope" --all --replay "$tmp/crowd" >"$tmp/out"
status=0
[ "$(grep -c ' len=1000 ' "$tmp/out")" = 101 ] || status=1
result $status "--all folds nothing"

# RFC 9293 figure 8: a listener that an old SYN has woken forgets it by a reset, and meets the SYN of the same client.
old_syn() {
	local left='"netns":1,"laddr":"10.0.0.1","lport":9,"raddr":"10.0.0.2","rport":7'
	local right='"netns":2,"laddr":"10.0.0.2","lport":7,"raddr":"10.0.0.1","rport":9'
	local syn='"flags":"SYN","wnd":500'

	echo '{"toyscope":1}'
	echo '{"ev":"state","t":1000,'"$left"',"from":"CLOSED","to":"SYN_SENT","why":"ACTIVE_OPEN"}'
	echo '{"ev":"send","t":1010,'"$left,$syn"',"seq":5000,"state":"SYN_SENT","why":"SYN"}'
	echo '{"ev":"receive","t":1020,'"$right,$syn"',"seq":4000,"state":"LISTEN"}'
	echo '{"ev":"state","t":1030,'"$right"',"from":"LISTEN","to":"SYN_RECEIVED","why":"RCVD_SYN"}'
	echo '{"ev":"state","t":1040,'"$right"',"from":"SYN_RECEIVED","to":"CLOSED","why":"RCVD_RST"}'
	echo '{"ev":"receive","t":1050,'"$right,$syn"',"seq":5000,"state":"LISTEN"}'
	echo '{"ev":"state","t":1060,'"$right"',"from":"LISTEN","to":"SYN_RECEIVED","why":"RCVD_SYN"}'
	echo '{"ev":"state","t":1070,'"$left"',"from":"SYN_SENT","to":"ESTABLISHED","why":"RCVD_SYNACK"}'
	echo '{"ev":"state","t":1080,'"$right"',"from":"SYN_RECEIVED","to":"ESTABLISHED","why":"SYN_ACKED"}'
}

old_syn >"$tmp/old-syn"
"$scope" --lines --replay "$tmp/old-syn" >"$tmp/out"
status=0
[ "$(grep -c '^flow' "$tmp/out")" = 1 ] || status=1
[ "$(grep -c 'right state LISTEN SYN_RECEIVED' "$tmp/out")" = 2 ] || status=1
result $status "a listener that forgot an old SYN meets the client that still asks: one connection"

# The middle of a connection, and an end that nobody watches.
{ head -n 1 "$tmp/crowd"; grep -m 2 '"netns":1,' "$tmp/crowd"; } >"$tmp/one-end"
"$scope" --replay "$tmp/one-end" >"$tmp/out"
status=0
grep -q 'not watched' "$tmp/out" || status=1
! grep -q 'lost$' "$tmp/out" || status=1
result $status "an end that is not watched lost nothing"

first=$here/lost-syn.jsonl
head -c 700 "$first" >"$tmp/cut"
expect_failure "a file that is cut is named with its line" 1 'line [0-9]* is damaged' "$scope" --replay "$tmp/cut"
echo hello >"$tmp/hello"
expect_failure "a file of another kind is refused" 1 'no recording' "$scope" --replay "$tmp/hello"
: >"$tmp/empty"
expect_failure "an empty file is refused" 1 'is empty' "$scope" --replay "$tmp/empty"
expect_failure "a missing file is named" 1 'No such file' "$scope" --replay "$tmp/none"
expect_failure "no command is wrong usage" 2 'which command' "$scope"
expect_failure "a command and --replay are wrong usage" 2 'either' "$scope" --replay "$first" -- true
expect_failure "an option that does not exist is wrong usage" 2 'usage:' "$scope" --nonsense
expect_failure "--live and a file on standard output are wrong usage" 2 'elsewhere' "$scope" --live --json - --replay "$first"
expect_failure "--flow wants ends" 2 'ADDRESS:PORT' "$scope" --flow 10.0.0.1 --replay "$first"
expect_failure "--flow wants addresses" 2 'ADDRESS:PORT' "$scope" --flow host:80 --replay "$first"
expect_failure "--follow wants a number" 2 'number of a connection' "$scope" --follow 0 --replay "$first"
expect_failure "--follow past the last connection finds nothing" 4 'no connection' "$scope" --follow 2 --replay "$first"
expect_failure "--port of another connection finds nothing" 4 'no connection' "$scope" --port 9 --replay "$first"
status=0
[ "$("$scope" --help | wc -l)" -le 30 ] || status=1
result $status "--help fits on a screen"

finish
