#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test.sh - client and server on the host, over TCP (the module is not needed). TAP.
#
#	client ──── lo ──── server --tcp PORT
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
bin=${O:-$here/../build}
. "$here/../lib/tap.sh"
server=
# shellcheck disable=SC2317,SC2329	# called by the trap
clean() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	rm -rf "$tmp"
}
trap clean EXIT

# Run a program; its exit code, a line of its output and words of its complaints must be these.
expect() { # NAME CODE OUTPUT WORDS COMMAND...
	local name=$1 code=$2 output=$3 words=$4 status=0
	shift 4
	"$@" >"$tmp/out" 2>"$tmp/err" || status=$?
	if [ "$status" = "$code" ] && { [ -z "$output" ] || grep -qxF -- "$output" "$tmp/out"; } &&
	   { [ -z "$words" ] || grep -q -- "$words" "$tmp/err"; }; then
		result 0 "$name"
	else
		echo "# exit code $status, expected $code"
		result 1 "$name"
	fi
}

wait_for() { # COMMAND...: until it succeeds, 10 seconds at most
	local deadline=$((SECONDS + 10))
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $deadline ] || return 1
		read -rt 0.05 <> <(:) || true
	done
}

# A port that was free a moment ago.
start_server() {
	local try
	for try in 1 2 3 4 5 6 7 8; do
		port=$((20000 + RANDOM % 10000))
		"$bin/server" --tcp "$port" >"$tmp/server.out" 2>"$tmp/server.err" &
		server=$!
		if wait_for grep -qE 'listening|in use' "$tmp/server.err" && grep -q listening "$tmp/server.err"; then
			return 0
		fi
		wait "$server" || true
	done
	echo "Bail out! no port is free after $try tries"
	exit 1
}

start_server
expect "the seed's exchange" 0 '哥们收到,你好' '' "$bin/client" --tcp localhost "$port"
status=0
wait_for grep -qxF '服务端,你好' "$tmp/server.out" || status=1
result $status "the server printed what it received"
expect "over IPv4" 0 '哥们收到,你好' '' "$bin/client" --tcp -4 -m 'hello' 127.0.0.1 "$port"
if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
	expect "over IPv6" 0 '哥们收到,你好' '' "$bin/client" --tcp -6 -m 'hello' ::1 "$port"
else
	skip "over IPv6" "no IPv6 on lo"
fi
expect "a long line" 0 '哥们收到,你好' '' "$bin/client" --tcp -m "$(printf '%060000d' 7)" 127.0.0.1 "$port"
# a client that never ends its line is answered when it closes its half
status=0
exec {fd}<>"/dev/tcp/127.0.0.1/$port"
printf 'no newline' >&"$fd"
exec {fd}>&-
wait_for grep -qx 'no newline' "$tmp/server.out" || status=1
result $status "a line may end with the stream"
expect "the port is in use, and by whom" 8 '' "held by server (pid $server)" "$bin/server" --tcp "$port"
kill -INT "$server"
status=0
wait "$server" || status=$?
server=
result $status "Ctrl-C ends the server cleanly"
expect "nobody listens" 5 '' 'refused' "$bin/client" --tcp 127.0.0.1 "$port"
expect "a name that does not exist" 4 '' 'not known' "$bin/client" --tcp no-such-host.invalid "$port"
expect "no host" 2 '' 'which host' "$bin/client"
expect "a port that is none" 2 '' 'is not a port' "$bin/client" localhost http
expect "a port that is too large" 2 '' 'is not a port' "$bin/server" 65536
expect "two lines" 2 '' 'one line' "$bin/client" -m $'a\nb' localhost
expect "an option that does not exist" 2 '' 'usage' "$bin/server" --nonsense
if [ ! -e /sys/module/toy ]; then
	expect "the module is not loaded: client" 3 '' 'make load' "$bin/client" 127.0.0.1
	expect "the module is not loaded: server" 3 '' 'make load' "$bin/server"
fi
for program in client server; do
	status=0
	[ "$("$bin/$program" --help | wc -l)" -le 24 ] || status=1
	result $status "$program --help fits on a screen"
done

finish
