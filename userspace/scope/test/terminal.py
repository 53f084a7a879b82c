#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# terminal.py - runs a command on a terminal of its own and says what was to be seen on it
#
#	terminal.py [--rows N] [--columns N] [--type WORDS KEYS]... [--interrupt WORDS] COMMAND...
#
# Prints, of all screens that differ, those with WORDS or with what changes: see main(). The last screen, with what was scrolled
# out above it, comes after a line `== end`; each earlier one after a line `== screen`. The exit code is the command's.
# --type: KEYS are pressed as soon as WORDS are on the screen, each time after those that the last keys waited for.
# --interrupt: the same with Ctrl-C.

import fcntl
import os
import pty
import re
import struct
import sys
import termios
import unicodedata


class Screen:
    """As much of a terminal as toyscope uses: newline, return, cursor up, erase below, colours."""

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.lines = ['']       # all there ever were; the last @rows of them can be reached
        self.y = self.x = 0

    def put(self, c):
        width = 2 if unicodedata.east_asian_width(c) in 'WF' else 1
        if self.x + width > self.columns:
            self.newline()
            self.x = 0
        line = self.lines[self.y].ljust(self.x)
        self.lines[self.y] = line[:self.x] + c + line[self.x + 1:]
        self.x += 1

    def newline(self):
        self.y += 1
        if self.y == len(self.lines):
            self.lines.append('')

    def feed(self, text):
        for token in re.findall(r'\x1b\[[0-9;?]*[A-Za-z]|.', text, re.S):
            if token == '\n':
                self.newline()
            elif token == '\r':
                self.x = 0
            elif token.endswith('A') and token[0] == '\x1b':
                self.y = max(self.y - int(token[2:-1] or 1), max(0, len(self.lines) - self.rows))
            elif token.endswith('J') and token[0] == '\x1b':
                self.lines[self.y] = self.lines[self.y][:self.x]
                del self.lines[self.y + 1:]
            elif token[0] != '\x1b':
                self.put(token)

    def text(self):
        return '\n'.join(line.rstrip() for line in self.lines).rstrip('\n')


def main():
    rows, columns, keys, args = 24, 100, [], sys.argv[1:]
    while args[0].startswith('--'):
        option, value, args = args[0], args[1], args[2:]
        if option == '--interrupt':
            keys.append((value, b'\x03'))
        elif option == '--type':
            keys.append((value, args.pop(0).encode()))
        elif option == '--rows':
            rows = int(value)
        else:
            columns = int(value)
    pid, fd = pty.fork()
    if not pid:
        os.environ['TERM'] = 'xterm'
        os.execvp(args[0], args)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    screen, rest, before = Screen(rows, columns), b'', ''
    at = 0
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:
            data = b''
        if not data:
            break
        rest += data
        whole = re.sub(rb'\x1b(\[[0-9;?]*)?$', b'', rest)      # what is cut at the end waits for the rest of it
        text = whole.decode('utf-8', 'ignore')
        rest = rest[len(text.encode()):]
        screen.feed(text)
        seen = screen.text()
        if seen != before:
            print('== screen')
            print(seen)
        before = seen
        while keys and seen.find(keys[0][0], at) >= 0:
            words, pressed = keys.pop(0)
            at = seen.index(words, at) + len(words)
            os.write(fd, pressed)
    print('== end')
    print(screen.text())
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
