# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib_programs.sh - to run programs that know nothing of the toy transport under toyrun, and to prove that they used it
#
# two_hosts comes before the functions are used. Clients are in $A, servers in $B.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

BYTES=${BYTES:-$((12 << 20))}

need() { # PROGRAM...: in a test
	local program

	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed (selftests/setup check)"
	done
}

# ------------------------------------------------------------------------------------------------------------------------
# The proof

tcp_segments() { # NAMESPACE: that the kernel's TCP sent or received
	in_ns "$1" awk '$1 == "Tcp:" && !head { for (i = 2; i <= NF; i++) name[i] = $i; head = 1; next }
		$1 == "Tcp:" { for (i = 2; i <= NF; i++) if (name[i] ~ /^(InSegs|OutSegs)$/) sum += $i; print sum }' /proc/net/snmp
}

# Whatever the command does, at least this many bytes of it go over protocol 253 and none over TCP.
over_toy() { # BYTES COMMAND...
	local bytes=$1 segments tcp_a tcp_b
	shift

	segments=$(($(counter "$A" InSegs) + $(counter "$B" InSegs)))
	tcp_a=$(tcp_segments "$A") tcp_b=$(tcp_segments "$B")
	"$@"
	segments=$(($(counter "$A" InSegs) + $(counter "$B" InSegs) - segments))
	echo "$segments segments over the toy transport"
	# a segment holds less than 64 KB, and to open and close takes some more
	[ $segments -ge $((bytes / 65536 + 4)) ] || fail "$bytes bytes cannot have gone in $segments toy segments"
	same "TCP segments in A" "$tcp_a" "$(tcp_segments "$A")"
	same "TCP segments in B" "$tcp_b" "$(tcp_segments "$B")"
}

# Start a server in B under toyrun and wait until it listens with a toy socket.
serve() { # PORT COMMAND...
	local port=$1
	shift

	in_background "$B" toyrun "$@" >"$tmp/server" 2>&1
	wait_for listens "$B" "$port" || { cat "$tmp/server"; return 1; }
}

ask() { # COMMAND...: in A under toyrun
	in_ns "$A" timeout "${LIMIT:-100}" toyrun "$@"
}

url() { # FAMILY PORT PATH
	local host
	host=$(addr B "$1")

	case $1 in
	6) echo "http://[$host]:$2/$3" ;;
	*) echo "http://$host:$2/$3" ;;
	esac
}

# ------------------------------------------------------------------------------------------------------------------------
# Files to fetch

make_file() {
	mkdir -p "$tmp/www"
	[ -s "$tmp/www/large" ] || head -c "$BYTES" /dev/urandom >"$tmp/www/large"
	echo hello >"$tmp/www/small"
	sum=$(sha256sum <"$tmp/www/large")
}

fetch() { # FAMILY PORT OPTION...
	local family=$1 port=$2
	shift 2

	ask curl -sS --fail "$@" -o "$tmp/got" "$(url "$family" "$port" large)"
	same "SHA-256 of what came" "$sum" "$(sha256sum <"$tmp/got")"
}

many_small() { # FAMILY PORT: on one connection, and each on its own
	local i urls=()

	for ((i = 0; i < 20; i++)); do
		urls+=("$(url "$1" "$2" small)")
	done
	same "20 files on a connection" 20 "$(ask curl -sS --fail "${urls[@]}" | grep -c '^hello$')"
	same "20 connections" 20 "$(ask curl -sS --fail --no-keepalive -H 'Connection: close' "${urls[@]}" | grep -c '^hello$')"
}
