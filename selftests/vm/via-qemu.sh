# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # the settings are run's
#
# via-qemu.sh - boot with plain QEMU: the uncompressed kernel, an initramfs of busybox and the few modules that the
# boot needs, the root by 9p. 7 to 10 seconds from nothing to nothing under emulation.

# What it takes to mount the root and to speak; built in to some kernels.
boot_modules="virtio_mmio virtio_pci 9pnet_virtio 9p overlay virtio_console"

# Does KVM run a guest's first instructions? A /dev/kvm that opens can still hang, or abort QEMU, on a nested host. The
# guest is a boot sector that writes 42 to QEMU's exit device: status 85. One probe for each boot of this machine.
kvm_works() {
	local answer sector=$tmp/sector status=0

	[ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
	answer=$(cache_dir)/kvm-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -s "$answer" ]; then
		rm -f "$(cache_dir)"/kvm-*
		printf '\xb0\x2a\xe6\xf4\xf4' >"$sector"
		truncate -s 510 "$sector"
		printf '\x55\xaa' >>"$sector"
		truncate -s 1474560 "$sector"
		# The outer shell's words about an abort are of no use to anybody.
		(timeout -k 1 5 qemu-system-x86_64 -machine pc,usb=off -accel kvm -cpu host -m 64 -nodefaults -no-user-config \
			-display none -device isa-debug-exit,iobase=0xf4,iosize=1 -boot a \
			-drive "file=$sector,format=raw,if=floppy"; exit $?) >/dev/null 2>&1 || status=$?
		if [ $status -eq 85 ]; then echo yes >"$answer"; else echo no >"$answer"; fi
	fi
	[ "$(cat "$answer")" = yes ]
}

# A processor of the guest may go on in an old translation of code that another one has just patched: QEMU locks a page of code
# while it translates since 8.1 only. Seen as a tracepoint's breakpoint in __schedule() that is gone from memory and is run for
# ever, interrupts off: a hang without a word. With one thread for all processors none can.
threads() {
	local major minor

	IFS=. read -r major minor _ < <(qemu-system-x86_64 --version | sed -n 's/.* version \([0-9.]*\).*/\1/p')
	case $accel in
	mttcg) echo multi ;;
	tcg) echo single ;;
	*) if [ $((major * 100 + minor)) -ge 801 ]; then echo multi; else echo single; fi ;;
	esac
}

# Where the kernel's modules are: in the guest's root, or beside the image (PREFIX/boot/vmlinuz, PREFIX/lib/modules).
modules_folder() {
	local dir

	for dir in "$root/lib/modules/$release" "$(dirname "$kernel")/../lib/modules/$release"; do
		[ ! -e "$dir/modules.dep" ] || { readlink -f "$dir"; return; }
	done
}

# The initramfs, cached for each kernel, module folder and init.
initramfs() { # DIR-OF-KERNEL
	local modules key file path name

	modules=$(modules_folder)
	key=$(cat "$here/init" "$here/via-qemu.sh" /bin/busybox - <<<"$(stat -Lc %Y "$modules" 2>/dev/null)" | md5sum)
	file=$1/initramfs-${key:0:12}
	if [ ! -e "$file" ]; then
		mkdir -p "$tmp"/i/{bin,dev,proc,sys,run,mods}
		cp /bin/busybox "$tmp/i/bin/"
		cp "$here/init" "$tmp/i/init"
		: >"$tmp/i/modlist"
		for name in $boot_modules; do
			modprobe -d "${modules%/lib/modules/*}/" -S "$release" --show-depends "$name" 2>/dev/null || :
		done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
			name=$(basename "$path" | sed -E 's/\.(xz|zst|gz)$//')
			case $path in
			*.xz) xz -dc "$path" ;;
			*.zst) zstd -qdc "$path" ;;
			*.gz) gzip -dc "$path" ;;
			*) cat "$path" ;;
			esac >"$tmp/i/mods/$name"
			echo "$name" >>"$tmp/i/modlist"
		done
		(cd "$tmp/i" && find . | cpio -o -H newc --quiet) >"$file.$$"
		mv "$file.$$" "$file"
	fi
	echo "$file"
}

boot_qemu() {
	local dir initrd modules tool loud=4
	local -a speed stdio share=()

	for tool in qemu-system-x86_64 cpio busybox modprobe; do
		have "$tool" || die "$tool is missing; next: selftests/setup"
	done
	dir=$("$here/kernel" prepare "$kernel" "$asis")
	initrd=$(initramfs "$dir")
	modules=$(modules_folder)
	case $modules in
	'' | "${root%/}"/*) ;;
	*) share=(-fsdev "local,id=m,path=$modules,security_model=none,readonly=on" -device "virtio-9p-pci,fsdev=m,mount_tag=modules") ;;
	esac

	# cpu: under emulation `rep movsb` goes byte by byte; without the two flags the guest copies in words, 7 times faster.
	if [ "$virtual" = yes ]; then
		[ "$accel" != kvm ] || say "virtual time needs emulation; --accel kvm is left aside"
		cpus=1
		speed=(-accel "tcg,thread=single" -icount "shift=$icount_shift,sleep=off" -cpu "max,-erms,-fsrm")
	elif [ "$accel" = kvm ] || { [ "$accel" = auto ] && kvm_works; }; then
		speed=(-accel kvm -cpu host)
	else
		[ "$accel" != auto ] || [ ! -e /dev/kvm ] || [ "$shell" = no ] || say "KVM does not work here: emulating"
		speed=(-accel "tcg,thread=$(threads)" -cpu "max,-erms,-fsrm")
	fi
	stdio=(-chardev "stdio,id=so,signal=off")
	[ "$shell" = no ] || stdio=(-chardev "stdio,id=so,signal=off,mux=on")
	[ "$verbose" = no ] || loud=8
	[ "$verbose" = no ] || { tail -f --pid=$$ "$log" >&2 & }

	# shellcheck disable=SC2086 # --qemu-args is words
	timeout --foreground -k 5 "$limit" qemu-system-x86_64 -machine q35,usb=off "${speed[@]}" -smp "$cpus" -m "$memory" \
		-nodefaults -no-user-config -no-reboot -display none \
		-chardev file,id=log,path="$log" -serial chardev:log \
		"${stdio[@]}" -device virtio-serial-pci -device virtconsole,chardev=so \
		-fsdev local,id=r,path="$root",security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=r,mount_tag=root \
		-fsdev local,id=o,path="$out",security_model=none,multidevs=remap \
		-device virtio-9p-pci,fsdev=o,mount_tag=out "${share[@]}" \
		-device isa-debug-exit,iobase=0xf4,iosize=1 \
		-kernel "$dir/vmlinux" -initrd "$initrd" \
		-append "console=ttyS0 loglevel=$loud panic=-1 oops=panic nokaslr tsc=reliable no_timer_check reboot=t \
random.trust_cpu=on cryptomgr.notests 8250.nr_uarts=1 rcupdate.rcu_expedited=1 mitigations=off $append" $qemu_args
}
