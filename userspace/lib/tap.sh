# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# tap.sh - what the tests of the programs on the host share: TAP, and a folder $tmp for what they make; sourced, never run
#
# What a test kept in $tmp/out and $tmp/err is shown where it fails.

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export LC_ALL=C.UTF-8
n=0
failed=0

result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$tmp/out" "$tmp/err" 2>/dev/null || true
		failed=$((failed + 1))
	fi
}

skip() { # NAME WHY
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# Does the command print what the file says? Its first line is a licence. UPDATE=1 writes the file anew.
expect_output() { # NAME EXPECTED COMMAND...
	local name=$1 expected=$2 status=0
	shift 2

	"$@" >"$tmp/printed" 2>&1 || status=$?
	[ "${UPDATE:-}" != 1 ] || { echo '# SPDX-License-Identifier: GPL''-2.0'; cat "$tmp/printed"; } >"$expected"
	sed 1d "$expected" | diff -u - "$tmp/printed" >"$tmp/diff" || status=1
	sed 's/^/# /' "$tmp/diff"
	result "$status" "$name"
}

# Does the command fail with that exit code, and say something about it?
expect_failure() { # NAME CODE WORDS COMMAND...
	local name=$1 code=$2 words=$3 status=0
	shift 3

	"$@" >"$tmp/out" 2>&1 || status=$?
	if [ "$status" = "$code" ] && grep -q -- "$words" "$tmp/out"; then
		result 0 "$name"
	else
		echo "# exit code $status, expected $code; words expected: $words"
		result 1 "$name"
	fi
}

# The last command of a test.
finish() {
	echo "1..$n"
	[ "$failed" = 0 ]
}
