#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# badseg.sh - segments that no honest end would send: dropped, counted, traced with the reason, and nobody is harmed
#
#	 raw socket ─────────── veth ─────────── server
#	 10.77.0.1                               10.77.0.2
#	 fd77:0::1                               fd77:0::2
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip badseg client server transfer tc

port=10002
from=4711
tracing=/sys/kernel/tracing

has_grown() { # COUNTER BEFORE
	[ "$(counter "$B" "$1")" -gt "$2" ]
}

# A bad segment makes a counter grow, and leaves no socket behind.
test_counted() { # FAMILY KIND COUNTER
	local before

	before=$(counter "$B" "$3")
	in_ns "$A" badseg "$(addr A "$1")" "$(addr B "$1")" $from $port "$2"
	wait_for has_grown "$3" "$before"
	same "half-open connections" 0 "$(sockets_in "$B" 03)"
}

# An option of an illegal length ends the options and nothing else (MUST-7): the SYN is answered.
test_answered() { # FAMILY KIND
	local before

	before=$(counter "$B" OutSegs)
	in_ns "$A" badseg "$(addr A "$1")" "$(addr B "$1")" $from $port "$2"
	wait_for has_grown OutSegs "$before"
	wait_for no_sockets_in "$B" 03		# nobody is at port $from: its reset ends the half-open connection
}

# Nothing is said in return.
test_silence() { # FAMILY KIND
	local out in

	out=$(counter "$B" OutSegs)
	in=$(counter "$B" InSegs)
	in_ns "$A" badseg "$(addr A "$1")" "$(addr B "$1")" $from $port "$2"
	wait_for has_grown InSegs "$in"
	same "segments sent in answer" "$out" "$(counter "$B" OutSegs)"
}

# Nothing is said to who is nobody, or for what was meant for many. What follows it on the cable shows that it has come.
test_never_answered() { # FAMILY SOURCE DESTINATION
	local out in

	out=$(counter "$B" OutSegs)
	in=$(counter "$B" InSegs)
	in_ns "$A" badseg "$2" "$3" $from $port syn
	in_ns "$A" badseg "$(addr A "$1")" "$(addr B "$1")" $from $port rst
	wait_for has_grown InSegs "$in"
	same "segments sent in answer" "$out" "$(counter "$B" OutSegs)"
	same "half-open connections" 0 "$(sockets_in "$B" 03)"
}

# The drop is in the trace, with its reason in words.
test_traced() { # FAMILY KIND WORDS
	local instance=$tracing/instances/badseg$$

	[ -d $tracing/instances ] || skip "no tracefs"
	mkdir "$instance"
	echo 1 >"$instance/events/toy/toy_drop/enable"
	in_ns "$A" badseg "$(addr A "$1")" "$(addr B "$1")" $from $port "$2"
	wait_for grep -q "$3" "$instance/trace" || {
		cat "$instance/trace"
		rmdir "$instance"
		return 1
	}
	rmdir "$instance"
}

# And with all of this going on, others are served.
test_service() { # FAMILY
	in_background "$B" server --once --quiet 10003
	wait_for listens "$B" 10003
	in_ns "$A" client "$(addr B "$1")" 10003
}

source_port() { # PORT: of the connection to it, as host a has it
	in_ns "$A" cat /proc/net/toy /proc/net/toy6 |
		awk -v to=":$(printf %04X "$1")\$" '$3 ~ to && $4 == "01" { print substr($2, length($2) - 3); exit }'
}

has_source_port() { # PORT
	source_port "$1" >"$tmp/from"
	[ -s "$tmp/from" ]
}

# In the middle of a transfer, from its own addresses and ports: not a byte of it is changed, and nothing ends.
test_survives() { # FAMILY
	local family=$1 port=10004 kind from listener sender

	tc -n "$A" qdisc add dev veth0 root netem rate 8mbit limit 10000 || skip "this kernel has no netem"
	in_ns "$B" transfer "-$family" --bytes 5000000 --timeout 600 listen $port >"$tmp/b" 2>&1 &
	listener=$!
	children+=("$listener")
	wait_for listens "$B" $port
	in_ns "$A" transfer "-$family" --bytes 5000000 --timeout 600 "$(addr B "$family")" $port >"$tmp/a" 2>&1 &
	sender=$!
	children+=("$sender")
	wait_for has_source_port $port
	from=$((16#$(cat "$tmp/from")))
	for kind in short offset-zero checksum checksum-rst rst syn ack no-flags all-flags option-length-0; do
		in_ns "$A" badseg "$(addr A "$family")" "$(addr B "$family")" $from $port $kind
	done
	wait $sender || { cat "$tmp/a" "$tmp/b"; fail "the end that connected failed"; }
	wait $listener || { cat "$tmp/a" "$tmp/b"; fail "the end that listened failed"; }
	tc -n "$A" qdisc del dev veth0 root
	same "what b received" "$(awk '/^sent/ { print $2 }' "$tmp/a")" "$(awk '/^received/ { print $2 }' "$tmp/b")"
}

two_hosts
in_background "$B" server --quiet $port
wait_for listens "$B" $port
ip -n "$A" route add 224.0.0.0/4 dev veth0
run "IPv4: MUST-57 a SYN to the broadcast address is dropped silently" test_never_answered 4 10.77.0.1 10.77.0.255
run "IPv4: MUST-57 a SYN to a multicast address is dropped silently" test_never_answered 4 10.77.0.1 224.0.0.1
run "IPv6: MUST-57 a SYN to a multicast address is dropped silently" test_never_answered 6 fd77:0::1 ff02::1
run "IPv4: MUST-63 a SYN from a multicast address is ignored" test_never_answered 4 224.0.0.1 10.77.0.2
run "IPv4: MUST-63 a SYN from the broadcast address is ignored" test_never_answered 4 255.255.255.255 10.77.0.2
for family in 4 6; do
	for kind in empty short offset-below-header offset-zero offset-beyond-end; do
		run "IPv$family: $kind is dropped and counted" test_counted $family $kind InErrs
	done
	run "IPv$family: a wrong checksum is dropped and counted" test_counted $family checksum InCsumErrors
	for kind in option-length-0 option-length-1 option-past-end option-only-kind; do
		run "IPv$family: $kind is counted" test_counted $family $kind BadOptions
		run "IPv$family: MUST-7 $kind does no harm: the SYN is answered" test_answered $family $kind
	done
	run "IPv$family: MUST-6 an unknown option is skipped" test_answered $family option-unknown
	run "IPv$family: a SYN with a wrong checksum draws no answer" test_silence $family checksum
	run "IPv$family: a reset draws no answer" test_silence $family rst
	run "IPv$family: a segment without flags draws no answer from a listener" test_silence $family no-flags
	run "IPv$family: a wrong checksum is traced" test_traced $family checksum 'checksum does not match'
	run "IPv$family: a truncated segment is traced" test_traced $family short 'shorter than its header says'
	run "IPv$family: others are served" test_service $family
	run "IPv$family: an open connection survives all of it" test_survives $family
done
finish
