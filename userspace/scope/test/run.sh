#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh - toyscope's drawing, on the host: recorded runs in, expected ladders out. TAP.
#
# Each NAME.jsonl is what `toyscope --record` wrote; NAME.90, NAME.80a and NAME.lines are what must come of it.
# After a change that is meant: UPDATE=1 make -C userspace test, and read the difference.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
scope=${O:-$here/../../build}/toyscope
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C.UTF-8
licence='# SPDX-License-Identifier: GPL''-2.0'	# the first line of each file of expectations
n=0
failed=0

result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=$((failed + 1))
	fi
}

# Does the command print what the file says?
expect_output() { # NAME EXPECTED COMMAND...
	local name=$1 expected=$2 status=0
	shift 2
	"$@" >"$tmp/out" 2>&1 || status=$?
	if [ "${UPDATE:-}" = 1 ]; then
		{ echo "$licence"; cat "$tmp/out"; } >"$expected"
	fi
	sed 1d "$expected" | diff -u - "$tmp/out" >"$tmp/diff" || status=1
	sed 's/^/# /' "$tmp/diff"
	result "$status" "$name"
}

# Does the command fail with that exit code, and say something about it?
expect_failure() { # NAME CODE WORDS COMMAND...
	local name=$1 code=$2 words=$3 status=0
	shift 3
	"$@" >"$tmp/out" 2>&1 || status=$?
	if [ "$status" != "$code" ]; then
		echo "# exit code $status, expected $code"
		result 1 "$name"
	elif ! grep -q -- "$words" "$tmp/out"; then
		sed 's/^/# /' "$tmp/out"
		result 1 "$name"
	else
		result 0 "$name"
	fi
}

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

first=$(find "$here" -name '*.jsonl' | sort | head -n 1)
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
expect_failure "--port of another connection finds nothing" 4 'no connection' "$scope" --port 9 --replay "$first"
status=0
[ "$("$scope" --help | wc -l)" -le 32 ] || status=1
result $status "--help fits on a screen"

echo "1..$n"
[ "$failed" = 0 ]
