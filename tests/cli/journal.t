The journal, merging, backups.

  $ cp "$DATA"/notes.jsonl . && stet index --quiet notes.jsonl >/dev/null
  $ stet verdict bad n2
  verdict: 1 document
  $ stet tag +insult n2 n4
  tag: 2 documents
  $ stet log
  2026-11-20T12:00:00Z  UUID  ann  verdict bad  "n2"
  2026-11-20T12:00:00Z  UUID  ann  tag insult  2 documents
  $ stet log n2
  2026-11-20T12:00:00Z  UUID  ann  verdict bad  "n2"
  2026-11-20T12:00:00Z  UUID  ann  tag insult  2 documents
  $ stet log --json >journal && wc -l <journal
  2
  $ stet log --limit 1
  2026-11-20T12:00:00Z  UUID  ann  tag insult  2 documents

Another workspace takes it in, once.

  $ mkdir ../other && cp notes.jsonl ../other && cd ../other && stet index --quiet notes.jsonl >/dev/null
  $ stet merge -C ../other journal
  2 annotations taken, 0 known already
  $ stet merge -C ../other journal
  0 annotations taken, 2 known already
  $ stet search -C ../other --refs tag:insult
  at:notes.jsonl:1
  at:notes.jsonl:3

Backup and restore.

  $ stet backup copy.db
  $ stet backup copy.db
  stet: copy.db is there already
  [73]
  $ stet verdict good n1
  verdict: 1 document
  $ stet restore copy.db
  stet: the store has 1 annotations that the backup lacks; nothing was changed
  [65]
  $ stet restore --force copy.db
  $ stet search --refs is:judged
  at:notes.jsonl:1
  $ stet restore missing.db
  stet: missing.db: no such backup
  [66]
  $ stet restore journal
  stet: journal: file is not a database
  [65]
  $ echo '{"nonsense":1}' >bad && stet merge bad
  stet: bad: line 1: annotation: "uuid": expected a UUID
  [65]
