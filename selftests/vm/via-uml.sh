# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # the settings are run's
#
# via-uml.sh - boot User Mode Linux: a kernel that is a program. Under a second; one CPU; the host must allow ptrace.
# Build one with selftests/vm/uml, and name it with --kernel.

boot_uml() {
	local consoles='con0=null,fd:1 con=null ssl=null' loud='quiet loglevel=1'
	local -a pin=()

	[ -x "$kernel" ] || die "$kernel cannot be run; --via uml wants a User Mode Linux"
	[ "$shell" = no ] || consoles='con0=fd:0,fd:1 con=null ssl=null'
	[ "$virtual" = no ] || append="time-travel=inf-cpu $append"
	[ "$verbose" = no ] || loud='loglevel=8'
	# Its processes hand over to each other all the time: on one CPU they do so faster.
	! have taskset || pin=(taskset -c "$(($(nproc) - 1))")
	# shellcheck disable=SC2086 # arguments of the kernel are words
	(
		ulimit -c 0
		timeout --foreground -k 5 "$limit" "${pin[@]}" "$kernel" mem="${memory}M" root=/dev/root rootfstype=hostfs \
			rootflags="$root" ro $loud panic=-1 $consoles $append init="$run/init" -- uml "$out"
		exit $?
	) 2>"$run/uml.log" |
		if [ "$shell" = yes ]; then cat; else
			tee "$log" | sed -u -e 's/\r$//' -e '/^\[ *[0-9.]*\] reboot: /d' -e '1,/^Adding .* bytes/{/^\(Core dump\|\tsoft\|\thard\|Checking\|Adding\)/d}'
		fi
}
