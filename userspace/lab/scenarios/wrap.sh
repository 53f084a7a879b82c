# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 310
title "sequence numbers wrap: after 4294967295 comes 0"
rules "RFC 9293 §3.4 (arithmetic modulo 2^32), §3.4.1 (the clock of initial numbers); RFC 7323 §5 (PAWS); RFC 6528"
story <<'END'
The client sends 14480 bytes, and its initial number is so near to 2^32 that the numbers run over while it does.

(Initial numbers are not to be had on order. For each pair of ports they grow with a clock, by one in 4 microseconds, from a start that
is as good as random. So toylab asked a port where nobody listens from 500 ports, took the one whose number was the nearest to 2^32, and waited
until the clock had brought it there. The ladder shows the numbers as they were sent.)
END
why <<'END'
Numbers have 32 bits and go round in a ring: 4 GiB, and on a line of 100 Gbit/s that takes a third of a second. Which of two comes first is not
told by < but by the sign of their difference, modulo 2^32 (§3.4): a is before b when b lies less than half the ring
ahead of it. So 0 follows 4294967295, the window may lie over the seam, and nothing shows that anything was special. Code that
compares with < works for hours, and stops once in 4 GiB.

That an old segment, from one round before, is not taken for a new one, is what timestamps are for (PAWS).
END
scope --absolute
stage() {
	hosts
	tell run
	choose_port
	tell step
}
# Which port of the client has the number nearest to 2^32, and when it will be 5000 below it, on the clock of `calls until`.
choose_port() {
	local i probe=()

	for ((i = 20001; i <= 20500; i++)); do
		probe+=("bind $i" "connect $server_addr $port = ECONNREFUSED" close)
	done
	calls_on client "${probe[@]}" >/dev/null
	awk '$2 == "x" && $3 == "is" {
			n++
			left = 4294967296 - 5000 - $4
			if (left > 0 && (!best || left < best)) {
				best = left
				port = 20000 + n
				at = $NF
			}
		}
		END { printf "%d %.0f\n", port, at + best * 0.004 }' "$tmp/gate.log" >"$tmp/chosen"
}
play() {
	local mine at up

	read -r mine at <"$tmp/chosen"
	read -r up _ </proc/uptime
	echo "port $mine; in $((at / 1000 - ${up%.*})) s its numbers are near to 2^32"
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'drain = 14480' close
	wait_for marked listening
	calls_on client "bind $mine" "until $at" "connect $server_addr $port" 'send 14480' close
}
judge() {
	check "the numbers ran over while the client sent" ran_over
	check "all of it arrived" said 'server: drain: 14480'
	check "nothing was sent again" counted client RetransSegs 0
	check "nothing was refused" never_saw '^(left|right) segment .*fate=(WINDOW|BAD_ACK|OLD_ACK|PAWS|DUPLICATE)'
	check "the connection closed as any other" saw '^left state TIME_WAIT CLOSED TIME_WAIT_OVER'
}
# The first data segment's number is near to 2^32, the last one's near to 0.
ran_over() {
	toyscope --port "$port" --lines --absolute --replay "$tmp/record" |
		awk '/ left segment .* len=/ {
				for (i = 1; i <= NF; i++)
					if ($i ~ /^seq=/) seq = substr($i, 5) + 0
				if (!first) first = seq
			}
			END { print "from " first " to " seq; exit !(first > 4294900000 && seq < 65536) }'
}
