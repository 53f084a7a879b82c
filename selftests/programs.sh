#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# programs.sh - programs that know nothing of the toy transport use it, under toyrun
#
#	 clients in A ─────── veth ─────── servers in B
#	 10.77.0.1                         10.77.0.2
#	 fd77:0::1                         fd77:0::2
#
# Each test also proves that its bytes went over protocol 253: the toy transport's counters moved by as much, and the
# kernel's TCP saw not one segment in either namespace.
. "$(dirname "$(readlink -f "$0")")/lib_programs.sh"
need_module
need_tools ip toyrun

# ------------------------------------------------------------------------------------------------------------------------
# toyrun itself. What it says where it cannot run a program is tested on the host (userspace/run/test.sh)

# A child of the program, and a child's child, have toy sockets as well; the exit code comes through all of them.
test_children() {
	local status=0

	need python3
	cat >"$tmp/protocol.py" <<-'END'
		import os, socket, sys
		s = socket.socket(getattr(socket, sys.argv[1]), socket.SOCK_STREAM, int(sys.argv[2]))
		print(s.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL))
		raise SystemExit(7)
	END
	for family in AF_INET AF_INET6; do
		for protocol in 0 6; do
			status=0
			found=$(toyrun -t sh -c "sh -c 'python3 $tmp/protocol.py $family $protocol'") || status=$?
			same "exit code" 7 $status
			same "$family $protocol, the truth" 253 "$found"
			found=$(toyrun sh -c "python3 $tmp/protocol.py $family $protocol") || true
			same "$family $protocol, as programs want it" 6 "$found"
		done
	done
	same "-4 leaves IPv6 alone" 6 "$(toyrun -4 -t python3 "$tmp/protocol.py" AF_INET6 0)"
	same "-6 takes IPv6" 253 "$(toyrun -6 -t python3 "$tmp/protocol.py" AF_INET6 0)"
	same "-6 leaves IPv4 alone" 6 "$(toyrun -6 -t python3 "$tmp/protocol.py" AF_INET 0)"
	toyrun -v python3 "$tmp/protocol.py" AF_INET 0 2>"$tmp/said" || true
	grep -q 'of IPv4 is a toy socket' "$tmp/said" || fail "-v said: $(cat "$tmp/said")"
	cp "$bin/libtoyrun.so" "$tmp/elsewhere.so"
	mkdir "$tmp/a b"
	cp "$bin/libtoyrun.so" "$tmp/a b/"
	status=0
	TOYRUN_LIB="$tmp/a b/libtoyrun.so" toyrun true 2>"$tmp/said" || status=$?
	same "a path that LD_PRELOAD cannot name" "125 1" "$status $(grep -c 'cannot name' "$tmp/said")"
	same "TOYRUN_LIB" 253 "$(TOYRUN_LIB=$tmp/elsewhere.so toyrun -t python3 "$tmp/protocol.py" AF_INET 0)"
}

# A toy socket does not reach a program that listens with TCP.
test_tcp_is_another() {
	need curl python3
	in_background "$B" python3 -m http.server --bind "$B4" 8009 >"$tmp/server" 2>&1
	wait_for in_ns "$B" grep -q ':1F49 00000000:0000 0A' /proc/net/tcp
	in_ns "$A" curl -sS -o "$tmp/page" "$(url 4 8009 '')"
	if ask curl -sS -o "$tmp/page" "$(url 4 8009 '')" 2>"$tmp/said"; then
		fail "a toy client reached a TCP server"
	fi
	grep -q 'refused\|connect' "$tmp/said" || fail "curl said: $(cat "$tmp/said")"
}

# ------------------------------------------------------------------------------------------------------------------------
# HTTP

test_python_http() { # FAMILY
	need curl python3
	make_file
	serve 8000 python3 -u -m http.server --bind :: --directory "$tmp/www" 8000
	over_toy "$BYTES" fetch "$1" 8000
	over_toy 0 many_small "$1" 8000
}

# ------------------------------------------------------------------------------------------------------------------------
# Measuring programs

test_iperf3() { # FAMILY OPTION...
	local family=$1
	shift

	need iperf3
	serve 5201 iperf3 -s
	over_toy "$BYTES" ask iperf3 "-$family" -c "$(addr B "$family")" -n "$BYTES" "$@" >"$tmp/iperf3" ||
		{ cat "$tmp/iperf3" "$tmp/server"; fail "iperf3 $*"; }
	grep -E 'receiver|segments' "$tmp/iperf3"
}

test_netperf() { # FAMILY TEST
	command -v netperf >/dev/null || skip "netperf is not installed (selftests/setup check says why)"
	serve 12865 netserver -D -p 12865
	over_toy 0 ask netperf "-$1" -H "$(addr B "$1")" -p 12865 -t "$2" -l 2
}

# ------------------------------------------------------------------------------------------------------------------------
# A terminal session: every keystroke goes alone and its echo comes back before the next one

session() { # FAMILY PORT KEYSTROKES
	local host key echo i port=$2
	host=$(addr B "$1")

	[ "$1" = 4 ] || host="[$host]"
	# ip netns exec and toyrun become the program, so its process is this coproc
	coproc terminal { exec ip netns exec "$A" toyrun socat - "TCP$1:$host:$port,nodelay"; }
	# shellcheck disable=SC2154 # coproc sets it
	local pid=$terminal_PID in=${terminal[1]} out=${terminal[0]}
	for ((i = 0; i < $3; i++)); do
		printf -v key "\\x$(printf %x $((33 + RANDOM % 94)))"
		printf %s "$key" >&"$in"
		IFS= read -rt 20 -N 1 echo <&"$out" || fail "keystroke $i was not echoed"
		same "keystroke $i" "$key" "$echo"
	done
	eval "exec $in>&-"
	wait "$pid"
}

test_terminal() { # FAMILY KEYSTROKES NETEM...
	local ns family=$1 keystrokes=$2
	shift 2

	need socat
	if [ $# -gt 0 ]; then
		for ns in "$A" "$B"; do
			tc -n "$ns" qdisc add dev veth0 root netem "$@" 2>/dev/null || skip "this kernel has no netem"
		done
	fi
	serve 2222 socat "TCP6-LISTEN:2222,ipv6only=0,reuseaddr,fork,nodelay,keepalive" EXEC:cat,pty,raw,echo=0
	over_toy $((keystrokes * 65536)) session "$family" 2222 "$keystrokes"
}

two_hosts
run "children inherit, and the exit code comes through" test_children
run "a toy client does not meet a TCP server" test_tcp_is_another
for family in 4 6; do
	run "curl and python3 -m http.server, IPv$family" test_python_http $family
	run "iperf3 to the server, IPv$family" test_iperf3 $family
	run "iperf3 from the server, IPv$family" test_iperf3 $family -R
	run "iperf3 both ways, four streams, IPv$family" test_iperf3 $family --bidir -P 4
	for test in TCP_STREAM TCP_MAERTS TCP_RR TCP_CRR; do
		run "netperf $test, IPv$family" test_netperf $family $test
	done
	run "a terminal session, IPv$family" test_terminal $family 300
done
run "a terminal session over a bad link" test_terminal 4 100 delay 3ms loss 2%
finish
