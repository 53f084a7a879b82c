#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh - libFuzzer looks for inputs that do something new, or something wrong
#
#	fuzz.sh BUILD SECONDS|minimise JOBS TARGET...
#
# What it finds is kept in BUILD/found/TARGET, what breaks a target in BUILD/crash-*. The last line is
# "N passed, N failed, N skipped", a target each.

build=$1 seconds=$2 jobs=$3
shift 3
declare -A longest=([wire]=160 [ranges]=400 [cookies]=80 [core]=700)

export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"

if [ "$seconds" = minimise ]; then
	for target; do
		mkdir -p "corpus/$target" "$build/found/$target" "$build/small/$target"
		rm -f "$build/small/$target"/*
		"$build/clang/$target" -merge=1 -use_counters=0 -max_len="${longest[$target]}" "$build/small/$target" "corpus/$target" \
			"$build/found/$target" >"$build/$target.merge" 2>&1 || { cat "$build/$target.merge"; exit 1; }
		# an input with a name of its own shows something: it stays
		find "corpus/$target" -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
		# the longest say most
		find "$build/small/$target" -type f -printf '%s %p\n' | sort -k1,1nr -k2 | head -n 100 | while read -r _ input; do
			cp "$input" "corpus/$target/"
		done
		find "corpus/$target" -type f -printf '%s\n' | awk -v target="$target" \
			'{ n++; bytes += $1 } END { print target ": " n " inputs, " bytes " bytes" }'
	done
	exit
fi

bad=0
for target; do
	mkdir -p "$build/found/$target"
	log=$build/$target.fuzz
	if "$build/clang/$target" -max_total_time="$seconds" -max_len="${longest[$target]}" -fork="$jobs" -timeout=20 -rss_limit_mb=2048 \
		-artifact_prefix="$build/crash-$target-" -print_final_stats=1 -reload=0 \
		"$build/found/$target" "corpus/$target" >"$log" 2>&1; then
		awk -v target="$target" '/^#[0-9]+:? / { last = $0 } END { print "ok - fuzz " target ": " last }' "$log"
	else
		bad=$((bad + 1))
		tail -n 60 "$log" | sed 's/^/# /'
		echo "not ok - fuzz $target: see $log and $build/crash-$target-*"
	fi
done
echo "$(($# - bad)) passed, $bad failed, 0 skipped"
[ $bad -eq 0 ]
