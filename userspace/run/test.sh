#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test.sh - what toyrun says where it cannot run a program, and how; the module is not needed. TAP.
#
# Where the module is missing every program comes to "not loaded" in the end; what is wrong with the
# program must be said before that. With the module, selftests/programs.sh runs real programs.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
bin=${O:-$here/../build}
toyrun=$bin/toyrun
. "$here/../lib/tap.sh"

# Run a command; its exit code and words on stderr must be these.
expect() { # NAME CODE WORDS COMMAND...
	local name=$1 code=$2 words=$3 status=0
	shift 3

	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	if [ "$status" = "$code" ] && { [ -z "$words" ] || grep -q -- "$words" "$tmp/err"; }; then
		result 0 "$name"
	else
		echo "# exit code $status, expected $code; words expected: $words"
		result 1 "$name"
	fi
}

status=0
[ "$("$toyrun" --help | tee "$tmp/out" | wc -l)" -le 24 ] || status=1
[ "$(wc -L <"$tmp/out")" -le 80 ] || status=1
result $status "--help fits on a screen"
expect "no program" 125 'which program' "$toyrun"
expect "an option that does not exist" 125 usage "$toyrun" --nonsense true
expect "a program that is not in PATH" 127 "no program 'no-such-program' in PATH" "$toyrun" no-such-program
expect "a file that is not there" 127 "no program '/no/such/file'" "$toyrun" /no/such/file
expect "a folder" 126 'Is a directory' "$toyrun" /tmp
echo 'true' >"$tmp/plain"
expect "a file that is not executable" 126 'chmod' "$toyrun" "$tmp/plain"
expect "a library that is not there" 125 'TOYRUN_LIB names /no/lib.so' env TOYRUN_LIB=/no/lib.so "$toyrun" true
cp "$toyrun" "$tmp/toyrun"
expect "a library that was left behind" 125 'does not lie beside' "$tmp/toyrun" true
mkdir "$tmp/a b"
cp "$bin/libtoyrun.so" "$tmp/a b/"

if echo 'int main(void) { return 0; }' | ${CC:-cc} -static -x c -o "$tmp/static" - 2>/dev/null; then
	expect "a static program" 126 'statically linked' "$toyrun" "$tmp/static"
	printf '#!%s\n' "$tmp/static" >"$tmp/script"
	chmod +x "$tmp/script"
	expect "a script whose interpreter is static" 126 "$tmp/static is statically linked" "$toyrun" "$tmp/script"
else
	skip "a static program" "no static C library"
fi
# A section of that name is how Go programs are told; the C compiler can make one as well.
echo '__attribute__((section(".go.buildinfo"))) int x = 1; int main(void) { return 0; }' |
	${CC:-cc} -x c -o "$tmp/go" -
expect "a Go program" 126 'Go program' "$toyrun" "$tmp/go"
if [ "$(id -u)" = 0 ]; then
	cp /bin/true "$tmp/setuid"
	chown 65534 "$tmp/setuid"
	chmod u+s "$tmp/setuid"
	expect "a set-user-ID program" 126 'raises its rights' "$toyrun" "$tmp/setuid"
else
	skip "a set-user-ID program" "needs root to make one"
fi
# Files that only look like programs, and must not be believed: cut anywhere, and wrong in each byte of the header.
status=0
for ((i = 0; i < 64; i += 2)); do
	head -c $((i * 40)) /bin/true >"$tmp/bad"
	cp /bin/true "$tmp/worse"
	printf '\xff' | dd of="$tmp/worse" bs=1 seek="$i" conv=notrunc status=none
	chmod +x "$tmp/bad" "$tmp/worse"
	for file in bad worse; do
		TOYRUN_LIB=/no/lib.so "$toyrun" "$tmp/$file" >"$tmp/out" 2>"$tmp/err"
		# a signal would be 128 and more; where all else is well, the library is not: nothing is run
		if [ $? -ge 128 ]; then
			echo "# $file $i"
			status=1
		fi
	done
done
result $status "files that are no programs"

# What follows needs a kernel that has the module, or has not.
if [ -e /sys/module/toy ]; then
	expect "a path that LD_PRELOAD cannot name" 125 'cannot name' env TOYRUN_LIB="$tmp/a b/libtoyrun.so" "$toyrun" true
	expect "the exit code is the program's" 42 '' "$toyrun" sh -c 'exit 42'
else
	expect "the module is not loaded" 125 'make load' "$toyrun" true
fi

# The library by itself: other sockets are left alone.
status=0
LD_PRELOAD="$(readlink -f "$bin/libtoyrun.so")" python3 - >"$tmp/out" 2>"$tmp/err" <<'END' || status=$?
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
assert s.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) == 0
END
if command -v python3 >/dev/null; then
	result $status "datagrams and UNIX sockets are left alone"
else
	skip "datagrams and UNIX sockets are left alone" "python3 is missing"
fi

finish
