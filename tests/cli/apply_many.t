Many shards, several threads: what comes out does not depend on them.

  $ mkdir c && for i in 1 2 3 4 5 6 7 8 9; do sed "s/\"n/\"$i-n/" "$DATA"/notes.jsonl | zstd -q >c/$i.jsonl.zst; done
  $ stet index --quiet c >/dev/null
  $ stet verdict bad 2-n2 9-n1 && stet drop 5-n5 && stet redact --span 11:19 4-n3
  verdict: 2 documents
  drop: 1 document
  redact: 1 document
  $ stet export --yes -o p.stet.jsonl 2>/dev/null | sed 1q
  4 patches with 4 edits written to p.stet.jsonl
  $ stet apply --to one --jobs 1 --full p.stet.jsonl c/*
  4 patches: 4 edits apply, 0 applied already, 0 conflict; 0 documents added, 1 dropped; 4 shards changed, 5 the same
  $ stet apply --quiet --to two --jobs 6 p.stet.jsonl c/* && diff -r one two
  $ stet apply --quiet --to three --trust-index p.stet.jsonl c/* && diff -r one three
  $ ls one
  2.jsonl.zst
  4.jsonl.zst
  5.jsonl.zst
  9.jsonl.zst
  stet-manifest.json
  $ stet verify --jobs 6 p.stet.jsonl c/*
  applies          verdict  c/2.jsonl.zst:1 "2-n2"
  applies          redact   c/4.jsonl.zst:2 "4-n3"
  applies          drop     c/5.jsonl.zst:4 "5-n5"
  applies          verdict  c/9.jsonl.zst:0 "9-n1"
  4 patches: 4 edits apply, 0 applied already, 0 conflict; 0 documents added, 1 dropped; 4 shards changed, 5 the same
  $ diff <(stet verify p.stet.jsonl c/*) <(stet verify --full --jobs 1 p.stet.jsonl c/*)

Another container, and another name for it.

  $ stet apply --quiet --all --codec gzip --to packed p.stet.jsonl c/* && ls packed
  1.jsonl.gz
  2.jsonl.gz
  3.jsonl.gz
  4.jsonl.gz
  5.jsonl.gz
  6.jsonl.gz
  7.jsonl.gz
  8.jsonl.gz
  9.jsonl.gz
  stet-manifest.json
  $ for i in 1 3 6 7 8; do cmp <(gzip -dc packed/$i.jsonl.gz) <(zstd -dcq c/$i.jsonl.zst); done
  $ for i in 2 4 5 9; do cmp <(gzip -dc packed/$i.jsonl.gz) <(zstd -dcq one/$i.jsonl.zst); done
  $ grep -o '"out":{"path":"[^"]*"' packed/stet-manifest.json | sed 1q
  "out":{"path":"1.jsonl.gz"
  $ stet apply --quiet --codec plain --level 9 --to plain p.stet.jsonl c/* && ls plain
  2.jsonl
  4.jsonl
  5.jsonl
  9.jsonl
  stet-manifest.json
  $ stet apply --codec lz4 --to x p.stet.jsonl c/* 2>&1 | sed 1q
  stet: no codec 'lz4'
  $ zstd -dcq c/1.jsonl.zst | gzip -n >c/1.jsonl.gz
  $ stet apply --all --codec plain --to x p.stet.jsonl c/*
  stet: two files would become 1.jsonl: apply them apart
  [64]
  $ rm c/1.jsonl.gz

A bad shard among many: the first is named, whoever found it, and nothing is
written.

  $ cp -r c bad && truncate -s -9 bad/3.jsonl.zst && truncate -s -9 bad/8.jsonl.zst
  $ stet apply --to new --jobs 6 p.stet.jsonl bad/* 2>&1 | sed 's/: .*//;1q'
  stet
  $ stet apply --to new --jobs 6 p.stet.jsonl bad/* 2>&1 | grep -o 'bad/[0-9]*'
  bad/3
  $ stet apply --to new --jobs 6 p.stet.jsonl bad/* 2>/dev/null
  [65]
  $ stet apply --to new --jobs 1 p.stet.jsonl bad/* 2>&1 | grep -o 'bad/[0-9]*'
  bad/3
  $ stet verify --jobs 4 p.stet.jsonl bad/* 2>&1 | grep -o 'bad/[0-9]*'
  bad/3
  $ ls -d new*
  ls: cannot access 'new*': No such file or directory
  [2]

A shard that is not what its size and time say is found out when it is written.

  $ cp -p c/4.jsonl.zst keep && python3 -c 'f = open("c/4.jsonl.zst", "r+b"); f.seek(-3, 2); b = f.read(1); f.seek(-3, 2); f.write(bytes([b[0] ^ 1]))' && touch -r keep c/4.jsonl.zst
  $ stet apply --to new --trust-index p.stet.jsonl c/* >/dev/null 2>&1
  [65]
  $ stet apply --to new p.stet.jsonl c/* >/dev/null 2>&1
  [65]
  $ cp -p keep c/4.jsonl.zst && stet apply --quiet --to four --trust-index p.stet.jsonl c/* && diff -r one four
  $ ls -d new*
  ls: cannot access 'new*': No such file or directory
  [2]

So is a plain one, by its hash alone.

  $ mkdir d && zstd -dcq c/4.jsonl.zst >d/4.jsonl && zstd -dcq c/5.jsonl.zst >d/5.jsonl && cp -p d/4.jsonl keep
  $ stet index --quiet d >/dev/null
  $ sed -i 's/"5-n1", "source": "notes", "text": "./"5-n1", "source": "notes", "text": "#/' d/5.jsonl && touch -r keep d/5.jsonl d/4.jsonl
  $ stet index --quiet d >/dev/null
  $ sed -i 's/"5-n1", "source": "notes", "text": "#/"5-n1", "source": "notes", "text": "%/' d/5.jsonl && touch -r keep d/5.jsonl
  $ stet apply --to new --trust-index p.stet.jsonl d/5.jsonl d/4.jsonl --partial 2>&1 | grep -o 'changed while it was read'
  changed while it was read
  $ ls -d new*
  new.conflicts.jsonl

Of a shard that the index knows, only frames with edits are decoded: the other
one may be damaged.

  $ mkdir f && zstd -dcq c/2.jsonl.zst >f/all && head -n 4 f/all >f/head && tail -n +5 f/all >f/tail
  $ zstd -q f/head && zstd -q f/tail && cat f/head.zst f/tail.zst >f/2.jsonl.zst && rm f/all f/head* f/tail*
  $ stet index --quiet f/2.jsonl.zst >/dev/null && cp -p f/2.jsonl.zst keep
  $ python3 -c 'f = open("f/2.jsonl.zst", "r+b"); f.seek(-30, 2); f.write(b"\xff" * 9)' && touch -r keep f/2.jsonl.zst
  $ stet verify --trust-index p.stet.jsonl f/2.jsonl.zst | grep applies
  applies          verdict  f/2.jsonl.zst:0 "9-n1"
  applies          verdict  f/2.jsonl.zst:1 "2-n2"
  applies          redact   f/2.jsonl.zst:2 "4-n3"
  $ stet verify p.stet.jsonl f/2.jsonl.zst 2>&1 | grep -o 'f/2.jsonl.zst: zstd frame 2'
  f/2.jsonl.zst: zstd frame 2
  $ stet verify --full --trust-index p.stet.jsonl f/2.jsonl.zst 2>&1 | grep -o 'f/2.jsonl.zst: zstd frame 2'
  f/2.jsonl.zst: zstd frame 2
  $ stet apply --partial --to new2 --trust-index p.stet.jsonl f/2.jsonl.zst 2>&1 | tail -n 1 | grep -o 'changed while it was read'
  changed while it was read
  $ ls -d new2*
  new2.conflicts.jsonl
