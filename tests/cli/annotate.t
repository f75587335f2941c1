Decisions from the command line.

  $ cp "$DATA"/notes.jsonl . && gzip -nc "$DATA"/web.jsonl >web.jsonl.gz
  $ stet index --quiet notes.jsonl web.jsonl.gz >/dev/null

One document.

  $ stet verdict bad --reason 'an insult' n2
  verdict: 1 document
  $ stet tag +insult -nothing n2
  tag: 1 document
  $ stet show n2
  place      at:notes.jsonl:1
  id         n2
  source     notes
  lang       en
  sha256     dbcb35ff9c775ba5eac6d6c2d4edc690c34b7c94990ec6827bb8446bfedb47b2
  length     39 characters, 39 bytes, 0 hidden characters
  scores     toxicity = 0.81
  verdict    bad
  tags       insult
  
  You are a fool, and everybody knows it.
  $ stet search --refs verdict:bad
  at:notes.jsonl:1
  $ stet search --refs tag:insult
  at:notes.jsonl:1

Several, by references, by a query, by a batch.

  $ stet verdict good n1 n3
  verdict: 2 documents
  $ stet tag +fool --query fool
  tag: 4 documents
  $ stet search --count tag:fool
  4
  $ printf 'bad\tw4\ngood\tw1\n' | stet verdict --batch -
  verdict: 2 documents
  $ printf 'n4\nn5\n' >refs && stet skip --batch refs
  skip: 2 documents
  $ stet search --refs is:unjudged
  at:notes.jsonl:3
  at:notes.jsonl:4
  at:web.jsonl.gz:1
  at:web.jsonl.gz:2
  at:web.jsonl.gz:4
  at:web.jsonl.gz:5

One undo takes back a whole bulk action; redo brings it again.

  $ stet verdict unsure --query lang:en
  verdict: 8 documents
  $ stet search --count verdict:unsure
  8
  $ stet undo
  undone: verdict, 8 documents
  $ stet search --count verdict:unsure
  0
  $ stet redo
  brought back: what was undone last
  $ stet search --count verdict:unsure
  8
  $ stet undo
  undone: verdict, 8 documents

One of them by its uuid, undone long ago or not.

  $ stet log --json -n 1 | sed 's/.*"uuid":"\([0-9a-f-]*\)".*/\1/' >uuid
  $ stet undo --uuid $(cat uuid) | sed 's/[0-9a-f-]\{36\}/UUID/'
  undone: UUID
  $ stet redo --uuid $(cat uuid) | sed 's/[0-9a-f-]\{36\}/UUID/'
  brought back: UUID
  $ stet redo --uuid $(cat uuid)
  stet: no undo of yours holds it
  [66]

Other people's decisions are their own.

  $ stet verdict --reviewer kim good n2
  verdict: 1 document
  $ stet search --refs 'verdict:bad by:ann'
  at:notes.jsonl:1
  at:web.jsonl.gz:3
  $ stet search --refs 'verdict:good by:kim'
  at:notes.jsonl:1
  $ stet undo --reviewer kim
  undone: verdict, 1 document
  $ stet undo --reviewer kim
  stet: nothing to undo
  [66]

Texts: a rewrite, a span of one, a redaction, an insertion, a new document.

  $ printf 'You are mistaken.' >new && stet rewrite --from new n2
  rewrite: 1 document
  $ printf 'unwise' | stet rewrite --span 9:13 --from - n4
  rewrite: 1 document
  $ stet redact --span 11:19 n3
  redact: 1 document
  $ printf 'Well, ' >well && stet insert --at 0 --from well n5
  insert: 1 document
  $ stet drop w4
  drop: 1 document
  $ stet keep w1
  keep: 1 document
  $ stet note 'check the kana' w2
  note: 1 document
  $ stet rate quality=3 w2
  rate: 1 document
  $ stet escalate w3
  escalate: 1 document
  $ printf 'A new text about the garden.' >added && stet add --from added n1
  add: 1 document
  $ stet search --refs is:rewritten
  at:notes.jsonl:1
  at:notes.jsonl:2
  at:notes.jsonl:3
  at:notes.jsonl:4
  $ stet search --refs is:dropped
  at:web.jsonl.gz:3
  $ stet search --refs is:escalated
  at:web.jsonl.gz:2
  $ stet search --refs op:redact
  at:notes.jsonl:2
  $ stet search --refs has:note
  at:web.jsonl.gz:1
  $ stet stats
  11 documents; 7 judged (7 today), 1 skipped, 1 dropped, 4 rewritten, 1 escalated; 26 annotations
  verdicts: good 3  bad 2
  tags: fool 4  insult 1
  
  toxicity  10 scored, 1 unknown, high is bad
            0 .. 0.1       |##############################         4  good 2
          0.1 .. 0.2       |########                               1  good 1
          0.2 .. 0.3       |                                       0
          0.3 .. 0.4       |########                               1  fool 1
          0.4 .. 0.5       |                                       0
          0.5 .. 0.6       |###############                        2
          0.6 .. 0.7       |                                       0
          0.7 .. 0.8       |                                       0
          0.8 .. 0.9       |########                               1  bad 1  fool 1  insult 1
          0.9 .. 1         |########                               1  bad 1  fool 1

Mistakes change nothing.

  $ stet verdict awful n1
  stet: "awful" is not a verdict of this workspace
  [64]
  $ stet verdict good
  stet: which documents?
  usage: stet verdict [OPTIONS] VALUE REF...|--query Q|--batch FILE
  [64]
  $ stet verdict
  stet: an argument is missing
  usage: stet verdict [OPTIONS] VALUE REF...|--query Q|--batch FILE
  [64]
  $ stet verdict good nobody
  stet: no document "nobody"
  [66]
  $ stet verdict good --query fool n1
  stet: give REFs, or --query, or --batch: one of them
  usage: stet verdict [OPTIONS] VALUE REF...|--query Q|--batch FILE
  [64]
  $ stet redact --span 5:2 n1
  stet: a span is A:B with A <= B, in characters, not '5:2'
  usage: stet redact --span A:B [--placeholder TEXT] REF|--batch FILE
  [64]
  $ stet redact --span 0:4000 n1
  stet: the span ends at character 4000, the text has 38
  [64]
  $ stet redact n1
  stet: --span A:B is needed
  usage: stet redact --span A:B [--placeholder TEXT] REF|--batch FILE
  [64]
  $ stet tag '+two words' n1
  stet: write +TAG to tag, -TAG to untag
  usage: stet tag [OPTIONS] +TAG|-TAG... REF...|--query Q|--batch FILE
  [64]
  $ stet rewrite --from missing n1
  stet: missing: No such file or directory
  [66]
  $ stet insert --at 400000 --from well n1
  stet: the span ends at character 400000, the text has 38
  [64]
  $ stet rate quality n1
  stet: a rating is SCALE=N
  usage: stet rate [OPTIONS] SCALE=N REF...|--query Q|--batch FILE
  [64]
  $ stet verdict --reviewer 'a,b' good n1
  stet: "a,b" is not a reviewer's name: 1 to 128 bytes of UTF-8 without commas and controls
  [78]
  $ printf 'awful\tn1\n' | stet verdict --batch -
  stet: "awful" is not a verdict of this workspace
  [64]
  $ printf 'good\tn1\ngood\tnobody\n' | stet verdict --batch -
  stet: batch line 2: no document "nobody"
  [66]
