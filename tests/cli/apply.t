From decisions to new shards.

  $ mkdir c && cp "$DATA"/notes.jsonl c && gzip -nc "$DATA"/web.jsonl >c/web.jsonl.gz
  $ stet index --quiet c >/dev/null
  $ stet verdict bad n2
  $ stet tag +insult n2 w4
  $ printf 'You are mistaken.\n' | stet rewrite --from - n2
  $ stet redact --span 11:19 n3
  $ stet drop n5
  $ printf 'A new text.' | stet add --from - n1
  $ stet export -o one.stet.jsonl
  $ stet export -o one.stet.jsonl
  $ wc -l <one.stet.jsonl
  $ tail -n 1 one.stet.jsonl | cut -c1-20

What it would do, edit by edit.

  $ stet verify one.stet.jsonl c/*
  $ stet verify --quiet --json one.stet.jsonl c/*

New shards: what was not edited keeps its bytes.

  $ stet apply --to out one.stet.jsonl c/*
  $ diff c/notes.jsonl out/c/notes.jsonl
  $ diff <(gzip -dc c/web.jsonl.gz) <(gzip -dc out/c/web.jsonl.gz)
  $ ls out out/*

Once more is nothing; the same folder for something else is refused.

  $ stet apply --to out one.stet.jsonl c/*
  $ stet verdict good n1 && stet export --yes -o two.stet.jsonl
  $ stet apply --to out two.stet.jsonl c/*

A text that changed conflicts, and nothing is written.

  $ sed -i 's/everybody/nobody/' c/notes.jsonl
  $ stet verify one.stet.jsonl c/*
  $ stet apply --to out3 one.stet.jsonl c/*
  $ ls -d out3*
  $ stet apply --partial --to out3 one.stet.jsonl c/*

A patch set that was cut or changed is refused.

  $ head -n 3 one.stet.jsonl >cut.stet.jsonl
  $ stet verify cut.stet.jsonl c/*
  $ sed 's/mistaken/forgiven/' one.stet.jsonl >changed.stet.jsonl
  $ stet verify changed.stet.jsonl c/*

As a filter.

  $ stet apply one.stet.jsonl - <"$DATA"/notes.jsonl | cmp - out/c/notes.jsonl
  $ stet apply one.stet.jsonl
  $ stet apply --to x missing.stet.jsonl c/*
  $ stet export
