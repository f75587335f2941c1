From a model's output to the documents that have its words.

  $ cat >a.jsonl <<'END'
  > {"id":"a1","source":"web","text":"The old stone bridge over the river was closed this morning after the flood had washed away two of its seven pillars, and nobody in the village can say when it will be open again for carts and people."}
  > {"id":"a2","source":"web","text":"THE OLD STONE BRIDGE over the river was closed this morning, after the flood had washed away two of its seven pillars; and nobody in the village can say when it will be open again for carts and people!"}
  > {"id":"a3","source":"web","text":"Beside the water they planted apple trees, plum trees and a long row of lime trees. Nobody in the village ate the plums."}
  > {"id":"a4","source":"poems","text":"春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。"}
  > END
  $ cat >b.jsonl <<'END'
  > {"id":"b1","source":"books","text":"A lantern, a ladder, a copper kettle and an old saddle were all that the thieves had left in the house."}
  > {"id":"b2","source":"books","text":"Thieves took the kettle, the saddle and the ladder; copper was dear then, and the lantern they left."}
  > {"id":"b3","source":"books","text":"The orchard was planted beside the water by her father, row after row, when she was nine."}
  > {"id":"b4","source":"books","text":"Letters came on Mondays. Winter stayed until May, and in June the first boats went out."}
  > {"id":"b5","source":"books","text":"It rained on the second day, on the third day, and on every other day of that week."}
  > {"id":"b6","source":"books","text":"Some say the engine was built in the north; others that it came by ship, in parts."}
  > END
  $ stet index --quiet a.jsonl b.jsonl >/dev/null
  $ cat >output.txt <<'END'
  > As everyone knows, the old stone bridge over the river was closed this
  > morning. Nobody in the village can say when.
  > 夜来風雨聲,花落知多少
  > END
  $ stet trace output.txt
    1. the old stone bridge over the river was closed this morning
       11 words, rarity 19.4, in 2 documents
    2. Nobody in the village can say when
       7 words, rarity 11.6, in 2 documents
    10.54  at:a.jsonl:0  source:web  id:"a1"
           spans ~1,~2
           near copy: at:a.jsonl:1  source:web  id:"a2"
    17.49  at:a.jsonl:3  source:poems  id:"a4"
           no span, but a passage with 9 rare words (55 % by weight)
  10 documents searched for spans of 6 words and more; 27 of 31 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  4 words are in no document
  lexical evidence: where the same words stand, not what a model was influenced by
  $ stet trace --sentences --fuzzy 0 - <output.txt
    1. the old stone bridge over the river was closed this
       10 words, rarity 17.4, in 2 documents
    2. Nobody in the village can say when
       7 words, rarity 11.6, in 2 documents
    10.54  at:a.jsonl:0  source:web  id:"a1"
           spans ~1,~2
           near copy: at:a.jsonl:1  source:web  id:"a2"
  10 documents searched for spans of 6 words and more; 27 of 31 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  4 words are in no document
  lexical evidence: where the same words stand, not what a model was influenced by

Rare words without a span; nothing at all; nothing to look at.

  $ echo 'Copper kettle, saddle, lantern and ladder: what thieves want.' | stet trace
  no span
     8.03  at:b.jsonl:1  source:books  id:"b2"
           no span, but a passage with 7 rare words (100 % by weight)
     7.59  at:b.jsonl:0  source:books  id:"b1"
           no span, but a passage with 7 rare words (100 % by weight)
  10 documents searched for spans of 6 words and more; 7 of 9 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  2 words are in no document
  lexical evidence: where the same words stand, not what a model was influenced by
  $ echo 'Quarterly earnings exceeded expectations.' | stet trace
  no span
  10 documents searched for spans of 6 words and more; 0 of 4 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  4 words are in no document
  lexical evidence: where the same words stand, not what a model was influenced by
  $ stet trace </dev/null
  no span
  10 documents searched for spans of 6 words and more; 0 of 0 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  lexical evidence: where the same words stand, not what a model was influenced by

The same for programs; places are in code points.

  $ stet trace --json output.txt | sed 's/"index":"[0-9a-f]*"/"index":"..."/'
  {"line":0,"sha256":"cb42d288e4eb74f29ed35fa2cc8e3c7a5390eb05a8136eef1e2951c93babf2a0","spans":[{"start":19,"end":78,"text":"the old stone bridge over the river was closed this\nmorning","words":11,"rarity":19.37966349295775,"documents":2},{"start":80,"end":114,"text":"Nobody in the village can say when","words":7,"rarity":11.623620199355292,"documents":2}],"documents":[{"shard":"a.jsonl","record":0,"source":"web","id":"a1","sha256":"23a0951aab5af67267a19dd6b51dc6a227613fa73500d99ce1e66785efdc5860","found_by":"span","rank":10.53786728663734,"spans":[{"span":0,"same":"words","start":0,"end":59},{"span":1,"same":"words","start":122,"end":156}],"rare_words":16,"rare_share":0.4501621996980263,"passage":{"start":4,"end":156},"copies":[{"shard":"a.jsonl","record":1,"source":"web","id":"a2","sha256":"c2c9c3a2aedfc76b2e564d4be11ce4f466bef628c8acb189485c9d3449af93a8","exact":false}]},{"shard":"a.jsonl","record":3,"source":"poems","id":"a4","sha256":"d993bd66b34778926c9ef0a239b77f6f9ede39be0522cb4d2af6138b1cbb93e7","found_by":"rare words","rank":17.491183903412395,"spans":[],"rare_words":9,"rare_share":0.5498378003019737,"passage":{"start":12,"end":23},"copies":[]}],"searched":{"documents":10,"words":31,"words_cut":0,"words_anchored":27,"words_unknown":4,"spans":2,"dropped_words":0,"dropped_documents":0},"note":"lexical evidence: where the same words stand, not what a model was influenced by","settings":{"index":"...","anchor":10000,"min_words":6,"density":0.05,"documents":10,"fuzzy":5,"seed":0,"sentences":false}}

Many outputs, as rows. A row without an output keeps its place.

  $ cat >failures.jsonl <<'END'
  > {"id":7,"prompt":"What of the bridge?","output":"Nobody in the village can say when it will be open.","metric":{"toxic":0.9}}
  > {"id":8,"text":"what?"}
  > 
  > {"id":9,"output":"Row after row, when she was nine."}
  > END
  $ stet trace --fuzzy 0 failures.jsonl
  line 1  id:7
    1. Nobody in the village can say when it will be open
       11 words, rarity 19.3, in 2 documents
     7.67  at:a.jsonl:0  source:web  id:"a1"
           span ~1
           near copy: at:a.jsonl:1  source:web  id:"a2"
  10 documents searched for spans of 6 words and more; 11 of 11 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  lexical evidence: where the same words stand, not what a model was influenced by
  
  line 2  id:8: no text under "output"
  
  line 4  id:9
    1. Row after row, when she was nine
       7 words, rarity 13.8, in 1 document
     7.63  at:b.jsonl:2  source:books  id:"b3"
           span ~1
  10 documents searched for spans of 6 words and more; 7 of 7 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  lexical evidence: where the same words stand, not what a model was influenced by
  stet: 1 rows could not be traced: no "output"
  [1]
  $ stet trace --to all.jsonl failures.jsonl
  stet: 1 rows could not be traced: no "output"
  2 outputs traced
  [1]
  $ stet trace --to all.jsonl failures.jsonl
  stet: all.jsonl exists; go on behind it with --resume
  [73]

What was stopped in the middle of a line goes on behind the last whole one.

  $ head -c 1600 all.jsonl >some.jsonl
  $ wc -l <some.jsonl
  2
  $ stet trace --to some.jsonl --resume failures.jsonl
  stet: 1 rows could not be traced: no "output"
  2 outputs traced, with those that were there
  [1]
  $ cmp all.jsonl some.jsonl
  $ stet trace --to some.jsonl --resume --min-words 5 failures.jsonl
  stet: some.jsonl: line 1 is not the result of these inputs with these options and this index
  [65]
  $ head -n 1 failures.jsonl | stet trace --to some.jsonl --resume
  stet: some.jsonl: line 2 is not the result of these inputs with these options and this index
  [65]
  $ stet trace --plain --fuzzy 0 failures.jsonl >plain.txt
  10 documents searched for spans of 6 words and more; 21 of 37 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  16 words are in no document
  lexical evidence: where the same words stand, not what a model was influenced by
  $ head -n 2 plain.txt
    1. Nobody in the village can say when it will be open
       11 words, rarity 19.3, in 2 documents

A text that is not what was indexed is known by its words alone; a shard that
was forgotten is not searched.

  $ sed 's/this morning/last night/' a.jsonl >c && mv c a.jsonl
  $ stet trace --fuzzy 0 output.txt
    1. the old stone bridge over the river was closed this morning
       11 words, rarity 19.4, in 2 documents
    2. Nobody in the village can say when
       7 words, rarity 11.6, in 2 documents
        ?  at:a.jsonl:0  source:web  id:"a1"
           spans ?1,?2; changed since it was indexed
        ?  at:a.jsonl:1  source:web  id:"a2"
           spans ?1,?2; changed since it was indexed
  10 documents searched for spans of 6 words and more; 27 of 31 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  4 words are in no document
  lexical evidence: where the same words stand, not what a model was influenced by
  $ stet index --quiet --forget a.jsonl >/dev/null
  $ stet trace output.txt
  no span
  6 documents searched for spans of 6 words and more; 27 of 31 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  4 words are in no document
  lexical evidence: where the same words stand, not what a model was influenced by

A word that a text has a million times is not followed; what stands beside it is.
A document with too many places for the output's words is left out, and told.

  $ { printf '{"id":"r1","text":"'; yes bar | head -n 1100000 | tr '\n' ' '
  >   printf 'and so it came to an end"}\n'; } >r.jsonl
  $ { printf '{"id":"r2","text":"'; yes foo | head -n 400000 | tr '\n' ' '
  >   printf '"}\n'; } >>r.jsonl
  $ stet index --quiet r.jsonl >/dev/null
  $ echo 'Bar bar bar, and so it came to an end.' | stet trace --fuzzy 0
    1. Bar bar bar, and so it came to an end
       10 words, rarity 58.8, in 1 document
     6.59  at:r.jsonl:0  id:"r1"
           span ~1
  8 documents searched for spans of 6 words and more; 7 of 10 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  not followed, too repetitive: 1 words, 0 documents
  lexical evidence: where the same words stand, not what a model was influenced by
  $ yes foo | head -n 50 | stet trace --fuzzy 0
  no span
  8 documents searched for spans of 6 words and more; 50 of 50 words are anchors
  (in at most 10000 documents), phrases of other words alone were not looked for
  not followed, too repetitive: 0 words, 1 documents
  lexical evidence: where the same words stand, not what a model was influenced by

Mistakes.

  $ stet trace --density 2 output.txt
  stet: --density takes a number over 0, up to 1
  usage: stet trace [--density D] [--min-words N] [--to FILE [--resume]] [--json] [FILE|-]
  [64]
  $ stet trace --min-words 0 output.txt
  stet: --min-words, --documents and --anchor take 1 or more
  usage: stet trace [--density D] [--min-words N] [--to FILE [--resume]] [--json] [FILE|-]
  [64]
  $ stet trace --resume output.txt
  stet: --resume goes with --to
  usage: stet trace [--density D] [--min-words N] [--to FILE [--resume]] [--json] [FILE|-]
  [64]
  $ stet trace a b
  stet: one FILE, or '-' for stdin
  usage: stet trace [--density D] [--min-words N] [--to FILE [--resume]] [--json] [FILE|-]
  [64]
  $ stet trace nowhere.txt
  stet: nowhere.txt: No such file or directory
  [66]
