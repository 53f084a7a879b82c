#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# package.sh - a machine that has just booted with toy-tools and toy-dkms installed; for selftests/check-package
#
# Nothing of the project's folder is used here but lib.sh: programs, module and all else are the packages'.
TOY_BIN=/usr/bin
. "$(dirname "$(readlink -f "$0")")/lib.sh"
need_root
[ -n "${VERSION:-}" ] || skip_all "for a machine with the packages installed: selftests/check-package"
need_tools toyscope toyrun toy-client toy-server toy-demo modprobe

loaded() {
	[ -d /sys/module/toy ]
}

test_not_at_boot() {
	! loaded || fail "the module is loaded, and nobody asked for it"
	! grep -rs '^ *toy' /etc/modules /etc/modules-load.d /usr/lib/modules-load.d
}

test_not_by_anybody() {
	local status=0

	setpriv --reuid 65534 --regid 65534 --clear-groups toy-client 127.0.0.1 2>"$tmp/words" || status=$?
	cat "$tmp/words"
	same "exit code" 3 $status
	! loaded || fail "a program without privileges has loaded the module"
	grep -q 'modprobe toy' "$tmp/words" || fail "it does not say how to load the module"
	grep -q '^toy-client: ' "$tmp/words" || fail "it does not call itself as it was called"
}

test_by_name() {
	modinfo toy
	same "version" "$VERSION" "$(modinfo -F version toy)"
	[[ $(modinfo -n toy) == /lib/modules/*/updates/* ]] || fail "it is at $(modinfo -n toy)"
	modprobe toy
	loaded
}

test_demo() { # OPTION...
	toy-demo --ascii --record "$tmp/record" "$@" >"$tmp/ladder"
	cat "$tmp/ladder"
	for word in SYN-SENT LISTEN SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 CLOSE-WAIT LAST-ACK TIME-WAIT CLOSED; do
		grep -q -w -- "$word" "$tmp/ladder" || fail "the ladder does not show $word"
	done
	grep -q ' 0 lost, 0 sent again, 0 not taken' "$tmp/ladder" || fail "something was lost"
	same "namespaces left behind" '' "$(ip netns list)"
	cp "$tmp/record" "$tmp/kept"
}

test_client_and_server() {
	toy-server --once 4711 >"$tmp/server" 2>"$tmp/words" &
	wait_for grep -q '^toy-server: listening' "$tmp/words"
	same "the answer" '哥们收到,你好' "$(toy-client localhost 4711)"
	wait
	same "what the server heard" '服务端,你好' "$(cat "$tmp/server")"
}

test_toyrun() {
	command -v python3 >/dev/null || skip "python3 is missing"
	same "protocol" 253 "$(toyrun -t python3 -c 'import socket; print(socket.socket().getsockopt(socket.SOL_SOCKET, 38))')"
}

test_wireshark() {
	command -v tshark >/dev/null || skip "tshark is missing"
	toyscope --replay "$tmp/kept" --pcapng "$tmp/pcapng" >/dev/null
	tshark -r "$tmp/pcapng" -T fields -e toy.checksum.status -e tcp.flags.str 2>"$tmp/words" >"$tmp/fields" || { cat "$tmp/words"; return 1; }
	cat "$tmp/fields"
	grep -q '^good' "$tmp/fields" || fail "tshark does not read protocol 253"
	! grep -v '^good' "$tmp/fields" || fail "tshark finds bad checksums"
}

test_manual() {
	local page

	command -v man >/dev/null || skip "man is missing"
	for page in '8 toyscope' '1 toyrun' '7 toy'; do
		# shellcheck disable=SC2086 # two words
		man -w $page >"$tmp/words" 2>&1 || { cat "$tmp/words"; fail "no page $page"; }
	done
}

test_completion() {
	[ -e /usr/share/bash-completion/bash_completion ] || skip "bash-completion is missing"
	# shellcheck disable=SC2016 # for that shell
	bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader toyscope; complete -p toyscope'
}

test_unload() {
	modprobe -r toy
	! loaded
}

run "the module is not loaded at boot" test_not_at_boot
run "a program without privileges does not load it, and is told how it is loaded" test_not_by_anybody
run "modprobe toy loads the version of the package" test_by_name
run "toy-demo draws the ladder" test_demo
run "toy-demo -6 does" test_demo -6
run "toy-client and toy-server talk" test_client_and_server
run "toyrun finds its library" test_toyrun
run "Wireshark reads protocol 253 by itself" test_wireshark
run "there are manual pages" test_manual
run "bash completes" test_completion
run "modprobe -r toy takes it out" test_unload
finish
