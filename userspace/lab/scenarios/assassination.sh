# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 140
title "TIME-WAIT assassination, and the protection against it"
rules "RFC 1337; RFC 9293 §3.10.7.4 (TIME-WAIT: RST), §3.10.7.1; net.toy.rfc1337"
story <<'END'
Twice the same: a connection ends, the client stays in TIME-WAIT, and an old copy of the server's data comes. The first time
net.toy.rfc1337 is 0, as by default, the second time 1.
END
why <<'END'
The old segment is out of place, so TIME-WAIT answers it with an ACK, as it must. The server is CLOSED: that ACK is for nobody
there, so it answers with RST, numbered by that ACK: exactly RCV.NXT. The RST ends TIME-WAIT before its time: it has been
assassinated by an old duplicate (RFC 1337), and the next connection on these ports is without protection.

With net.toy.rfc1337=1 a RST does not end TIME-WAIT: the only thing that does is time. By default the RST counts, as the text
of RFC 9293 has it.
END
faults 'copy server DATA 1 until told'
play() {
	local n ports=(40000 40001)

	for n in 0 1; do
		knob client rfc1337=$n
		spawn calls_on server 'set reuseaddr 1' "bind $port" 'listen 5' "mark listening$n" accept 'say bye' 'drain = 0' 'set linger 20' close
		wait_for marked "listening$n"
		calls_on client "bind ${ports[n]}" "connect $server_addr $port" 'recv 100 = 3' close
		joined		# the server's close has waited for the last ACK: the client is in TIME-WAIT
		tell go
		wait_for gate_saw_times $((n + 1)) 'server RST .*: passed'
		[ $n = 1 ] || tell 'copy server DATA 1 until told'
	done
	wait_for is_not_in client 06
}
judge() {
	check "the old segment was answered, and the answer with RST: twice" gate_saw_times 2 'server RST .*: passed'
	check "the first RST ended TIME-WAIT" saw_times 1 'state TIME_WAIT CLOSED TIME_WAIT_RST'
	check "the second did not" saw_times 1 'state TIME_WAIT CLOSED TIME_WAIT_OVER'
	check "so it was counted" counted client TimeWaitsKilled 1
}
