#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# live.sh - toyscope's drawing as things happen, on the host: recorded runs, played. TAP.
#
# `--live --replay` takes a recording in the portions that reading the trace every 20 ms would have brought, each in the order of
# the file, not of time; on a terminal at the pace at which it happened.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

for run in "$here"/*.jsonl; do
	name=$(basename "$run" .jsonl)
	check "$name: live, the same ladder comes" \
		diff -u <("$scope" --replay "$run") <("$scope" --live --replay "$run")
	check "$name: live, the same ladder comes, nothing left out" \
		diff -u <("$scope" --all --ascii --replay "$run") <("$scope" --live --all --ascii --replay "$run")
	check "$name: live, the same lines come" \
		diff -u <("$scope" --lines --replay "$run") <("$scope" --live --lines --replay "$run")
	python3 "$here/export.py" jumble "$run" >"$tmp/jumbled"
	check "$name: live, events come in any order" \
		diff -u <("$scope" --replay "$run") <("$scope" --live --replay "$tmp/jumbled")
done

# Data from 10.0.0.1 and its ACK, so many milliseconds after the start: TIME KIND SEQ LEN [MORE]
ends='"netns":1,"laddr":"10.0.0.1","lport":9,"raddr":"10.0.0.2","rport":7'
other='"netns":2,"laddr":"10.0.0.2","lport":7,"raddr":"10.0.0.1","rport":9'
data() { # MS send|receive SEQ WHY
	local at=$ends

	[ "$2" = send ] || at=$other
	printf '{"ev":"%s","t":%d000000,%s,"flags":"ACK","seq":%d,"ack":9000,"len":1000,"wnd":500,"state":"ESTABLISHED"%s}\n' \
		"$2" $(($1 + 1000)) "$at" "$3" "${4:+,\"why\":\"$4\"}"
}
{
	echo '{"toyscope":1}'
	data 0 send 1000 DATA
	data 1 receive 1000
	data 2 send 2000 DATA
	data 3 send 3000 DATA
	data 4 receive 3000
	data 800 send 2000 RETRANSMIT
	data 801 receive 2000
	data 900 send 4000 DATA
	data 1000 send 5000 DATA
	data 1001 receive 5000
	data 1700 receive 4000
	data 1800 send 6000 DATA
	data 1801 receive 6000
} >"$tmp/late"
"$scope" --live --replay "$tmp/late" >"$tmp/out"
lost_is_lost() {
	grep -q ' ACK seq=2000 .* lost ' "$tmp/out" && [ "$(grep -c 'retransmission after timeout' "$tmp/out")" = 1 ] &&
		awk '/seq=2000 .* lost/ { lost = NR } /seq=3000/ { next_one = NR } END { exit !(lost && lost < next_one) }' "$tmp/out"
}
check "a segment that does not come is lost, in its place; its repetition is one" lost_is_lost
not_lost() {
	[ "$(grep -c ' lost ' "$tmp/out")" = 2 ] && grep -A 1 '1700.000.*seq=4000' "$tmp/out" | grep -q 'came after all'
}
check "what was said to be lost and comes after all is told" not_lost

# One connection of three, by its number and by its ends.
{
	echo '{"toyscope":1}'
	for i in 1 2 3; do
		data 0 send 1000 DATA | sed "s/port\":9/port\":10$i/"
		data 1 receive 1000 | sed "s/port\":9/port\":10$i/"
	done
} >"$tmp/three"
for live in '' --live; do
	check "--follow takes one connection${live:+, live}" \
		diff <(echo 'flow 2 10.0.0.1:102 10.0.0.2:7') <("$scope" $live --follow 2 --lines --replay "$tmp/three" | grep flow)
	check "--flow with one end takes its connections${live:+, live}" \
		diff <(echo 'flow 1 10.0.0.1:103 10.0.0.2:7') \
		<("$scope" $live --flow 10.0.0.1:103 --lines --replay "$tmp/three" | grep flow)
	check "--flow with both ends takes one, in whichever order${live:+, live}" \
		diff <(echo 'flow 1 10.0.0.1:101 10.0.0.2:7') \
		<("$scope" $live --flow 10.0.0.2:7-10.0.0.1:101 --lines --replay "$tmp/three" | grep flow)
done

# Thousands of segments: rows that were drawn are forgotten, the sums are not.
python3 "$here/export.py" crowd 20000 >"$tmp/crowd"
crowd() {
	diff <("$scope" --replay "$tmp/crowd") <("$scope" --live --replay "$tmp/crowd") &&
		diff <("$scope" --all --replay "$tmp/crowd") <("$scope" --live --all --replay "$tmp/crowd")
}
check "a crowd is folded live as it is afterwards" crowd

screens() { # OPTION OF terminal.py... -- ARGUMENT OF toyscope...
	python3 "$here/terminal.py" "$@" >"$tmp/screens"
	sed '1,/^== end/d' "$tmp/screens" >"$tmp/last"
}
first=$here/demo-ipv4.jsonl
screens --columns 90 "$scope" --live --replay "$first"
check "on a terminal the same is left in the end" diff -u <("$scope" --width 90 --replay "$first") "$tmp/last"
counts_down() {
	grep -o '[0-9.]* s left' "$tmp/screens" | sort -nr | uniq >"$tmp/left"
	[ "$(wc -l <"$tmp/left")" -ge 15 ] && [ "$(head -n 1 "$tmp/left")" = '2.0 s left' ] && ! grep 'left' "$tmp/last"
}
check "on a terminal TIME-WAIT counts down" counts_down
screens --columns 60 --rows 6 "$scope" --live --replay "$first"
check "on a small terminal nothing is written over that stays" \
	diff -u <("$scope" --width 80 --replay "$first" | tr -d '\n ') <(tr -d '\n ' <"$tmp/last")
screens --columns 90 --interrupt 'seq=4000' "$scope" --live --replay "$tmp/late"
waits() {
	grep -q ' ACK seq=4000 ack=9000 len=1000 win=500 ─*┄┄▶│' "$tmp/screens" && grep -q 'x, y:' "$tmp/last"
}
check "on a terminal a segment is seen before it is known what becomes of it" waits

finish
