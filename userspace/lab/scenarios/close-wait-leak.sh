# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154 # what lib.sh sets
place 150
title "CLOSE-WAIT that never ends: a server that forgets to close"
rules "RFC 9293 §3.3.2 (CLOSE-WAIT), §3.6 (case 2); net.toy.fin_timeout"
story <<'END'
Three clients come and go. The server's program accepts them, reads to the end, and forgets to close the sockets.
END
why <<'END'
CLOSE-WAIT waits for the program, not for the network: no timer ends it. Each forgotten socket keeps its memory and its
descriptor for as long as the program lives; `toystat`, or /proc/net/toy (state 08), shows them: whoever sees many has found
a leak in the program, not in the kernel.

The clients are better off. Nobody holds their sockets, so they do not wait for the server's FIN in FIN-WAIT-2 for
ever, which RFC 9293 would have them do, but net.toy.fin_timeout (here 2 s, otherwise 60), as every stack does. When the
server's program ends, the kernel closes for it: then the clients' hosts know of no such connections, and answer with RST.
END
knobs client:fin_timeout=2
play() {
	local i

	spawn calls_on server "bind $port" 'listen 5' 'mark listening' \
		accept drain forget accept drain forget accept drain forget 'wait enough'
	wait_for marked listening
	for i in 1 2 3; do
		calls_on client "connect $server_addr $port" "say I am $i" close
	done
	wait_for no_orphans
	count_leaks
	mark enough
}
no_orphans() {
	is_not_in client 05
}
count_leaks() {
	echo "server: sockets in CLOSE-WAIT: $(on server cat /proc/net/toy /proc/net/toy6 | grep -cE '^ *[0-9]+: [0-9A-F:]+ [0-9A-F:]+ 08 ')"
}
judge() {
	check "when all clients had gone, three were in CLOSE-WAIT" said '^server: sockets in CLOSE-WAIT: 3'
	check "the clients gave FIN-WAIT-2 up" counted client FinWait2Timeouts 3
	check "after net.toy.fin_timeout" took 2000 2600 '^left state FIN_WAIT_1 FIN_WAIT_2' '^left state FIN_WAIT_2 CLOSED FIN_WAIT_2_TIMEOUT'
	check "the server left CLOSE-WAIT only when its program ended" saw_in_order '^left state FIN_WAIT_2 CLOSED' \
		'^right state CLOSE_WAIT LAST_ACK USER_CLOSE'
	check "to be told then that nobody is there any more" saw '^right state LAST_ACK CLOSED RCVD_RST'
}
