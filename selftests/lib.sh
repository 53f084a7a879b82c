# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib.sh - what the test scripts share: topologies, waiting, TAP
#
# A script sources it, defines a function for each test, and ends with
#
#	run "what it proves" FUNCTION ARGUMENT...	(again and again)
#	finish
#
# Mind `COMMAND | grep -q`: grep leaves at the first match, COMMAND dies of SIGPIPE, and pipefail makes that a failure.
#
# A test runs in a subshell with `set -e`: the first command that fails fails it, and what it printed is shown, with the
# counters and sockets of every namespace. A test that cannot run here says `skip WHY`. Nothing sleeps for a time where a
# condition can be waited for: `wait_for`. Random parts come from $SEED, which is printed and may be given.

set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
top=$(dirname "$here")
bin=${TOY_BIN:-$top/userspace/build}
PATH=$bin:$top/build/selftests:$here:$PATH
export LC_ALL=C.UTF-8

KSFT_SKIP=4
SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
RANDOM=$((SEED % 32768))
tmp=$(mktemp -d)
tests=0
failed=0
namespaces=()
children=()
exec {never}<> <(:)	# a descriptor on which nothing ever comes

clean() {
	local ns pid

	for pid in "${children[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	for ns in "${namespaces[@]}"; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill -KILL 2>/dev/null || true
		ip netns delete "$ns" 2>/dev/null || true
	done
	rm -rf "$tmp"
}
trap clean EXIT
trap 'exit 130' INT TERM

# ------------------------------------------------------------------------------------------------------------------------
# TAP

skip_all() { # WHY
	echo "1..0 # SKIP $*"
	exit $KSFT_SKIP
}

# In a test: it cannot run here.
skip() { # WHY
	echo "$*" >"$tmp/skip"
	exit $KSFT_SKIP
}

# In a test: it failed.
fail() { # WHY
	echo "FAILED: $*"
	return 1
}

# In a test: two words must be the same.
same() { # WHAT EXPECTED FOUND
	[ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"
}

run() { # NAME FUNCTION ARGUMENT...
	local name=$1 status=0 start=$SECONDS
	shift

	tests=$((tests + 1))
	set +e
	(
		children=()
		trap 'kill "${children[@]}" 2>/dev/null || true' EXIT
		set -e
		"$@"
	) >"$tmp/log" 2>&1
	status=$?
	set -e
	if [ $status -eq 0 ]; then
		echo "ok $tests $name"
	elif [ $status -eq $KSFT_SKIP ] && [ -e "$tmp/skip" ]; then
		echo "ok $tests $name # SKIP $(cat "$tmp/skip")"
	else
		failed=$((failed + 1))
		sed 's/^/# /' "$tmp/log"
		report_all
		echo "not ok $tests $name"
	fi
	[ $((SECONDS - start)) -lt 3 ] || echo "# that took $((SECONDS - start)) s"
	rm -f "$tmp/skip"
}

finish() {
	echo "1..$tests"
	[ $failed -eq 0 ] || exit 1
	exit 0
}

# What the kernel has to say, after a failure.
report_all() {
	local ns

	for ns in "${namespaces[@]}"; do
		ip netns exec "$ns" sh -c "
			echo '$ns: sockets'; cat /proc/net/toy /proc/net/toy6
			echo '$ns: counters'; awk '\$2' /proc/net/toy_stat" 2>&1 | sed 's/^/#   /' || true
	done
}

# ------------------------------------------------------------------------------------------------------------------------
# What must be there

need_root() {
	[ "$(id -u)" = 0 ] || skip_all "needs root"
}

need_module() {
	need_root
	[ -e /sys/module/toy ] || skip_all "toy.ko is not loaded: sudo make load, or make check (a VM)"
}

need_tools() { # TOOL...
	local tool

	for tool; do
		command -v "$tool" >/dev/null || skip_all "$tool is missing"
	done
}

# ------------------------------------------------------------------------------------------------------------------------
# Waiting

# Until COMMAND succeeds: $WAIT seconds (60) at most, but not before it was tried 300 times, since in a VM with virtual
# time seconds pass while a program is being loaded.
wait_for() { # COMMAND...
	local deadline=$((SECONDS + ${WAIT:-60})) tries=0

	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ $SECONDS -ge $deadline ] && [ $tries -ge 300 ]; then
			echo "FAILED: waited ${WAIT:-60} s in vain for: $*"
			return 1
		fi
		read -rt 0.05 -u "$never" || true
	done
}

# ------------------------------------------------------------------------------------------------------------------------
# Topologies

# Names unlike those that anybody else uses.
ns_name() { # SUFFIX
	echo "toy$$$1"
}

ns_add() { # NAME...
	local ns

	for ns; do
		ip netns add "$ns"
		namespaces+=("$ns")
		ip -n "$ns" link set lo up
		# addresses are to be usable at once
		in_ns "$ns" sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 2>/dev/null || true
	done
}

ns_delete() { # NAME
	local ns left=()

	ip netns delete "$1"
	for ns in "${namespaces[@]}"; do
		[ "$ns" = "$1" ] || left+=("$ns")
	done
	namespaces=("${left[@]}")
}

in_ns() { # NAMESPACE COMMAND...
	ip netns exec "$@"
}

# A cable between two namespaces, with both families' addresses.
cable() { # NS1 DEVICE1 NS2 DEVICE2 NUMBER: 10.77.NUMBER.1, .2 and fd77:NUMBER::1, ::2
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	ip -n "$1" address add "10.77.$5.1/24" dev "$2"
	ip -n "$3" address add "10.77.$5.2/24" dev "$4"
	ip -n "$1" address add "fd77:$5::1/64" dev "$2" nodad
	ip -n "$3" address add "fd77:$5::2/64" dev "$4" nodad
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
	# Until its carrier was noticed a cable drops everything, and then it takes a second to learn addresses: a test
	# would see segments lost that it did not lose.
	wait_for link_is_up "$1" "$2"
	wait_for link_is_up "$3" "$4"
	know_neighbours "$1" "$2" "$3" "$4"
	know_neighbours "$3" "$4" "$1" "$2"
}

link_is_up() { # NAMESPACE DEVICE
	[[ $(ip -n "$1" link show dev "$2") == *"state UP"* ]]
}

# The first namespace learns the second's hardware address.
know_neighbours() { # NS1 DEVICE1 NS2 DEVICE2
	local mac address

	mac=$(in_ns "$3" cat "/sys/class/net/$4/address")
	for address in $(ip -n "$3" -o address show dev "$4" | awk '{ sub("/.*", "", $4); print $4 }'); do
		ip -n "$1" neighbour replace "$address" lladdr "$mac" dev "$2" nud permanent
	done
}

#	$A ─── veth ─── $B	10.77.0.1, fd77:0::1 and 10.77.0.2, fd77:0::2
# shellcheck disable=SC2034	# for the scripts
two_hosts() {
	A=$(ns_name a)
	B=$(ns_name b)
	ns_add "$A" "$B"
	cable "$A" veth0 "$B" veth0 0
	A4=10.77.0.1 B4=10.77.0.2 A6=fd77:0::1 B6=fd77:0::2
}

# The address of a host by family: addr B 6
addr() { # A|B 4|6
	local name=$1$2

	echo "${!name}"
}

# ------------------------------------------------------------------------------------------------------------------------
# The module's windows

counter() { # NAMESPACE NAME
	in_ns "$1" awk -v name="$2" '$1 == name { print $2; found = 1 } END { exit !found }' /proc/net/toy_stat
}

knob() { # NAMESPACE NAME=VALUE...
	local ns=$1 set
	shift

	for set; do
		in_ns "$ns" sysctl -qw "net.toy.$set"
	done
}

# Lines of /proc/net/toy and toy6 in a state (two hexadecimal digits, or .. for any).
sockets_in() { # NAMESPACE STATE
	in_ns "$1" cat /proc/net/toy /proc/net/toy6 |
		grep -cE "^ *[0-9]+: [0-9A-F]+:[0-9A-F]{4} [0-9A-F]+:[0-9A-F]{4} $2 " || true
}

# Succeeds when somebody listens there.
listens() { # NAMESPACE PORT
	in_ns "$1" grep -qsE "^ *[0-9]+: [0-9A-F]+:$(printf %04X "$2") [0-9A-F]+:0000 0A " /proc/net/toy /proc/net/toy6
}

no_sockets_in() { # NAMESPACE STATE
	[ "$(sockets_in "$1" "$2")" -eq 0 ]
}

# shellcheck disable=SC2034	# for sockets_in, in the scripts
TIME_WAIT=06

# Run a program in the background in a namespace; its process id is $!.
in_background() { # NAMESPACE COMMAND...
	ip netns exec "$@" &
	children+=($!)
}
