#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ladder.sh - the seed's exchange, segment by segment and state by state, as the tracepoints tell it
#
#	 client ─────────── veth ─────────── server
#	 10.77.0.1                           10.77.0.2
#	 fd77:0::1                           fd77:0::2
#
# virtual-time: TIME-WAIT is waited for to its end, and measured by a clock that no load disturbs.
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip toyscope client server

MSL=1000
port=10002

# The exchange, watched; leaves what toyscope --lines says in $tmp/lines, times cut off in $tmp/steps.
watch() { # FAMILY
	local family=$1

	# Of what went before, TIME-WAIT would be seen to end.
	wait_for no_sockets_in "$A" ..
	cat >"$tmp/exchange" <<-END
		#!/bin/bash
		ip netns exec $B server --once --quiet $port >"$tmp/server.out" &
		until ip netns exec $B grep -qs ':$(printf %04X $port) .* 0A ' /proc/net/toy /proc/net/toy6; do sleep 0.05; done
		ip netns exec $A client $(addr B "$family") $port >"$tmp/client.out" && wait %1
	END
	chmod +x "$tmp/exchange"
	toyscope --lines --port $port --timeout 600 --record "$tmp/record" -- "$tmp/exchange" >"$tmp/lines"
	sed -E 's/^-?[0-9.]+ //; s/ win=[0-9]+//' "$tmp/lines" >"$tmp/steps"
	cat "$tmp/lines"
}

test_messages() { # FAMILY
	watch "$1"
	same "what the server received" '服务端,你好' "$(cat "$tmp/server.out")"
	same "what the client received" '哥们收到,你好' "$(cat "$tmp/client.out")"
	cp "$tmp/lines" "$tmp/lines.$1"
	cp "$tmp/steps" "$tmp/steps.$1"
}

test_one_flow() { # FAMILY
	same "connections seen" 1 "$(grep -c '^flow' "$tmp/lines.$1")"
}

# What carries something, in its order: pure ACKs between them may come sooner or later.
test_segments() { # FAMILY
	grep segment "$tmp/steps.$1" | sed -E 's/ why=.*//; s/PSH,//' |
		grep -vE 'segment ACK seq=[xy]\+[0-9]+ ack=[xy]\+[0-9]+$' | diff -u - <(cat <<-END
		left segment SYN seq=x
		right segment SYN,ACK seq=y ack=x+1
		left segment ACK seq=x+1 ack=y+1 len=17
		right segment ACK seq=y+1 ack=x+18 len=20
		left segment FIN,ACK seq=x+18 ack=y+21
		right segment FIN,ACK seq=y+21 ack=x+19
	END
	)
}

test_handshake() { # FAMILY
	grep -m 3 segment "$tmp/steps.$1" | sed 's/ why=.*//' | diff -u - <(cat <<-END
		left segment SYN seq=x
		right segment SYN,ACK seq=y ack=x+1
		left segment ACK seq=x+1 ack=y+1
	END
	)
}

test_goodbye() { # FAMILY
	grep segment "$tmp/steps.$1" | tail -n 4 | sed 's/ why=.*//' | diff -u - <(cat <<-END
		left segment FIN,ACK seq=x+18 ack=y+21
		right segment ACK seq=y+21 ack=x+19
		right segment FIN,ACK seq=y+21 ack=x+19
		left segment ACK seq=x+19 ack=y+22
	END
	)
}

test_states() { # FAMILY SIDE
	cat "$tmp/lines.$1"
	grep "^$2 state" "$tmp/steps.$1" | cut -d' ' -f3-5 >"$tmp/found"
	if [ "$2" = left ]; then
		diff -u - "$tmp/found" <<-END
			CLOSED SYN_SENT ACTIVE_OPEN
			SYN_SENT ESTABLISHED RCVD_SYNACK
			ESTABLISHED FIN_WAIT_1 USER_CLOSE
			FIN_WAIT_1 FIN_WAIT_2 FIN_ACKED
			FIN_WAIT_2 TIME_WAIT RCVD_FIN
			TIME_WAIT CLOSED TIME_WAIT_OVER
		END
	else
		diff -u - "$tmp/found" <<-END
			CLOSED LISTEN PASSIVE_OPEN
			LISTEN SYN_RECEIVED RCVD_SYN
			SYN_RECEIVED ESTABLISHED SYN_ACKED
			ESTABLISHED CLOSE_WAIT RCVD_FIN
			CLOSE_WAIT LAST_ACK USER_CLOSE
			LAST_ACK CLOSED FIN_ACKED
		END
	fi
}

test_all_arrived() { # FAMILY
	cat "$tmp/lines.$1"
	! grep segment "$tmp/lines.$1" | grep -v 'fate=taken' || fail "a segment was lost or refused"
	! grep -E 'why=(RETRANSMIT|FAST|CHALLENGE|RESET)' "$tmp/lines.$1" || fail "a segment was sent that should not have been"
}

# By the clock of the trace: not before 2MSL, and not much after it.
test_time_wait() { # FAMILY
	grep -E 'TIME_WAIT' "$tmp/lines.$1"
	same "what the event says 2MSL is" "ms=$((2 * MSL))" "$(grep -oE 'ms=[0-9]+$' "$tmp/lines.$1")"
	awk -v want=$((2 * MSL)) '
		/state [A-Z_0-9]+ TIME_WAIT / { from = $1 }
		/state TIME_WAIT CLOSED / { to = $1 }
		END {
			lasted = to - from
			print "TIME-WAIT lasted " lasted " ms, 2MSL is " want " ms"
			exit !(from != "" && to != "" && lasted >= want && lasted <= want + 500)
		}' "$tmp/lines.$1"
}

# What a SYN must carry, and windows that are open.
test_windows_and_options() { # FAMILY
	grep -m 1 '"flags":"SYN"' "$tmp/record" >"$tmp/syn"
	cat "$tmp/syn"
	grep -qE '"mss":[0-9]+' "$tmp/syn" || fail "SYN carries no MSS option"
	! grep -E 'segment' "$tmp/lines.$1" | grep 'win=0' || fail "a window of 0 was offered"
}

# Others can read it: a capture, with tshark told that 253 is TCP. Its TCP takes 6 for the protocol in the pseudo-header
# where RFC 9293 has the number in the IP header: its sum must differ from ours by 253 - 6, and by nothing else.
test_capture() { # FAMILY
	local family=$1 capture

	command -v tcpdump >/dev/null || skip "tcpdump is missing"
	command -v tshark >/dev/null || skip "tshark is missing"
	command -v ethtool >/dev/null || skip "ethtool is missing"
	# or the cable's far end is trusted with the checksum, and the capture shows the sum of the pseudo-header alone
	in_ns "$A" ethtool -K veth0 tx off >/dev/null
	in_ns "$B" ethtool -K veth0 tx off >/dev/null
	in_background "$B" tcpdump -i veth0 -U -s 0 -w "$tmp/pcap" 'ip proto 253 or ip6 proto 253' 2>"$tmp/tcpdump"
	capture=$!
	wait_for grep -q 'listening on' "$tmp/tcpdump"
	in_background "$B" server --once --quiet $port
	wait_for listens "$B" $port
	in_ns "$A" client "$(addr B "$family")" $port
	wait_for no_sockets_in "$B" ..
	wait_for has_frames "$tmp/pcap" 8
	kill -INT $capture
	wait $capture || true
	tshark -r "$tmp/pcap" -d ip.proto==253,tcp -o tcp.check_checksum:TRUE -T fields -e tcp.flags.str \
		-e tcp.checksum -e tcp.checksum_calculated -e tcp.len 2>/dev/null >"$tmp/frames"
	cat "$tmp/frames"
	while read -r _ found tcp _; do
		[ -n "$tcp" ] || fail "tshark did not read a segment as TCP"
		[ $(((tcp - found + 65535) % 65535)) -eq $((253 - 6)) ] || fail "a checksum is wrong: $found, TCP's would be $tcp"
	done <"$tmp/frames"
}

has_frames() { # FILE N
	[ "$(tcpdump -r "$1" 2>/dev/null | wc -l)" -ge "$2" ]
}

two_hosts
knob "$A" msl=$MSL
knob "$B" msl=$MSL
for family in 4 6; do
	run "IPv$family: both received what the other said" test_messages $family
	run "IPv$family: one connection was seen" test_one_flow $family
	run "IPv$family: SYN, SYN+ACK, ACK" test_handshake $family
	run "IPv$family: data and FIN, in their order, numbered right" test_segments $family
	run "IPv$family: FIN, ACK, FIN, ACK" test_goodbye $family
	run "IPv$family: the states of the end that opened" test_states $family left
	run "IPv$family: the states of the end that listened" test_states $family right
	run "IPv$family: every segment arrived and was taken" test_all_arrived $family
	run "IPv$family: TIME-WAIT lasted 2MSL" test_time_wait $family
	run "IPv$family: windows and options" test_windows_and_options $family
	run "IPv$family: Wireshark reads it" test_capture $family
done
finish
