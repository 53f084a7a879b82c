# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib.sh - words and places that the scripts of selftests/ share; sourced, never run

# In virtual time QEMU's processor takes 2 ^ this many nanoseconds for each instruction.
# shellcheck disable=SC2034 # others read it
icount_shift=2

# What survives `make clean` and is dear to make again: unpacked kernels, parts of the kernel's source.
cache_dir() {
	local dir=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/toy

	mkdir -p "$dir"
	echo "$dir"
}

# The program's name goes before every word, so that a reader of a long log knows who speaks.
say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

# What nobody can have meant: exit code 2.
wrong() {
	say "$*; see --help"
	exit 2
}

# What a script says of itself at its top is its help.
own_words() {
	sed -n '4,/^$/s/^# \{0,1\}//p' "$0"
}

# For scripts that take no options.
only_help() { # ARGUMENT...
	case ${1:-} in
	--help | -h) own_words; exit 0 ;;
	-*) wrong "unknown option $1" ;;
	esac
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# Root's right to do one thing: nothing where we are root, sudo where it is there.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif have sudo; then
		sudo "$@"
	else
		die "this needs root: $* (run it as root, or install sudo)"
	fi
}

# The newest archive of the kernel's source that the linux-source package left.
source_tar() {
	find -L /usr/src -maxdepth 2 -name 'linux-source-*.tar.*' -type f 2>/dev/null | sort -V | tail -n 1 | grep .
}

# A folder with the parts of the kernel's source that tests and lint use: LINUX_SOURCE where that names a tree,
# otherwise unpacked from the package into the cache, once for each archive.
source_dir() {
	local tar dir

	if [ -n "${LINUX_SOURCE:-}" ]; then
		[ -e "$LINUX_SOURCE/scripts/checkpatch.pl" ] || die "LINUX_SOURCE=$LINUX_SOURCE is not a kernel's source"
		echo "$LINUX_SOURCE"
		return
	fi
	if ! tar=$(source_tar); then
		# The package may be gone again; what was unpacked stays good.
		dir=$(find "$(cache_dir)" -maxdepth 1 -name 'linux-source-*' ! -name '*.part' | sort -V | tail -n 1 | grep .) ||
			die "the kernel's source is missing; next: selftests/setup"
		echo "$dir"
		return
	fi
	dir=$(cache_dir)/$(basename "${tar%.tar.*}")-$(stat -Lc %Y "$tar")
	if [ ! -d "$dir" ]; then
		say "unpacking kselftest, checkpatch and kernel-doc from $tar (once)"
		rm -rf "$dir.part"
		mkdir -p "$dir.part"
		tar -x -f "$tar" -C "$dir.part" --strip-components=1 --wildcards \
			'*/tools/testing/selftests/lib.mk' '*/tools/testing/selftests/kselftest*' \
			'*/tools/testing/selftests/net/lib.sh' \
			'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch' \
			'*/scripts/kernel-doc*' 2>/dev/null || :
		# Newer kernels keep kernel-doc's parts in one of these.
		if ! grep -q perl "$dir.part/scripts/kernel-doc" 2>/dev/null; then
			tar -x -f "$tar" -C "$dir.part" --strip-components=1 --wildcards \
				'*/scripts/lib/kdoc/*' '*/tools/lib/python/*' 2>/dev/null || :
		fi
		[ -e "$dir.part/tools/testing/selftests/kselftest/runner.sh" ] && [ -e "$dir.part/scripts/checkpatch.pl" ] ||
			return 1
		mv "$dir.part" "$dir"
	fi
	echo "$dir"
}
