# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# lib_crowd.sh - a server in $B for crowds of connections (helpers/crowd.c)
#
# The script sets $port and makes the hosts.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"

# A listener on $port, $server; $tmp/served is what it says in the end.
serve() { # FAMILY
	ip netns exec "$B" crowd "-$1" --backlog 4096 listen "${port:?}" >"$tmp/served" &
	server=$!
	children+=("$server")
	wait_for listens "$B" "$port"
}

served() {
	kill "$server"
	wait "$server" || true
	cat "$tmp/served"
}
