# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 160
title "connection refused: nobody listens"
rules "RFC 9293 §3.5.2 (group 1), §3.10.7.1 (CLOSED), §3.10.7.3 (SYN-SENT: RST)"
story <<'END'
The client connects to a port where no program listens.
END
why <<'END'
To a host without such a connection every segment that is no RST is an error, and it says so: RST. SYN has no ACK to take
a number from, so the RST has number 0, and acknowledges the SYN: ack=x+1. That is what the client, in SYN-SENT, believes
it for (§3.10.7.3): a RST that did not acknowledge its SYN would be ignored. connect() fails with ECONNREFUSED, at
once and not after a timeout: "refused" says that the host is there, and the program is not.
END
play() {
	calls_on client "connect $server_addr $port = ECONNREFUSED"
}
judge() {
	check "RST acknowledged the SYN" saw_in_order '^left segment SYN seq=x ' '^right segment RST,ACK seq=.* ack=x\+1 '
	check "the client believed it" went_through left SYN_SENT CLOSED
	check "and was told" said 'client: connect .*ECONNREFUSED'
	check "the SYN was not sent again" counted client RetransSegs 0
	check "the server's host counted it" counted server InNoPorts 1
}
