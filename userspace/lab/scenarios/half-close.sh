# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 80
title "half close: one end has nothing more to say, the other goes on"
rules "RFC 9293 §3.6 (case 1), §3.9.1 (CLOSE: no more to send), §3.10.7.4"
story <<'END'
The client asks, and says that this was all: shutdown(SHUT_WR). The server reads to the end of the question, and only then
answers, with 3000 bytes.
END
why <<'END'
FIN ends one direction only: the client may not send any more, but it receives, in FIN-WAIT-2, for as long as the server
likes. The server, in CLOSE-WAIT, sends as in ESTABLISHED. Its read() returned 0 when the FIN came: that is the
whole of what a program sees of it. This is why closing takes four segments, not three: the ACK of the client's FIN goes at once, the
server's own FIN when its program closes.
END
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' accept 'drain = 8' 'send 3000' close
	wait_for marked listening
	calls_on client "connect $server_addr $port" 'say question' end 'drain = 3000' close
}
judge() {
	check "the client's FIN was acknowledged" saw_in_order '^left segment (FIN|PSH,FIN|FIN,PSH),ACK ' '^left state FIN_WAIT_1 FIN_WAIT_2 FIN_ACKED'
	check "after that the server sent data, which was taken" saw_in_order '^left state FIN_WAIT_1 FIN_WAIT_2 FIN_ACKED' \
		'^right segment .*len=[0-9]+ .*fate=taken'
	check "all of it arrived" said 'client: drain: 3000'
	check "the server closed last" saw_in_order '^right segment .*len=' '^right state CLOSE_WAIT LAST_ACK USER_CLOSE'
	check "the client was in FIN-WAIT-2 meanwhile" went_through left \
		SYN_SENT ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 TIME_WAIT CLOSED
}
