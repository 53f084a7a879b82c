# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib.sh - what toyscope's tests on the host share: what is run, and a check that says what it said
set -euo pipefail

# shellcheck disable=SC2034 # used by those who source this
scope=${O:-$here/../../build}/toyscope
. "$here/../../lib/tap.sh"

check() { # NAME COMMAND...
	local name=$1 status=0

	shift
	"$@" >"$tmp/said" 2>&1 || status=1
	sed 's/^#\{0,1\} \{0,1\}/# /' "$tmp/said"
	result $status "$name"
}
