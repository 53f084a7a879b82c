#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
#
# export.py - reads what toyscope exports, as strictly as it can. Says what is wrong and exits with 1, or says nothing.
#
#	export.py hostile			print a recording of all that is hard to export
#	export.py crowd N			print a recording of N segments about which there is nothing to say
#	export.py transfer			print a recording of a transfer with losses, SACK, a timeout and a congestion window
#	export.py jumble RECORD			print it in another order
#	export.py json FILE RECORD DOCUMENT	is it what DOCUMENT says, and all of what RECORD holds?
#	export.py pcapng FILE RECORD PROTOCOL	are the packets whole, in order, their checksums right?
#	export.py picture FILE RECORD		is it XML, alone in the world, and complete?
#	export.py graph FILE RECORD		do its bars and lines stand where RECORD has them, by its own axes?
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
    'toyscope': {'type': STR, 'version': INT, 'flows': INT, 'missed': INT, 'virtual_time': BOOL},
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

ELEMENTS = set('svg g path text title style html head meta body h1 h2 p div figure'.split())
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


# A window of segments each 20 ms; the first of some windows is lost, and goes again after three duplicate ACKs or a timeout.
def transfer():
    ends = ({'netns': 1, 'laddr': '10.0.0.1', 'lport': 40000, 'raddr': '10.0.0.2', 'rport': 7},
            {'netns': 2, 'laddr': '10.0.0.2', 'lport': 7, 'raddr': '10.0.0.1', 'rport': 40000})
    told = [{'ev': 'netns', 'netns': 1, 'name': 'client'}, {'ev': 'netns', 'netns': 2, 'name': 'server'}]
    ms, iss, irs, mss = 1000, 4294960000, 77, 1000      # the numbers wrap on the way

    def put(ev, side, at, **fields):
        told.append({'ev': ev, 't': round(at * 1000000), **ends[side], **fields})

    def segment(side, at, flags, seq, why, lost=False, **more):
        body = {'flags': flags, 'seq': seq % 2**32, 'wnd': 300, 'wscale': 0 if 'SYN' in flags else 7,
                'state': 'ESTABLISHED', **more}
        put('send', side, at, why=why, **body)
        if not lost:
            put('receive', 1 - side, at + 10, **body)

    def congestion(at, why):
        put('cong', 0, at, why=why, cwnd=cwnd * mss, ssthresh=ssthresh * mss, srtt=20000, rttvar=5000, flight=0)

    put('state', 0, ms - 0.01, **{'from': 'CLOSED', 'to': 'SYN_SENT', 'why': 'ACTIVE_OPEN'})
    segment(0, ms, 'SYN', iss, 'SYN')
    segment(1, ms + 10.03, 'SYN,ACK', irs, 'SYNACK', ack=(iss + 1) % 2**32)
    segment(0, ms + 20.05, 'ACK', iss + 1, 'ACK', ack=irs + 1)
    ms, una, cwnd, ssthresh = ms + 20, iss + 1, 2, 1 << 20
    congestion(ms, 'INIT')
    for trip in range(9):
        lost = trip in (3, 7)
        for i in range(cwnd):
            at, ack = ms + 0.1 + i * 0.2, una + (i + 1) * mss
            segment(0, at, 'ACK', una + i * mss, 'DATA', lost and i == 0, ack=irs + 1, len=mss)
            if not lost:
                segment(1, at + 10.03, 'ACK', irs + 1, 'ACK', ack=ack % 2**32)
            elif i:
                block = [(una + mss) % 2**32, ack % 2**32]
                segment(1, at + 10.03, 'ACK', irs + 1, 'ACK', ack=una % 2**32, opts=16, sack=block)
        una, again = una + cwnd * mss, una
        if lost:
            ssthresh = max(cwnd // 2, 2)
            cwnd, wait = (ssthresh, 21) if trip == 3 else (1, 220)
            if trip == 7:
                put('timer', 0, ms + wait - 0.05, timer='RETRANSMIT', backoff=0, retries=1, rto=200000)
            congestion(ms + wait, 'RECOVERY' if trip == 3 else 'TIMEOUT')
            segment(0, ms + wait, 'ACK', again, 'FAST' if trip == 3 else 'RETRANSMIT', ack=irs + 1, len=mss)
            segment(1, ms + wait + 10.03, 'ACK', irs + 1, 'ACK', ack=una % 2**32)
            ms += wait
        else:
            cwnd = cwnd * 2 if cwnd < ssthresh else cwnd + 1
            congestion(ms + 20.2, 'GROWTH')
        ms += 21
    segment(0, ms, 'FIN,ACK', una, 'FIN', ack=irs + 1)
    print('{"toyscope":1}')
    for event in sorted(told, key=lambda e: e.get('t', 0)):
        print(json.dumps(event, separators=(',', ':')))


# The same recording, as if each processor told its own part of every 20 ms in one go, and backwards.
def jumble(path):
    with open(path, encoding='utf-8') as f:
        lines = f.read().splitlines()
    told = [(json.loads(line), line) for line in lines]
    for _, line in sorted(enumerate(told), key=lambda t: (t[1][0].get('t', -1) // 20000000, -t[0] if t[0] else -len(told))):
        print(line[1])


# ---------------------------------------------------------------------------------------------------------------------
# Graphs

class Panel:
    """One of a graph's panels: what its axes say where things are."""

    def __init__(self, frame):
        _, self.top, self.bottom, _ = (float(n) for n in re.findall(r'-?[\d.]+', frame))
        self.x, self.y, self.unit, self.paths = [], [], 1, []

    @staticmethod
    def scale(ticks):
        (a, b), (c, d) = ticks[0], ticks[-1]
        return lambda place: b + (place - a) * (d - b) / (c - a)

    def ms(self, x):
        return self.scale(self.x)(x)

    def bytes(self, y):
        return self.scale(self.y)(y) * self.unit


def panels_of(root):
    panels, title = [], None
    frames = [e.get('d') for e in root.iter() if e.get('class') == 'frame']
    panels = [Panel(frame) for frame in frames]
    for e in root.iter():
        kind, words = (e.get('class') or '').split(), ''.join(e.itertext())
        height = float(e.get('y') or 0)
        for p in panels:
            if kind == ['time', 'middle'] and e.get('x') and abs(height - p.bottom - 16) < 1:
                p.x.append((float(e.get('x')), float(words)))
            elif kind == ['time', 'end'] and p.top <= height - 4 <= p.bottom + 1 and re.fullmatch(r'-?[\d.]+', words):
                p.y.append((height - 4, float(words)))
            elif e.get('transform') and float(re.search(r',(\d+)', e.get('transform'))[1]) == (p.top + p.bottom) // 2:
                p.unit = {'bytes': 1, 'kB': 1e3, 'MB': 1e6}[words.split()[-1]]
            elif kind and kind[-1][:2] in ('b-', 'l-') and e.get('d'):
                places = [float(n) for n in re.findall(r'-?[\d.]+', e.get('d'))]
                if p.top - 1 <= places[1] <= p.bottom + 1 and 'h' not in e.get('d').split('V')[0].replace('h6m-3', ''):
                    p.paths.append((kind[-1], e.get('d'), places))
    if any('time since the first SYN, s' in ''.join(e.itertext()) for e in root.iter()):
        for p in panels:
            p.x = [(x, ms * 1000) for x, ms in p.x]
    return panels


# A staircase, as pairs of time and height.
def stairs_of(panel, d):
    points, x, y = [], 0, 0
    for command, numbers in re.findall(r'([MVH])([-\d. ]+)', d):
        n = [float(v) for v in numbers.split()]
        if command == 'M':
            x, y = n
        elif command == 'H':
            x = n[0]
            continue
        else:
            y = n[0]
        points.append((panel.ms(x), panel.bytes(y)))
    return points


def near(what, wanted, got, panel):
    width, height = panel.ms(1) - panel.ms(0), abs(panel.bytes(1) - panel.bytes(0))
    for (ms, n), (x, y) in zip(wanted, got):
        if abs(ms - x) > 0.2 * width or abs(n - y) > 0.2 * height:
            fault(f'{what}: at {ms:.3f} ms {n} bytes became {x:.3f} ms {y:.0f}')
    same(what + ', number', len(wanted), len(got))


def read_graph(path, record):
    root = ET.parse(path).getroot()
    events = recording(record)
    first = next(e for e in events if e['ev'] == 'send' and 'SYN' in e['flags'])
    client = (first['laddr'], first['lport'])
    panels = iter(panels_of(root))

    for side in (0, 1):
        mine = [e for e in events if ((e['laddr'], e['lport']) == client) == (side == 0)]
        sent = [e for e in mine if e['ev'] == 'send']
        if not any(e.get('len') for e in sent):
            continue
        upper, lower = next(panels), next(panels)
        iss = next(e['seq'] for e in sent if 'SYN' in e['flags'])

        def offset(seq):
            return (seq - iss + 2**31) % 2**32 - 2**31

        def ms(e):
            return (e['t'] - first['t']) / 1e6
        wanted = []
        for e in sent:
            size = e.get('len', 0) + ('SYN' in e['flags']) + ('FIN' in e['flags'])
            if size and 'RST' not in e['flags']:
                wanted.append((ms(e), offset(e['seq']), offset(e['seq']) + size))
        bars = sorted((upper.ms(n[0] + (3 if 'h6' in d else 0)), n[1], d) for kind, d, n in upper.paths
                      if kind in ('b-sent', 'b-again', 'b-lost', 'b-refused'))
        near('bars', [w[:2] for w in wanted], [(x, upper.bytes(y)) for x, y, _ in bars], upper)
        tops = [(x, upper.bytes(float(re.search(r'V([-\d.]+)', d)[1])) if 'V' in d else 0) for x, _, d in bars]
        pixel = abs(upper.bytes(1) - upper.bytes(0))
        near('tops of bars', [(w[0], max(w[2], w[1] + 2 * pixel)) for w in wanted], tops, upper)
        again = sum(e['why'] in ('RETRANSMIT', 'FAST') for e in sent)
        same('bars of what was sent again', again, sum('h6' in d for _, _, d in bars))

        una, edge, acks, edges, sacks, cwnd = None, None, [], [], [], []
        for e in mine:
            if e['ev'] == 'cong':
                cwnd.append((ms(e), e['cwnd']))
            if e['ev'] != 'receive' or 'ACK' not in e['flags'] or 'RST' in e['flags']:
                continue
            ack = offset(e['ack'])
            sacks += [(ms(e), offset(e['sack'][i])) for i in range(0, len(e.get('sack', [])), 2)]
            if una is None or ack >= una:
                if ack != una:
                    acks.append((ms(e), ack))
                window = ack + (e['wnd'] << (0 if 'SYN' in e['flags'] else e.get('wscale', 0)))
                if window != edge:
                    edges.append((ms(e), window))
                una, edge = ack, window
        lines = {kind: stairs_of(upper, d) for kind, d, _ in upper.paths if kind.startswith('l-')}
        near('acknowledged', acks, lines['l-ack'], upper)
        if len(lines.get('l-window', ())) == len(edges):        # else some of it is beyond the top
            near('receive window', edges, lines['l-window'], upper)
        elif not any('beyond the top' in ''.join(e.itertext()) for e in root.iter()):
            fault('a receive window is not there')
        near('SACK blocks', sorted(sacks), sorted((upper.ms(n[0]), upper.bytes(n[1])) for kind, _, n in upper.paths
                                                  if kind == 'b-sack'), upper)
        drawn = {kind: stairs_of(lower, d) for kind, d, _ in lower.paths if kind.startswith('l-')}
        cwnd = [c for i, c in enumerate(cwnd) if not i or c[1] != cwnd[i - 1][1]]
        near('congestion window', cwnd, drawn.get('l-cwnd', []), lower)
    same('panels left over', [], list(panels))


def main():
    what, args = sys.argv[1], sys.argv[2:]
    if what == 'hostile':
        hostile()
    elif what == 'transfer':
        transfer()
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
    elif what == 'graph':
        read_graph(*args)
    elif what == 'columns':
        read_columns(*args)
    for f in faults[:20]:
        print('#', f)
    sys.exit(1 if faults else 0)


main()
