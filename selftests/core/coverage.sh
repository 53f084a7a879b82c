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

"$gcov" -b -n "$build"/counted/core/*.gcda 2>/dev/null | awk -v min_lines="$min_lines" -v min_branches="$min_branches" '
	/^File / {
		file = $2
		gsub(/\047/, "", file)
		counts = file ~ /\/core\/[^\/]*\.c$/
		sub(/.*\//, "", file)
	}
	counts && /^Lines executed:/ { split($2, p, ":"); lines[file] = $NF; hit[file] = share($0) * $NF }
	counts && /^Taken at least once:/ { branches[file] = $NF; taken[file] = share($0) * $NF }
	function share(line) {
		sub(/^[^:]*:/, "", line)
		sub(/%.*/, "", line)
		return line / 100
	}
	END {
		printf "# %-14s %7s %8s %9s %9s\n", "module/core", "lines", "run", "branches", "taken"
		for (file in lines) {
			printf "# %-14s %7d %7.1f%% %9d %8.1f%%\n", file, lines[file],
				100 * hit[file] / lines[file], branches[file],
				branches[file] ? 100 * taken[file] / branches[file] : 100 | "sort"
			all += lines[file]; run += hit[file]
			ways += branches[file]; gone += taken[file]
		}
		close("sort")
		if (!all) {
			print "not ok 1 - line coverage of module/core: nothing was measured"
			exit 1
		}
		printf "# %-14s %7d %7.1f%% %9d %8.1f%%\n", "in all", all, 100 * run / all, ways,
			ways ? 100 * gone / ways : 100
		lines_share = 100 * run / all
		branches_share = ways ? 100 * gone / ways : 100
		good = lines_share >= min_lines && branches_share >= min_branches
		printf "%sok 1 - coverage of module/core: %.1f %% of lines (at least %d), %.1f %% of branches (at least %d)\n",
			good ? "" : "not ", lines_share, min_lines, branches_share, min_branches
		exit !good
	}'
