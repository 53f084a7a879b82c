# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 220
title "silly window: a reader that takes little by little"
rules "RFC 9293 §3.8.6.2.2 (receiver), MUST-39; §3.8.6.2.1 (sender), MUST-38"
story <<'END'
The server's small receive buffer is full. Its program reads 100 bytes at a time. The client has much to send.
END
why <<'END'
Were the window opened by 100 bytes for each 100 bytes that are read, the client would send segments of 100 bytes, 40 bytes of
header each, and it would stay so for ever: a small hole, once made, is filled by a small segment, and read as a
small hole again. So the receiver keeps its window closed until it can open it by a full segment, or by half of its buffer,
whichever is less (MUST-39). The sender has the same rule on its side (MUST-38), so that one of the two suffices.
END
timed
play() {
	local little=() i

	for ((i = 0; i < 60; i++)); do
		little+=('recv 100')
	done
	spawn calls_on server 'set rcvbuf 4096' "bind $port" 'listen 5' 'mark listening' accept 'wait full' "${little[@]}" drain close
	wait_for marked listening
	spawn calls_on client "connect $server_addr $port" 'send 20000' close
	wait_for counted_at_least client WindowProbes 1
	mark full
}
judge() {
	check "the window was closed" saw '^right segment ACK .* win=0 '
	check "it opened again" saw_in_order '^right segment ACK .* win=0 ' '^right segment ACK .* win=[1-9]'
	check "and never by a little: whenever its right edge moved, then by a full segment or more" no_little_step
	check "all of it was read" said '^server: drain: [1-9]'
}
# The right edge of the window is ack + win. It is told in units of 64 bytes, so that rounding may move it by less than one.
no_little_step() {
	awk '/ right segment ACK / {
		for (i = 1; i <= NF; i++) {
			if (split($i, w, "=") == 2 && w[1] == "win") win = w[2]
			if (sub(/^ack=x\+/, "", $i)) ack = $i
		}
		if (edge && ack + win >= edge + 64) {
			n++
			print "by " ack + win - edge
			if (ack + win - edge < 1400) bad = 1
		}
		if (ack + win > edge) edge = ack + win
	} END { exit bad || !n }' "$tmp/lines"
}
