Reviewers differ; a lead settles it.

  $ cp "$DATA"/notes.jsonl . && stet index -qy notes.jsonl >log 2>&1
  $ stet verdict good n2 && stet verdict --reviewer kim bad n2
  verdict: 1 document
  verdict: 1 document
  $ stet search --refs is:disagreed
  at:notes.jsonl:1
  $ stet adjudicate --reason 'guideline gap' bad n2
  adjudicate: 1 document
  $ stet search --count is:disagreed
  0
  $ stet search --refs verdict:bad
  at:notes.jsonl:1
  $ stet adjudicate perhaps n2
  stet: "perhaps" is not a verdict of this workspace
  [64]
  $ stet adjudicate n2
  stet: which documents?
  usage: stet adjudicate [--reason CAUSE] VALUE REF...|--query Q|--batch FILE
  [64]

Only those who are named.

  $ stet config set policy.leads 'lee, kim'
  $ stet adjudicate good n2
  stet: [policy] leads names who adjudicates: not ann
  [77]
  $ stet adjudicate --reviewer lee good n2
  adjudicate: 1 document
  $ stet search --refs verdict:good
  at:notes.jsonl:1
