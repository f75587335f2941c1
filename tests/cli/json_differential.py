"""The JSON scanner against Python's json, on generated and mutated records.

Both must accept the same records and read the same values. By design, and
checked here as such: NaN and the infinities are refused, more than 128 levels
are refused, ill-formed UTF-8 inside strings is accepted, flagged and read as
U+FFFD (Python: decode with errors="replace").

usage: json_differential.py [--records N] [--seed N]
"""
import argparse
import glob
import gzip
import json
import os
import random
import struct
import subprocess
import sys
import time

DEPTH_MAX = 128
BATCH = 10000
BAD_UTF8, LONE_SURROGATE = 4, 2

CHARACTERS = ('a', 'z', ' ', '/', '\x7f', '\x80', 'é', 'ß', '\u0301', '\u200d',
              '\u2028', '中', '\ud7ff', '\ue000', '\ufeff', '\ufffd', '\uffff',
              '😀', '\U0010ffff', '\x00', '\x1f', '\n', '\t', '"', '\\', '\ud800',
              '\udbff', '\udc00', '\udfff')
NUMBERS = (b'0', b'-0', b'-0.0', b'0e0', b'1E400', b'-1e-400', b'1e5', b'0.1',
           b'9223372036854775807', b'9223372036854775808',
           b'-9223372036854775808', b'-9223372036854775809',
           b'123456789012345678901234567890', b'5e-324', b'2.5e-324',
           b'1.7976931348623159e308', b'9007199254740993', b'0.' + b'3' * 900,
           b'1' + b'0' * 400 + b'e-400', b'1e00000000000000000001')
SCRAPS = (b'NaN', b'Infinity', b'-Infinity', b'nan', b'True', b'\\u', b'\\u12',
          b'\\ud83d', b'\\ude00', b'\\uD83D\\uDE00', b'\\x41', b'\\', b'"',
          b'\xff', b'\xc0\x80', b'\xed\xa0\x80', b'\xf0\x9f\x98', b'\xf4\x90\x80\x80',
          b'\xef\xbb\xbf', b'\xe2\x80\xa8', b'\x00', b'\x1f', b'\n', b'\x0b', b'\x0c',
          b'\xc2\xa0', b',', b':', b'[', b']', b'{', b'}', b'{}', b'[]', b',,', b'-',
          b'+1', b'01', b'.5', b'1.', b'1e', b'0x1', b'//', b'/**/', b"'a'",
          b'1_0', b'\xd9\xa1', b'null', b'true', b'false')
SHORT = {'"': b'\\"', '\\': b'\\\\', '/': b'\\/', '\b': b'\\b', '\f': b'\\f',
         '\n': b'\\n', '\r': b'\\r', '\t': b'\\t'}


def units(character):
    raw = character.encode('utf-16-be', 'surrogatepass')
    return [raw[i] << 8 | raw[i + 1] for i in range(0, len(raw), 2)]


def write_string(rng, text):
    out = [b'"']
    for c in text:
        must = c < ' ' or c in '"\\' or '\ud800' <= c <= '\udfff'
        if c in SHORT and rng.random() < .5:
            out.append(SHORT[c])
        elif must or rng.random() < .2:
            form = rng.choice((b'\\u%04x', b'\\u%04X'))
            out.extend(form % unit for unit in units(c))
        else:
            out.append(c.encode())
    out.append(b'"')
    return b''.join(out)


def random_string(rng):
    length = rng.choice((0, 1, 2, 5, 14, 15, 16, 17, 40))
    if rng.random() < .5:
        return rng.choice(('id', 'text', 'k', '')) + 'x' * length
    return ''.join(rng.choice(CHARACTERS) for _ in range(length))


def space(rng):
    return rng.choice((b'', b'', b'', b'', b' ', b'\t', b'\r\n'))


def generate(rng, depth=0):
    """A valid value, written in one of its many ways."""
    kind = rng.random()
    if depth > 4 or kind < .35:
        kind = rng.randrange(8)
        if kind < 3:
            return write_string(rng, random_string(rng))
        if kind == 3:
            return rng.choice((b'null', b'true', b'false'))
        if kind == 4:
            return rng.choice(NUMBERS)
        if kind == 5:
            return b'%d' % rng.randrange(-10**rng.randrange(1, 25), 10**9)
        return repr(rng.uniform(-1, 1) * 10.0**rng.randrange(-20, 20)).encode()
    if kind < .36:
        levels = rng.randrange(120, 137) - depth
        return b'[' * levels + b']' * levels
    s = space(rng)
    items = [generate(rng, depth + 1) for _ in range(rng.randrange(5))]
    if kind < .6:
        return b'[' + s + (s + b',' + s).join(items) + s + b']'
    items = [write_string(rng, random_string(rng)) + s + b':' + item
             for item in items]
    return b'{' + s + (s + b',' + s).join(items) + s + b'}'


def mutate(rng, record, others):
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        at = rng.randrange(len(record) + 1)
        end = min(len(record), at + rng.choice((1, 1, 2, 4, 30)))
        kind = rng.randrange(8)
        if kind == 0:
            record = record[:at]
        elif kind == 1:
            record = record[:at] + record[end:]
        elif kind == 2:
            record = record[:at] + bytes((rng.randrange(256),)) + record[at + 1:]
        elif kind == 3:
            record = record[:at] + bytes((rng.randrange(256),)) + record[at:]
        elif kind == 4:
            record = record[:end] + record[at:]
        elif kind == 5:
            other = rng.choice(others)
            start = rng.randrange(len(other) + 1)
            record = record[:at] + other[start:start + 20] + record[end:]
        else:
            record = record[:at] + rng.choice(SCRAPS) + record[at:]
    return record


def real_records():
    """Short records of the test data, and JSONTestSuite, if present."""
    folder = os.environ.get('STET_TEST_DATA', '')
    records = []
    for name in ('flagged/civil-spans-00000.jsonl', 'docs/man-00000.jsonl',
                 'hostile/unicode.jsonl', 'hostile/surrogates.jsonl',
                 'hostile/numbers.jsonl', 'hostile/naughty-strings.jsonl',
                 'hostile/utf8-stress.jsonl',
                 'flagged/openai-moderation-00000.json.gz'):
        try:
            opener = gzip.open if name.endswith('.gz') else open
            with opener(os.path.join(folder, name), 'rb') as lines:
                records += [line for line in lines if len(line) < 3000][:1500]
        except OSError:
            pass
    for path in glob.glob(os.path.join(folder, 'hostile/jsontestsuite/*')):
        with open(path, 'rb') as file:
            content = file.read()
        if len(content) < 3000:
            records.append(content)
    return records


class Refused(Exception):
    pass


class Number(str):
    pass


def refuse(_):
    raise Refused


def dump(value, depth, state):
    if value is None:
        return 'n'
    if value is True:
        return 't'
    if value is False:
        return 'f'
    if isinstance(value, Number):
        bits = struct.pack('>d', float(value)).hex()
        exact = ''
        if not set('.eE') & set(value) and -2**63 <= int(value) < 2**63:
            exact = str(int(value))
        return '#%s:%s:%s' % (value, bits, exact)
    if isinstance(value, str):
        if any('\ud800' <= c <= '\udfff' for c in value):
            state['flags'] |= LONE_SURROGATE
        return json.dumps(value)
    state['depth'] = max(state['depth'], depth + 1)
    if isinstance(value, list):
        items = [dump(item, depth + 1, state) + ',' for item in value]
        return '[' + ''.join(items) + ']'
    # An object: a tuple of pairs, the last of a name wins.
    items, seen = [], set()
    for key, item in reversed(value):
        inner = dump(key, depth, state) + dump(item, depth + 1, state) + ','
        if key not in seen:
            seen.add(key)
            items.append(inner)
    return '{' + ''.join(reversed(items)) + '}'


def expect(record):
    """What json_dump should say."""
    state = {'depth': 0, 'flags': 0}
    try:
        value = json.loads(record.decode('utf-8', 'replace'), parse_float=Number,
                           parse_int=Number, parse_constant=refuse,
                           object_pairs_hook=tuple)
        text = dump(value, 0, state)
    except (ValueError, Refused):
        return 'R'
    except RecursionError:
        return 'L'
    if state['depth'] > DEPTH_MAX:
        return 'L'
    try:
        record.decode('utf-8')
    except UnicodeDecodeError:
        state['flags'] |= BAD_UTF8
    return 'A%d %s' % (state['flags'], text)


def agrees(record, want, got):
    if got == want:
        return True
    # Too deep is noticed before what is wrong further on.
    return (got == 'L' and want == 'R' and
            record.count(b'[') + record.count(b'{') > DEPTH_MAX)


def run_batch(program, records):
    data = b''.join(struct.pack('<I', len(r)) + r for r in records)
    done = subprocess.run([program], input=data, stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode('ascii').split('\n')
    if len(lines) != len(records) + 1:
        raise SystemExit('Bail out! %d answers to %d records'
                         % (len(lines) - 1, len(records)))
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--records', type=int, default=20000)
    parser.add_argument('--seed', type=int,
                        default=int(os.environ.get('STET_TEST_SEED',
                                                   time.time())))
    options = parser.parse_args()
    rng = random.Random(options.seed)
    sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(10000)
    program = os.path.join(os.environ.get('builddir', '.'), 'tests/lib/json_dump')
    real = real_records()
    counts = {'A': 0, 'R': 0, 'L': 0}
    flagged = differences = done = 0
    print('1..1')
    print('# seed %d, %d real records' % (options.seed, len(real)))
    while done < options.records:
        records = []
        for _ in range(min(BATCH, options.records - done)):
            record = generate(rng)
            if real and rng.random() < .4:
                record = rng.choice(real)
            if records and rng.random() < .6:
                record = mutate(rng, record, records)
            records.append(record)
        for record, got in zip(records, run_batch(program, records)):
            want = expect(record)
            counts[want[0]] += 1
            flagged += want[0] == 'A' and want[1] != '0'
            if not agrees(record, want, got):
                differences += 1
                if differences <= 5:
                    print('# record %r\n#   Python: %s\n#   stet:   %s'
                          % (record, want[:300], got[:300]))
        done += len(records)
    print('# %d records: %d accepted (%d flagged), %d refused, %d too deep; '
          '%d differences' % (done, counts['A'], flagged, counts['R'],
                              counts['L'], differences))
    # A generator that makes only one kind would prove nothing.
    varied = done < 1000 or (min(counts.values()) > 0 and flagged > 0)
    print('%s 1 - same answers as Python' %
          ('ok' if varied and not differences else 'not ok'))


if __name__ == '__main__':
    main()
