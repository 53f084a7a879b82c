# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # toylab and the scenarios use what is set here, and the other way round
#
# lib.sh - the words that scenarios are written in
#
#	 namespace client                       namespace server
#	 10.77.0.1 ── cable0 ── gate ── cable0 ── 10.77.0.2
#	 fd77::1             faults                 fd77::2
#
# A scenario (scenarios/NAME.sh) describes itself with place, title, rules, story, why, knobs, cable and faults; defines
# play(), which runs the programs, and judge(), which checks with `check WORDS TEST...` what came of it. toylab sources this
# file and then the scenario, once to set the stage and judge, and once more, under toyscope, to play.
# Documentation/lab.rst tells the whole of it.

port=10002
judging=''	# what is counted does not change any more
msl=1000	# milliseconds: TIME-WAIT takes 2 s, not a minute

# ------------------------------------------------------------------------------------------------------------------------
# What a scenario says of itself

scenario_reset() {
	s_place=999 s_title='' s_rules='' s_story='' s_why='' s_timed='' s_curve='' s_scope=()
	s_knobs=() s_cable=() s_faults=()
	play() { :; }
	judge() { :; }
	stage() { hosts; }
}

place() { s_place=$1; }			# where it stands in the list
title() { s_title=$1; }			# one line
rules() { s_rules=$1; }			# sections of RFCs that make it so
story() { take_text s_story; }		# what is done; from standard input
why() { take_text s_why; }		# what happened and why; from standard input
take_text() { # VARIABLE; without `cat`, which would have to be loaded
	local text

	IFS= read -rd '' text || true
	printf -v "$1" %s "${text%$'\n'}"
}
knobs() { s_knobs+=("$@"); }		# net.toy.*: NAME=VALUE in both hosts, or client:NAME=VALUE, server:NAME=VALUE
cable() { s_cable+=("$@"); }		# options of gate: --latency MS, --rate KBIT, --queue N
faults() { s_faults+=("$@"); }		# rules of gate
timed() { s_timed=y; }			# retransmissions are the point: --step leaves the timers alone
curve() { s_curve=y; }			# the congestion window is drawn as well
scope() { s_scope+=("$@"); }		# options of toyscope for the drawing: --all

scenario_load() { # NAME
	scenario_reset
	name=$1
	# shellcheck source=/dev/null
	. "$scenarios/$1.sh"
}

# ------------------------------------------------------------------------------------------------------------------------
# Waiting. Not by `sleep 0.05`, which would have to be loaded each time

exec {never}<> <(:)	# a descriptor on which nothing ever comes

pause() { # SECONDS
	read -rt "$1" -u "$never" || true
}

# Until COMMAND succeeds: 20 seconds at most, but not before it was tried 300 times, since in a VM with virtual time seconds
# pass while a program is being loaded. What takes long is asked for less often: each time programs must be loaded for it.
wait_for() { # COMMAND...
	local deadline=$((SECONDS + 20)) tries=0 moment=0.02

	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ $SECONDS -ge $deadline ] && [ $tries -ge 300 ]; then
			echo "toylab: waited 20 s in vain for: $*" >&2
			return 1
		fi
		[ $tries -lt 10 ] || moment=0.1
		pause $moment
	done
}

# ------------------------------------------------------------------------------------------------------------------------
# The stage

# Not by `ip netns exec`, which makes and mounts a /sys for each command.
on() { # NAMESPACE COMMAND...
	nsenter --net="/run/netns/$1" "${@:2}"
}

host() { # NAME: a network namespace
	[ ! -e "/run/netns/$1" ] || die 1 "there is a network namespace called '$1' already; if nobody uses it: ip netns delete $1"
	ip netns add "$1"
	namespaces+=("$1")
}

# Addresses are to be usable at once.
# shellcheck disable=SC2016 # that shell expands it
dad_off='for of in all default; do
		[ ! -e /proc/sys/net/ipv6 ] || echo 0 >/proc/sys/net/ipv6/conf/$of/accept_dad
	done'
# shellcheck disable=SC2016 # likewise
write_knobs='for set; do
		echo "${set#*=}" 2>/dev/null >"/proc/sys/net/toy/${set%%=*}" && continue
		echo "toylab: net.toy.${set%%=*} does not take ${set#*=}: Documentation/sysctl.rst has its bounds" >&2
		exit 1
	done'

knob() { # NAMESPACE NAME=VALUE...
	on "$1" sh -c "$write_knobs" sh "${@:2}" || exit 1
}

# All of a host's at once: each program that need not be loaded is time won in a VM.
set_knobs() {
	local set ns of

	for ns in client server; do
		of=()
		for set in "${all_knobs[@]}"; do
			[[ $set == *:* && $set != "$ns":* ]] || of+=("${set#*:}")
		done
		on "$ns" sh -c "$dad_off
			$write_knobs" sh "${of[@]}" || exit 1
	done
}

# The two hosts and the cable between them, which is a program: gate.
hosts() {
	host client
	host server
	set_knobs
	start_gate client server
	cable_end client 1
	cable_end server 2
}

cable_end() { # NAMESPACE NUMBER
	local six=''

	[ ! -e /proc/sys/net/ipv6 ] || six="address add fd77::$2/64 dev cable0 nodad"
	ip -n "$1" -batch - <<-END
		link set lo up
		link set cable0 up
		address add 10.77.0.$2/24 dev cable0
		$six
	END
}

start_gate() { # LEFT RIGHT
	local options=("${s_cable[@]}" --log "$tmp/gate.log")

	mkfifo "$tmp/orders"
	exec {orders}<>"$tmp/orders"
	[ -z "$step" ] || options+=(--step 3)
	if [ -z "$step" ]; then
		gate "${options[@]}" "$1" "$2" "${s_faults[@]}" <&"$orders" 2>"$tmp/gate.err" &
	else
		gate "${options[@]}" "$1" "$2" "${s_faults[@]}" <&"$orders" &
	fi
	gate_pid=$!
	wait_for gate_is_ready || die 1 "the cable between the hosts does not come up: $(cat "$tmp/gate.err" 2>/dev/null)"
}

gate_is_ready() {
	grep -q ' ready$' "$tmp/gate.log" || ! kill -0 "$gate_pid" && kill -0 "$gate_pid"
}

# Tell gate a rule, `mend` or `go`, and wait until it has heard.
tell() { # WORDS
	local heard

	heard=$(grep -cF "told: $1" "$tmp/gate.log" || true)
	echo "$1" >"$tmp/orders"
	wait_for told_more "$1" "$heard"
}

told_more() { # WORDS BEFORE
	[ "$(grep -cF "told: $1" "$tmp/gate.log")" -gt "$2" ]
}

# ------------------------------------------------------------------------------------------------------------------------
# Playing

spawned=()

# Run a program in the background; played() waits for it and wants it to succeed.
spawn() { # COMMAND...
	"$@" &
	spawned+=($!)
}

# Wait for all that was spawned.
joined() {
	local pid status=0

	for pid in "${spawned[@]}"; do
		wait "$pid" || status=$?
	done
	spawned=()
	return $status
}

# Socket calls of a program of that host, see calls --help.
calls_on() { # NAMESPACE CALL...
	local ns=$1
	shift

	on "$ns" calls "${calls_family[@]}" --as "$ns" "$@"
}

# userspace/server for one connection, in the background.
serve() {
	spawn say_of "server received" on server server --once --quiet "$port"
	wait_for listens server "$port"
}

# userspace/client: connects, says a line, prints the answer, closes.
ask() { # OPTION...
	say_of "client received" on client client "$@" "$server_addr" "$port"
}

# What a program prints, with a word before it.
say_of() { # WORD COMMAND...
	local word=$1
	shift

	"$@" 2>&1 | while IFS= read -r line; do
		printf '%s: %s\n' "$word" "$line"
	done
}

listens() { # NAMESPACE PORT
	local hex

	printf -v hex %04X "$2"
	on "$1" grep -qsE "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F]+:0000 0A " /proc/net/toy /proc/net/toy6
}

# A socket of that port, at either end, is in a state (two hexadecimal digits, as in /proc/net/tcp).
is_in() { # NAMESPACE STATE [PORT]
	local hex

	printf -v hex %04X "${3:-$port}"
	on "$1" grep -qsE "^ *[0-9]+: [0-9A-F]+:($hex [0-9A-F]+:[0-9A-F]{4}|[0-9A-F]{4} [0-9A-F]+:$hex) $2 " /proc/net/toy /proc/net/toy6
}

is_not_in() { # NAMESPACE STATE [PORT]
	! is_in "$@"
}

marked() { # NAME: as `mark NAME` of calls
	[ -e "$tmp/$1" ]
}

mark() { # NAME
	: >"$tmp/$1"
}

# What the cable wrote down; with gate's own words: "client SYN seq=x len=0: dropped: drop client SYN 1".
gate_saw() { # PATTERN
	grep -qE -- "$1" "$tmp/gate.log"
}

gate_saw_times() { # N PATTERN
	local n

	n=$(grep -cE -- "$2" "$tmp/gate.log" || true)
	echo "found $n"
	[ "$n" -eq "$1" ]
}

# ------------------------------------------------------------------------------------------------------------------------
# Judging. The tests read $tmp/lines (toyscope --lines), $tmp/events (the same without times), $tmp/said (what the programs
# printed) and the counters

check() { # WORDS TEST...
	local words=$1
	shift

	checks=$((checks + 1))
	if "$@" >"$tmp/test" 2>&1; then
		checked+=("ok      $words")
	else
		bad=$((bad + 1))
		checked+=("FAILED  $words" "        ($*)")
		while IFS= read -r line; do
			checked+=("        $line")
		done <"$tmp/test"
	fi
}

saw() { # PATTERN: a line of toyscope --lines, without its time
	grep -qE -- "$1" "$tmp/events"
}

never_saw() { # PATTERN
	! saw "$1"
}

saw_times() { # N PATTERN
	local n

	n=$(grep -cE -- "$2" "$tmp/events" || true)
	echo "found $n"
	[ "$n" -eq "$1" ]
}

saw_at_least() { # N PATTERN
	local n

	n=$(grep -cE -- "$2" "$tmp/events" || true)
	echo "found $n"
	[ "$n" -ge "$1" ]
}

# Lines that match, one after the other, with anything between them.
saw_in_order() { # PATTERN...
	awk 'BEGIN {
		n = ARGC - 1
		for (i = 1; i < n; i++)
			pattern[i] = ARGV[i]
		at = 1
		while (at < n && (getline <ARGV[n]) > 0)
			if ($0 ~ pattern[at])
				at++
		if (at < n)
			print "not there, or not after what comes before it: " pattern[at]
		exit (at < n)
	}' "$@" "$tmp/events"
}

# Milliseconds from the first line that matches to the first after it that matches the other.
between() { # PATTERN PATTERN
	awk 'BEGIN {
		while ((getline <ARGV[3]) > 0) {
			time = $1
			sub(/^[^ ]* /, "")
			if (from == "" && $0 ~ ARGV[1]) {
				from = time
			} else if (from != "" && $0 ~ ARGV[2]) {
				printf "%.0f\n", time - from
				found = 1
				break
			}
		}
		exit (!found)
	}' "$1" "$2" "$tmp/lines"
}

took() { # LEAST MOST PATTERN PATTERN
	local ms

	ms=$(between "$3" "$4") || { echo "one of them is not there"; return 1; }
	echo "it took $ms ms"
	[ "$ms" -ge "$1" ] && [ "$ms" -le "$2" ]
}

# The states of a side of the only connection, from the first to the last.
went_through() { # left|right STATE...
	local side=$1 found
	shift

	found=$(awk -v side="$side" '$2 == side && $3 == "state" { printf "%s%s", n++ ? " " : "", $5 }' "$tmp/lines")
	echo "it went through: $found"
	[ "$found" = "$*" ]
}

said() { # PATTERN: a line that a program printed
	grep -qE -- "$1" "$tmp/said"
}

said_times() { # N PATTERN
	local n

	n=$(grep -cE -- "$2" "$tmp/said" || true)
	echo "found $n"
	[ "$n" -eq "$1" ]
}

counter() { # NAMESPACE NAME; when all is over, they are read once
	local name value

	[ -n "$judging" ] && [ -e "$tmp/stat.$1" ] || on "$1" cat /proc/net/toy_stat >"$tmp/stat.$1"
	while read -r name value; do
		[ "$name" != "$2" ] || { echo "$value"; return; }
	done <"$tmp/stat.$1"
	return 1
}

counted() { # NAMESPACE COUNTER N
	local n

	n=$(counter "$1" "$2")
	echo "$2 is $n"
	[ "$n" -eq "$3" ]
}

counted_at_least() { # NAMESPACE COUNTER N
	local n

	n=$(counter "$1" "$2")
	echo "$2 is $n"
	[ "$n" -ge "$3" ]
}
