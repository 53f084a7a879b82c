# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 50
title "an old duplicate SYN comes before the new one"
rules "RFC 9293 §3.5, figure 8; §3.10.7.3 (SYN-SENT: an ACK that is not acceptable), §3.10.7.4"
story <<'END'
The client opens a connection and aborts it. A copy of its SYN loiters in the network. Then the client opens a new connection
from the same port, and the old copy reaches the server first.
END
why <<'END'
The server cannot know that the SYN is old: it answers, like any other, with SYN,ACK. But its acknowledgment is of the
old sequence number, which the client has not sent now: not acceptable in SYN-SENT, so the client answers with RST, and
takes the number for it from that acknowledgment (§3.10.7.3). The RST returns the server's half-open connection to
nothing, as if the old SYN had not come; then the new SYN finds the listener as it was.

This is why there are three segments and not two: had the server been ESTABLISHED by the SYN alone, an old one would have
made a connection that the client knows nothing of. And this is why initial numbers must differ from one
connection to the next (§3.4.1).
END
faults 'copy client SYN 1 until client SYN 2' 'hold client SYN 2 until client RST 2'
play() {
	spawn calls_on server "bind $port" 'listen 5' 'mark listening' 'accept' 'drain = ECONNRESET' 'close' 'accept' 'drain = 3' 'close'
	wait_for marked listening
	calls_on client 'bind 40000' "connect $server_addr $port" 'abort'
	wait_for is_not_in server 01
	calls_on client 'bind 40000' "connect $server_addr $port" 'say new' 'close'
}
judge() {
	check "gate let the old copy go when the new SYN set off" gate_saw 'client SYN .*: the copy goes on'
	check "the server answered it" saw '^right segment SYN,ACK .*fate=refused|^right segment SYN,ACK .*fate=BAD_ACK'
	check "the client refused the answer with RST" saw '^left segment RST '
	check "the half-open connection of the old SYN was given up" counted server RequestResets 1
	check "the new SYN opened the connection" said 'drain: 3'
	check "no connection of the old SYN was ever accepted" counted server PassiveOpens 2
}
