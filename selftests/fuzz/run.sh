#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run.sh - gives each fuzz target its corpus, and inputs made from it: one TAP line a target. The same every time.
#
#	run.sh BUILD RUNS SEED TARGET...

build=$1 runs=$2 seed=$3
shift 3

export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"

echo "TAP version 13"
echo "1..$#"
n=0 bad=0
for target; do
	n=$((n + 1))
	if timeout 300 "$build/plain/$target" --runs "$runs" --seed "$seed" "corpus/$target" >"$build/$target.out" 2>&1; then
		echo "ok $n - fuzz $target: $(cat "$build/$target.out")"
	else
		bad=1
		sed 's/^/# /' "$build/$target.out"
		echo "not ok $n - fuzz $target"
	fi
done
exit $bad
