From decisions to new shards.

  $ mkdir c && cp "$DATA"/notes.jsonl c && gzip -nc "$DATA"/web.jsonl >c/web.jsonl.gz
  $ stet index --quiet c >/dev/null
  $ stet verdict bad n2
  verdict: 1 document
  $ stet tag +insult n2 w4
  tag: 2 documents
  $ printf 'You are mistaken.\n' | stet rewrite --from - n2
  rewrite: 1 document
  $ stet redact --span 11:19 n3
  redact: 1 document
  $ stet drop n5
  drop: 1 document
  $ printf 'A new text.' | stet add --from - n1
  add: 1 document
  $ stet export -o one.stet.jsonl | sed 1q
  stet: 1 of 5 documents of notes: verdict bad
  stet: 1 of 5 documents of notes: tag insult
  stet: 1 of 6 documents of web: tag insult
  stet: 1 of 5 documents of notes: replace
  stet: 1 of 5 documents of notes: redact
  stet: 1 of 5 documents of notes: drop
  5 patches with 7 edits written to one.stet.jsonl
  $ stet export -o one.stet.jsonl | sed 1q
  stet: 1 of 5 documents of notes: verdict bad
  stet: 1 of 5 documents of notes: tag insult
  stet: 1 of 6 documents of web: tag insult
  stet: 1 of 5 documents of notes: replace
  stet: 1 of 5 documents of notes: redact
  stet: 1 of 5 documents of notes: drop
  5 patches with 7 edits written to one.stet.jsonl
  $ wc -l <one.stet.jsonl
  7
  $ tail -n 1 one.stet.jsonl | cut -c1-20
  {"end":{"patches":4,

What it would do, edit by edit.

  $ stet verify one.stet.jsonl c/*
  applies          verdict  c/notes.jsonl:1 "n2"
  applies          tag      c/notes.jsonl:1 "n2"
  applies          replace  c/notes.jsonl:1 "n2"
  applies          redact   c/notes.jsonl:2 "n3"
  applies          drop     c/notes.jsonl:4 "n5"
  applies          tag      c/web.jsonl.gz:3 "w4"
  applies          add      -:0 "stet:UUID"
  5 patches: 7 edits apply, 0 applied already, 0 conflict; 1 documents added, 1 dropped; 2 shards changed, 0 the same
  $ stet verify --quiet --json one.stet.jsonl c/*
  {"outcome":"applies","shard":"c/notes.jsonl","record":1,"source":"notes","id":"n2","op":"verdict","why":""}
  {"outcome":"applies","shard":"c/notes.jsonl","record":1,"source":"notes","id":"n2","op":"tag","why":""}
  {"outcome":"applies","shard":"c/notes.jsonl","record":1,"source":"notes","id":"n2","op":"replace","why":""}
  {"outcome":"applies","shard":"c/notes.jsonl","record":2,"source":"notes","id":"n3","op":"redact","why":""}
  {"outcome":"applies","shard":"c/notes.jsonl","record":4,"source":"notes","id":"n5","op":"drop","why":""}
  {"outcome":"applies","shard":"c/web.jsonl.gz","record":3,"source":"web","id":"w4","op":"tag","why":""}
  {"outcome":"applies","shard":null,"record":0,"source":"notes","id":"stet:UUID","op":"add","why":""}

New shards: what was not edited keeps its bytes.

  $ stet apply --to out one.stet.jsonl c/*
  5 patches: 7 edits apply, 0 applied already, 0 conflict; 1 documents added, 1 dropped; 2 shards changed, 0 the same
  $ diff c/notes.jsonl out/notes.jsonl
  2,3c2,3
  < {"id": "n2", "source": "notes", "text": "You are a fool, and everybody knows it.", "metadata": {"lang": "en"}, "attributes": {"toxicity": 0.81}}
  < {"id": "n3", "source": "notes", "text": "Call me at 555-0199 about the garden.", "metadata": {"lang": "en"}, "attributes": {"toxicity": 0.11}}
  ---
  > {"id": "n2", "source": "notes", "text": "You are mistaken.\n", "metadata": {"lang": "en","stet":{"verdict":"bad","tags":["insult"],"patch":"PATCH"}}, "attributes": {"toxicity": 0.81}}
  > {"id": "n3", "source": "notes", "text": "Call me at [REDACTED] about the garden.", "metadata": {"lang": "en"}, "attributes": {"toxicity": 0.11}}
  5d4
  < {"id": "n5", "source": "notes", "text": "Fool me once, shame on you.", "metadata": {"lang": "en"}}
  [1]
  $ diff <(gzip -dc c/web.jsonl.gz) <(gzip -dc out/web.jsonl.gz)
  4c4
  < {"id": "w4", "source": "web", "text": "Go away, you fool! 😠 Go away!", "metadata": {"lang": "en", "url": "https://example.com/d"}, "attributes": {"toxicity": 0.92}}
  ---
  > {"id": "w4", "source": "web", "text": "Go away, you fool! 😠 Go away!", "metadata": {"lang": "en", "url": "https://example.com/d","stet":{"tags":["insult"],"patch":"PATCH"}}, "attributes": {"toxicity": 0.92}}
  [1]
  $ ls out
  added
  notes.jsonl
  stet-manifest.json
  web.jsonl.gz

Once more is nothing; the same folder for something else is refused.

  $ stet apply --to out one.stet.jsonl c/*
  already applied, nothing to do
  $ stet verdict good n1 && stet export --yes -o two.stet.jsonl | sed 1q
  verdict: 1 document
  stet: 1 of 5 documents of notes: verdict good
  stet: 1 of 5 documents of notes: verdict bad
  stet: 1 of 5 documents of notes: tag insult
  stet: 1 of 6 documents of web: tag insult
  stet: 1 of 5 documents of notes: replace
  stet: 1 of 5 documents of notes: redact
  stet: 1 of 5 documents of notes: drop
  6 patches with 8 edits written to two.stet.jsonl
  $ stet apply --to out two.stet.jsonl c/*
  stet: out: already exists, and is not the output of this patch set on these shards
  [73]

A text that changed conflicts, and nothing is written.

  $ sed -i 's/everybody/nobody/' c/notes.jsonl
  $ stet verify one.stet.jsonl c/*
  conflict         verdict  c/notes.jsonl:1 "n2"  the text changed since it was judged
  conflict         tag      c/notes.jsonl:1 "n2"  the text changed since it was judged
  conflict         replace  c/notes.jsonl:1 "n2"  the text changed since it was rewritten
  applies          redact   c/notes.jsonl:2 "n3"
  applies          drop     c/notes.jsonl:4 "n5"
  applies          tag      c/web.jsonl.gz:3 "w4"
  applies          add      -:0 "stet:UUID"
  5 patches: 4 edits apply, 0 applied already, 3 conflict; 1 documents added, 1 dropped; 2 shards changed, 0 the same
  [65]
  $ stet apply --to out3 one.stet.jsonl c/*
  stet: conflict: c/notes.jsonl, record 1, verdict: the text changed since it was judged
  stet: conflict: c/notes.jsonl, record 1, tag: the text changed since it was judged
  stet: conflict: c/notes.jsonl, record 1, replace: the text changed since it was rewritten
  stet: 3 edits do not apply, nothing was written; see FOLDER/out3.conflicts.jsonl
  [65]
  $ ls -d out3*
  out3.conflicts.jsonl
  $ stet apply --partial --to out3 one.stet.jsonl c/*
  stet: conflict: c/notes.jsonl, record 1, verdict: the text changed since it was judged
  stet: conflict: c/notes.jsonl, record 1, tag: the text changed since it was judged
  stet: conflict: c/notes.jsonl, record 1, replace: the text changed since it was rewritten
  5 patches: 4 edits apply, 0 applied already, 3 conflict; 1 documents added, 1 dropped; 2 shards changed, 0 the same
  [1]

A patch set that was cut or changed is refused.

  $ head -n 3 one.stet.jsonl >cut.stet.jsonl
  $ stet verify cut.stet.jsonl c/*
  stet: cut.stet.jsonl: the patch set has no trailer: it is incomplete
  [65]
  $ sed 's/mistaken/forgiven/' one.stet.jsonl >changed.stet.jsonl
  $ stet verify changed.stet.jsonl c/*
  stet: changed.stet.jsonl: the patch set was changed or damaged: its hash is not the trailer's
  [65]

As a filter.

  $ stet apply one.stet.jsonl - <"$DATA"/notes.jsonl | cmp - out/notes.jsonl
  5 patches: 5 edits apply, 0 applied already, 0 conflict; 0 documents added, 1 dropped; 1 shards changed, 0 the same
  $ stet apply one.stet.jsonl
  stet: a patch set and its shards are needed
  usage: stet apply --to DIR [OPTIONS] PATCHSET SHARD... | PATCHSET -
  [64]
  $ stet apply --to x missing.stet.jsonl c/*
  stet: missing.stet.jsonl: No such file or directory
  [66]
  $ stet export
  stet: where to? -o PATH
  usage: stet export -o PATH [OPTIONS]
  [64]
