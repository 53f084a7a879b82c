#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# programs_servers.sh - nginx, Redis and Java know nothing of the toy transport and use it, under toyrun
#
#	 clients in A ─────── veth ─────── servers in B
#	 10.77.0.1                         10.77.0.2
#	 fd77:0::1                         fd77:0::2
#
# How it is proved that they did: lib_programs.sh.
. "$(dirname "$(readlink -f "$0")")/lib_programs.sh"
need_module
need_tools ip toyrun

# ------------------------------------------------------------------------------------------------------------------------
# nginx

nginx_settings() { # MASTER
	cat <<-END
		daemon off;
		worker_processes 2;
		pid $tmp/nginx/pid;
		error_log $tmp/nginx/error.log;
		user root;
		events { worker_connections 256; use epoll; }
		http {
			access_log off;
			client_body_temp_path $tmp/nginx/body;
			proxy_temp_path $tmp/nginx/proxy;
			fastcgi_temp_path $tmp/nginx/fastcgi;
			uwsgi_temp_path $tmp/nginx/uwsgi;
			scgi_temp_path $tmp/nginx/scgi;
			root $tmp/www;
			server { listen 8080; listen [::]:8080 ipv6only=on; sendfile on; tcp_nopush on; }
			server { listen 8081 reuseport; listen [::]:8081 ipv6only=on reuseport; sendfile off; }
			server { listen 8082 deferred so_keepalive=on; listen [::]:8082 ipv6only=on; location / { proxy_pass http://127.0.0.1:8080; } }
		}
	END
}

test_nginx() { # FAMILY
	need curl nginx
	make_file
	mkdir -p "$tmp/nginx"
	nginx_settings >"$tmp/nginx/conf"
	serve 8080 nginx -c "$tmp/nginx/conf" -p "$tmp/nginx" -e "$tmp/nginx/error.log"
	over_toy "$BYTES" fetch "$1" 8080
	over_toy "$BYTES" fetch "$1" 8081
	# a client and a server of the toy transport at once: nginx fetches what it sends
	over_toy "$BYTES" fetch "$1" 8082
	over_toy "$BYTES" fetch "$1" 8080 --limit-rate $((BYTES / 3))
	over_toy 0 many_small "$1" 8080
	same "what nginx complains of" '' "$(cat "$tmp/nginx/error.log")"
}

# ------------------------------------------------------------------------------------------------------------------------
# Redis

# It hangs at its start on User Mode Linux, whatever the transport.
redis_starts() {
	local pid found=0

	in_ns "$B" redis-server --port 6380 --save '' --dir "$tmp" >"$tmp/plain" 2>&1 &
	pid=$!
	WAIT=10 wait_for in_ns "$B" grep -q ':18EC 00000000:0000 0A' /proc/net/tcp || found=1
	kill "$pid"
	wait "$pid" || true
	return $found
}

test_redis() { # FAMILY
	need redis-server redis-benchmark redis-cli
	redis_starts || skip "redis-server does not start on this kernel, over TCP either"
	serve 6379 redis-server --port 6379 --bind "$(addr B "$1")" --save '' --appendonly no --protected-mode no --dir "$tmp"
	over_toy 0 ask redis-cli -h "$(addr B "$1")" set greeting 'hello world'
	same "a value" 'hello world' "$(ask redis-cli -h "$(addr B "$1")" get greeting)"
	over_toy 0 ask redis-benchmark -h "$(addr B "$1")" -n 1000 -c 20 -q -t ping,set,get,lpush,lrange_100
	over_toy 0 ask redis-benchmark -h "$(addr B "$1")" -n 10000 -c 20 -P 16 -q -t set,get
	# values that need many segments
	over_toy $((100 * 65536)) ask redis-benchmark -h "$(addr B "$1")" -n 100 -c 4 -d 65536 -q -t set,get
}

# ------------------------------------------------------------------------------------------------------------------------
# Java: the pair of programs that this project began with

test_java() { # FAMILY
	local answer options=(-Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8)

	command -v javac >/dev/null || skip "no JDK is installed (selftests/setup check)"
	# without its second compiler the JVM starts sooner where the processor is emulated
	options+=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC)
	in_background "$B" toyrun java "${options[@]}" "$here/java/Server.java" >"$tmp/server" 2>&1
	WAIT=120 wait_for listens "$B" 10002 || { cat "$tmp/server"; return 1; }
	over_toy 0 ask java "${options[@]}" "$here/java/Client.java" "$(addr B "$1")" >"$tmp/client" 2>&1 ||
		{ cat "$tmp/client" "$tmp/server"; fail "the client"; }
	answer=$(grep -v segments "$tmp/client")
	same "the answer" '哥们收到,你好' "$answer"
	wait_for grep -qx '服务端,你好' "$tmp/server" || { cat "$tmp/server"; return 1; }
}

two_hosts
for family in 4 6; do
	run "curl and nginx, IPv$family" test_nginx $family
	run "redis-benchmark and redis-server, IPv$family" test_redis $family
done
# Java opens sockets of IPv6 that carry IPv4 as well
run "the seed's Java pair" test_java 4
finish
