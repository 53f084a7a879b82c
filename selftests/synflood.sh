#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# synflood.sh - while SYNs from nowhere arrive, honest peers are served and memory stays bounded (RFC 4987)
#
#	 synflood, crowd ─────────── veth ─────────── crowd listen
#	 10.77.0.1                                    10.77.0.2		everybody else is behind A: a default route,
#	 fd77:0::1                                    fd77:0::2		and A forwards nothing
#
# FLOOD: how many SYNs (100000). RATE: how many a second (20000).
. "$(dirname "$(readlink -f "$0")")/lib_crowd.sh"
need_module
need_tools ip crowd synflood transfer badseg

port=10002
flood=${FLOOD:-100000}
rate=${RATE:-20000}
honest=200

slab() {
	awk '$1 == "Slab:" { print $2 }' /proc/meminfo
}

has_sent() { # COUNTER NUMBER
	[ "$(counter "$B" "$1")" -ge "$2" ]
}

# Until the flood is over: the most memory and half-open connections there were.
watch_memory() { # PID
	local now

	most_slab=0 most_half=0
	while kill -0 "$1" 2>/dev/null; do
		now=$(slab)
		[ "$now" -le $most_slab ] || most_slab=$now
		now=$(counter "$B" HalfOpen)
		[ "$now" -le $most_half ] || most_half=$now
		read -rt 0.1 -u "$never" || true
	done
}

test_flood() { # FAMILY
	local before sent recv pid crowd whole

	knob "$B" syncookies=1 max_syn_backlog=256
	serve "$1"
	before=$(slab)
	sent=$(counter "$B" SyncookiesSent)
	recv=$(counter "$B" SyncookiesRecv)
	in_ns "$A" synflood --seed "$SEED" --rate "$rate" "$(addr B "$1")" $port "$flood" >"$tmp/flood" &
	pid=$!
	children+=("$pid")
	wait_for has_sent SyncookiesSent $((sent + 1))
	# one each 10 ms: they come while the flood goes on
	in_ns "$A" crowd --every 10 --timeout 120 "$(addr B "$1")" $port $honest >"$tmp/honest" &
	crowd=$!
	children+=("$crowd")
	watch_memory "$pid"
	wait "$pid"
	wait "$crowd" || fail "not all of them: $(cat "$tmp/honest")"
	cat "$tmp/flood" "$tmp/honest" >"$tmp/figures"
	echo "slab $before kB, at most $most_slab kB; half-open at most $most_half of 256" >>"$tmp/figures"
	cat "$tmp/figures"
	[ "$(counter "$B" SyncookiesSent)" -gt $((sent + flood / 2)) ] || fail "the flood was not answered by cookies"
	[ "$(counter "$B" SyncookiesRecv)" -gt "$recv" ] || fail "no connection was opened by a cookie"
	[ $most_half -le 260 ] || fail "half-open connections: $most_half, of 256 at most"
	# 100000 half-open connections would take 12800 kB
	[ $((most_slab - before)) -lt 8192 ] || fail "slab grew by $((most_slab - before)) kB"
	served
	# An ACK that one processor's queue has held back until its connection was over opens it again, for its cookie is still
	# good: there may be a few more than the honest.
	same "kinds of connections" 1 "$(grep -c '^options ' "$tmp/served")"
	whole=$(sed -n 's/^options timestamps sack wscale mss .*: //p' "$tmp/served")
	[ "${whole:-0}" -ge $honest ] || fail "honest connections with all options: ${whole:-0}"
}

test_flood_without_cookies() { # FAMILY
	local sent drops

	knob "$B" syncookies=0 max_syn_backlog=256
	serve "$1"
	sent=$(counter "$B" SyncookiesSent)
	drops=$(counter "$B" ListenDrops)
	in_ns "$A" synflood --seed "$SEED" "$(addr B "$1")" $port 20000
	# they may come through when a half-open connection is given up, and mostly do not
	in_ns "$A" crowd --timeout 3 "$(addr B "$1")" $port 20 || true
	same "cookies sent" "$sent" "$(counter "$B" SyncookiesSent)"
	[ "$(counter "$B" ListenDrops)" -gt $((drops + 10000)) ] || fail "nothing was dropped"
	[ "$(counter "$B" HalfOpen)" -le 256 ] || fail "half-open connections: $(counter "$B" HalfOpen)"
	served
}

# syncookies=2: every connection is one of a cookie; what it can do is not less.
test_always() { # FAMILY CLIENT-KNOB OPTIONS
	local recv

	knob "$B" syncookies=2
	knob "$A" "$2"
	recv=$(counter "$B" SyncookiesRecv)
	serve "$1"
	in_ns "$A" crowd --together 50 --bytes 20000 "$(addr B "$1")" $port 100
	knob "$A" timestamps=1 sack=1 window_scaling=1
	served
	grep -qE "^options $3: 100\$" "$tmp/served" || fail "not 'options $3'"
	same "opened by cookies" $((recv + 100)) "$(counter "$B" SyncookiesRecv)"
	same "half-open connections" 0 "$(counter "$B" HalfOpen)"
}

test_transfer() { # FAMILY
	knob "$B" syncookies=2
	ip netns exec "$B" transfer "-$1" --seed "$SEED" --bytes 3000000 listen $port >"$tmp/there" &
	server=$!
	children+=("$server")
	wait_for listens "$B" $port
	in_ns "$A" transfer "-$1" --seed "$SEED" --bytes 3000000 "$(addr B "$1")" $port
	wait "$server"
}

# Every bare ACK is lost: the data brings the cookie.
test_lost_ack() { # FAMILY
	local recv

	command -v nft >/dev/null || skip "no nft"
	knob "$B" syncookies=2
	recv=$(counter "$B" SyncookiesRecv)
	in_ns "$B" nft -f - <<-END || skip "no nft in this kernel"
		table inet lost {
			chain arriving {
				type filter hook input priority 0;
				meta l4proto 253 @th,104,8 0x10 meta length <= 72 drop
			}
		}
	END
	serve "$1"
	in_ns "$A" crowd "$(addr B "$1")" $port 1
	served
	in_ns "$B" nft delete table inet lost
	same "opened by a cookie" $((recv + 1)) "$(counter "$B" SyncookiesRecv)"
}

# An ACK out of the blue is looked at only while a cookie may be out, and is answered by a reset in either case.
test_stray_ack() { # FAMILY
	local failed rsts

	knob "$B" syncookies=1 max_syn_backlog=256
	serve "$1"
	failed=$(counter "$B" SyncookiesFailed)
	rsts=$(counter "$B" OutRsts)
	in_ns "$A" badseg "$(addr A "$1")" "$(addr B "$1")" 4711 $port ack
	wait_for has_sent OutRsts $((rsts + 1))
	same "looked at" "$failed" "$(counter "$B" SyncookiesFailed)"
	knob "$B" syncookies=2
	in_ns "$A" crowd "$(addr B "$1")" $port 1
	knob "$B" syncookies=1
	in_ns "$A" badseg "$(addr A "$1")" "$(addr B "$1")" 4711 $port ack
	wait_for has_sent OutRsts $((rsts + 2))
	same "looked at" $((failed + 1)) "$(counter "$B" SyncookiesFailed)"
	served
}

two_hosts
# What is opened again when its peer is gone is not to outlive these tests for long.
knob "$B" orphan_retries=3
in_ns "$A" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
ip -n "$B" route add default via "$A4"
ip -n "$B" route add default via "$A6"
in_ns "$B" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.veth0.rp_filter=0
echo "# SEED=$SEED"
all='timestamps sack wscale mss [0-9]+ wscale [1-9][0-9]*'
for family in 4 6; do
	run "IPv$family: an ACK is taken for a cookie only while some are out" test_stray_ack $family
	run "IPv$family: syncookies=2: timestamps, SACK, window scale and MSS survive" test_always $family sack=1 "$all"
	run "IPv$family: without SACK there is none" test_always $family sack=0 \
		'timestamps wscale mss [0-9]+ wscale [1-9][0-9]*'
	run "IPv$family: without window scaling there is none" test_always $family window_scaling=0 \
		'timestamps sack mss [0-9]+ wscale 0'
	run "IPv$family: without timestamps the MSS survives" test_always $family timestamps=0 'none mss [0-9]{4} wscale 0'
	run "IPv$family: the ACK that brings the cookie was lost: the data brings it" test_lost_ack $family
	run "IPv$family: 3 MB both ways over a connection of a cookie" test_transfer $family
	run "IPv$family: $honest honest connections while $flood SYNs from nowhere come" test_flood $family
	sed 's/^/# /' "$tmp/figures"
	run "IPv$family: without cookies the listener is full" test_flood_without_cookies $family
done
finish
