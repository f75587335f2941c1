Copies and near copies of a document.

  $ cat >a.jsonl <<'END'
  > {"id":"a1","source":"web","text":"The old stone bridge over the river was closed this morning after the flood had washed away two of its seven pillars, and nobody in the village can say when it will be open again for carts and people."}
  > {"id":"a2","source":"web","text":"THE OLD STONE BRIDGE over the river was closed this morning, after the flood had washed away two of its seven pillars; and nobody in the village can say when it will be open again for carts and people!"}
  > {"id":"a3","source":"web","text":"Short text, seven words and no more."}
  > {"id":"a4","source":"web","text":"Nothing here is like anything else that stands in this file or in the other file, which is the whole point of it."}
  > END
  $ cat >b.jsonl <<'END'
  > {"id":"b1","source":"books","text":"The old stone bridge over the river was closed this morning after the flood had washed away two of its seven pillars, and nobody in the village can say when it will be open again for carts and people."}
  > {"id":"b2","source":"books","text":"The old stone bridge over the river was closed this morning after the flood had washed away two of its seven pillars, and nobody in the village can say when it will be open again for carts and horses."}
  > {"id":"b3","source":"books","text":"The old stone bridge over the river was closed this morning after the storm had washed away two of its seven pillars, and nobody in the town can say when it will be open again for carts and horses."}
  > {"id":"b4","source":"books","text":"Short text, seven words and no more."}
  > {"id":"b5","source":"books","text":"short text: seven words and no more"}
  > END
  $ stet index --quiet a.jsonl b.jsonl >/dev/null
  $ stet similar a1
  exact  at:b.jsonl:0  source:books  id:"b1"
  1.000  at:a.jsonl:1  source:web  id:"a2"
  0.944  at:b.jsonl:1  source:books  id:"b2"
  1 exact, 2 near
  $ stet similar b1
  exact  at:a.jsonl:0  source:web  id:"a1"
  1.000  at:a.jsonl:1  source:web  id:"a2"
  0.944  at:b.jsonl:1  source:books  id:"b2"
  1 exact, 2 near
  $ stet similar --threshold 0.5 a1
  exact  at:b.jsonl:0  source:books  id:"b1"
  1.000  at:a.jsonl:1  source:web  id:"a2"
  0.944  at:b.jsonl:1  source:books  id:"b2"
  0.521  at:b.jsonl:2  source:books  id:"b3"
  1 exact, 3 near
  $ stet similar a4
  0 exact, 0 near

Under 8 words only the very same text counts.

  $ stet similar a3
  exact  at:b.jsonl:3  source:books  id:"b4"
  1 exact, 0 near

For programs; the verdicts in force are there, too.

  $ stet verdict bad b2
  verdict: 1 document
  $ stet similar --json a1
  {"shard":"b.jsonl","record":0,"source":"books","id":"b1","sha256":"23a0951aab5af67267a19dd6b51dc6a227613fa73500d99ce1e66785efdc5860","jaccard":1,"exact":true,"scores":{},"verdict":null,"tags":[]}
  {"shard":"a.jsonl","record":1,"source":"web","id":"a2","sha256":"c2c9c3a2aedfc76b2e564d4be11ce4f466bef628c8acb189485c9d3449af93a8","jaccard":1,"exact":false,"scores":{},"verdict":null,"tags":[]}
  {"shard":"b.jsonl","record":1,"source":"books","id":"b2","sha256":"57cf1223342f751f38f37fdd4db106a6aa3d49147ffc939a7b2bcc079544bd10","jaccard":0.9444444444444444,"exact":false,"scores":{},"verdict":"bad","tags":[]}
  1 exact, 2 near

As a query, which has the document itself; and a decision on all of them.

  $ stet search --count similar:a1
  4
  $ stet search --count 'similar:a1 -source:books'
  2
  $ stet verdict bad --query 'similar:a1 verdict:none'
  verdict: 3 documents
  $ stet search --count verdict:bad
  4
  $ stet undo
  undone: verdict, 3 documents
  $ stet search --count verdict:bad
  1

All groups; the second time from a file, which may be damaged or missing.

  $ stet similar --all
  2 groups, 6 documents
  group 1: 4 documents
    at:a.jsonl:0
    at:a.jsonl:1
    at:b.jsonl:0
    at:b.jsonl:1
  group 2: 2 documents
    at:a.jsonl:2
    at:b.jsonl:3
  $ ls .stet/index/similar.groups
  .stet/index/similar.groups
  $ stet similar --all --json | cut -c1-90
  2 groups, 6 documents
  {"group":1,"documents":[{"shard":"a.jsonl","record":0,"source":"web","id":"a1","sha256":"2
  {"group":2,"documents":[{"shard":"a.jsonl","record":2,"source":"web","id":"a3","sha256":"1
  $ printf x >>.stet/index/similar.groups
  $ stet similar --all | head -2
  2 groups, 6 documents
  group 1: 4 documents
    at:a.jsonl:0
  $ stet similar --all --threshold 0.95
  2 groups, 5 documents
  group 1: 3 documents
    at:a.jsonl:0
    at:a.jsonl:1
    at:b.jsonl:0
  group 2: 2 documents
    at:a.jsonl:2
    at:b.jsonl:3
  $ stet similar --all a1
  stet: which document? or --all
  usage: stet similar [--threshold J] [--json] REF|--all
  [64]

What it does not take.

  $ stet similar
  stet: which document? or --all
  usage: stet similar [--threshold J] [--json] REF|--all
  [64]
  $ stet similar nobody
  stet: no document "nobody"
  [66]
  $ stet similar --threshold 2 a1
  stet: --threshold takes a number from 0.5 to 1
  usage: stet similar [--threshold J] [--json] REF|--all
  [64]
  $ stet search similar:nobody
    similar:nobody
            ^
  stet: no document "nobody"
  [64]

A shard that has changed is not read; exact copies are known by their hashes.

  $ sed -i 's/horses/horse/' b.jsonl
  $ stet similar a1
  exact  at:b.jsonl:0  source:books  id:"b1"
  1.000  at:a.jsonl:1  source:web  id:"a2"
  1 exact, 1 near; 2 not read: changed since indexed
