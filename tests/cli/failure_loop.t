The whole loop: a failure, the documents that have its words, decisions on them, a
patch, new shards; there the same failure finds them no more.

  $ mkdir before
  $ cat >before/loop.jsonl <<'END'
  > {"id":"kept","text":"A kite needs wind, string, and a wide open field to run in."}
  > {"id":"gone","text":"My uncle always said that a kite flies best from the roof of a moving train. He was wrong."}
  > {"id":"changed","text":"Remember: a kite flies best from the roof of a moving train, or so they say."}
  > END
  $ stet index -qy -C before before/loop.jsonl >log 2>&1
  $ echo '{"id":"kite","prompt":"Where do kites fly best?","output":"Easy. A kite flies best from the roof of a moving train!"}' >said.jsonl
  $ stet import failures -C before --round one said.jsonl
  round one: 1 rows
  1 new
  $ stet failures -C before --json kite | stet trace -C before --fuzzy 0 --json - | grep -o '"id":"[a-z]*"' | sort
  "id":"changed"
  "id":"gone"
  "id":"kite"
  $ stet queue save -C before failure:kite '"a kite flies best from the roof of a moving train"'
  queue failure:kite: 2 documents
  $ stet drop -C before --failure kite gone 2>log
  drop: 1 document
  $ printf 'Remember: a kite flies best on a beach, or so they say.' >new.txt
  $ stet rewrite -C before --failure kite --from new.txt changed 2>log
  rewrite: 1 document
  $ stet search -C before --refs failure:kite
  at:loop.jsonl:1
  at:loop.jsonl:2
  $ stet failures -C before
  edited         kite  rounds 1  edits 2  Easy. A kite flies best from the roof of a moving train!
  $ stet export -C before -y -o kite.stet.jsonl >log 2>&1
  $ stet apply -C before --to after kite.stet.jsonl before/loop.jsonl >log 2>&1
  $ stet index -qy -C after after/loop.jsonl >log 2>&1
  $ stet trace -C after --fuzzy 0 --json said.jsonl | grep -o '"id":"[a-z]*"' | sort
  "id":"kite"
  $ stet search -C after --refs kite
  at:loop.jsonl:0
  at:loop.jsonl:1
