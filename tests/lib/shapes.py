"""Small corpora in the shapes of the field, member for member.

Each shape is a folder of its own; the texts are made up, and one document of
each has the word "harbour". Run as a program: shapes.py FOLDER [SHAPE...]
"""
import gzip
import json
import os
import subprocess
import sys

TEXTS = [
    "The harbour wall was built in 1890.\nIt keeps the café dry.\n",
    "Nobody likes those people, go away. 👍🏽 Never come back.\n",
    "Regen fällt auf die Brücke; der Fluß steigt.\n",
]
MARK = "harbour"


def line(record):
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def lines(records):
    return b"".join(line(record) for record in records)


def zstd(data, *options):
    return subprocess.run(["zstd", "-qc", *options], input=data, check=True,
                          stdout=subprocess.PIPE).stdout


def write(folder, name, data):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data)


def cp(text, part):
    """The span of `part` in code points."""
    start = text.index(part)
    return [start, start + len(part)]


# --- Dolma: documents and, in step with them, attributes ---

def dolma(folder):
    documents = [{"id": "http://x.example/%d" % n, "source": "cc", "text": text,
                  "added": "2024-01-01T00:00:00.000Z",
                  "created": "2023-05-05T00:00:00.000Z", "metadata": {"length": len(text)}}
                 for n, text in enumerate(TEXTS)]
    ids = [document["id"] for document in documents]
    abuse = cp(TEXTS[1], "go away")
    late = cp(TEXTS[1], "Never come back")
    write(folder, "documents/cc/000.json.gz", gzip.compress(lines(documents), mtime=0))
    write(folder, "attributes/hatespeech/cc/000.json.gz", zstd(lines(
        {"id": i, "source": "cc", "attributes":
         {"hatespeech__jigsaw__toxic": [[0, len(t), score]],
          "hatespeech__jigsaw__insult_spans": spans}}
        for i, t, score, spans in zip(ids, TEXTS, [0.01, 0.97, 0.02],
                                      [[], [abuse + [0.9], late + [0.4]], []]))))
    write(folder, "attributes/lang/cc/000.json", lines(
        {"id": i, "attributes": {"lang__ft__en": en, "lang__ft__labels": {"en": en, "de": de}}}
        for i, en, de in zip(ids, [0.99, 0.98, 0.02], [0.01, 0.01, 0.97])))


# --- datatrove: metadata nested, folded in from the top, and as a string ---

def datatrove_metadata():
    return [{"dump": "CC-MAIN-2023-50", "url": "https://x.example/%d" % n,
             "date": "2023-12-01T00:00:00Z", "language": "de" if n == 2 else "en",
             "language_score": 0.91 + n / 50, "token_count": len(text) // 4,
             "toxicity_score": score}
            for n, (text, score) in enumerate(zip(TEXTS, [0.02, 0.93, 0.04]))]


def datatrove(folder):
    write(folder, "00000.jsonl.gz", gzip.compress(lines(
        {"text": text, "id": "<urn:uuid:%08d>" % n, "metadata": metadata}
        for n, (text, metadata) in enumerate(zip(TEXTS, datatrove_metadata()))), mtime=0))


def datatrove_flat(folder):
    write(folder, "00000.jsonl", lines(
        {"text": text, "id": "a/%d" % n, **metadata}
        for n, (text, metadata) in enumerate(zip(TEXTS, datatrove_metadata()))))


def datatrove_string(folder):
    write(folder, "000_00000.jsonl", lines(
        {"text": text, "id": "a/%d" % n, "metadata": json.dumps(metadata)}
        for n, (text, metadata) in enumerate(zip(TEXTS, datatrove_metadata()))))


# --- FineWeb and those like it, as JSON lines ---

def fineweb_edu(folder):
    write(folder, "train-00000.jsonl.zst", zstd(lines(
        {"text": text, "id": "<urn:uuid:39147604-bfbe-4ed5-b19c-54105f8ae8a%d>" % n,
         "dump": "CC-MAIN-2013-20", "url": "http://x.example/%d" % n,
         "date": "2013-05-18T05:48:59Z", "file_path": "s3://cc/x.warc.gz",
         "language": "de" if n == 2 else "en", "language_score": 0.9185,
         "token_count": 38, "score": score, "int_score": round(score)}
        for n, (text, score) in enumerate(zip(TEXTS, [3.1875, 0.40625, 2.59375])))))


def moral_education(folder):
    write(folder, "score_5_morals.jsonl", lines(
        {"id": "<urn:uuid:0%d>" % n, "text": text, "metadata":
         {"dump": "CC-MAIN-2020-05", "url": "http://x.example/%d" % n,
          "date": "2020-01-18T05:48:59Z", "file_path": "s3://cc/x.warc.gz", "language": "en",
          "language_score": 0.97, "token_count": 200, "score": 2.5, "int_score": 3}}
        for n, text in enumerate(TEXTS)))


def dclm(folder):
    """Its writer leaves no final newline."""
    write(folder, "global-shard_01_of_10/local-shard_0_of_10/shard_00000000_processed.jsonl.zstd",
          zstd(lines({"bff_contained_ngram_count_before_dedupe": 5, "text": text,
                      "language_id_whole_page_fasttext": {"en": 0.9 - n / 10},
                      "metadata": {"Content-Length": "28300",
                                   "Content-Type": "application/http; msgtype=response",
                                   "WARC-Date": "2013-12-05T11:53:44Z",
                                   "WARC-Record-ID": "<urn:uuid:dc%d>" % n,
                                   "WARC-Target-URI": "http://x.example/%d" % n,
                                   "WARC-Type": "response"},
                      "previous_word_count": 120, "url": "http://x.example/%d" % n,
                      "warcinfo": "robots: classic\r\n",
                      "fasttext_openhermes_reddit_eli5_vs_rw_v2_bigram_200k_train_prob": 0.1 * n}
                     for n, text in enumerate(TEXTS)).rstrip(b"\n")))


def c4(folder):
    write(folder, "c4-train.00000-of-00001.json.gz", gzip.compress(lines(
        {"text": text, "timestamp": "2019-04-25T12:57:5%dZ" % n,
         "url": "http://x.example/%d" % n} for n, text in enumerate(TEXTS)), mtime=0))


def noid(folder):
    write(folder, "part.json", lines({"text": text} for text in TEXTS))


def pile(folder):
    """A frame per commit, as lm_dataformat writes."""
    write(folder, "00.jsonl.zst", b"".join(
        zstd(line({"text": text, "meta": {"pile_set_name": name}}))
        for text, name in zip(TEXTS, ["Pile-CC", "OpenWebText2", "Pile-CC"])))


def list_text(folder):
    write(folder, "data_0_time1_default.jsonl", lines(
        {"text": text.split(". "), "meta": {"n": n}} for n, text in enumerate(TEXTS)))


def bare(folder):
    write(folder, "strings.jsonl", b"".join(line(text) for text in TEXTS))


# --- RedPajama v2: documents and their signals ---

def redpajama(folder):
    write(folder, "documents/2023-06/0000/en_head.json.gz", gzip.compress(lines(
        {"url": "http://x.example/%d" % n, "date_download": "2023-02-08T22:17:17Z",
         "digest": "sha1:RHSYMIJUGZXBJHTB34YU5MHHDAZCAHO%d" % n, "length": len(text),
         "nlines": text.count("\n"), "source_domain": "x.example", "title": "X",
         "raw_content": text, "cc_segment": "crawl-data/x.warc.wet.gz", "original_nlines": 9,
         "original_length": 999, "line_ids": [1, 2], "language": "en", "language_score": 0.93,
         "perplexity": 188.2 + n, "bucket": "head"} for n, text in enumerate(TEXTS)), mtime=0))
    write(folder, "quality_signals/2023-06/0000/en_head.signals.json.gz", gzip.compress(lines(
        {"id": "2023-06/0000/en_head.json.gz/%d" % n, "id_int": 7972430436813205988 + n,
         "metadata": {"cc_segment": "crawl-data/x.warc.wet.gz", "cc_net_source": "2023-06/x",
                      "url": "http://x.example/%d" % n, "source_domain": "x.example",
                      "language": "en", "snapshot_id": "2023-06"},
         "quality_signals": {
             "ccnet_perplexity": [[0, len(text), 188.2 + n]],
             "rps_doc_ldnoobw_words": [[0, len(text), float(n == 1)]],
             "rps_doc_ml_wikiref_score": [[0, len(text), None]],
             "rps_lines_uppercase_letter_fraction": signal_lines(text)}}
        for n, text in enumerate(TEXTS)), mtime=0))


def signal_lines(text):
    spans = []
    at = 0
    for one in text.split("\n"):
        spans.append([at, at + len(one), round(sum(c.isupper() for c in one) /
                                               max(1, len(one)), 8)])
        at += len(one) + 1
    return spans


# --- OSCAR 23.01 ---

def oscar(folder):
    write(folder, "en_part_1.jsonl.zst", zstd(lines(
        {"content": text,
         "warc_headers": {"warc-identified-content-language": "eng",
                          "warc-target-uri": "https://x.example/%d" % n,
                          "warc-record-id": "<urn:uuid:29eaa920-d299-4b1d-b687-c72bd8d6811%d>" % n,
                          "warc-type": "conversion", "content-length": "3529%d" % n,
                          "warc-block-digest": "sha1:WFH2A5WHCS2H365GIAFYQPI7UOAMFGHB",
                          "warc-date": "2022-11-26T09:45:47Z", "content-type": "text/plain"},
         "metadata": {"identification": {"label": "de" if n == 2 else "en", "prob": 0.8938327},
                      "harmful_pp": pp, "tlsh": "tlsh:T125315FF2B6088901",
                      "quality_warnings": warnings, "categories": categories,
                      "sentence_identifications": [{"label": "en", "prob": 0.99837273}, None]}}
        for n, (text, pp, warnings, categories) in enumerate(zip(
            TEXTS, [4063.1814, 21.5, 2055.25],
            [["short_sentences", "header", "footer"], None, ["tiny"]],
            [None, ["adult", "hate"], None])))))


# --- segments: conditional training ---

def segments(folder):
    write(folder, "pile-detoxify.jsonl", lines(
        {"texts": parts, "meta": {"pile_set_name": "Pile-CC"}, "scores": scores,
         "avg_score": sum(scores) / len(scores), "num_sents": len(parts)}
        for parts, scores in [
            (["The harbour wall was built in 1890.\n", "It keeps the café dry.\n"],
             [0.00052, 0.00061]),
            (["Nobody likes those people, ", "go away. 👍🏽 ", "Never come back.\n"],
             [0.25, 0.91, 0.12])]))


def segments_code(folder):
    code = ["def harbour():\n", "    return  1\n"]
    write(folder, "codeparrot-pep8.jsonl", lines([
        {"texts": code, "scores": [0.0, 0.07142857142857142], "avg_score": 0.0357142857142857,
         "num_lines": 2, "org_text": "".join(code), "meta": {"repo_name": "x/y"}}]))


# --- others ---

def nemo(folder):
    write(folder, "00.jsonl", lines(
        {"text": text, "id": "doc_id-6a1e_%d" % n, "aegis_pred": pred,
         "quality_pred": quality, "quality_prob": [0.1, 0.2, 0.7]}
        for n, (text, pred, quality) in enumerate(zip(
            TEXTS, ["safe", "O3", "safe"], ["High", "Low", "Medium"]))))


def hplt(folder):
    """`scores` are of the languages of lines, not of parts of a list text."""
    write(folder, "en_1.jsonl.zst", zstd(lines(
        {"id": n + 1, "document_lang": "en", "scores": [0.951, 0.853], "langs": ["en", "en"],
         "text": text, "url": "http://x.example/%d" % n, "collection": "wide17"}
        for n, text in enumerate(TEXTS))))


def datamap(folder):
    write(folder, "chunk_00000000.jsonl.zst", zstd(lines(
        {"text": text, "id": "d%d" % n,
         "metadata": {"language": {"__label__en": en, "__label__de": 1 - en}}}
        for n, (text, en) in enumerate(zip(TEXTS, [0.98, 0.97, 0.03])))))


def annotated(folder):
    """Safety Pretraining's 0..5 with a reason."""
    write(folder, "safety.jsonl", lines(
        {"id": n, "text": text, "safety_score": score, "reason": reason}
        for n, (text, score, reason) in enumerate(zip(
            TEXTS, [0, 4, 1], ["", "hate speech", "weather"]))))


def members(folder):
    """Two gzip members, cut inside a line; a BOM, CRLF, blank lines, no last line end;
    and a name that lies."""
    data = b"\xef\xbb\xbf" + b"".join(line({"id": n, "text": text}).replace(b"\n", b"\r\n")
                                       for n, text in enumerate(TEXTS)).rstrip()
    write(folder, "lies.jsonl", gzip.compress(data[:90], mtime=0) +
          gzip.compress(b"", mtime=0) + gzip.compress(data[90:], mtime=0))


def frames(folder):
    """zstd frames cut inside a line, with and without checksum, skippable ones between
    them, and blank lines at the end."""
    data = lines({"id": n, "text": text} for n, text in enumerate(TEXTS)) + b"\n \r\n"
    skipped = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"{\"x\":"
    write(folder, "frames.json", zstd(data[:70], "--check") + skipped +
          zstd(data[70:100], "--no-check") + zstd(b"") + zstd(data[100:]) + skipped)


SHAPES = {function.__name__: function for function in (
    dolma, datatrove, datatrove_flat, datatrove_string, fineweb_edu, moral_education, dclm, c4,
    noid, pile, list_text, bare, redpajama, oscar, segments, segments_code, nemo, hplt, datamap,
    annotated, members, frames)}


def make(folder, names=()):
    for name in names or SHAPES:
        SHAPES[name](os.path.join(folder, name))


def shards(folder):
    """The files of documents below a shape's folder."""
    found = []
    for root, _, names in sorted(os.walk(folder)):
        if ".stet" in root:
            continue
        for name in sorted(names):
            path = os.path.relpath(os.path.join(root, name), folder)
            if not path.startswith(("attributes/", "quality_signals/")):
                found.append(path)
    return found


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2:])
