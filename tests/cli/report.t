What people judged, against scores: stet stats --threshold and stet report.

  $ cp "$DATA"/notes.jsonl . && stet index --quiet notes.jsonl >/dev/null
  $ stet config set score.toxicity.threshold 0.5
  $ stet stats --score toxicity --threshold 0.3 | tail -3
          0.9 .. 1         |                                       0
    flagged at 0.3 and over: 2 (50.0%)  not flagged: 2  without the score: 1
    none of them was judged good or bad yet: no precision, no recall
  $ stet stats --threshold 0.3
  stet: --threshold needs --score
  usage: stet stats [OPTIONS]
  [64]
  $ stet stats --score toxicity --threshold high
  stet: --threshold: expected a number
  usage: stet stats [OPTIONS]
  [64]

Verdicts of the command line are not read; those of the desk are.

  $ stet verdict bad n1
  verdict: 1 document
  $ stet stats --score toxicity | tail -2
    flagged at 0.5 and over: 1 (25.0%)  not flagged: 3  without the score: 1
    none of them was judged good or bad yet: no precision, no recall
  $ cat >votes.sh <<'END'
  > i=0
  > while read -r item; do
  >     i=$((i + 1))
  >     value=good
  >     [ $((i % 2)) = 0 ] || value=bad
  >     printf '{"uuid":"01a21e1f-c8a5-7360-b504-97f88929%04d","lamport":%d,' "$((i + $1))" "$((i + $1))"
  >     printf '"at":"2026-11-20T12:00:00.000000Z","reviewer":"ann",'
  >     printf '"kind":"verdict","item":%s,"value":"%s","how":"read"}\n' "$(echo "$item" | sed 's/"sha256"/"text"/')" $value
  > done
  > END
  $ stet queue save worst --order toxicity --limit 2
  queue worst: 2 documents
  $ stet queue export worst | sh votes.sh 100 >votes.jsonl
  $ stet merge votes.jsonl
  2 annotations taken, 0 known already
  $ stet stats --score toxicity | tail -6
          0.9 .. 1         |                                       0
    flagged at 0.5 and over: 1 (25.0%)  not flagged: 3  without the score: 1
    precision 100.0% (n 1)  recall 100.0% (n 1)
    good ones flagged 0.0% (n 1)  bad 1 of 1, good 0 of 1
    of judged documents only: they were picked, not drawn, and say
    nothing of the others; a queue with sort:random(N) gives intervals
  $ stet report
  5 documents, 2 judged while read
    no random queue was read: what was judged was picked, not drawn, and
    says nothing of the rest. stet queue save NAME --order 'random(1)' draws one
    bad among the judged: 50.0% (n 2)
  
  Bad by source
               5  50.0% (n 2)  notes
  
  toxicity  4 documents, high is bad
         0.9 .. 1 |                   0   0.0%
       0.8 .. 0.9 |##########         1  25.0%  bad 100.0% (n 1)
       0.7 .. 0.8 |                   0   0.0%
       0.6 .. 0.7 |                   0   0.0%
       0.5 .. 0.6 |                   0   0.0%
       0.4 .. 0.5 |                   0   0.0%
       0.3 .. 0.4 |##########         1  25.0%  bad 0.0% (n 1)
       0.2 .. 0.3 |                   0   0.0%
       0.1 .. 0.2 |##########         1  25.0%
         0 .. 0.1 |##########         1  25.0%
    flagged at 0.5 and over: 1 (25.0%)  not flagged: 3  without the score: 1
    precision 100.0% (n 1)  recall 100.0% (n 1)
    good ones flagged 0.0% (n 1)  bad 1 of 1, good 0 of 1
    of judged documents only: they were picked, not drawn, and say
    nothing of the others; a queue with sort:random(N) gives intervals

A random queue gives intervals.

  $ stet queue save drawn --order 'random(1)' --limit 4
  queue drawn: 4 documents
  $ stet queue export drawn | head -3 | sh votes.sh 200 >votes.jsonl
  $ stet merge votes.jsonl
  3 annotations taken, 0 known already
  $ stet report
  5 documents, 5 judged while read
    of 4 drawn at random, 4 judged, 0 of them unsure: queue drawn
    bad: 75.0% (19.4..99.4, n 4)
  
  Bad by source
               5  75.0% (19.4..99.4, n 4)  notes
  
  toxicity  4 documents, high is bad
         0.9 .. 1 |                   0   0.0%
       0.8 .. 0.9 |##########         1  25.0%  bad 100.0% (2.5..100.0, n 1)
       0.7 .. 0.8 |                   0   0.0%
       0.6 .. 0.7 |                   0   0.0%
       0.5 .. 0.6 |                   0   0.0%
       0.4 .. 0.5 |                   0   0.0%
       0.3 .. 0.4 |##########         1  25.0%
       0.2 .. 0.3 |                   0   0.0%
       0.1 .. 0.2 |##########         1  25.0%  bad 100.0% (2.5..100.0, n 1)
         0 .. 0.1 |##########         1  25.0%  bad 0.0% (0.0..97.5, n 1)
    flagged at 0.5 and over: 1 (25.0%)  not flagged: 3  without the score: 1
    precision 100.0% (2.5..100.0, n 1)  recall 50.0% (1.3..98.7, n 2)
    good ones flagged 0.0% (0.0..97.5, n 1)  bad 1 of 2, good 0 of 1
    95% intervals from 4 of 4 documents drawn: queue drawn
    left out: 0 unsure, 1 without the score
  $ stet report --json | head -2
  {"documents":5,"judged":5,"random":true,"drawn":4,"drawn_judged":4,"passed_over":0,"unsure":0,"bad":{"part":3,"whole":4,"low":0.19412,"high":0.993691},"agreeing":{"part":0,"whole":0}}
  {"source":"notes","documents":5,"bad":{"part":3,"whole":4,"low":0.19412,"high":0.993691}}
  $ stet report --json | tail -1
  {"score":"toxicity","threshold":0.5,"flagged":1,"known":4,"unknown":1,"random":true,"drawn":4,"passed_over":0,"precision":{"part":1,"whole":1,"low":0.025,"high":1},"recall":{"part":1,"whole":2,"low":0.012579,"high":0.987421},"good_flagged":{"part":0,"whole":1,"low":0,"high":0.975},"unsure":0,"saw_scores":0}
  $ stet report --query lang:xx
  0 documents, 0 judged while read
    no random queue was read: what was judged was picked, not drawn, and
    says nothing of the rest. stet queue save NAME --order 'random(1)' draws one
    bad among the judged: unknown (n 0)

Phrases by category, and edits by kind and reason.

  $ cat >phrases.txt <<'END'
  > alone
  > [greetings]
  > the
  > your sister
  > [empty]
  > # nothing
  > [signs]
  > !!!
  > END
  $ stet report --phrases phrases.txt | tail -5
  Phrases, in 44 tokens of the index
    per million      hits documents  category
            0.0         0         0  phrases
       113636.4         5         3  greetings
    1 lines without a letter or digit are left out
  $ echo '[open' >bad.txt
  $ stet report --phrases bad.txt
  stet: bad.txt: line 1: a heading ends with ]
  [64]
  $ stet report --phrases missing.txt
  stet: missing.txt: No such file or directory
  [66]
  $ stet drop n2 --reason 'personal data' && stet drop n3
  drop: 1 document
  drop: 1 document
  $ stet report | tail -4
  
  Edited documents, by the newest edit
            1  drop      (no reason given)
            1  drop      personal data

A page of it.

  $ stet report --before . --phrases phrases.txt
  stet: --before needs --html
  usage: stet report [OPTIONS]
  [64]
  $ stet report --html page.html --phrases phrases.txt
  $ grep -c '<svg' page.html
  6
  $ grep -o '<h1>[^<]*' page.html
  <h1>Report card: w
