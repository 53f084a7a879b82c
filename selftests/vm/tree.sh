# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # here is the caller's
#
# tree.sh - build a kernel from the linux-source package over tinyconfig; sourced by uml and x86
#
# The same configuration gives the same kernel: a tree is built once for each, in the cache, and outlives `make clean`. A build
# that was broken off goes on where it stopped, and where the configuration changed only what it concerns is built again.

tree_source() { # prints the unpacked source
	local tar tree

	tar=$(source_tar) || die "the kernel's source is missing; next: selftests/setup check"
	tree=$(cache_dir)/src/$(basename "${tar%.tar.*}")
	mkdir -p "${tree%/*}"
	exec 8>"$tree.lock"
	flock 8
	if [ ! -e "$tree/Makefile" ]; then
		say "unpacking $tar (1.3 GB)"
		rm -rf "$tree.part"
		mkdir -p "$tree.part"
		tar -x -f "$tar" -C "$tree.part" --strip-components=1
		mv "$tree.part" "$tree"
	fi
	flock -u 8
	echo "$tree"
}

# Prints the build folder. MINUTES are for the reader: how long this takes on two cores.
tree_build() { # ARCH SUFFIX MINUTES LAYER...
	local arch=$1 suffix=$2 minutes=$3 tree build key start=$SECONDS tool
	local -a layers
	shift 3

	layers=("${@/#/$here/}")
	for tool in bc bison flex "${CC:-gcc}" make; do
		have "$tool" || die "$tool is missing; next: selftests/setup debug"
	done
	tree=$(tree_source)
	build=$(cache_dir)/build/$(basename "$tree")$suffix
	mkdir -p "$build"
	# Two that want the same kernel: the second waits, and finds it there.
	exec 9>"$build.lock"
	flock 9
	key=$(cat "${layers[@]}" | md5sum | cut -c1-12)
	if [ "$(cat "$build/key" 2>/dev/null)" != "$key" ]; then
		say "building $build: about $minutes minutes on two cores, once; the log is $build.log"
		{
			if [ "$(cat "$build/key.begun" 2>/dev/null)" != "$key" ]; then
				make -s ARCH="$arch" -C "$tree" O="$build" tinyconfig
				(cd "$build" && "$tree/scripts/kconfig/merge_config.sh" -m .config "${layers[@]}")
				echo "CONFIG_LOCALVERSION=\"$suffix\"" >>"$build/.config"
				make -s ARCH="$arch" -C "$tree" O="$build" olddefconfig
				echo "$key" >"$build/key.begun"
			fi
			nice -n 10 make ARCH="$arch" -C "$tree" O="$build" -j"$(nproc)"
		} >"$build.log" 2>&1 </dev/null 9>&- ||
			{ tail -n 20 "$build.log" >&2; die "the build failed; the log is $build.log"; }
		mv "$build.log" "$build/log"
		echo "$key" >"$build/key"
		say "built in $(((SECONDS - start + 59) / 60)) minutes"
	fi
	flock -u 9
	echo "$build"
}
