# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib.sh - what toyscope's tests on the host share: TAP, and a folder for what they make
set -euo pipefail

# shellcheck disable=SC2034 # used by those who source this
scope=${O:-$here/../../build}/toyscope
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
		failed=$((failed + 1))
	fi
}

skip() { # NAME WHY
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

check() { # NAME COMMAND...
	local name=$1 status=0

	shift
	"$@" >"$tmp/said" 2>&1 || status=1
	sed 's/^#\{0,1\} \{0,1\}/# /' "$tmp/said"
	result $status "$name"
}

finish() {
	echo "1..$n"
	[ "$failed" = 0 ]
}
