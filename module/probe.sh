#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# probe.sh - ask a kernel's headers what they offer
#
#   probe.sh OUT.h PROBES-DIR CC CFLAGS...
#
# Compiles each PROBES-DIR/name.c with the flags of a module's object. A probe that compiles becomes
# "#define HAVE_NAME 1" in OUT.h; one that does not is left out. Distributions backport, so what a kernel offers is
# asked of its headers and never of its version number. Kbuild runs this before it compiles anything (see Kbuild).
#
# Write a probe as the smallest function that needs the thing: unknown names and wrong types are errors, warnings are not.

set -eu

[ $# -ge 3 ] || { echo "usage: probe.sh OUT.h PROBES-DIR CC CFLAGS..." >&2; exit 2; }
out=$1 dir=$2 cc=$3
shift 3

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Code is generated, not only parsed, for BUILD_BUG_ON and friends need the optimiser.
# shellcheck disable=SC2086 # CC may carry a wrapper: "ccache gcc"
compiles() { # FILE NAME CFLAGS...: leaves NAME.ok or NAME.log
	file=$1 name=$2
	shift 2
	$cc "$@" -DKBUILD_BASENAME="\"$name\"" -DKBUILD_MODNAME="\"$name\"" -Werror=implicit-function-declaration \
		-Werror=implicit-int -Werror=int-conversion -Werror=incompatible-pointer-types \
		-S -o /dev/null "$file" >"$tmp/$name.log" 2>&1 && : >"$tmp/$name.ok"
}

# Two controls, so that a broken set-up cannot pass for a kernel that offers nothing, or everything.
cat >"$tmp/control_good.c" <<'C'
#include <linux/module.h>
#include <net/sock.h>
int control(struct sock *sk);
int control(struct sock *sk) { return sk->sk_protocol; }
C
cat >"$tmp/control_bad.c" <<'C'
#include <net/sock.h>
int control(struct sock *sk);
int control(struct sock *sk) { return no_such_function(sk); }
C
compiles "$tmp/control_good.c" control_good "$@" || {
	echo "probe.sh: the simplest file does not compile against this kernel's headers:" >&2
	head -n 20 "$tmp/control_good.log" >&2
	echo "probe.sh: are the kernel headers whole, and is the compiler the one they want? ($cc)" >&2
	exit 1
}
if compiles "$tmp/control_bad.c" control_bad "$@"; then
	echo "probe.sh: a call of a function that does not exist compiles; no probe can be trusted ($cc $*)" >&2
	exit 1
fi

# All at once, as many at a time as there are processors.
jobs=$(nproc 2>/dev/null || echo 2)
n=0
for probe in "$dir"/*.c; do
	[ -e "$probe" ] || continue
	compiles "$probe" "probe_$(basename "$probe" .c)" "$@" &
	n=$((n + 1))
	[ $((n % jobs)) -ne 0 ] || wait
done
wait

{
	echo "/* SPDX-License-Identifier: GPL-2.0 */"
	echo "/* What this kernel offers: written by module/probe.sh, do not edit. */"
	for probe in "$dir"/*.c; do
		[ -e "$probe" ] || continue
		name=$(basename "$probe" .c)
		[ -e "$tmp/probe_$name.ok" ] || continue
		echo "#define HAVE_$(echo "$name" | tr '[:lower:]' '[:upper:]') 1"
	done
} >"$tmp/out.h"

cp "$tmp/out.h" "$out"
