Documents that are sent back to those who judged them.

  $ cat >corpus.jsonl <<'END'
  > {"id":"a","source":"web","text":"You are a fool."}
  > {"id":"b","source":"web","text":"The kettle is on."}
  > {"id":"c","source":"web","text":"Go away."}
  > {"id":"d","source":"web","text":"Tea is ready."}
  > END
  $ stet index -qy corpus.jsonl >log 2>&1
  $ stet verdict --reviewer kim bad a b
  verdict: 2 documents
  $ stet verdict --reviewer lee good a
  verdict: 1 document
  $ stet escalate --reviewer kim c
  escalate: 1 document

To one of them, with the reason; to all.

  $ stet send-back --reviewer ana --to kim --reason 'insult, or irony?' a
  send-back: 1 document
  $ stet search --reviewer kim --refs 'is:sent-back by:me'
  at:corpus.jsonl:0
  $ stet search --reviewer lee --refs 'is:sent-back by:me'
  $ stet send-back --reviewer ana --to lee b
  send-back: 1 document
  $ stet search --count is:sent-back
  2
  $ stet send-back --reviewer ana --query 'kettle OR fool'
  send-back: 2 documents
  $ stet search --reviewer lee --refs 'is:sent-back by:me'
  at:corpus.jsonl:0
  at:corpus.jsonl:1
  $ stet log | grep send-back | sed 's/.*UUID//; s/.*ana  //'
  send-back kim  "a"  reason: insult, or irony?
  send-back lee  "b"
  send-back   2 documents

Sending back ends an escalation.

  $ stet search --count is:escalated
  1
  $ stet send-back --reviewer ana --to kim --reason 'yours' c
  send-back: 1 document
  $ stet search --count is:escalated
  0
  $ stet search --reviewer kim --refs 'is:sent-back by:me'
  at:corpus.jsonl:0
  at:corpus.jsonl:1
  at:corpus.jsonl:2

The desk of the one who is asked counts them and opens those alone, not what went
back to others.

  $ stet send-back --reviewer ana --to lee d
  send-back: 1 document
  $ stet search --count is:sent-back
  4
  $ cat >keys <<'END'
  > %dump start
  > j
  > Enter
  > %dump document
  > END
  $ stet desk --reviewer kim --script keys --size 80x24
  $ grep 'sent back' start
  |   sent back to me                 3
  $ grep -o 'SENT BACK.*why)\|^| *1/.*' document
  SENT BACK (:audit says why)
  | 1/3  judged 2  file order

Judged anew, they are done with.

  $ stet verdict --reviewer kim good a b c
  verdict: 3 documents
  $ stet search --reviewer kim --count 'is:sent-back by:me'
  0
  $ stet undo --reviewer kim
  undone: verdict, 3 documents
  $ stet search --reviewer kim --count 'is:sent-back by:me'
  3

What is no name, what is no document.

  $ stet send-back --to 'a,b' a
  stet: send-back: sent back to what is not a name
  [64]
  $ stet send-back --to kim
  stet: which documents?
  usage: stet send-back [--to REVIEWER] [--reason TEXT] REF...|--query Q|--batch FILE
  [64]
  $ stet send-back --to kim nowhere
  stet: no document "nowhere"
  [66]
