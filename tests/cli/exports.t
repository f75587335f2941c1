The formats of `stet export` that people read, and what the folders hold.

  $ mkdir c && cp "$DATA"/notes.jsonl c && gzip -nc "$DATA"/web.jsonl >c/web.jsonl.gz
  $ stet index --quiet c >/dev/null
  $ stet verdict --reason rude bad n2
  verdict: 1 document
  $ stet tag +insult n2 w4
  tag: 2 documents
  $ stet tag +insult --span 4:8 n4
  tag: 1 document
  $ stet rate severity=3 n4
  rate: 1 document
  $ printf 'You are mistaken.\n' | stet rewrite --from - --reason kinder n2
  rewrite: 1 document
  $ stet redact --span 11:19 n3
  redact: 1 document
  $ stet drop n5
  drop: 1 document
  $ printf 'A new text.' | stet add --from - n1
  add: 1 document

  $ stet export --format csv -o t.csv
  decisions on 6 documents written to t.csv
  $ tr -d '\r' <t.csv | cut -d, -f1-10
  shard,record,source,id,verdict,tags,ratings,fate,edits,reasons
  "c/notes.jsonl",1,"notes","n2","bad","insult","","change",1,"rude; kinder"
  "
  "c/notes.jsonl",2,"notes","n3","","","","change",1,""
  "c/notes.jsonl",3,"notes","n4","","insult[4:8]","severity=3","",0,""
  He speaks in riddles.",""
  "c/notes.jsonl",4,"notes","n5","","","","drop",0,""
  "c/web.jsonl.gz",3,"web","w4","","insult","","",0,""
  "",,"notes","stet:UUID","","","","add",1,""

  $ stet export --format diff -o t.diff
  decisions on 6 documents written to t.diff
  $ cat t.diff
  # verdict: rude
  # replace: kinder
  --- c/notes.jsonl:1\tn2
  +++ c/notes.jsonl:1\tn2
  @@ -1 +1 @@
  -You are a fool, and everybody knows it.
  \ No newline at end of file
  +You are mistaken.
  # redact
  --- c/notes.jsonl:2\tn3
  +++ c/notes.jsonl:2\tn3
  --- c/notes.jsonl:4\tn5
  +++ /dev/null
  @@ -1 +0,0 @@
  -Fool me once, shame on you.
  \ No newline at end of file
  --- /dev/null
  +++ added\t"stet:UUID"
  @@ -0,0 +1 @@
  +A new text.
  \ No newline at end of file

  $ stet export --format pairs -o pairs.jsonl
  decisions on 6 documents written to pairs.jsonl
  $ cat pairs.jsonl
  {"id":"n2","source":"notes","shard":"c/notes.jsonl","record":1,"original":"You are a fool, and everybody knows it.","rewrite":"You are mistaken.\n","reasons":["rude","kinder"]}

  $ stet export --format ratings -o ratings.jsonl
  decisions on 6 documents written to ratings.jsonl
  $ cat ratings.jsonl
  {"id":"n2","source":"notes","shard":"c/notes.jsonl","record":1,"text":"You are a fool, and everybody knows it.","verdict":"bad","tags":["insult"]}
  {"id":"n4","source":"notes","shard":"c/notes.jsonl","record":3,"text":"The fool of the play is the wisest of them all.\nHe speaks in riddles.","ratings":{"severity":3},"spans":[{"start":4,"end":8,"tag":"insult"}]}
  {"id":"w4","source":"web","shard":"c/web.jsonl.gz","record":3,"text":"Go away, you fool! 😠 Go away!","tags":["insult"]}

  $ stet export --format jsonl -o decided.jsonl
  decisions on 6 documents written to decided.jsonl
  $ cut -c1-150 decided.jsonl
  {"id":"n2","text":"You are mistaken.\n","metadata":{"source":"notes","shard":"c/notes.jsonl","record":1,"verdict":"bad","tags":["insult"],"changed":tr
  {"id":"n3","text":"Call me at [REDACTED] about the garden.","metadata":{"source":"notes","shard":"c/notes.jsonl","record":2,"changed":true}}
  {"id":"n4","text":"The fool of the play is the wisest of them all.\nHe speaks in riddles.","metadata":{"source":"notes","shard":"c/notes.jsonl","recor
  {"id":"n5","text":"Fool me once, shame on you.","metadata":{"source":"notes","shard":"c/notes.jsonl","record":4,"dropped":true}}
  {"id":"w4","text":"Go away, you fool! 😠 Go away!","metadata":{"source":"web","shard":"c/web.jsonl.gz","record":3,"tags":["insult"]}}
  {"id":"stet:UUID","text":"A new text.","metadata":{"source":"notes","added":true}}

Lists of ids, for what drops a document too.

  $ stet export --format ids -o ids 2>/dev/null
  decisions on 6 documents written to ids
  $ (cd ids && head *)
  ==> add.ids <==
  stet:UUID
  
  ==> drop.ids <==
  n5
  
  ==> redact.ids <==
  n3
  
  ==> replace.ids <==
  n2
  
  ==> tag-insult.ids <==
  n2
  n4
  w4
  
  ==> verdict-bad.ids <==
  n2

datatrove: the filter's numbers are little-endian.

  $ stet export --format datatrove -o dt 2>/dev/null
  decisions on 6 documents written to dt
  $ cat dt/paths.txt
  c/notes.jsonl
  c/web.jsonl.gz
  $ od -An -tu4 dt/remove/*
            1          2          4
  $ gzip -dc dt/added/00000.jsonl.gz | cut -c1-80
  {"id": "n2", "source": "notes", "text": "You are mistaken.\n", "metadata": {"lan
  {"id": "n3", "source": "notes", "text": "Call me at [REDACTED] about the garden.
  {"id":"stet:UUID","text":"A new text.","source":

Dolma's mixer.

  $ stet export --format dolma --run first -o dolma 2>/dev/null | sed 1q
  6 patches with 9 edits written to dolma
  $ (cd dolma && find . | LC_ALL=C sort | grep -v /added/)
  .
  ./attributes
  ./attributes/first
  ./attributes/first/added
  ./attributes/first/c
  ./attributes/first/c/notes.jsonl
  ./attributes/first/c/web.jsonl.gz
  ./documents
  ./documents/added
  ./documents/c
  ./documents/c/notes.jsonl
  ./documents/c/web.jsonl.gz
  ./edits.stet.jsonl
  ./mixer.json
  $ cat dolma/attributes/first/c/notes.jsonl
  {"id":"n1","attributes":{}}
  {"id":"n2","attributes":{"first__human__bad":[[0,39,1.0]],"first__human__tag_insult":[[0,39,1.0]],"first__human__r0":[[0,39,1.0]],"first__human__r0_text":"You are mistaken.\n"}}
  {"id":"n3","attributes":{"first__human__redact":[[11,19,1.0]],"first__human__r0":[[11,19,1.0]],"first__human__r0_text":"[REDACTED]"}}
  {"id":"n4","attributes":{"first__human__rate_severity":[[0,69,3.0]],"first__human__tag_insult":[[4,8,1.0]]}}
  {"id":"n5","attributes":{"first__human__drop":[[0,27,1.0]]}}
  $ stet export --format dolma -o documents/x 2>&1 | tail -n 1 | sed 's#/.*/documents#.../documents#'
  stet: .../documents/x: Dolma's mixer cannot work in a folder below one called `documents`, or with one of *?[]${ in its path

In mixed documents what people said is taken for scores, what the mixer was told is
not.

  $ mkdir m && for i in 1 2; do sed 's/$/,"text":"some words"}/; s/}}/}/' dolma/attributes/first/c/notes.jsonl | tail -n 4; done >m/x.jsonl
  $ stet index --explain m/x.jsonl | grep -o '__human__[a-z0-9_]*[:=] .*' | cut -c1-60
  __human__bad: number in 0..1, bad end unknown: in 2 of 8 rec
  __human__tag_insult: spans in 0..1, bad end high: in 4 of 8 
  __human__rate_severity: scale in 0..5, bad end unknown: in 2
  __human__r0: told Dolma's mixer what to change
  __human__r0_text: told Dolma's mixer what to change
  __human__redact: told Dolma's mixer what to change
  __human__drop: told Dolma's mixer what to change

What does not go together.

  $ stet export --format xml -o x
  stet: unknown format 'xml'
  usage: stet export -o PATH [OPTIONS]
  [64]
  $ stet export --run a -o x
  stet: --run and --all go with --format dolma
  usage: stet export -o PATH [OPTIONS]
  [64]
  $ stet export --tasks 2 -o x
  stet: --tasks goes with --format datatrove
  usage: stet export -o PATH [OPTIONS]
  [64]
  $ stet export --format csv --rewrites beside -o x
  stet: --rewrites has no meaning in this format
  usage: stet export -o PATH [OPTIONS]
  [64]
  $ stet export --format ids -o ids
  stet: ids is there already: an export makes a new folder
  [73]
  $ stet export --format dolma --run a-b -o y 2>&1 | tail -n 1
  stet: --run takes letters, digits and '_'
