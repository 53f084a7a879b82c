# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 290
title "the path shrinks: a router says that segments are too large"
rules "RFC 1191, RFC 8201 (path MTU discovery); RFC 9293 §3.7.2, §3.9.2.2; RFC 5927 §7 (which ICMP to believe)"
story <<'END'
A router stands between the client and the server. The client sends 14480 bytes, and they arrive. Then the line beyond the router is
changed for one that takes packets of 1280 bytes, and no more. The client sends 14480 bytes again.
END
why <<'END'
The first segments after the change are as large as those before it. They are marked "do not fragment", so the router may not cut
them: it throws them away, and sends ICMP, with the size that would have fitted. The client believes it, since it quotes a number
that is on its way (RFC 5927: else anybody could make segments small), cuts its segments to 1280 bytes less the headers, and sends what was
lost again at once: the timer did not run out. The route remembers the size for ten minutes; then it is tried whether the path has grown again.

Where a firewall swallows ICMP, the client learns nothing: small requests work, and large answers hang until the connection is given up.
END
stage() {
	host client
	host router
	host server
	set_knobs
	on router sh -c "$dad_off"
	server_addr=10.78.0.2
	[ "$family" = 4 ] || server_addr=fd78::2
	ip -n router link add line0 type veth peer name line0 netns server
	start_gate client router
	cable_end client 1
	cable_end router 2
	line_end router 1
	line_end server 2
	on router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n client route add default via 10.77.0.2
	ip -n server route add default via 10.78.0.1
	ip -n client route add default via fd77::2
	ip -n server route add default via fd78::1
}
line_end() { # NAMESPACE NUMBER
	ip -n "$1" address add "10.78.0.$2/24" dev line0
	ip -n "$1" address add "fd78::$2/64" dev line0 nodad
	ip -n "$1" link set line0 up
}
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'drain = 28960' close
	wait_for marked listening
	spawn calls_on client "connect $server_addr $port" 'send 14480' 'wait shrunk' 'send 14480' close
	wait_for counted server InBytes 14480
	on router ip link set line0 mtu 1280
	mark shrunk
}
judge() {
	check "a segment of the old size was lost on the way" saw '^left segment .*len=14[0-9]{2} .*fate=lost'
	check "the router said so" router_said_so
	check "the client made its segments smaller" counted client PmtuReductions 1
	check "what was lost went again, in smaller pieces" saw '^left segment .*len=12[0-9]{2} .*fate=taken'
	check "nothing larger was sent after that" smaller_and_stays
	check "no timer ran out" never_saw '^left timer RETRANSMIT'
	check "all of it arrived" said 'server: drain: 28960'
}
# "Fragmentation needed", or with IPv6 "packet too big".
router_said_so() {
	on router cat /proc/net/snmp /proc/net/snmp6 | awk '
		$1 == "IcmpMsg:" { for (i = 2; i <= NF; i++) if ($i == "OutType3") at = i; else if (at == i && $i > 0) found = 1 }
		$1 == "Icmp6OutPktTooBigs" && $2 > 0 { found = 1 }
		END { exit !found }'
}
# From the first segment of the new size on, none is larger.
smaller_and_stays() {
	awk '/ left segment / {
		len = 0
		for (i = 1; i <= NF; i++)
			if ($i ~ /^len=/) len = substr($i, 5) + 0
		if (small && len > 1240) { print; bad = 1 }
		if ($0 ~ /why=(DATA|RETRANSMIT|FAST)/ && len > 1200 && len <= 1240) small = 1
	}
	END { exit bad || !small }' "$tmp/lines"
}
