"""Queries against brute force: every document is read by Python's json, cut
into tokens by the tokenizer's Python twin and looked at; `stet search` must
find exactly the same documents.

A tenth of the documents by default; all with STET_TEST_FULL=1 (what is timed
in the notes). Prints TAP, and with STET_TEST_TIMES=1 the milliseconds.
"""
import fnmatch
import functools
import gzip
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

SRC = os.environ.get('srcdir', '.')
STET = os.path.join(os.environ.get('builddir', 'build'), 'stet')
DATA = os.environ.get('STET_TEST_DATA', '')
FULL = os.environ.get('STET_TEST_FULL', '') not in ('', '0')
sys.path.insert(0, os.path.join(SRC, 'tests', 'lib'))
import tokenizer_twin as twin  # noqa: E402

for name in ('fold', 'glyph', 'continues', 'is_emoji', 'is_mark'):
    setattr(twin, name, functools.lru_cache(None)(getattr(twin, name)))
ASCII_WORD = re.compile('[0-9A-Za-z]+')
SHARDS = ['docs/tang-00000.jsonl.zst', 'docs/pud-00000.jsonl.zst',
          'docs/gnome-help-00000.jsonl.zst', 'docs/udhr-00000.json.gz',
          'flagged/openai-moderation-00000.json.gz',
          'flagged/civil-spans-00000.jsonl',
          'flagged/stormfront-00000.jsonl.zst']
REST = ['docs/aozora-00000.json.gz', 'docs/books-00000.jsonl.zst',
        'docs/kernel-00000.jsonl.zst', 'docs/man-00000.jsonl',
        'flagged/davidson-00000.jsonl.zst',
        'flagged/civil-spans-00001.json.gz', 'flagged/edos-00000.jsonl.zst',
        'flagged/convabuse-00000.jsonl.zst',
        'flagged/wikitalk-perspective-00000.jsonl.zst',
        'flagged/dolma-layout/documents/000.json.gz',
        'flagged/dolma-layout/documents/cc_en_head-0091.jsonl.gz',
        'flagged/dolma-layout/documents/cc_en_head-0174.jsonl']
# Scores that are labels: their names in the index are the last of the path.
LABELS = ('label_sexist', 'label_category', 'label_vector')


def tokens(text):
    """Folded tokens; plain ASCII needs no twin."""
    if text.isascii():
        out = []
        for word in ASCII_WORD.findall(text.lower()):
            out.extend(word[i:i + 64] for i in range(0, len(word), 64))
        return out
    text = re.sub('[\ud800-\udfff]', '\ufffd', text)
    return [t[0] for t in twin.tokens(text)]


def flatten(value, prefix, out):
    if isinstance(value, dict):
        for key, inner in value.items():
            flatten(inner, prefix + [key], out)
    else:
        out['.'.join(prefix)] = value
    return out


class Document:
    def __init__(self, ref, record):
        self.ref = ref
        self.shard = ref.rsplit(':', 1)[0]
        self.id = record['id']
        self.source = record.get('source')
        self.text = record['text']
        self.metadata = record.get('metadata') or {}
        self.lang = self.metadata.get('lang', self.metadata.get('language'))
        self.scores = record.get('attributes') or {}
        self.tokens = tokens(self.text)
        self.joined = ' ' + ' '.join(self.tokens) + ' '
        self.dup = 0

    def number(self, name):
        value = self.scores.get(name)
        if isinstance(value, list):  # spans: the worst of those in the text
            inside = [s[2] for s in value
                      if s[0] < min(s[1], len(self.text))]
            return max(inside) if inside else math.nan
        if isinstance(value, (int, float)):
            return float(value)
        return math.nan


# What a document must be. Each is a function of a document.

def phrase(text, prefix=False):
    want = ' ' + ' '.join(tokens(text)) + ('' if prefix else ' ')
    return lambda d: want in d.joined


def starts(text):
    return phrase(text, True)


def both(*parts):
    return lambda d: all(p(d) for p in parts)


def either(*parts):
    return lambda d: any(p(d) for p in parts)


def none(part):
    return lambda d: not part(d)


def score(name, low=-math.inf, high=math.inf):
    return lambda d: low <= d.number(name) <= high


def label(pattern, names=LABELS):
    return lambda d: any(isinstance(d.scores.get(n), str) and
                         fnmatch.fnmatchcase(d.scores[n], pattern)
                         for n in names)


def field(name, pattern):
    return lambda d: isinstance(getattr(d, name), str) and \
        fnmatch.fnmatchcase(getattr(d, name), pattern)


def meta(name, pattern):
    return lambda d: isinstance(d.metadata.get(name), str) and \
        fnmatch.fnmatchcase(d.metadata[name], pattern)


def length(low=0, high=math.inf):
    return lambda d: low <= len(d.text) <= high


def copies(low, high=math.inf):
    return lambda d: low <= d.dup <= high


def near(distance, *phrases):
    """All start at most `distance` tokens, and their own length, before the
    start of the last."""
    wanted = [tokens(p) for p in phrases]

    def holds(d):
        for want in wanted:
            if ' %s ' % ' '.join(want) not in d.joined:
                return False
        places = [[i for i in range(len(d.tokens) - len(w) + 1)
                   if d.tokens[i:i + len(w)] == w] for w in wanted]
        return any(all(any(last - len(w) - distance <= p <= last for p in at)
                       for w, at in zip(wanted, places))
                   for last in {p for at in places for p in at})
    return holds


def shard(pattern):
    return lambda d: fnmatch.fnmatchcase(d.shard, pattern) or \
        fnmatch.fnmatchcase(os.path.basename(d.shard), pattern)


W = phrase
QUERIES = [
    ('', lambda d: True),
    ('hate', W('hate')),
    ('love peace', both(W('love'), W('peace'))),
    ('"free speech"', W('free speech')),
    ('kill OR murder', either(W('kill'), W('murder'))),
    ('women -men', both(W('women'), none(W('men')))),
    ('kill*', starts('kill')),
    ('"i want to k"*', starts('i want to k')),
    ('a*', starts('a')),
    ('NEAR(white people, 3)', near(3, 'white', 'people')),
    ('NEAR("you are" really, 20)', near(20, 'you are', 'really')),
    ('NEAR(the of and, 2)', near(2, 'the', 'of', 'and')),
    ('NOT the', none(W('the'))),
    ('-(the OR a OR 的)', none(either(W('the'), W('a'), W('的')))),
    ("don't self-harm OR U.S.A.",
     either(both(W('don t'), W('self harm')), W('u s a'))),
    ('(muslims OR jews) -hate -(white black)',
     both(either(W('muslims'), W('jews')), none(W('hate')),
          none(both(W('white'), W('black'))))),
    ('มนุษย์', W('มนุษย์')),
    ('ประเทศไทย OR รัฐบาล', either(W('ประเทศไทย'), W('รัฐบาล'))),
    ('ที่', W('ที่')),
    ('明月', W('明月')),
    ('李白 OR 杜甫 -春', either(W('李白'), both(W('杜甫'), none(W('春'))))),
    ('"不知何處"', W('不知何處')),
    ('人権', W('人権')),
    ('である', W('である')),
    ('すべて 人間', both(W('すべて'), W('人間'))),
    ('ば -は', both(W('ば'), none(W('は')))),
    ('ﾋﾞ OR ビ', W('ビ')),
    ('CAFE OR naïve', either(W('café'), W('naive'))),
    ('uber*', starts('über')),
    ('ΕΛΕΥΘΕΡΊΑ', W('ελευθερια')),
    ('"прав человека"', W('прав человека')),
    ('الإنسان', W('الإنسان')),
    ('"حقوق الانسان"', W('حقوق الانسان')),
    ('זכויות', W('זכויות')),
    ('मानव', W('मानव')),
    ('សិទ្ធិ', W('សិទ្ធិ')),
    ('인간*', starts('인간')),
    ('İNSAN OR ınsan', either(W('İNSAN'), W('ınsan'))),
    ('"con người" OR quyen', either(W('con người'), W('quyền'))),
    ('ﬁnd OR Ｔｈｅ', either(W('find'), W('the'))),
    ('😂 OR 😀 OR ❤', either(W('😂'), W('😀'), W('❤'))),
    ('"self-harm":1', score('self-harm', 1, 1)),
    ('self_harm:1 -violence:1',
     both(score('self-harm', 1, 1), none(score('violence', 1, 1)))),
    ('hate/threatening:0.5.. OR "violence/graphic">=1',
     either(score('hate/threatening', .5), score('violence/graphic', 1))),
    ('score.hate:0 kill*', both(score('hate', 0, 0), starts('kill'))),
    ('hate_fraction:0.5.. women', both(score('hate_fraction', .5),
                                       W('women'))),
    ('hate_fraction:0.25', score('hate_fraction', .25, .25)),
    ('marked_fraction:0.3333', score('marked_fraction', .3333, .3333)),
    ('marked_fraction:..0.3333', score('marked_fraction', high=.3333)),
    ('-marked_fraction:.. lang:en len:..200',
     both(none(score('marked_fraction')), field('lang', 'en'),
          length(high=200))),
    ('toxic_spans:0.9..', score('toxic_spans', .9)),
    ('len:10k..', length(10000)),
    ('len:..20', length(high=20)),
    ('len:100..101 -source:*tang*', both(length(100, 101),
                                         none(field('source', '*tang*')))),
    ('lang:zh -明', both(field('lang', 'zh'), none(W('明')))),
    ('lang:a? OR lang:th', either(field('lang', 'a?'), field('lang', 'th'))),
    ('source:*hate* jew*', both(field('source', '*hate*'), starts('jew'))),
    ('dup:2..', copies(2)),
    ('dup:1 len:..40', both(copies(1, 1), length(high=40))),
    ('meta.subforum:1346', meta('subforum', '1346')),
    ('people meta.license:CC* -meta.dataset:*Gibert*',
     both(W('people'), meta('license', 'CC*'),
          none(meta('dataset', '*Gibert*')))),
    ('id:tang/*/1', field('id', 'tang/*/1')),
    ('id:civil-5167187', field('id', 'civil-5167187')),
    ('shard:udhr* OR shard:docs/*pud*', either(shard('udhr*'),
                                               shard('docs/*pud*'))),
    ('(hate OR love) (len:..60 OR (you -"i love you" self-harm:0)) '
     '-(lang:zh OR NEAR(hate love, 4))',
     both(either(W('hate'), W('love')),
          either(length(high=60),
                 both(W('you'), none(W('i love you')),
                      score('self-harm', 0, 0))),
          none(either(field('lang', 'zh'), near(4, 'hate', 'love'))))),
    ('list:LIST -source:*tang*',
     both(either(W('white power'), W('明月'), W('final solution')),
          none(field('source', '*tang*')))),
]
FULL_QUERIES = [
    ('吾輩は猫', W('吾輩は猫')),
    ('"war and peace"', W('war and peace')),
    ('label_sexist:sexist', label('sexist', ('label_sexist',))),
    ('label:"1. threats*" kill', both(label('1. threats*'), W('kill'))),
    ('label_category:none sexist:0 bitch',
     both(label('none', ('label_category',)), score('sexist', 0, 0),
          W('bitch'))),
    ('perspective_toxicity:0.5..0.9 crowd_toxic:0',
     both(score('perspective_toxicity', .5, .9), score('crowd_toxic', 0, 0))),
    ('mean_severity:..-1 stupid', both(score('mean_severity', high=-1),
                                       W('stupid'))),
    ('meta.bot:E.L.I.Z.A. "shut up"', both(meta('bot', 'E.L.I.Z.A.'),
                                           W('shut up'))),
    ('id:http://*', field('id', 'http://*')),
    ('dup:5..', copies(5)),
    ('u* -women hate_fraction:0.6667..',
     both(starts('u'), none(W('women')), score('hate_fraction', .6667))),
]


def by_length(d):
    return len(d.text)


def by_score(name, sign=1, target=None):
    def key(d):
        value = d.number(name)
        if math.isnan(value):
            return (1, 0)
        if target is not None:  # equal distances are equal in decimals
            value = round(abs(value - target), 7)
        return (0, sign * value)
    return key


ORDERS = [
    ('hate sort:len', by_length),
    ('hate sort:-len', lambda d: -len(d.text)),
    ('hate lang:en sort:hate_fraction', by_score('hate_fraction', -1)),
    ('hate lang:en sort:-hate_fraction', by_score('hate_fraction')),
    ('hate lang:en sort:near(hate_fraction,0.5)',
     by_score('hate_fraction', 1, .5)),
]


def load(paths):
    documents = []
    for path in paths:
        full = os.path.join(DATA, path)
        if path.endswith('.gz'):
            data = gzip.open(full).read()
        elif path.endswith('.zst'):
            data = subprocess.run(['zstd', '-dcq', full], check=True,
                                  stdout=subprocess.PIPE).stdout
        else:
            data = open(full, 'rb').read()
        for number, line in enumerate(data.split(b'\n')):
            if line.strip():
                documents.append(Document('%s:%d' % (path, number),
                                          json.loads(line)))
    seen = {}
    for d in documents:
        seen[d.text] = seen.get(d.text, 0) + 1
    for d in documents:
        d.dup = seen[d.text]
    return documents


def stet(folder, *args):
    out = subprocess.run([STET, *args], cwd=folder, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    if out.returncode:
        raise RuntimeError('stet %s: %s' % (' '.join(args),
                                            out.stderr.decode().strip()))
    return out.stdout.decode()


def search(folder, query):
    """References of the hits, in order, and the milliseconds it took."""
    start = time.monotonic()
    out = stet(folder, 'search', '--refs', '--limit', '0', '--', query)
    return ([line[3:] for line in out.splitlines()],
            (time.monotonic() - start) * 1000)


def check_json(folder, query, found):
    """The same hits in the same order from --json, with their ids."""
    out = stet(folder, 'search', '--json', '--limit', '0', '--', query)
    hits = [json.loads(line) for line in out.splitlines()]
    return [h['id'] for h in hits] == [d.id for d in found]


def difference(found, wanted):
    extra, missing = found - wanted, wanted - found
    return '%d found, %d wanted; extra %s; missing %s' % (
        len(found), len(wanted), sorted(extra)[:3], sorted(missing)[:3])


def check(folder, documents, query, holds):
    wanted = [d for d in documents if holds(d)]
    try:
        refs, ms = search(folder, query)
    except RuntimeError as error:
        return False, ' - %s\n# %s' % (query, error), 0
    good = len(refs) == len(wanted) and set(refs) == {d.ref for d in wanted}
    text = ' - %d %s' % (len(wanted), query.replace('#', ''))
    if not good:
        text += '\n# ' + difference(set(refs), {d.ref for d in wanted})
    elif wanted and len(wanted) <= 30:
        by_ref = {d.ref: d for d in wanted}
        good = check_json(folder, query, [by_ref[r] for r in refs])
    return good, text, ms


def check_order(folder, documents, query, key):
    """The order of the shards is the base: ties keep it."""
    refs, ms = search(folder, query)
    plain, _ = search(folder, query.split(' sort:')[0])
    by_ref = {d.ref: d for d in documents}
    wanted = sorted(plain, key=lambda ref: key(by_ref[ref]))
    return refs == wanted and len(refs) > 0, ' - order: ' + query, ms


def run(folder, paths):
    for path in paths:
        os.makedirs(os.path.dirname(os.path.join(folder, path)),
                    exist_ok=True)
        shutil.copy(os.path.join(DATA, path), os.path.join(folder, path))
    with open(os.path.join(folder, 'LIST'), 'w') as out:
        out.write('White power\n\n...\n明月\r\nfinal  solution')
    stet(folder, 'index', '--yes', *paths)
    start = time.monotonic()
    documents = load(paths)
    print('# %d documents read and cut into tokens in %.1f s' % (
        len(documents), time.monotonic() - start))
    cases = [(check, q, p) for q, p in
             QUERIES + (FULL_QUERIES if FULL else [])]
    cases += [(check_order, q, k) for q, k in ORDERS if FULL or
              'fraction' not in q]
    print('1..%d' % len(cases))
    failed = 0
    for number, (how, query, holds) in enumerate(cases, 1):
        good, text, ms = how(folder, documents, query, holds)
        failed += not good
        print('%sok %d%s' % ('' if good else 'not ', number, text))
        if os.environ.get('STET_TEST_TIMES'):
            print('# %.1f ms' % ms)
    return 1 if failed else 0


def main():
    if not os.path.isdir(os.path.join(DATA, 'docs')):
        print('1..0 # SKIP no folder STET_TEST_DATA')
        return 0
    if not shutil.which('zstd'):
        print('1..0 # SKIP zstd was not found')
        return 0
    folder = tempfile.mkdtemp(prefix='stet-oracle-')
    try:
        return run(folder, SHARDS + (REST if FULL else []))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
