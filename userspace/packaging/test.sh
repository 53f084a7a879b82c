#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test.sh - what is installed, and what each program says of itself: --help, manual page and completion agree. On the host, TAP
set -uo pipefail

. "$(dirname "$(readlink -f "$0")")/lib.sh"
userspace=$(dirname "$packaging")
built=${O:-$userspace/build}
# shellcheck source=../lib/tap.sh
. "$userspace/lib/tap.sh"

# A function is a test; what it prints is what is wrong.
check() { # NAME FUNCTION...
	local name=$1 status=0
	shift

	"$@" >"$tmp/said" 2>&1
	[ ! -s "$tmp/said" ] || status=1
	sed 's/^/# /' "$tmp/said"
	result $status "$name"
}

check_with() { # PROGRAM NAME FUNCTION...
	local program=$1

	shift
	if have "$program"; then check "$@"; else skip "$1" "no $program"; fi
}

put() { # VAR=VALUE... COMMAND...
	"$packaging/install" "DESTDIR=$tmp/fs" prefix=/usr "wireshark=/usr/lib/wireshark" "$@" 2>"$tmp/words" || cat "$tmp/words"
}

# ------------------------------------------------------------------------------------------------------------------------
# Whatever is built, and every script that stands where programs stand, is listed

nothing_is_forgotten() {
	local file

	{
		make -s -C "$userspace" O=build list
		(cd "$userspace" && find . -mindepth 2 -maxdepth 2 -type f -executable ! -name '*.sh' ! -path './packaging/*' ! -path './build/*' |
			sed 's,^\./,,')
	} | while read -r file; do
		programs | awk '{ print $3 }' | grep -qxF "$file" || echo "$file is not in packaging/programs"
	done
}

# ------------------------------------------------------------------------------------------------------------------------
# Help

LONGEST=30

help_fits() { # COMMAND COLUMNS
	local status=0 lines

	"$1" --help >"$tmp/help" 2>"$tmp/err" </dev/null || status=$?
	[ $status -eq 0 ] || echo "--help ends with $status"
	cat "$tmp/err"
	lines=$(wc -l <"$tmp/help")
	[ "$lines" -ge 3 ] || echo "--help says nothing"
	[ "$lines" -le $LONGEST ] || echo "--help has $lines lines; $LONGEST fit a screen"
	[ "$(wc -L <"$tmp/help")" -le "$2" ] || echo "--help is wider than $2 columns"
}

tells_exit_codes() { # COMMAND
	"$1" --help | grep -qiE '^ *Exit (code|status)' || echo "--help does not tell the exit codes"
}

refuses() { # COMMAND
	local status=0

	"$1" --no-such-option >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	[ $status -ne 0 ] && { [ $status -lt 128 ] || [ $status -gt 192 ]; } || echo "an option that does not exist ends it with $status"
	[ -s "$tmp/err" ] || echo "it does not say what is wrong"
	grep -q -- '--help' "$tmp/err" || echo "it does not say where to look: $(cat "$tmp/err")"
}

# What people start by hand in selftests/ and elsewhere.
scripts() {
	cat <<-'END'
		selftests/bench/bench
		selftests/check
		selftests/check-debug
		selftests/check-matrix
		selftests/check-package
		selftests/conformance
		selftests/in-vm
		selftests/lint
		selftests/setup
		selftests/symbols
		selftests/vm/kernel
		selftests/vm/run
		selftests/vm/test
		selftests/vm/uml
		selftests/vm/x86
		userspace/packaging/deb
		userspace/packaging/install
		Documentation/update
	END
}

# ------------------------------------------------------------------------------------------------------------------------
# Manual pages and completion

every_program_has() {
	grep -vxE -e '-h|--help'
}

options_of_help() { # COMMAND
	(. "$packaging/completion"; _toy_options "$1") | cut -d' ' -f1 | every_program_has | sort
}

options_of_manual() { # FILE
	sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$1" | grep -A 1 '^\.TP' | sed 's/\\-/-/g; s/\\f[A-Z]//g' |
		grep -oE '(^|[ "])--?[A-Za-z0-9][a-z0-9-]*' | sed 's/^[ "]//' | every_program_has | sort -u
}

options_of_completion() { # NAME
	(
		PATH=$tmp/fs/usr/bin:$PATH
		# shellcheck source=/dev/null
		. "$tmp/fs/usr/share/bash-completion/completions/$1"
		COMP_WORDS=("$1" -) COMP_CWORD=1 COMPREPLY=()
		"$(complete -p "$1" | sed 's/.*-F \([^ ]*\).*/\1/')" "$1" - "$1"
		printf '%s\n' "${COMPREPLY[@]}"
	) | every_program_has | sort -u
}

agree() { # WHAT OTHER: files with a line an option
	diff "$tmp/$1" "$tmp/$2" | sed -n "s/^< \(.*\)/\1 is in $1 and not in $2/p; s/^> \(.*\)/\1 is in $2 and not in $1/p"
}

manual_agrees() { # NAME SECTION FILE
	[ -e "$top/Documentation/man/$1.$2" ] || { echo "there is no Documentation/man/$1.$2"; return; }
	options_of_help "$userspace/$3" >"$tmp/help"
	options_of_manual "$top/Documentation/man/$1.$2" >"$tmp/manual"
	agree help manual
}

# Exit codes that --help tells, as far as it numbers them, have an entry.
manual_has_exit_codes() { # NAME SECTION FILE
	local code

	"$userspace/$3" --help | tr '\n' ' ' | grep -oiE 'Exit (code|status).*' | grep -oE '\b[0-9]+ [a-zA-Z]' | cut -d' ' -f1 |
		while read -r code; do
		sed -n '/^\.SH EXIT STATUS/,/^\.SH [^E]/p' "$top/Documentation/man/$1.$2" | grep -qE "^\.BR? $code\$" ||
			echo "the manual page does not have exit code $code"
	done
}

completion_agrees() { # NAME SECTION FILE
	options_of_help "$userspace/$3" >"$tmp/help"
	options_of_completion "$1" >"$tmp/completion"
	agree help completion
}

# Files where a file is wanted, nothing where a number is, and words in their places.
completion_knows_values() {
	local found

	mkdir -p "$tmp/here/folder"
	touch "$tmp/here/file.svg"
	found=$(complete_line toyscope --svg "fi")
	[ "$found" = file.svg ] || echo "toyscope --svg fi: $found"
	found=$(complete_line toyscope --port '')
	[ -z "$found" ] || echo "toyscope --port: $found"
	found=$(complete_line toyrun bas)
	grep -qx bash <<<"$found" || echo "toyrun bas: $found"
	found=$(complete_line toyrun ls "fi")
	[ "$found" = file.svg ] || echo "toyrun ls fi: $found"
	found=$(complete_line toyscope --all -- bas)
	grep -qx bash <<<"$found" || echo "toyscope -- bas: $found"
}

complete_line() { # WORD...: what is offered for the last one
	(
		cd "$tmp/here" || exit
		PATH=$tmp/fs/usr/bin:$PATH
		. "$packaging/completion"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_toy "$1" "${*: -1}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
		printf '%s\n' "${COMPREPLY[@]}"
	)
}

lint_with_mandoc() {
	find "$tmp/fs/usr/share/man" -type f -exec mandoc -T lint -W warning {} + 2>&1 | sed "s,$tmp/fs,,"
}

# As man(1) does it; a line that cannot be set is told.
lint_with_groff() {
	local page

	while read -r page; do
		groff -man -ww -T utf8 -z "$page" 2>&1 | sed "s,$tmp/fs,,"
		! grep -n '@[A-Z]*@' "$page" || echo "$page is not filled in"
	done < <(find "$tmp/fs/usr/share/man" -type f)
}

manual_has_sysctls() {
	local knob

	sed -nE 's/^[[:space:]]*TOY_(INT|FLAG|KNOB)\("([a-z0-9_]+)".*/\2/p' "$top/module/sysctl.c" | while read -r knob; do
		grep -q "^\.BR net\.toy\.$knob " "$tmp/fs/usr/share/man/man7/toy.7" || echo "toy(7) does not have net.toy.$knob"
	done
}

# ------------------------------------------------------------------------------------------------------------------------
# Installing

what_is_there() {
	(cd "$tmp/fs" && find . ! -type d -printf '/%P\n' | sort)
}

installs_its_list() {
	put install tools
	{ put list tools | cut -f4; echo /usr/lib/toy/installed; } | sort >"$tmp/list"
	what_is_there >"$tmp/there"
	diff "$tmp/list" "$tmp/there"
}

links_lead_somewhere() {
	(cd "$tmp/fs" && find . -xtype l)
}

# Programs work from where they were put, under the names that they have there.
runs_from_there() { # NAME
	"$tmp/fs/usr/bin/$1" --help >"$tmp/help" 2>&1 || echo "--help fails"
	grep -qE "(^|[ ])$1 " "$tmp/help" || { echo "$1 calls itself otherwise:"; head -n 1 "$tmp/help"; }
}

finds_companions() {
	local words

	words=$(env -u TOYRUN_LIB "$tmp/fs/usr/bin/toyrun" true 2>&1)
	! grep libtoyrun <<<"$words"
	words=$("$tmp/fs/usr/bin/toy-demo" 2>&1)
	! grep 'not built' <<<"$words"
	"$tmp/fs/usr/bin/toyscope" --replay "$userspace/scope/test/demo-ipv4.jsonl" >"$tmp/out" || echo "toyscope --replay fails"
}

header_compiles() {
	printf '#include <toy.h>\nint protocol = IPPROTO_TOY, level = SOL_TOY;\n' |
		"${CC:-cc}" -Wall -Werror -I "$tmp/fs/usr/include" -x c -c -o /dev/null -
}

# What the last version had and this one has not goes; what is somebody else's stays.
renews() {
	touch "$tmp/fs/usr/bin/toy-old" "$tmp/fs/usr/bin/other"
	echo "file /usr/bin/toy-old" >>"$tmp/fs/usr/lib/toy/installed"
	put install tools
	[ ! -e "$tmp/fs/usr/bin/toy-old" ] || echo "a program of the last version is still there"
	[ -e "$tmp/fs/usr/bin/other" ] || echo "somebody else's program is gone"
	! grep toy-old "$tmp/fs/usr/lib/toy/installed"
}

uninstalls() {
	mkdir "$tmp/fs/usr/share/man/others"
	put uninstall
	what_is_there | grep -vx /usr/bin/other
	[ -d "$tmp/fs/usr/share/man/others" ] || echo "somebody else's folder is gone"
	rm -r "$tmp/fs/usr/share/man/others" "$tmp/fs/usr/bin/other"
}

leaves_nothing() {
	rm -rf "$tmp/fs"
	mkdir "$tmp/fs"
	put install tools
	put uninstall
	find "$tmp/fs" -mindepth 1
}

says_what_to_do() { # WORDS VAR=VALUE... COMMAND...
	local words=$1 status=0
	shift

	"${as_nobody[@]}" "$packaging/install" "$@" >"$tmp/words" 2>&1 || status=$?
	[ $status -eq 1 ] && grep -q -- "$words" "$tmp/words" || { echo "exit status $status, words:"; cat "$tmp/words"; }
}

# A release that nobody has: the module is any file there, as make would have left it.
installs_a_module() {
	local release=0.0.0-test root=$tmp/fs ko=$top/build/0.0.0-test/toy.ko

	mkdir -p "${ko%/*}"
	cp "$built/libtoyrun.so" "$ko"
	put KREL=$release install module tools
	[ -e "$root/lib/modules/$release/updates/toy.ko" ] || echo "the module is not there"
	rm -r "${ko%/*}"
	put uninstall
	find "$root" -mindepth 1
}

# In somebody's home Wireshark looks, too.
wireshark_reads() {
	local home=$tmp/home

	mkdir -p "$home"
	"$packaging/install" prefix="$home/.local" install tools 2>"$tmp/words" || cat "$tmp/words"
	"$built/toyscope" --replay "$userspace/scope/test/demo-ipv4.jsonl" --pcapng "$tmp/pcapng" >/dev/null
	HOME=$home tshark -r "$tmp/pcapng" -T fields -e toy.checksum.status -e tcp.flags 2>"$tmp/err" >"$tmp/fields" || cat "$tmp/err"
	! grep -v '^good' "$tmp/fields"
	[ -s "$tmp/fields" ] || echo "tshark says nothing"
	"$packaging/install" prefix="$home/.local" uninstall
	find "$home/.local" -mindepth 1 2>/dev/null
}

# ------------------------------------------------------------------------------------------------------------------------
# Packages

debs_are_whole() {
	local file

	"$packaging/deb" "$tmp/debs" >"$tmp/words" 2>&1 || { cat "$tmp/words"; return; }
	for file in "$tmp"/debs/toy-tools_"$(version)"_*.deb "$tmp"/debs/toy-dkms_"$(version)"_all.deb; do
		dpkg-deb -c "$file" >/dev/null || echo "$file is no package"
		dpkg-deb -c "$file" | awk '$2 != "root/root" { print "not root'\''s: " $0 }'
	done
	dpkg-deb --fsys-tarfile "$tmp"/debs/toy-dkms_*.deb | tar -xO "./usr/src/toy-$(version)/dkms.conf" | grep -qx "PACKAGE_VERSION=\"$(version)\"" ||
		echo "dkms.conf is of another version"
	# what Kbuild reads is all there
	(cd "$top" && find module -name '*.[ch]' | sort) >"$tmp/source"
	dpkg-deb --fsys-tarfile "$tmp"/debs/toy-dkms_*.deb | tar -t | sed -n "s,^\./usr/src/toy-$(version)/\(module/.*\.[ch]\)$,\1,p" | sort |
		diff "$tmp/source" -
}

lintian_has_no_error() {
	lintian --fail-on error "$tmp"/debs/*.deb 2>&1 | grep '^E:'
}

# ------------------------------------------------------------------------------------------------------------------------

mkdir -p "$tmp/fs"
as_nobody=()
check "every program is listed, to be installed and documented" nothing_is_forgotten
while read -r name section file; do
	[ "$name" != - ] || { [[ $file == *.so || $file == *.sh ]] || check "$file --help fits a screen" help_fits "$userspace/$file" 105; continue; }
	check "$name --help fits a screen" help_fits "$userspace/$file" 105
	check "$name --help tells the exit codes" tells_exit_codes "$userspace/$file"
	check "$name refuses what it does not know, in words" refuses "$userspace/$file"
done < <(programs)
while read -r file; do
	check "$file --help fits a screen" help_fits "$top/$file" 130
	check "$file refuses what it does not know, in words" refuses "$top/$file"
done < <(scripts)

check "make install puts there what it lists" installs_its_list
check "every link leads somewhere" links_lead_somewhere
while read -r name section file; do
	[ "$name" != - ] || continue
	check "$name runs from there" runs_from_there "$name"
	check "$name: manual page and --help have the same options" manual_agrees "$name" "$section" "$file"
	check "$name: the manual page has its exit codes" manual_has_exit_codes "$name" "$section" "$file"
	check "$name: completion and --help have the same options" completion_agrees "$name" "$section" "$file"
done < <(programs)
check "completion knows what an option wants" completion_knows_values
check "programs find their companions there" finds_companions
check "toy(7) has every sysctl" manual_has_sysctls
check_with mandoc "manual pages: mandoc finds nothing" lint_with_mandoc
check_with groff "manual pages: groff finds nothing" lint_with_groff
check "a program compiles with the installed header" header_compiles
check "a newer version takes the older one's place" renews
check "make uninstall removes what was installed and nothing else" uninstalls
check "nothing is left, no folder either" leaves_nothing
check "the module goes to its kernel's folder" installs_a_module
check_with tshark "Wireshark reads protocol 253 without being told" wireshark_reads
check "where nothing was installed, uninstall says so" says_what_to_do 'prefix and DESTDIR' "DESTDIR=$tmp/nowhere" uninstall
check "a module that is not built is told" says_what_to_do 'next: make KREL=0.0.0' "DESTDIR=$tmp/nowhere" KREL=0.0.0 install module
if [ "$(id -u)" -ne 0 ] || have setpriv; then
	[ "$(id -u)" -ne 0 ] || as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	mkdir -m 755 "$tmp/shut"
	[ "$(id -u)" -eq 0 ] || chmod 555 "$tmp/shut"
	chmod 755 "$tmp"
	check "a place that may not be written to is told" says_what_to_do 'sudo make install' "DESTDIR=$tmp/shut" install tools
else
	skip "a place that may not be written to is told" "no setpriv"
fi
if have dpkg-deb && have dpkg-shlibdeps; then
	check "make deb makes whole packages" debs_are_whole
	check_with lintian "lintian finds no error" lintian_has_no_error
else
	skip "make deb makes whole packages" "no dpkg-dev"
fi

finish
