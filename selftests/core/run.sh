#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# run.sh - the unit tests, the simulator and the coverage as one TAP stream.
#
#	run.sh BUILD RUNS SEED COVERAGE-RUNS MIN-LINES MIN-BRANCHES GCOV

build=$1 runs=$2 seed=$3 coverage_runs=$4 min_lines=$5 min_branches=$6 gcov=$7

export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"

{
	"$build/unit"
	status=$?
	[ $status -le 1 ] || echo "not ok 0 - the unit tests ran to their end (status $status)"
	"$build/sim" --runs "$runs" --seed "$seed"
	status=$?
	[ $status -le 1 ] || echo "not ok 0 - the simulator ran to its end (status $status)"
	# A control: TIME-WAIT is what keeps old duplicates out (RFC 9293 section 3.6.1).
	"$build/sim" --runs 6000 --seed 1000 --without-time-wait >"$build/sim.control" && printf 'not '
	echo "ok 0 - without TIME-WAIT old duplicates are accepted into a new incarnation"
	# Every segment and every event of some runs must be the same with and without header prediction.
	for which in sim sim-unpredicted; do
		"$build/$which" --runs 60 --seed "$seed" --jobs 1 --trace | grep -v ' events$' | cksum >"$build/$which.sum"
	done
	cmp -s "$build/sim.sum" "$build/sim-unpredicted.sum" || printf 'not '
	echo "ok 0 - 60 simulated connections do the same with and without header prediction"
	./coverage.sh "$build" "$coverage_runs" "$min_lines" "$min_branches" "$gcov"
} 2>&1 | awk '
	BEGIN { print "TAP version 13" }
	/^TAP version/ || /^1\.\.[0-9]+$/ { next }
	/^(not )?ok [0-9]+/ {
		bad += /^not/
		sub(/ok [0-9]+/, "ok " ++count)
	}
	/^Bail out!/ { $0 = "# " $0 }
	{ print; fflush() }
	END {
		print "1.." count
		printf "# core: %d passed, %d failed\n", count - bad, bad
		exit !count || bad > 0
	}'
