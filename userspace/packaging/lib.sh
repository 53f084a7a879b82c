# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib.sh - what the scripts of packaging/ share; sourced, never run

packaging=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
top=$(dirname "$(dirname "$packaging")")
. "$top/selftests/vm/lib.sh"

# The one place where the version stands is the module itself.
version() {
	sed -n 's/^MODULE_VERSION("\(.*\)");/\1/p' "$top/module/main.c"
}

# NAME SECTION FILE of what programs lists.
programs() {
	grep -v '^#' "$packaging/programs"
}
