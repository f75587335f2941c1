"""The benchmarks themselves, on a handful of documents: they run, count the same
documents on all sides, and tell what they measured. Nothing is timed. Prints
TAP.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

SRC = os.path.abspath(os.environ.get('srcdir', '.'))
BUILD = os.path.abspath(os.environ.get('builddir', 'build'))
BENCH = os.path.join(SRC, 'bench')
sys.dont_write_bytecode = True
sys.path.insert(0, BENCH)
import corpus  # noqa: E402
import extract  # noqa: E402
import report  # noqa: E402

PAGE = """<html><head><title>unseen</title></head><body><nav>unseen</nav>
<h1>Caf&eacute;</h1><p>One <b>two</b>
three.</p><!-- unseen --><p>\u732b\u3068\u72ac</p></body></html>"""
MANUAL = '.\\" unseen\n.TH LS 1\n.SH NAME\nls \\- list \\fIfiles\\fR\n.PP\n.B ls\nis old.\n'
failed = False
points = 0


def ok(good, name, detail=''):
    global failed, points
    points += 1
    failed |= not good
    print('%s %d - %s' % ('ok' if good else 'not ok', points, name))
    if not good and detail:
        print('# ' + str(detail).replace('\n', '\n# '))


def texts(folder, language, kind):
    return [(spoken, text) for spoken, _, text in extract.paragraphs(folder, language, kind)]


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as file:
        file.write(text.encode())


def check_extract(work):
    write(work, 'doc/ja/a.html', PAGE)
    write(work, 'man/man1/ls.1', MANUAL)
    got = texts(work, 'path', 'html')
    ok(got == [('ja', 'Caf\u00e9'), ('ja', 'One two\nthree.'), ('ja', '\u732b\u3068\u72ac')],
       'markup leaves its text, in the language of the path', got)
    got = texts(work, 'en', 'man')
    ok(got == [('en', 'NAME\nls - list files'), ('en', 'ls\nis old.')],
       'a manual page leaves its text', got)


def make_corpus(work):
    """Both sets, cut from made-up paragraphs; what is known of them."""
    about = {'packages': {}, 'sets': {}}
    for name in corpus.SETS:
        path = os.path.join(work, 'paragraphs')
        with open(path, 'w') as file:
            for number in range(900):
                file.write('page\0%s paragraph %d of a kind that repeats: %s\0'
                           % (name, number % 800, 'word ' * (number % 37)))
        documents = list(corpus.cut('made-up', 'en', path, set()))
        about['sets'][name] = corpus.write_set(name, documents, work)
        about['sets'][name]['languages'] = {'en': about['sets'][name]['text_bytes']}
    with open(os.path.join(work, 'about.json'), 'w') as file:
        json.dump(about, file)
    return about


def check_corpus(work):
    os.makedirs(work)
    about = make_corpus(work)
    again = make_corpus(work)
    known = about['sets']['english']
    ok(about == again, 'the same paragraphs give the same records')
    ok(known['documents'] == sum(shard['documents'] for shard in known['shards'].values()) > 8,
       'documents are counted by shard', known)
    shard = os.path.join(work, 'english-00000.jsonl.zst')
    lines = subprocess.run(['zstd', '-dcq', shard], stdout=subprocess.PIPE, check=True).stdout
    text = [json.loads(line)['text'] for line in lines.splitlines()]
    ok(sum(len(one.encode()) for one in text) == known['shards'][os.path.basename(shard)]
       ['text_bytes'], 'a shard holds the text that is said')


def run(work, *parts):
    out = os.path.join(work, 'result.json')
    process = subprocess.run(
        [sys.executable, os.path.join(BENCH, 'run.py'), '--build', BUILD, '--quick',
         '--corpus', os.path.join(work, 'corpus'), '--work', work, '--json', out, *parts],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=dict(os.environ, XDG_CACHE_HOME=os.path.join(work, 'cache')))
    if process.returncode != 0:
        return {}, process.stderr.decode('utf-8', 'replace')
    with open(out) as file:
        return json.load(file), process.stdout.decode()


def check_run(work):
    long = os.environ.get('STET_TEST_LONG') and shutil.which('less')
    result, said = run(work, 'index', 'scan', 'search', 'apply', *(['desk'] if long else []))
    ok(bool(result), 'the drivers run', said)
    if not result:
        return
    shown = result.get('index', {}).get('multilingual', {})
    wanted = {'stet', 'stet, seekable copies', "FTS5 insert path, stet's tokens",
              'FTS5 insert path, unicode61', 'Python + FTS5'}
    ok(wanted <= set(shown), 'all contenders were measured', sorted(shown))
    ok(all(one['seconds'][0] > 0 and one['peak_bytes'] > 0 and one['index_share'] > 0
           for one in shown.values()) and bool(shown), 'each has a time, a peak and a size', shown)
    ok(shown.get('stet', {}).get('times') == [1, 1, 1], 'stet takes as long as stet')
    programs = {row['program'] for row in result.get('search', [])}
    ok(programs == {'stet', 'SQL'}, 'searches were measured beside SQL', programs)
    shown = result.get('apply', [])
    ok(len(shown) == 6 and all(row['ratio'][0] > 0 and row['edits'] > 0 for row in shown),
       'applying was measured beside copying and packing', shown)
    if long:
        programs = {row['program'] for row in result.get('desk', [])}
        ok(programs == {'stet', 'less'}, 'the desk was measured beside less', programs)
    ok('| Python + FTS5 |' in said and 'Indexing, english' in said, 'tables are printed', said)
    filled = report.fill('a\n%s\nold\n%s\nb\n' % (report.BEGIN, report.END), result)
    ok(filled.startswith('a\n') and filled.endswith('\nb\n') and 'old' not in filled and
       report.markdown(result) in filled, 'a document is filled with them')


def check_document():
    """The published table is the published numbers'."""
    with open(os.path.join(SRC, 'docs', 'benchmarks.json')) as file:
        result = json.load(file)
    with open(os.path.join(SRC, 'docs', 'BENCHMARKS.md')) as file:
        text = file.read()
    ok(report.fill(text, result) == text,
       'docs/BENCHMARKS.md shows docs/benchmarks.json (bench/report.py writes it)')


def main():
    with tempfile.TemporaryDirectory(prefix='stet-bench-test-') as work:
        check_extract(os.path.join(work, 'unpacked'))
        check_corpus(os.path.join(work, 'corpus'))
        check_run(work)
    check_document()
    print('1..%d' % points)
    sys.exit(failed)


main()
