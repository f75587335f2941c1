Rewrites that a model proposes: taken in for the text they were written for.

  $ cat >corpus.jsonl <<'END'
  > {"id":"a","source":"web","text":"You are a fool."}
  > {"id":"b","source":"web","text":"The kettle is on."}
  > {"id":"c","source":"one","text":"Twice."}
  > {"id":"c","source":"two","text":"Twice, elsewhere."}
  > END
  $ stet index -qy corpus.jsonl >log 2>&1
  $ cat >proposals.jsonl <<END
  > {"id":"a","sha256":"$(printf 'You are a fool.' | sha256sum | cut -c1-64)","text":"You are mistaken.","model":"rewriter-7b","style":"kinder"}
  > {"id":"b","sha256":"$(printf 'The kettle was on.' | sha256sum | cut -c1-64)","text":"Tea.","model":"rewriter-7b"}
  > {"id":"c","text":"Once."}
  > {"id":"zzz","text":"Nobody."}
  > {"id":"a"}
  > {"text":"No id."}
  > nonsense
  > {"id":"a","sha256":"12","text":"x"}
  > {"id":"a","text":""}
  > {"id":"a","text":"x","model":"$(printf '%02000d' 0)"}
  > END
  $ stet import proposals proposals.jsonl
  stet: proposals.jsonl, line 5: no "text"
  stet: proposals.jsonl, line 6: neither "id" nor "sha256"
  stet: proposals.jsonl, line 7: no JSON object
  stet: proposals.jsonl, line 8: "sha256" is no SHA-256 in hex
  stet: proposals.jsonl, line 9: "text" is empty: a document goes by dropping it
  stet: proposals.jsonl, line 10: "model" or "style" is over 1024 bytes or not valid UTF-8
  1 of 10 proposals taken in
  1 are stale: written for another text; set aside
  1 fit no document
  1 fit several documents: left out
  6 rows are bad: left out
  [1]
  $ stet search --refs has:proposal
  at:corpus.jsonl:0

Again, compressed: nothing twice.

  $ head -n 1 proposals.jsonl | gzip -c >more.jsonl.gz
  $ stet import proposals --json more.jsonl.gz
  {"rows":1,"taken":0,"known":1,"stale":0,"unmatched":0,"ambiguous":0,"bad":0}
  $ stet import proposals
  stet: which files?
  usage: stet import scores|proposals|annotations|failures [OPTIONS] FILE...
  [64]
  $ stet import tea x
  stet: what is to be imported? scores, proposals, annotations or failures
  usage: stet import scores|proposals|annotations|failures [OPTIONS] FILE...
  [64]

Accepted at the desk, it stands in the journal with where it came from, and goes
into the patch.

  $ cat >keys <<'END'
  > P
  > +
  > END
  $ stet desk --script keys --size 80x24 has:proposal
  $ stet search --count has:proposal
  0
  $ stet log | grep -c 'rewrite.*reason: proposal of rewriter-7b: kinder'
  1
  $ stet export -o patch.jsonl >/dev/null 2>&1; grep -c 'You are mistaken' patch.jsonl
  1
