Making and updating an index.

Without a workspace each command says how to make one.

  $ stet search fool
  stet: no .stet here or above; run `stet index SHARD...`
  [66]

A shard's name is no command, a typing mistake is answered with what is near.

  $ cp "$DATA"/notes.jsonl . && stet notes.jsonl
  stet: index it first: stet index notes.jsonl
  [64]
  $ stet serach
  stet: unknown command 'serach'; did you mean 'search'?
  [64]
  $ stet zzz
  stet: unknown command 'zzz'; see 'stet --help'
  [64]

The mapping is shown before anything is written.

  $ stet index --explain notes.jsonl
  notes.jsonl: plain, 707 bytes; read in place
  sampled 5 records
  text    text: in 5 of 5 records, for instance "The garden gate stays open until nine."
  id      id: in 5 of 5 records, for instance "n1"
  source  source: in 5 of 5 records, for instance "notes"
  lang    metadata.lang: in 5 of 5 records, for instance "en"
  score   toxicity = attributes.toxicity: probability in 0..1, bad end high: in 4 of 5 records, seen 0.02..0.81, for instance 0.02
          numbers; "toxic" in its name: high is bad
  $ ls -a .stet
  ls: cannot access '.stet': No such file or directory
  [2]

Three containers, by their first bytes: one has a name that lies.

  $ gzip -nc "$DATA"/web.jsonl >web.jsonl
  $ zstd -qc "$DATA"/hostile.jsonl >hostile.bin
  $ stet index notes.jsonl web.jsonl hostile.bin
  stet: writing about 1.4 KB of index + 628 B of seekable copies to FOLDER/.stet/index (FREE)
  14 documents in 3 shards added, 0 unchanged; 14 documents in all (SPEED)
  0 records with invalid UTF-8, 1 with lone surrogates: taken, U+FFFD shown for them
  $ stet index --status
           3 documents       0 rejected  zstd  in place  hostile.bin
           5 documents       0 rejected  plain in place  notes.jsonl
           6 documents       0 rejected  gzip  copied  web.jsonl
          14 documents in generation 1
  $ stet index --status --json
  {"shard":"hostile.bin","container":"zstd","bytes":216,"documents":3,"rejected":0,"damaged":false,"copy":false}
  {"shard":"notes.jsonl","container":"plain","bytes":707,"documents":5,"rejected":0,"damaged":false,"copy":false}
  {"shard":"web.jsonl","container":"gzip","bytes":349,"documents":6,"rejected":0,"damaged":false,"copy":true}
  $ cat .stet/config
  [score "toxicity"]
  \tpath = "attributes.toxicity"
  \tkind = probability
  \tbad = high
  \trange = 0..1
  \t# threshold = 0.5

Nothing has changed: nothing is read again.

  $ stet index
  0 documents in 0 shards added, 3 unchanged; 14 documents in all (SPEED)

A changed shard is indexed again, a forgotten one left out.

  $ tail -n 2 "$DATA"/notes.jsonl >notes.jsonl
  $ stet index --quiet
  2 documents in 1 shards added, 2 unchanged; 11 documents in all (SPEED)
  $ stet search --count ''
  11
  $ stet index --quiet --forget web.jsonl
  3 documents in 1 shards added, 1 unchanged; 5 documents in all (SPEED)
  0 records with invalid UTF-8, 1 with lone surrogates: taken, U+FFFD shown for them
  $ stet search --count ''
  5

Bad records are named and skipped; the others are taken.

  $ { echo '{"id":1,"text":"fine"}'; echo '{"id":2,"text":'; echo '[]'; } >bad.jsonl
  $ stet index --quiet bad.jsonl
  stet: bad.jsonl, record 1, byte 38: expected a value, found the end
  stet: bad.jsonl, record 2, byte 39: an array, not an object; first byte [
  1 documents in 1 shards added, 2 unchanged; 6 documents in all (SPEED)
  2 records rejected
  [1]
  $ stet search --count fine
  1
  $ stet index --quiet missing.jsonl
  stet: missing.jsonl: FOLDER/missing.jsonl: No such file or directory
  0 documents in 0 shards added, 3 unchanged; 6 documents in all (SPEED)
  [1]
  $ echo hello >plain.txt && stet index --quiet plain.txt
  stet: plain.txt: not JSON Lines: of the first 1 lines none is a JSON object; line 1, byte 0: expected a value, found 'h'
  0 documents in 0 shards added, 3 unchanged; 6 documents in all (SPEED)
  [1]
  $ : >empty.jsonl && stet index --quiet empty.jsonl
  0 documents in 1 shards added, 3 unchanged; 6 documents in all (SPEED)

Options are checked.

  $ stet index --jobs many
  stet: --jobs takes a number from 0 to 256, not 'many'
  usage: stet index [OPTIONS] [SHARD|FOLDER...]
  [64]
  $ stet index --seekable sometimes
  stet: --seekable takes auto, always or never
  usage: stet index [OPTIONS] [SHARD|FOLDER...]
  [64]
  $ stet index --nonsense
  stet: unknown option '--nonsense'
  usage: stet index [OPTIONS] [SHARD|FOLDER...]
  [64]
  $ stet index --memory
  stet: option '--memory' needs a value
  usage: stet index [OPTIONS] [SHARD|FOLDER...]
  [64]
