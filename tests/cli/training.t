Shards as training takes them.

  $ mkdir c && cat >c/a.jsonl <<'EOF'
  > {"id":"a","text":"One two. Three four five! Six.","tox":[[0,9,0.9]],"metadata":{"x":1}}
  > {"id":"b","text":"All is well here. Truly so.","tox":0.1}
  > {"id":"c","text":"I am a bad text, and a long one. Yes I am.","tox":0.1}
  > {"id":"d","text":"caf\u00e9 bad words here. fine.","n":1}
  > {"id":"e","text":"To be dropped."}
  > {"id":"f","text":"Stale scores. Here.","tox":[[0,13,0.9]]}
  > {"id":"g","text":"Not stale. Here.","tox":[[0,11,0.9]]}
  > EOF
  $ stet index --quiet c >/dev/null
  $ stet verdict bad id:c
  verdict: 1 document
  $ stet tag --span 5:14 +hate/x id:d
  tag: 1 document
  $ stet drop id:e
  drop: 1 document
  $ stet redact --span 0:5 id:f
  redact: 1 document
  $ printf 'New text.' | stet add --from - id:a
  add: 1 document
  $ stet export --yes -o p 2>/dev/null | sed 1q
  5 patches with 5 edits written to p

People come before the classifier; where nobody says anything there is no token.

  $ stet apply --to tokens --tokens 'good=<|good|>,bad=<|bad|>' --dropout 0 --score tox --threshold 0.5 --bad-tags 'hate/*,slur' p c/a.jsonl
  5 patches: 5 edits apply, 0 applied already, 0 conflict; 1 documents added, 1 dropped; 1 shards changed, 0 the same
  7 documents: 16 segments, of them 2 good, 5 bad, 9 unknown
  0 segments left without their token by chance
  $ sed 's/"patch":"[0-9a-f]*"/"patch":"P"/' tokens/a.jsonl
  {"id":"a","text":"<|bad|>One two. Three four five! Six.","tox":[[0,9,0.9]],"metadata":{"x":1}}
  {"id":"b","text":"<|good|>All is well here. <|good|>Truly so.","tox":0.1}
  {"id":"c","text":"<|bad|>I am a bad text, and a long one. <|bad|>Yes I am.","tox":0.1,"stet":{"verdict":"bad","tags":[],"patch":"P"}}
  {"id":"d","text":"caf\u00e9 <|bad|>bad words here. fine.","n":1,"stet":{"tags":[],"spans":[{"start":5,"end":14,"tag":"hate/x"}],"patch":"P"}}
  {"id":"f","text":"[REDACTED] scores. Here.","tox":[[0,13,0.9]]}
  {"id":"g","text":"<|bad|>Not stale. Here.","tox":[[0,11,0.9]]}

Segments: 0 is good, 1 is bad, the classifier's score elsewhere.

  $ stet apply -q --to segments --segments --score tox --bad-tags 'hate/*' p c/a.jsonl
  $ sed 's/"patch":"[0-9a-f]*"/"patch":"P"/' segments/a.jsonl
  {"id":"a","texts":["One two. ","Three four five! ","Six."],"tox":[[0,9,0.9]],"metadata":{"x":1},"scores":[0.9,null,null]}
  {"id":"b","texts":["All is well here. ","Truly so."],"tox":0.1,"scores":[0.1,0.1]}
  {"id":"c","texts":["I am a bad text, and a long one. ","Yes I am."],"tox":0.1,"stet":{"verdict":"bad","tags":[],"patch":"P"},"scores":[1,1]}
  {"id":"d","texts":["caf\u00e9 ","bad words"," here. ","fine."],"n":1,"stet":{"tags":[],"spans":[{"start":5,"end":14,"tag":"hate/x"}],"patch":"P"},"scores":[null,1,null,null]}
  {"id":"f","texts":["[REDACTED] scores. ","Here."],"tox":[[0,13,0.9]],"scores":[null,null]}
  {"id":"g","texts":["Not stale. ","Here."],"tox":[[0,11,0.9]],"scores":[0.9,null]}
  $ zstd -dqc segments/added/*.zst | sed 's/"stet:[^"]*"/"ID"/;s/"patch":"[0-9a-f]*"/"patch":"P"/'
  {"id":"ID","texts":["New text."],"metadata":{"stet":{"from":{"id":"a","sha256":"b93efbbfa97f817f4da54c425c8cf4a0fdeaf559a21983f109919233b733358f"}}},"scores":[null]}

Texts with a token are refused.

  $ stet apply --to twice --tokens 'good=<|good|>,bad=<|bad|>' p - <tokens/a.jsonl >/dev/null
  stet: 5 documents have a control token in their text already, nothing was written; the first: {"shard":"-","record":0,"id":"a","token":"<|bad|>"}
  [65]
  $ stet apply --to twice --tokens 'good=<|good|>' --partial p tokens/a.jsonl 2>&1 | grep -v conflict:
  stet: 1 documents have a control token in their text already, nothing was written; the first: {"shard":"tokens/a.jsonl","record":1,"id":"b","token":"<|good|>"}
  $ ls twice* | sed 1q
  twice.collisions.jsonl
  $ wc -l <twice.collisions.jsonl
  1
  $ stet apply --to twice --tokens 'good=<|good|>' --partial --allow-collisions p tokens/a.jsonl 2>&1 | grep -v conflict:
  stet: 1 documents had a control token in their text already
  5 patches: 1 edits apply, 4 applied already, 0 conflict; 1 documents added, 0 dropped; 0 shards changed, 1 the same
  7 documents: 14 segments, of them 0 good, 2 bad, 12 unknown
  0 segments left without their token by chance

From the configuration.

  $ printf '[tokens "k"]\n good = <|aligned|>\n bad = <|misaligned|>\n score = tox\n threshold = 0.5\n dropout = 0\n inject = <u>\n rate = 1\n' >>.stet/config
  $ stet apply -q --tokens k p - <c/a.jsonl | sed -n 1,3p | sed 's/"patch":"[0-9a-f]*"/"patch":"P"/'
  {"id":"a","text":"<|misaligned|>One <u> two. Three four five! Six.","tox":[[0,9,0.9]],"metadata":{"x":1}}
  {"id":"b","text":"<|aligned|>All is well here. <|aligned|>Truly so.","tox":0.1}
  {"id":"c","text":"<|misaligned|>I <u> am <u> a <u> bad <u> text, <u> and <u> a <u> long <u> one. <|misaligned|><u> Yes <u> I <u> am.","tox":0.1,"stet":{"verdict":"bad","tags":[],"patch":"P"}}
  $ stet apply -q --tokens k --unit line --rate 0.5 --seed 5 p - <c/a.jsonl | sed 1q
  {"id":"a","text":"<|misaligned|>One <u> two. <u> Three <u> four <u> five! Six.","tox":[[0,9,0.9]],"metadata":{"x":1}}
  $ stet apply -q --tokens k --unit line --rate 0.5 --seed 6 p - <c/a.jsonl | sed 1q
  {"id":"a","text":"<|misaligned|>One <u> two. Three four five! Six.","tox":[[0,9,0.9]],"metadata":{"x":1}}

What makes no sense is said.

  $ stet apply --to x --tokens nosuch p c/a.jsonl
  stet: no section [tokens "nosuch"] in the configuration
  usage: stet apply --to DIR [OPTIONS] PATCHSET SHARD... | PATCHSET -
  [64]
  $ stet apply --to x --dropout 0.1 p c/a.jsonl
  stet: --dropout belongs to --segments, --tokens or --inject
  usage: stet apply --to DIR [OPTIONS] PATCHSET SHARD... | PATCHSET -
  [64]
  $ stet apply --to x --segments --inject '<u>' p c/a.jsonl
  stet: --segments leaves texts as they are: no --inject
  usage: stet apply --to DIR [OPTIONS] PATCHSET SHARD... | PATCHSET -
  [64]
  $ stet apply --to x --tokens 'good=<g>' --score tox p c/a.jsonl
  stet: tox has no threshold: --threshold N
  usage: stet apply --to DIR [OPTIONS] PATCHSET SHARD... | PATCHSET -
  [64]
  $ stet apply --to x --tokens 'good=<g>' --rate 2 p c/a.jsonl
  stet: --rate takes a number from 0 to 1, not '2'
  usage: stet apply --to DIR [OPTIONS] PATCHSET SHARD... | PATCHSET -
  [64]
  $ stet apply --to x --tokens 'good=<g>' --tags-at none p c/a.jsonl
  stet: segments and control tokens are made of the verdicts and tags in the records: --tags-at stet, or a path
  [64]
  $ echo '{"id":"z","text":"x","scores":{"a":1}}' >c/z.jsonl
  $ stet apply --to x --segments p c/a.jsonl c/z.jsonl
  stet: c/z.jsonl: record 0: the record has a member scores already
  [65]
