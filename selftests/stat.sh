#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# stat.sh - toystat shows what is: every column beside what the socket itself says, counters beside /proc/net/toy_stat
#
# Connections over lo in namespaces of their own (helpers/pair.c holds both ends and says what getsockopt() says), and
#
#	 client ─────────── veth ─────────── server
#	 10.77.0.1                           10.77.0.2
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_module
need_tools ip toystat client server pair crowd no_netlink

port=10002
export XDG_RUNTIME_DIR=$tmp/run
mkdir "$XDG_RUNTIME_DIR"

# ------------------------------------------------------------------------------------------------------------------------
# A connection that does what it is told

# Opens one in $C. Sets $listener and $client, the ports.
open_pair() { # FAMILY [BACKLOG]
	coproc pair { exec ip netns exec "$C" pair "$1" "${2:-8}"; }
	# shellcheck disable=SC2154 # coproc sets it
	exec 3<&"${pair[0]}" 4>&"${pair[1]}"
	children+=("$pair_PID")
	read -r listener client <&3
	[ "${listener:-failed:}" != failed: ] || fail "pair: $client"
}

# What it answers.
tell() { # COMMAND...
	local line

	echo "$*" >&4
	while read -r line <&3 && [ "$line" != . ]; do
		case $line in failed*) fail "$*: $line"; return 1 ;; esac
		echo "$line"
	done
}

# The line of JSON of one socket, in $seen: the one with that port at its end.
look() { # PORT OPTION...
	local at=$1
	shift

	seen=$(toystat -N "$C" --lport "$at" --json "$@")
	case $seen in *'"sockets":[{'*) ;; *) return 1 ;; esac
}

# A value of $seen: a number, a word, null. In $found, for whoever wants many without a process for each.
find_value() { # KEY
	[[ $seen =~ \"$1\":(\"([^\"]*)\"|([^,}]*)) ]] || fail "there is no $1"
	found=${BASH_REMATCH[2]}${BASH_REMATCH[3]}
}

value() { # KEY
	local found

	find_value "$1"
	echo "$found"
}

port_of() { # END
	case $1 in client) echo "$client" ;; *) echo "$listener" ;; esac
}

# A number is what the socket said before, what it says after, or between both.
test_info() { # FAMILY
	local end key before after found

	open_pair "$1"
	tell client send 10000
	tell server read 10000
	tell server send 3000
	tell client read 3000
	for end in client server; do
		tell $end info >"$tmp/before"
		look "$(port_of $end)" --state connected
		tell $end info >"$tmp/after"
		same "source" sock_diag "$(value source)"
		while read -r key before && read -r key after <&5; do
			find_value "$key"
			[ "$key" != ssthresh ] || [ "$before" != 2147483647 ] || before=null after=null
			echo "$end $key: $before <= $found <= $after"
			[ "$before" = "$found" ] || { [ "$before" -le "$found" ] && [ "$found" -le "$after" ]; }
		done <"$tmp/before" 5<"$tmp/after"
		same "state" ESTABLISHED "$(value state)"
		same "bytes_sent of $end" "$([ $end = client ] && echo 10000 || echo 3000)" "$(value bytes_sent)"
	done
}

test_names() { # FAMILY
	local address=127.0.0.1
	[ "$1" = 4 ] || address=::1

	open_pair "$1"
	look "$client"
	[[ $seen == *"\"local\":{\"address\":\"$address\",\"port\":$client},\"peer\":{\"address\":\"$address\",\"port\":$listener}"* ]]
	same family "inet${1#4}" "$(value family)"
	toystat -N "$C" -H --lport "$client" >"$tmp/row"
	[ "$1" = 4 ] || address="[::1]"
	same "the row" "ESTABLISHED 0 0 $address:$client $address:$listener" "$(tr -s ' ' <"$tmp/row")"
}

# A window probe may take some bytes over between two looks.
queues_agree() {
	local end

	for end in client server; do
		tell $end queues >"$tmp/queues"
		look "$(port_of $end)" --state connected
		echo "recv_queue $(value recv_queue)" >"$tmp/seen"
		echo "send_queue $(value send_queue)" >>"$tmp/seen"
		diff -u "$tmp/queues" "$tmp/seen" >"$tmp/diff" || return 1
		[ "$(value recv_queue)" -gt 0 ] || return 1
	done
	look "$client"
	[ "$(value send_queue)" -gt 0 ]
}

test_queues() { # FAMILY
	open_pair "$1"
	tell server send 5
	tell client fill
	wait_for queues_agree || { cat "$tmp/diff"; return 1; }
	cat "$tmp/seen"
}

test_listener() { # FAMILY
	open_pair "$1" 5
	tell again
	tell again
	look "$listener" -l
	same "state" LISTEN "$(value state)"
	same "Recv-Q: not accepted" 2 "$(value recv_queue)"
	same "Send-Q: how many may wait" 5 "$(value send_queue)"
	same "the peer's port" 0 "$(sed 's/.*"peer":{"address":"[^"]*","port":\([0-9]*\).*/\1/' <<<"$seen")"
}

# ------------------------------------------------------------------------------------------------------------------------
# Timers

timer_is() { # PORT NAME
	look "$1" && [[ $seen == *"\"timer\":{\"name\":\"$2\""* ]]
}

within() { # LEAST MOST
	local left

	left=$(value expires_ms)
	[ "$left" -ge "$1" ] && [ "$left" -le "$2" ] || fail "fires in $left ms, not between $1 and $2"
}

drop_all() {
	in_ns "$C" nft 'table inet t { chain in { type filter hook input priority 0; meta l4proto 253 counter drop; }; }' ||
		skip "this kernel has no nftables"
}

test_timers() { # FAMILY
	open_pair "$1"
	look "$client"
	same "timer of a quiet connection" null "$(value timer)"
	tell client alive
	timer_is "$client" keepalive
	within $(((7200 - 120) * 1000)) 7200000
	toystat -N "$C" -oH --lport "$client" | grep -q 'keepalive 1[12][0-9]min$'
	tell client fill
	wait_for timer_is "$client" persist
	within 0 120000
}

test_retransmit() {
	open_pair 4
	drop_all
	tell client send 100
	timer_is "$client" retransmit
	within 0 1000
	wait_for eval 'timer_is "$client" retransmit && [ "$(value retries)" -ge 2 ]'
	tell client info >"$tmp/info"
	look "$client"
	same "rto after backoff" "$(awk '$1 == "rto_us" { print $2 }' "$tmp/info")" "$(value rto_us)"
	in_ns "$C" nft flush ruleset
}

test_time_wait() { # FAMILY
	open_pair "$1"
	tell client close
	tell server close
	timer_is "$client" time-wait
	within 50000 60000
	same "state" TIME-WAIT "$(value state)"
	same "inode" null "$(value inode)"
	same "info" null "$(value info)"
	toystat -N "$C" -H --state time-wait --lport "$client" -o | grep -q '^TIME-WAIT .* time-wait 5[0-9]\.[0-9]s$'
	[ -z "$(toystat -N "$C" -H --state time-wait --lport "$listener")" ]
}

half_open() {
	[ "$(toystat -N "$B" -H --state syn-received --lport $port | wc -l)" = 1 ]
}

# The third ACK and all after it are lost: the client is open, the server is not.
test_syn_received() { # FAMILY
	local words

	in_ns "$B" nft 'table inet t { chain in { type filter hook input priority 0; meta l4proto 253 @th,110,1 0 drop; }; }' ||
		skip "this kernel has no nftables"
	in_background "$B" server --quiet $port
	wait_for listens "$B" $port
	in_background "$A" client --timeout 5 "$(addr B "$1")" $port
	wait_for half_open
	toystat -N "$B" -oH --lport $port >"$tmp/rows"
	toystat -N "$B" -H --proc --state syn-recv >"$tmp/proc"
	in_ns "$B" nft flush ruleset
	cat "$tmp/rows"
	words=$(grep -cE '^SYN-RECEIVED .*:[0-9]+ +retransmit [0-9]+ms' "$tmp/rows") || true
	same "half-open connections" 1 "$words"
	same "the same through /proc" 1 "$(wc -l <"$tmp/proc")"
}

# ------------------------------------------------------------------------------------------------------------------------
# Who holds it

test_processes() {
	local holder

	open_pair 4
	toystat -N "$C" -pH --lport "$client" >"$tmp/rows"
	cat "$tmp/rows"
	holder=$(sed 's/.*  //' "$tmp/rows")
	[[ $holder =~ ^pair\(pid\ ([0-9]+),\ fd\ ([0-9]+)\)$ ]]
	look "$client" -p
	same "what the descriptor is" "socket:[$(value inode)]" \
		"$(readlink "/proc/${BASH_REMATCH[1]}/fd/${BASH_REMATCH[2]}")"
	tell client close
	toystat -N "$C" -pH --lport "$client" | grep -q '^FIN-WAIT-2 .* -$' || fail "an orphan is held by somebody"
}

test_not_root() {
	local status=0

	command -v setpriv >/dev/null || skip "setpriv is missing"
	in_background "$B" server --quiet $port
	wait_for listens "$B" $port
	in_ns "$B" setpriv --reuid 65534 --clear-groups toystat -lpH >"$tmp/rows" 2>"$tmp/said"
	cat "$tmp/rows" "$tmp/said"
	grep -q '^LISTEN .* ?$' "$tmp/rows"
	grep -q 'sudo toystat -p' "$tmp/said"
	setpriv --reuid 65534 --clear-groups toystat -N "$B" 2>"$tmp/said" || status=$?
	same "exit code for a namespace" 9 $status
	grep -q 'sudo toystat -N' "$tmp/said"
}

# ------------------------------------------------------------------------------------------------------------------------
# /proc says the same

# Times go on, a listener's backlog is not in /proc, and memory and cookies are not.
plain() {
	tr -s ' ' | sed -E 's/ [0-9.]+(ms|s|min)(,| |$)/ TIME\2/; s/^(LISTEN [0-9]+ )[0-9-]+/\1-/'
}

proc_agrees() {
	local way key at found

	for way in "" --proc; do
		# shellcheck disable=SC2086 # no option, or one
		toystat -N "$C" -aop $way | plain >"$tmp/rows$way"
		for at in "$client" "$listener"; do
			look "$at" --state established $way
			for key in uid inode cwnd ssthresh; do
				find_value $key
				echo "$at $key $found"
			done
			for key in rto_us ato_us; do	# in ticks of 10 ms
				find_value $key
				echo "$at $key $((found / 10000))"
			done
		done >>"$tmp/rows$way"
	done
	diff -u "$tmp/rows" "$tmp/rows--proc" >"$tmp/diff"
}

test_proc_is_the_same() {
	open_pair 6
	tell client send 100
	tell again
	in_ns "$C" pair 4 8 <&"$never" >/dev/null &
	children+=($!)
	wait_for eval '[ "$(toystat -N "$C" -4H --state established | wc -l)" = 2 ]'
	drop_all
	tell client send 100
	wait_for eval 'timer_is "$client" retransmit && [ "$(value retries)" -ge 1 ]'
	# one look after the other: a segment may have been sent again in between
	wait_for proc_agrees || { cat "$tmp/diff"; return 1; }
	cat "$tmp/rows"
	same "connections, listeners and descriptors" 7 "$(grep -cE '(ESTABLISHED|LISTEN|SYN-).*pair' "$tmp/rows")"
	same "what only sock_diag tells" null "$(value rtt_us)"
	in_ns "$C" nft flush ruleset
}

# Where there is no sock_diag, /proc is read without being asked for, and what lacks is said.
test_falls_back() {
	open_pair 4
	no_netlink true 2>"$tmp/said" || skip "$(cat "$tmp/said")"
	in_ns "$C" no_netlink toystat -i --json >"$tmp/rows" 2>"$tmp/said"
	cat "$tmp/said"
	grep -q '"source":"proc","sockets":\[{' "$tmp/rows"
	grep -q 'modprobe inet_diag' "$tmp/said"
}

# ------------------------------------------------------------------------------------------------------------------------
# While connections come and go no row is of a state or port that was not asked for, and none comes twice.

shows() { # NAMESPACE OPTION...
	[ -n "$(toystat -N "$1" -H "${@:2}")" ]
}

test_filters_hold() { # A|B STATES-REGEX OPTION...
	local ns=${!1} pattern=$2 i
	shift 2

	in_background "$B" crowd -4 --backlog 4096 listen $port
	wait_for listens "$B" $port
	in_background "$A" crowd -4 --together 100 "$B4" $port 100000
	wait_for shows "$ns" "$@"
	: >"$tmp/rows"
	for ((i = 0; i < 10; i++)); do
		toystat -N "$ns" -H "$@" >>"$tmp/rows"
		[ "$(wc -l <"$tmp/rows")" -lt 1000 ] || break
	done
	! grep -vE "^($pattern) .*:$port( |$)" "$tmp/rows" || fail "that was not asked for"
	[ -s "$tmp/rows" ] || fail "there was nothing to see"
	toystat -N "$ns" -aH | awk '{ print $4, $5 }' | sort | uniq -d >"$tmp/twice"
	[ ! -s "$tmp/twice" ] || { cat "$tmp/twice"; fail "a connection is there twice"; }
}

test_no_such_namespace() {
	local status=0

	toystat -N no-such-namespace 2>"$tmp/said" || status=$?
	same "exit code" 4 $status
	grep -q 'ip netns list' "$tmp/said"
	status=0
	toystat -N /proc/self/ns/mnt 2>"$tmp/said" || status=$?
	same "exit code for another kind of namespace" 4 $status
	same "by its file" "$(toystat -N "$C" -aH)" "$(toystat -N "/run/netns/$C" -aH)"
}

# ------------------------------------------------------------------------------------------------------------------------
# Counters

# "Since last" and "Total" of one.
of() { # COUNTER OPTION...
	local name=$1
	shift

	toystat -N "$C" -s "$@" | awk -v name="$name" '$1 == name { print $2, $3 }'
}

# Of two looks, that is: what ends between them is in one only.
totals_agree() {
	toystat -N "$C" -szH | awk '{ print $1, $3 }' >"$tmp/ours"
	in_ns "$C" cat /proc/net/toy_stat | diff -u - "$tmp/ours"
}

test_counters() {
	local opened

	opened=$(counter "$C" ActiveOpens)
	toystat -N "$C" -s >/dev/null
	open_pair 4
	tell again
	same "since the last look, and in all" "2 $((opened + 2))" "$(of ActiveOpens)"
	same "nothing came since" "0 $((opened + 2))" "$(of ActiveOpens)"
	same "the last look forgotten" "$((opened + 2)) $((opened + 2))" "$(of ActiveOpens --reset)"
	same "what there is now" "now $(counter "$C" CurrEstab)" "$(of CurrEstab)"
	same "one that is zero" "" "$(of AbortOnMemory)"
	same "one that is zero, asked for" "0 0" "$(of AbortOnMemory -z)"
	wait_for totals_agree
	# another namespace has another history
	same "first look elsewhere: all is new" 1 "$(toystat -N "$A" -s | awk '$1 == "OutSegs" { print ($2 > 0 && $2 == $3) }')"
}

test_counters_json() {
	local opened json

	opened=$(counter "$C" ActiveOpens)
	toystat -N "$C" -s >/dev/null
	open_pair 6
	json=$(toystat -N "$C" -s --json)
	echo "$json"
	[[ $json == *"\"ActiveOpens\":{\"since\":1,\"total\":$((opened + 1))}"* ]]
	[[ $json == *"\"AbortOnMemory\":{\"since\":0,"* ]]
	[[ $json == *"\"now\":{\"CurrEstab\":$(counter "$C" CurrEstab),"* ]]
}

rounds() { # N
	[ "$(grep -c '^#* *20' "$tmp/watch")" -ge "$1" ]
}

test_watch() {
	local watcher

	toystat -N "$C" -s >/dev/null
	toystat -N "$C" -sHw 0.3 >"$tmp/watch" &
	watcher=$!
	children+=("$watcher")
	wait_for rounds 2
	open_pair 4
	wait_for grep -q '^ActiveOpens *1 ' "$tmp/watch"
	kill $watcher
	wait $watcher || true
	same "how often one that came once was shown" 1 "$(grep -c '^ActiveOpens *[1-9]' "$tmp/watch")"
	toystat -N "$C" -Hw 0.3 --json >"$tmp/watch" &
	watcher=$!
	children+=("$watcher")
	wait_for eval '[ "$(grep -c ^{ "$tmp/watch")" -ge 3 ]'
	kill $watcher
}

C=$(ns_name c)
two_hosts
ns_add "$C"
for family in 4 6; do
	run "IPv$family: details are what TCP_INFO says" test_info $family
	run "IPv$family: addresses, ports and family" test_names $family
	run "IPv$family: queues are what the socket says" test_queues $family
	run "IPv$family: a listener's queue and backlog" test_listener $family
	run "IPv$family: keepalive and persist timers" test_timers $family
	run "IPv$family: TIME-WAIT is shown with what is left of it" test_time_wait $family
	run "IPv$family: SYN-RECEIVED is shown with its timer" test_syn_received $family
done
run "the retransmission timer, and RTO after backoff" test_retransmit
run "the process and its descriptor" test_processes
run "what others hold is out of sight, and that is said" test_not_root
run "/proc shows the same" test_proc_is_the_same
run "without sock_diag /proc is read" test_falls_back
run "only the state that was asked for, while all change: established" \
	test_filters_hold B ESTABLISHED --state established --lport $port
run "only the states that were asked for: closing ones" \
	test_filters_hold A 'FIN-WAIT-[12]|TIME-WAIT' --state fin-wait-1,fin-wait-2,time-wait --rport $port
run "a namespace that is none" test_no_such_namespace
run "counters, and what came since the last look" test_counters
run "counters as JSON" test_counters_json
run "watching" test_watch
finish
