# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 130
title "a new SYN ends TIME-WAIT: its timestamp says that it is new"
rules "RFC 6191 §2; RFC 9293 §3.10.7.4 (TIME-WAIT: SYN), MAY-2; RFC 7323 §5"
story <<'END'
The server closes first and is in TIME-WAIT. The same client connects again, from the same port: this is the very connection
that the server still remembers.
END
why <<'END'
A SYN in TIME-WAIT may be an old duplicate, or a new connection. Its timestamp tells: it is greater than any
that the old connection sent, so it was made later (RFC 6191). The server gives TIME-WAIT up before its time, and takes
the SYN as a listener does; its own initial number lies above all that the old connection can have sent. Old segments that
still wander about are refused by their timestamps (PAWS). An old SYN, of a lesser timestamp, would have drawn a challenge ACK.
END
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept close accept 'drain = 5' close
	wait_for marked listening
	# By then its FIN is acknowledged, and the server in TIME-WAIT. To load another program may take longer than that lasts.
	calls_on client 'bind 40000' "connect $server_addr $port" drain 'set linger 20' close 'sleep 10' \
		'bind 40000' "connect $server_addr $port" 'say again' close
}
judge() {
	check "TIME-WAIT ended before its time" saw 'state TIME_WAIT CLOSED TIME_WAIT_REUSED'
	check "one was counted" counted server TimeWaitsReused 1
	check "connect() did not have to wait" said_times 2 "^client: connect [0-9a-f.:]+ $port(, after [0-9]{2} ms)?$"
	check "the new connection works" said 'server: drain: 5'
	check "the SYN was not sent again" never_saw 'segment SYN .*why=RETRANSMIT'
}
