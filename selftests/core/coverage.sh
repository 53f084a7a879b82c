#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# coverage.sh - runs the counted builds and prints what of the core was run: lines and branches, a
# file and in all. Fails below the minimum, in percent, of either.
#
#	coverage.sh BUILD RUNS MIN-LINES MIN-BRANCHES GCOV

build=$1 runs=$2 min_lines=$3 min_branches=$4 gcov=$5

find "$build/counted" -name '*.gcda' -delete
"$build/unit-counted" >/dev/null 2>&1
"$build/sim-counted" --runs "$runs" --seed 1 >/dev/null 2>&1

"$gcov" -b -n "$build"/counted/core/*.gcda 2>/dev/null |
	"$(dirname "$0")/../coverage-table" -v folder=module/core -v min_lines="$min_lines" -v min_branches="$min_branches"
