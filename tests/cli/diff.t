Two indexes compared: stet diff.

  $ cp "$DATA"/notes.jsonl . && stet index --quiet notes.jsonl >/dev/null
  $ stet config set score.toxicity.threshold 0.5
  $ stet diff .
              5  documents in A
              5  documents in B
              5  are the same in both
              0  have another text
              0  are in A only
              0  are in B only
  
  toxicity: 0 of 4 documents have another value
    at 0.5: 0 newly flagged, 0 no longer
  $ mkdir after && sed -e '/"n3"/d' -e 's/garden gate/garden door/' -e 's/0\.81/0.21/' notes.jsonl >after/notes.jsonl
  $ echo '{"id":"n9","source":"notes","text":"New."}' >>after/notes.jsonl
  $ (cd after && mkdir .stet && stet index --quiet notes.jsonl)
  5 documents in 1 shards added, 0 unchanged; 5 documents in all (SPEED)
  $ stet diff . after --list
              5  documents in A
              5  documents in B
              3  are the same in both
              1  have another text
              1  are in A only
              1  are in B only
  
  toxicity: 1 of 3 documents have another value
    moved by 0.6 on average (-0.6), by 0.6 at most
    at 0.5: 0 newly flagged, 1 no longer
  
  removed  at:notes.jsonl:2  source:notes  id:"n3"
  added  at:notes.jsonl:4  source:notes  id:"n9"
  changed  at:notes.jsonl:0  source:notes  id:"n1"
  $ stet diff . after --score toxicity
              5  documents in A
              5  documents in B
              3  are the same in both
              1  have another text
              1  are in A only
              1  are in B only
  
  toxicity: 1 of 3 documents have another value
    moved by 0.6 on average (-0.6), by 0.6 at most
    at 0.5: 0 newly flagged, 1 no longer
  
  moved  0.81 -> 0.21  at:notes.jsonl:1  source:notes  id:"n2"
  $ stet diff . after --score toxicity --json
  {"diff":"documents","a":5,"b":5,"same":3,"changed":1,"removed":1,"added":1,"renamed":0}
  {"diff":"score","score":"toxicity","both":3,"moved":1,"only_a":0,"only_b":0,"mean":0.6,"drift":-0.6,"largest":0.6,"threshold":0.5,"newly":0,"no_longer":1}
  {"diff":"moved","from":0.81,"to":0.21,"shard":"notes.jsonl","record":1,"source":"notes","id":"n2","sha256":"dbcb35ff9c775ba5eac6d6c2d4edc690c34b7c94990ec6827bb8446bfedb47b2"}

A copy of an index stands for what it was.

  $ cp -al .stet/index kept
  $ stet index --quiet --forget notes.jsonl
  0 documents in 0 shards added, 0 unchanged; 0 documents in all (SPEED)
  $ stet diff kept
              5  documents in A
              0  documents in B
              0  are the same in both
              0  have another text
              5  are in A only
              0  are in B only
  $ stet diff kept --list --limit 1 | tail -2
  removed  at:notes.jsonl:0  source:notes  id:"n1"
    and 4 more (--limit)

What makes no sense.

  $ stet diff
  stet: expected one or two folders
  usage: stet diff [OPTIONS] A [B]
  [64]
  $ stet diff nowhere
  stet: nowhere: no .stet there
  [66]
  $ mkdir empty && stet diff empty
  stet: empty: no .stet there
  [66]
  $ stet diff . after --score nothing
  stet: no score 'nothing' in both
  [64]
