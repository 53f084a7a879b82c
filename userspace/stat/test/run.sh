#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh - toystat on the host: files as of /proc in, tables and JSON out; what it says where it cannot. TAP.
#
# toy, toy6 and toy_stat have the format of /proc/net (a first line of ours is cut off); NAME.txt is what must come of
# them. After a change that is meant: UPDATE=1 make -C userspace test, and read the difference. With the module behind it,
# selftests/stat.sh tests the same program.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
stat=${O:-$here/../../build}/toystat
. "$here/../../lib/tap.sh"
export TZ=UTC XDG_RUNTIME_DIR=$tmp/run
mkdir "$XDG_RUNTIME_DIR"
for file in toy toy6 toy_stat; do
	sed 1d "$here/$file" >"$tmp/$file"
done

recorded() { # COMMAND...
	PROC_NET_TOY=$tmp/toy PROC_NET_TOY6=$tmp/toy6 PROC_NET_TOY_STAT=$tmp/toy_stat "$@"
}

expect_table() { # NAME EXPECTED OPTION...
	local name=$1 expected=$here/$2
	shift 2

	expect_output "$name" "$expected" recorded "$stat" "$@"
}

expect_table "connections" connections.txt
expect_table "everything, with details and timers" all.txt -aio
expect_table "listeners of IPv6" listeners6.txt -l6
expect_table "a state and a port" time-wait.txt --state time-wait,syn-recv --port 10002 -H
expect_table "counters that are not zero" counters.txt -sH

# What came since the last look, and where that is kept.
status=0
sed -E 's/^(OutSegs) ([0-9]+)/echo \1 $((\2 + 3))/e' "$tmp/toy_stat" >"$tmp/later"
recorded "$stat" -s >/dev/null
PROC_NET_TOY_STAT=$tmp/later "$stat" -s >"$tmp/out" || status=1
grep -q '^OutSegs *3 ' "$tmp/out" && grep -qE '^# last look: 20' "$tmp/out" || status=1
grep -q '^InSegs *0 ' "$tmp/out" || status=1
[ "$(find "$XDG_RUNTIME_DIR/toystat" -type f | wc -l)" = 1 ] || status=1
result $status "what came since the last look"
status=0
recorded "$stat" -s >"$tmp/out" || status=1		# OutSegs fell
grep -q '^# last look: none' "$tmp/out" || status=1
result $status "counters that fell began anew"
status=0
echo 'toystat 1 another-boot 1' >"$tmp/old"
for junk in /dev/null "$tmp/old" "$stat"; do
	for file in "$XDG_RUNTIME_DIR"/toystat/*; do
		cp "$junk" "$file"
	done
	recorded "$stat" -s >"$tmp/out" || status=1
	grep -q '^# last look: none' "$tmp/out" || status=1
done
result $status "a last look of another boot, or damaged, is none"
status=0
env -i PROC_NET_TOY_STAT="$tmp/toy_stat" XDG_RUNTIME_DIR=/nowhere HOME=/dev/null "$stat" -s >"$tmp/out" 2>"$tmp/err" || status=1
if ! grep -q '^OutSegs' "$tmp/out"; then
	status=1
fi
[ -d "/run/user/$(id -u)" ] || grep -q XDG_RUNTIME_DIR "$tmp/err" || status=1
result $status "no folder to keep it in is no reason to show nothing"

if command -v python3 >/dev/null; then
	status=0
	for options in -aj -ajp -sj; do
		recorded "$stat" $options 2>/dev/null >"$tmp/out"
		python3 - "$tmp/out" <<'END' || status=1
import json, sys
line, = open(sys.argv[1])
object = json.loads(line)
assert object["version"] == 1 and object["netns"] is None and object["time"] > 1e9
if object["type"] == "sockets":
    assert object["source"] == "proc"
    states = {s["state"] for s in object["sockets"]}
    assert {"LISTEN", "ESTABLISHED", "TIME-WAIT", "SYN-RECEIVED"} <= states, states
    for s in object["sockets"]:
        assert s["family"] in ("inet", "inet6") and 0 < s["local"]["port"] < 65536
        assert (s["send_queue"] is None) == (s["state"] == "LISTEN")
        assert s["timer"] is None or s["timer"]["expires_ms"] >= 0
        assert (s["info"] is None) == (s["state"] in ("LISTEN", "TIME-WAIT", "SYN-RECEIVED"))
        assert s["info"] is None or (s["info"]["cwnd"] > 0 and s["info"]["rtt_us"] is None)
else:
    assert object["type"] == "counters"
    assert object["counters"]["OutSegs"]["total"] > 0 and "since" in object["counters"]["OutSegs"]
    assert "CurrEstab" in object["now"] and "CurrEstab" not in object["counters"]
END
	done
	result $status "JSON is JSON"
else
	skip "JSON is JSON" "python3 is missing"
fi

status=0
[ "$("$stat" --help | tee "$tmp/out" | wc -l)" -le 24 ] || status=1
[ "$(wc -L <"$tmp/out")" -le 80 ] || status=1
result $status "--help fits on a screen"
expect_failure "an option that does not exist" 2 usage "$stat" --nonsense
expect_failure "a word too many" 2 "what is 'established'" "$stat" established
expect_failure "a state that is none" 2 "'nonsense' is no state" "$stat" --state time-wait,nonsense
for port in 0 65536 x 1x -1 ''; do
	expect_failure "port '$port'" 2 'a number from 1 to 65535' "$stat" --port "$port"
done
for seconds in 0 -1 nan inf 1s 86401 ''; do
	expect_failure "watching every '$seconds' seconds" 2 'seconds from 0.1 to 86400' "$stat" -w "$seconds"
done
expect_failure "counters of one state" 2 'counters' "$stat" -s --state listen
expect_failure "zeros without counters" 2 'add -s' "$stat" -z
expect_failure "listeners and all" 2 'one of' "$stat" -l -a
expect_failure "a namespace that is none" 4 'ip netns list' "$stat" -N no-such-namespace
expect_failure "a file that is no namespace" 4 'no network namespace' "$stat" -N "$here/toy"
expect_failure "a file that is not there" 3 'not loaded' env PROC_NET_TOY=/no/such/file "$stat"
echo >>"$tmp/toy"
head -c 150 "$here/toy" >>"$tmp/toy"
expect_failure "a line that is damaged is shown with its number" 1 'line [0-9]* of .* is not understood' recorded "$stat"
printf 'A 1\nB x\n' >"$tmp/toy_stat"
expect_failure "a counter that is damaged" 1 'is not understood' recorded "$stat" -s
if [ -e /dev/full ]; then
	expect_failure "a disk that is full" 1 'cannot write' sh -c "PROC_NET_TOY_STAT=$tmp/later '$stat' -s >/dev/full"
fi
if [ ! -e /sys/module/toy ]; then
	expect_failure "the module is not loaded" 3 'make load' "$stat"
	expect_failure "the module is not loaded: counters" 3 'make load' "$stat" -s
fi

finish
