What is escalated is a lead's: out of the queues, out of exports, covered.

  $ cat >corpus.jsonl <<'END'
  > {"id":"a","source":"web","text":"How to build the worst of weapons."}
  > {"id":"b","source":"web","text":"The kettle is on."}
  > {"id":"c","source":"web","text":"Tea is ready."}
  > END
  $ stet index -qy corpus.jsonl >log 2>&1
  $ stet config set policy.leads 'lee'
  $ stet queue save all
  queue all: 3 documents
  $ stet verdict --reviewer kim bad a b
  verdict: 2 documents
  $ stet rewrite --reviewer kim --from - a <<'END'
  > Nothing about weapons.
  > END
  rewrite: 1 document
  $ stet escalate --reviewer kim --reason 'illegal?' a
  escalate: 1 document
  $ stet queue list --reviewer ana
         1 left of 3        all  

It is in no patch set, whatever is asked for.

  $ stet export -o set.stet.jsonl --policy last --quotes 2>log | head -1
  1 patches with 1 edits written to set.stet.jsonl
  $ grep -c -e worst -e Nothing -e '"a"' set.stet.jsonl
  0
  [1]

Nor in any other form.

  $ mkdir forms
  $ for form in dolma datatrove ids pairs ratings csv diff jsonl; do
  >   stet export --format $form -o forms/$form --policy last >>log 2>&1
  > done; grep -rl -e worst -e Nothing forms
  [1]
  $ test -d forms/dolma && echo there
  there

Its text is shown to leads.

  $ stet show a | tail -1
  (escalated: the text is for [policy] leads)
  $ stet show --json a | grep -o '"text":.*'
  "text":null,"withheld":"escalated"}
  $ stet show --raw a
  stet: it is escalated: its record is for [policy] leads
  [77]
  $ stet search worst 2>log
  at:corpus.jsonl:0  id:a  bad
      (escalated)
  $ stet search --json --why worst | grep -o '"snippet":.*"cursor'
  "snippet":null,"withheld":"escalated","cursor
  $ stet show --reviewer lee a | tail -1
  How to build the worst of weapons.
  $ stet search --reviewer lee worst 2>/dev/null | tail -1
      How to build the worst of weapons.

Judging it anew does not open it; nor may anyone else end it.

  $ stet verdict --reviewer kim good a
  verdict: 1 document
  $ stet search --refs is:escalated
  at:corpus.jsonl:0
  $ stet escalate --resolve --reviewer kim a
  stet: [policy] leads names who resolves: not kim
  [77]
  $ stet send-back --reviewer kim a
  stet: it is escalated: only [policy] leads send it back
  [64]
  $ stet send-back --reviewer kim --query 'weapons OR kettle'
  stet: it is escalated: only [policy] leads send it back
  [64]
  $ stet search --count is:sent-back
  0

A lead judges and resolves it: it comes back to queues and exports.

  $ stet drop --reviewer lee a
  drop: 1 document
  $ stet export -o set1.stet.jsonl --policy last --since last 2>log | head -1
  0 patches with 0 edits written to set1.stet.jsonl
  $ stet escalate --resolve --reviewer lee --reason 'dropped, reported' a
  resolve: 1 document
  $ stet search --count is:escalated
  0
  $ stet search --refs op:resolve
  at:corpus.jsonl:0
  $ stet log | grep resolve | sed 's/.*lee  //'
  resolve   "a"  reason: dropped, reported
  $ stet export -o set2.stet.jsonl --policy last --since last --yes 2>log | head -1
  1 patches with 2 edits written to set2.stet.jsonl
  $ grep -o '"id":"a"\|"op":"[a-z]*"' set2.stet.jsonl
  "id":"a"
  "op":"verdict"
  "op":"drop"
  $ stet show a | tail -1
  How to build the worst of weapons.
  $ stet undo --reviewer lee
  undone: resolve, 1 document
  $ stet search --refs is:escalated
  at:corpus.jsonl:0
  $ stet check | grep -o 'derived state agrees'
  derived state agrees
