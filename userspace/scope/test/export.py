#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# export.py - reads what toyscope exports, as strictly as it can. Says what is wrong and exits with 1, or says nothing.
#
#	export.py hostile			print a recording of all that is hard to export
#	export.py crowd N			print a recording of N segments about which there is nothing to say
#	export.py jumble RECORD			print it in another order
#	export.py json FILE RECORD DOCUMENT	is it what DOCUMENT says, and all of what RECORD holds?
#	export.py pcapng FILE RECORD PROTOCOL	are the packets whole, in order, their checksums right?
#	export.py picture FILE RECORD		is it XML, alone in the world, and complete?
#	export.py columns FILE RECORD		the same packets, as `tshark -T fields` told them?

import ipaddress
import json
import re
import struct
import sys
import xml.etree.ElementTree as ET

BITS = {'FIN': 1, 'SYN': 2, 'RST': 4, 'PSH': 8, 'ACK': 16, 'URG': 32, 'ECE': 64, 'CWR': 128}
OPTIONS = {'mss': 1, 'window_scale': 2, 'sack_permitted': 4, 'timestamp': 8, 'sack': 16}
faults = []


def fault(*words):
    faults.append(' '.join(str(w) for w in words))


def same(what, wanted, got):
    if wanted != got:
        fault(what, 'is', repr(got), 'and not', repr(wanted))


def recording(path):
    with open(path, encoding='utf-8') as f:
        lines = [json.loads(line) for line in f]
    return sorted((e for e in lines[1:] if 't' in e), key=lambda e: e['t'])


def flags_of(event):
    return 0 if event['flags'] == 'none' else sum(BITS[name] for name in event['flags'].split(','))


# ---------------------------------------------------------------------------------------------------------------------
# A recording to be afraid of

def hostile():
    markup = b'<script>alert("&\']]>")</script>'
    no_text = b'\x00\xff\x1b[31m\xe2\x80\xae<!--\xf0\x9f\x98\x80&lt;'
    ends = ({'netns': 1, 'laddr': '10.0.0.1', 'lport': 40000, 'raddr': '10.0.0.2', 'rport': 7},
            {'netns': 2, 'laddr': '10.0.0.2', 'lport': 7, 'raddr': '10.0.0.1', 'rport': 40000})
    now = 1 << 33       # both halves of a pcapng time are needed

    def put(ev, side, **fields):
        nonlocal now
        now += 1000
        print(json.dumps({'ev': ev, 't': now, **ends[side], **fields}, separators=(',', ':')))

    def segment(side, flags, seq, why, fate='taken', **more):
        body = {'flags': flags, 'seq': seq, 'wnd': 500, 'wscale': 0 if 'SYN' in flags else 7,
                'state': 'ESTABLISHED', 'opts': 8, 'tsval': now & 0xffff, 'tsecr': 7, **more}
        if fate != 'unsent':
            put('send', side, why=why, **body)
        body.pop('gso_size', None)
        if fate != 'lost':
            put('receive', 1 - side, **body)
        if fate.isupper():
            put('drop', 1 - side, reason=fate, **body)

    print('{"toyscope":1}')
    print('{"ev":"netns","netns":1,"name":"<b>&\'a\'</b>"}')
    print('{"ev":"netns","netns":2,"name":"]]>&amp;"}')
    put('state', 0, **{'from': 'CLOSED', 'to': 'SYN_SENT', 'why': 'ACTIVE_OPEN'})
    segment(0, 'SYN', 2**32 - 2, 'SYN', opts=15, mss=1460, opt_wscale=7)
    put('state', 1, **{'from': 'LISTEN', 'to': 'SYN_RECEIVED', 'why': 'RCVD_SYN'})
    segment(1, 'SYN,ACK', 1000, 'SYNACK', ack=2**32 - 1, opts=15, mss=1460, opt_wscale=7)
    put('state', 0, **{'from': 'SYN_SENT', 'to': 'ESTABLISHED', 'why': 'RCVD_SYNACK'})
    put('cong', 0, why='INIT', cwnd=14480, ssthresh=1 << 30, srtt=100, rttvar=50)
    segment(0, 'ACK', 2**32 - 1, 'ACK', ack=1001)
    put('state', 1, **{'from': 'SYN_RECEIVED', 'to': 'ESTABLISHED', 'why': 'SYN_ACKED'})
    segment(0, 'PSH,ACK', 2**32 - 1, 'DATA', ack=1001, len=31, payload=markup.hex())
    segment(0, 'PSH,ACK', 30, 'DATA', 'lost', ack=1001, len=len(no_text), payload=no_text.hex())
    # one super-segment, two pieces
    put('send', 0, why='DATA', flags='ACK', seq=60, ack=1001, len=2000, gso_size=1000, wnd=500, wscale=7, opts=8,
        tsval=77, tsecr=7, state='ESTABLISHED', payload='41' * 32)
    for piece in range(2):
        put('receive', 1, flags='ACK', seq=60 + 1000 * piece, ack=1001, len=1000, wnd=500, wscale=7, opts=8,
            tsval=77, tsecr=7, state='ESTABLISHED', payload='41' * 32)
    segment(1, 'ACK', 1001, 'ACK', ack=30, opts=24, sack=[60, 2060, 5000, 6000])
    put('cong', 0, why='RECOVERY', cwnd=7000, ssthresh=7000, srtt=100, rttvar=50, flight=2030)
    segment(0, 'PSH,ACK', 30, 'FAST', ack=1001, len=len(no_text), payload=no_text.hex())
    segment(0, 'ACK,URG', 2060, 'URGENT', ack=1001, urg=9)
    put('timer', 0, timer='RETRANSMIT', backoff=1, retries=1, rto=200000)
    segment(0, 'PSH,ACK', 30, 'RETRANSMIT', 'DUPLICATE', ack=1001, len=3, payload='610a62')
    segment(0, 'ACK', 2060, 'KEEPALIVE', 'unsent', ack=1001, opts=32)
    segment(1, 'RST', 1001, 'RESET', opts=0)
    put('state', 0, **{'from': 'ESTABLISHED', 'to': 'CLOSED', 'why': 'RCVD_RST'})
    # nobody watches the other end of this one, an address of IPv6
    put('send', 0, flags='SYN', seq=5, wnd=1, opts=0, state='SYN_SENT', why='SYN', laddr='fd00::1', raddr='fd00::2')


# ---------------------------------------------------------------------------------------------------------------------
# JSON

INT, STR, BOOL, LIST, DICT, NULL = int, str, bool, list, dict, type(None)
END = {'address': STR, 'port': INT, 'watched': BOOL, 'netns': (INT, NULL), 'name': (STR, NULL), 'iss': (INT, NULL)}
ANY = {'type': STR, 'flow': INT, 'side': STR, 'time_ns': INT}
SCHEMA = {
    'toyscope': {'type': STR, 'version': INT, 'flows': INT, 'missed': INT},
    'flow': {'type': STR, 'flow': INT, 'start_ns': INT, 'left': DICT, 'right': DICT},
    'state': {**ANY, 'from': STR, 'to': STR, 'why': STR, 'text': STR, 'section': (STR, NULL),
              'time_wait_ms': (INT, NULL)},
    'segment': {**ANY, 'sent_ns': (INT, NULL), 'received_ns': (INT, NULL), 'fate': STR, 'drop': (STR, NULL),
                'drop_text': (STR, NULL), 'why': (STR, NULL), 'text': (STR, NULL), 'again': BOOL, 'twin': BOOL,
                'sender_state': (STR, NULL), 'receiver_state': (STR, NULL), 'flags': LIST, 'seq': INT,
                'seq_relative': (INT, NULL), 'ack': (INT, NULL), 'ack_relative': (INT, NULL), 'len': INT,
                'gso_size': INT, 'window': INT, 'window_bytes': INT, 'urgent': (INT, NULL), 'options': DICT,
                'payload': STR},
    'timer': {**ANY, 'timer': STR, 'text': STR, 'backoff': INT, 'retries': INT, 'rto_us': INT},
    'congestion': {**ANY, 'why': STR, 'text': STR, 'cwnd': INT, 'ssthresh': INT, 'flight': INT, 'srtt_us': INT,
                   'rttvar_us': INT},
}
OPTION = {'mss': INT, 'window_scale': INT, 'sack_permitted': BOOL, 'timestamp': INT, 'timestamp_echo': INT,
          'sack': LIST, 'bad': BOOL}


def fits(what, schema, thing, all_of_it=True):
    for key in thing:
        if key not in schema:
            fault(what, 'has a field that nobody knows:', key)
        elif isinstance(thing[key], bool) and schema[key] is not BOOL or not isinstance(thing[key], schema[key]):
            fault(what, key, 'is', repr(thing[key]))
    for key in schema if all_of_it else ():
        if key not in thing:
            fault(what, 'lacks', key)


def unique(pairs):
    if len(dict(pairs)) != len(pairs):
        fault('a key comes twice:', pairs)
    return dict(pairs)


def count(events, *kinds):
    return sum(e['ev'] in kinds and (e['ev'] != 'state' or e['rport'] != 0) for e in events)


def read_json(path, record, document):
    with open(path, encoding='utf-8') as f:
        lines = [json.loads(line, object_pairs_hook=unique) for line in f]
    events = recording(record)
    same('the first line', 'toyscope', lines[0]['type'])
    for number, line in enumerate(lines, 1):
        what = f'line {number}:'
        if line['type'] not in SCHEMA:
            fault(what, 'type', line['type'])
            continue
        fits(what, SCHEMA[line['type']], line)
        for side in ('left', 'right') if line['type'] == 'flow' else ():
            fits(what, END, line[side])
        if line['type'] == 'segment':
            fits(what, OPTION, line['options'], all_of_it=False)
            same(what + ' fate', True, line['fate'] in ('taken', 'refused', 'lost', 'unseen'))
            if set(line['flags']) - set(BITS):
                fault(what, line['flags'])
    of = {kind: [line for line in lines if line['type'] == kind] for kind in SCHEMA}
    segments = of['segment']
    same('flows', lines[0]['flows'], len(of['flow']))
    same('segments sent', count(events, 'send'), sum(s['sent_ns'] is not None for s in segments))
    same('timers', count(events, 'timer'), len(of['timer']))
    same('congestion', count(events, 'cong'), len(of['congestion']))
    if len(of['state']) < count(events, 'state'):
        fault('states are missing')
    start = {flow['flow']: flow['start_ns'] for flow in of['flow']}
    sent = {(e['t'], e['seq']): e for e in events if e['ev'] == 'send'}
    for s in segments:
        if s['sent_ns'] is None:
            continue
        e = sent.get((s['sent_ns'] + start[s['flow']], s['seq']))
        if not e:
            fault('nobody sent', s)
            continue
        same('flags', flags_of(e), sum(BITS[f] for f in s['flags']))
        same('payload', e.get('payload', ''), s['payload'])
        same('window', e['wnd'], s['window'])
        same('window_bytes', e['wnd'] << (0 if 'SYN' in s['flags'] else e.get('wscale', 0)), s['window_bytes'])
        iss = of['flow'][s['flow'] - 1][s['side']]['iss']
        same('seq_relative', None if iss is None else (s['seq'] - iss + 2**31) % 2**32 - 2**31, s['seq_relative'])
        same('why', e['why'], s['why'])
        same('again', e['why'] in ('RETRANSMIT', 'FAST'), s['again'])
        same('ack', e.get('ack', 0) if 'ACK' in s['flags'] else None, s['ack'])
        same('options', e.get('opts', 0) & 31, sum(OPTIONS.get(o, 0) for o in s['options']))
        same('SACK', e.get('sack', []), [edge for block in s['options'].get('sack', []) for edge in block])
    with open(document, encoding='utf-8') as f:
        text = f.read()
    for fields in (*SCHEMA.values(), END, OPTION):
        for field in fields:
            if f'``{field}``' not in text:
                fault(document, 'does not speak of', field)


# ---------------------------------------------------------------------------------------------------------------------
# pcapng

def total(data):
    data += b'\0' * (len(data) % 2)
    s = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return s


def blocks(data):
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from('=II', data, at)
        same('a block\'s length', 0, length % 4)
        same('the length at its end', length, struct.unpack_from('=I', data, at + length - 4)[0])
        yield kind, data[at + 8:at + length - 4]
        at += length


def options(data):
    found, at = {}, 0
    while at < len(data):
        code, length = struct.unpack_from('=HH', data, at)
        if code == 0:
            same('what follows the last option', at + 4, len(data))
            return found
        found[code] = data[at + 4:at + 4 + length]
        at += 4 + length + -length % 4
    fault('options without an end')
    return found


def read_pcapng(path, record, protocol):
    events = [e for e in recording(record) if e['ev'] in ('send', 'receive', 'drop')]
    # who is refused was told as received a moment before, but for strangers
    key = ('netns', 'lport', 'rport', 'seq', 'len', 'flags', 'tsval')
    came = {tuple(e.get(k) for k in key) for e in events if e['ev'] == 'receive'}
    events = [e for e in events if e['ev'] != 'drop' or tuple(e.get(k) for k in key) not in came]
    with open(path, 'rb') as f:
        everything = list(blocks(f.read()))
    interfaces, packets = [], []
    same('the first block', 0x0a0d0d0a, everything[0][0])
    for kind, data in everything[1:]:
        if kind == 1:
            same('link type', (0, 0), struct.unpack_from('=HH', data))
            found = options(data[8:])
            same('if_tsresol', b'\x09', found[9])
            interfaces.append(found[2].decode('utf-8'))
        elif kind == 6:
            interface, high, low, length, original = struct.unpack_from('=5I', data)
            packets.append((interface, high << 32 | low, data[20:20 + length], original,
                            options(data[20 + length + -length % 4:])))
        else:
            fault('a block of type', kind)
    same('interfaces', len({e['netns'] for e in events}), len(interfaces))
    same('packets', len(events), len(packets))
    whole = 0
    for e, (interface, ns, data, original, found) in zip(events, packets):
        what = f't={e["t"]}:'
        same(what + ' time', e['t'], ns)
        same(what + ' direction', 2 if e['ev'] == 'send' else 1, struct.unpack('=I', found[2])[0])
        same(what + ' comment', True, bool(found[1].decode('utf-8')))
        if interface >= len(interfaces):
            fault(what, 'interface', interface)
        me, you = (e['laddr'], e['lport']), (e['raddr'], e['rport'])
        (source, sport), (destination, dport) = (me, you) if e['ev'] == 'send' else (you, me)
        source, destination = (ipaddress.ip_address(a).packed for a in (source, destination))
        family, ip = struct.unpack_from('=I', data)[0], data[4:]
        if len(source) == 4:
            same(what + ' family', 2, family)
            same(what + ' IPv4', (0x45, 253 if protocol == 253 else 6), (ip[0], ip[9]))
            same(what + ' IPv4 checksum', 0xffff, total(ip[:20]))
            same(what + ' addresses', source + destination, ip[12:20])
            length, segment = struct.unpack_from('!H', ip, 2)[0] - 20, ip[20:]
        else:
            same(what + ' family', 30, family)
            same(what + ' IPv6', (0x60, protocol), (ip[0], ip[6]))
            same(what + ' addresses', source + destination, ip[8:40])
            length, segment = struct.unpack_from('!H', ip, 4)[0], ip[40:]
        same(what + ' original length', original - len(data), length - len(segment))
        head = struct.unpack_from('!HHIIBBHHH', segment)
        same(what + ' header', (sport, dport, e['seq'], e.get('ack', 0), flags_of(e), e['wnd'], e.get('urg', 0)),
             (*head[:4], head[5], head[6], head[8]))
        hlen = head[4] >> 4 << 2
        same(what + ' length', e.get('len', 0), length - hlen)
        same(what + ' payload', e.get('payload', ''), segment[hlen:].hex())
        if len(segment) == length:
            whole += 1
            pseudo = source + destination + struct.pack('!II', length, protocol)
            same(what + ' checksum', 0xffff, total(pseudo + segment))
    if not whole:
        fault('no packet is whole')


# What `tshark -T fields` says: time, sequence and acknowledgement number, flags, payload bytes, verdict on the checksum.
def read_columns(path, record):
    events = [e for e in recording(record) if e['ev'] in ('send', 'receive')]
    with open(path, encoding='utf-8') as f:
        rows = [line.rstrip('\n').split('\t') for line in f]
    by_time = {row[0]: row[1:] for row in rows}
    for e in events:
        time = f'{e["t"] // 10**9}.{e["t"] % 10**9:09d}'
        whole = len(e.get('payload', '')) // 2 == e.get('len', 0)
        wanted = [str(e['seq']), str(e.get('ack', 0)), f'0x{flags_of(e):04x}', str(e.get('len', 0)),
                  'good' if whole else 'unverified']
        got = by_time.get(time)
        if got:
            got[4] = {'1': 'good', '0': 'bad', '2': 'unverified', '3': 'not there'}.get(got[4], got[4].lower())
        same(f't={e["t"]}:', wanted, got)


# ---------------------------------------------------------------------------------------------------------------------
# Pictures

ELEMENTS = set('svg g path text title style html head meta body h1 h2 p figure'.split())
ATTRIBUTES = set('class x y d width height viewBox transform lang charset name content'.split())


def read_picture(path, record):
    with open(path, encoding='utf-8') as f:
        text = f.read()
    root = ET.fromstring(text.replace('<!DOCTYPE html>', ''))
    for word in re.findall(r'\w*:?//[^"\s]*|url\(|@import|href|src=', text):
        if word != 'http://www.w3.org/2000/svg':
            fault('it reaches out:', word)
    for element in root.iter():
        name = element.tag.rpartition('}')[2]
        if name not in ELEMENTS:
            fault('an element <%s>' % name)
        for attribute in set(element.attrib) - ATTRIBUTES:
            fault('an attribute', attribute)
    words = [''.join(e.itertext()) for e in root.iter() if e.tag.endswith('text')]
    classes = [e.get('class', '').split() for e in root.iter() if e.tag.endswith('path')]
    events = recording(record)
    for e in events:
        if e['ev'] == 'state' and e['to'].replace('_', '-') not in words:
            fault('no state', e['to'])
        if e['ev'] == 'send' and not any(w.startswith(e['flags'] + ' seq=') for w in words):
            fault('no segment', e['flags'])
    sent = sum(e['ev'] == 'send' for e in events)
    heads = sum(' seq=' in w and ' ' not in w.split(' seq=')[0] for w in words)
    if heads < sent:
        fault(sent, 'segments were sent and', heads, 'are drawn')
    if heads != sum('life' not in c and bool({'taken', 'unseen', 'again', 'lost', 'refused'} & set(c)) and
                    'head' not in c for c in classes) - sum(c == ['again'] for c in classes) // 2:
        fault('arrows and their words differ in number')
    same('lost', words.count('lost'), sum('lost' in c for c in classes))
    for scheme in ('prefers-color-scheme:dark', '--bg:#fff'):
        if scheme not in text:
            fault('no', scheme)


# From 10.0.0.1 to 10.0.0.2, 1000 bytes each.
def crowd(n):
    print('{"toyscope":1}')
    for i in range(n):
        ends = [{'netns': 1, 'laddr': '10.0.0.1', 'lport': 9, 'raddr': '10.0.0.2', 'rport': 7},
                {'netns': 2, 'laddr': '10.0.0.2', 'lport': 7, 'raddr': '10.0.0.1', 'rport': 9}]
        body = {'flags': 'ACK', 'seq': 5000 + 1000 * i, 'ack': 9, 'len': 1000, 'wnd': 500, 'state': 'ESTABLISHED'}
        for ev, side in ('send', 0), ('receive', 1):
            print(json.dumps({'ev': ev, 't': 1000 + 10 * i + side, **ends[side], **body, **({} if side else {'why': 'DATA'})},
                             separators=(',', ':')))


# The same recording, as if each processor told its own part of every 20 ms in one go, and backwards.
def jumble(path):
    with open(path, encoding='utf-8') as f:
        lines = f.read().splitlines()
    told = [(json.loads(line), line) for line in lines]
    for _, line in sorted(enumerate(told), key=lambda t: (t[1][0].get('t', -1) // 20000000, -t[0] if t[0] else -len(told))):
        print(line[1])


def main():
    what, args = sys.argv[1], sys.argv[2:]
    if what == 'hostile':
        hostile()
    elif what == 'jumble':
        jumble(args[0])
    elif what == 'crowd':
        crowd(int(args[0]))
    elif what == 'json':
        read_json(*args)
    elif what == 'pcapng':
        read_pcapng(args[0], args[1], int(args[2]))
    elif what == 'picture':
        read_picture(*args)
    elif what == 'columns':
        read_columns(*args)
    for f in faults[:20]:
        print('#', f)
    sys.exit(1 if faults else 0)


main()
