# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # the settings are run's
#
# via-vng.sh - boot with virtme-ng (the `vng` command), where it is installed: the kernel developers' usual tool.

boot_vng() {
	local -a args=(--run "$kernel" --user root --root "$root" --memory "${memory}M" --cpus "$cpus" "--rwdir=$out=$out")

	have vng || die "vng is not installed (package virtme-ng, Debian 13 and Ubuntu 24.04 have it); --via qemu needs no more than QEMU"
	[ "$shell" = no ] || die "vng has a shell of its own: vng --run $kernel --user root; or leave --via vng out"
	[ "$virtual" = no ] || die "virtme-ng has no virtual time; use --via qemu"
	[ "$accel" = kvm ] || { [ "$accel" = auto ] && kvm_works; } || args+=(--disable-kvm)
	[ "$verbose" = no ] || args+=(--verbose)
	[ -z "$append" ] || args+=(--append "$append")
	[ -z "$qemu_args" ] || args+=("--qemu-opts=$qemu_args")
	args+=(--append "panic=-1 oops=panic")
	timeout --foreground -k 5 "$limit" vng "${args[@]}" --exec "$run/init vng $out" </dev/null 2>&1 | tee "$log"
}
