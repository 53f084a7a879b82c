#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# stress.sh - many at once, and everything at the wrong moment: nothing breaks, leaks, or is left behind
#
#	 crowd, storm ─────────── veth ─────────── crowd listen
#	 10.77.0.1                                 10.77.0.2
#	 fd77:0::1                                 fd77:0::2
#
# STRESS_SECONDS: how long each storm rages (3). STRESS_MANY: how many connections at once (10000, or as many as memory
# allows). A splat of the kernel fails the run (selftests/in-vm looks).
. "$(dirname "$(readlink -f "$0")")/lib_crowd.sh"
need_module
need_tools ip crowd storm rmmod

port=10002
seconds=${STRESS_SECONDS:-3}
# sockets of both ends take some 10 kB each, their files and epoll items included
fits=$(awk '$1 == "MemAvailable:" { print int($2 / 30) }' /proc/meminfo)
many=${STRESS_MANY:-10000}
[ "$many" -le "$fits" ] || many=$fits

# No socket and no object is left of a namespace's connections but those in TIME-WAIT.
nothing_left() { # NAMESPACE
	[ "$(counter "$1" Sockets)" -eq 0 ] && [ "$(counter "$1" Orphans)" -eq 0 ] && [ "$(counter "$1" HalfOpen)" -eq 0 ]
}

only_a_listener() { # NAMESPACE
	[ "$(counter "$1" Sockets)" -eq 1 ] && [ "$(counter "$1" Orphans)" -eq 0 ]
}

test_many() { # FAMILY
	serve "$1"
	in_ns "$A" crowd --hold --together 500 --timeout 200 --seed "$SEED" "$(addr B "$1")" $port "$many" >"$tmp/figures"
	cat "$tmp/figures"
	WAIT=60 wait_for nothing_left "$A"
	WAIT=60 wait_for only_a_listener "$B"
	served
	grep -q "accepted $many ended $many failed 0" "$tmp/served"
	nothing_left "$B"
}

test_crowds() { # FAMILY OPTION...
	local i pids=() to
	to=$(addr B "$1")
	shift

	serve 6
	for i in 1 2 3 4; do
		ip netns exec "$A" crowd --together 50 --timeout 100 --seed $((SEED + i)) --rounds 3 "$@" "$to" $port 300 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	served
	WAIT=60 wait_for nothing_left "$A"
	WAIT=60 wait_for nothing_left "$B"
}

test_storm() { # FAMILY WHAT
	in_ns "$A" storm "-$1" --seed "$SEED" --seconds "$seconds" "$2" >"$tmp/figures"
	cat "$tmp/figures"
	WAIT=100 wait_for nothing_left "$A"
}

# A namespace goes while connections in it open, talk and close; what is in TIME-WAIT goes with it.
test_namespace_goes() { # FAMILY
	local end=$((SECONDS + seconds)) n=0 pid

	while [ $SECONDS -lt $end ] || [ $n -lt 2 ]; do
		C=$(ns_name "c$n")
		ns_add "$C"
		ip netns exec "$C" storm "-$1" --seed $((SEED + n)) --seconds 60 churn >/dev/null &
		pid=$!
		children+=("$pid")
		wait_for counter_above "$C" PassiveOpens 20
		[ $((n % 2)) = 0 ] || kill -KILL "$pid"
		ns_delete "$C"
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
		n=$((n + 1))
	done
	echo "$n namespaces" >"$tmp/figures"
}

counter_above() { # NAMESPACE COUNTER NUMBER
	[ "$(counter "$1" "$2")" -gt "$3" ]
}

# The cable is cut under load: connections are lost, and nothing else.
test_cable_goes() { # FAMILY
	local pid

	# who has lost the peer is not to outlast the test
	knob "$A" orphan_retries=2
	knob "$B" orphan_retries=2
	serve "$1"
	ip netns exec "$A" crowd --together 100 --rounds 100 --timeout 5 "$(addr B "$1")" $port 500 >"$tmp/log.crowd" 2>&1 &
	pid=$!
	children+=("$pid")
	wait_for counter_above "$B" PassiveOpens 200
	ip -n "$A" link delete veth0
	wait "$pid" && fail "they had their answers over no cable"
	kill -KILL "$server"
	wait "$server" || true
	cable "$A" veth0 "$B" veth0 0
	serve "$1"
	in_ns "$A" crowd --together 20 "$(addr B "$1")" $port 100
	served
	knob "$A" orphan_retries=8
	knob "$B" orphan_retries=8
}

# While sockets are there the module stays; no attempt to unload it harms them.
test_rmmod() { # FAMILY
	local pid tries=0

	serve "$1"	# so that there is one at any moment
	ip netns exec "$A" storm "-$1" --seed "$SEED" --seconds $((seconds * 3)) churn >"$tmp/figures" &
	pid=$!
	children+=("$pid")
	while kill -0 "$pid" 2>/dev/null; do
		if rmmod toy 2>/dev/null; then
			insmod "$TOY_KO"
			fail "the module went while sockets were open"
		fi
		tries=$((tries + 1))
	done
	served
	wait "$pid"
	[ $tries -gt 0 ] || fail "nobody tried"
	echo "$tries attempts" >>"$tmp/figures"
}

# Loads and unloads again and again, with what is in TIME-WAIT.
test_reload() {
	local i

	[ -n "${TOY_KO:-}" ] || skip "TOY_KO does not say where the module is"
	for i in 1 2 3 4 5; do
		serve 6
		in_ns "$A" crowd --together 20 "$B4" $port 50
		served
		WAIT=60 wait_for rmmod toy
		insmod "$TOY_KO"
	done
}

figures() {
	[ ! -e "$tmp/figures" ] || sed 's/^/# /' "$tmp/figures"
	rm -f "$tmp/figures"
}

two_hosts
# so that what is left behind ends while we wait
knob "$A" ip_local_port_range='1024 65535' msl=500 fin_timeout=5
knob "$B" msl=500 fin_timeout=5
# ten thousand close at once: a CPU's queue is not to lose their segments
sysctl -qw fs.file-max=1000000 net.core.somaxconn=4096 net.core.netdev_max_backlog=20000
in_ns "$B" sysctl -qw net.core.somaxconn=4096
echo "# SEED=$SEED STRESS_SECONDS=$seconds"
for family in 4 6; do
	run "IPv$family: $many connections at once" test_many $family
	figures
	run "IPv$family: connect and close from both sides" test_crowds $family
	run "IPv$family: connect and reset" test_crowds $family --abort
	for what in churn listen fork block; do
		run "IPv$family: storm: $what" test_storm $family $what
		figures
	done
	run "IPv$family: namespaces go under load" test_namespace_goes $family
	figures
	run "IPv$family: the cable goes under load" test_cable_goes $family
	run "IPv$family: rmmod under load is refused" test_rmmod $family
	figures
done
run "the module goes and comes again" test_reload
finish
