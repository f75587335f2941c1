Failures: reported, traced to documents, edited away, and what the next round says.

  $ cat >corpus.jsonl <<'END'
  > {"id":"a","text":"You are a complete fool and everybody here knows it."}
  > {"id":"b","text":"The kettle is on, and so is the light."}
  > {"id":"c","text":"Nothing of the kind."}
  > END
  $ stet index -qy corpus.jsonl >log 2>&1
  $ stet failures
  $ cat >one.jsonl <<'END'
  > {"id":7,"prompt":"How are you?","output":"You are a complete fool and everybody here knows it.","metric":{"toxicity":0.93}}
  > {"id":"run 7/b","output":"so is the light"}
  > {"output":"nothing of the kind"}
  > {"prompt":"no output"}
  > {"id":"a\"b","output":"x"}
  > nonsense
  > END
  $ stet import failures --round one one.jsonl
  stet: one.jsonl, line 4: neither "id" nor "output"
  stet: one.jsonl, line 5: "id" has a control character, a quote or a backslash
  stet: one.jsonl, line 6: no JSON object
  round one: 6 rows
  3 new
  3 are no failures: left out
  [1]
  $ stet import failures --round one --json one.jsonl 2>log
  {"rows":6,"added":0,"fixed":0,"failing":0,"known":3,"bad":3}
  [1]
  $ stet failures
  open           7  rounds 1  edits 0  You are a complete fool and everybody here knows it.
  open           run 7/b  rounds 1  edits 0  so is the light
  open           33af003619e7  rounds 1  edits 0  nothing of the kind
  $ stet failures 7
  id      7
  state   open, by ann
  round   one (1 in all)
  edits   0, other decisions 0
  metric  {"toxicity":0.93}
  
  prompt
  How are you?
  
  output
  You are a complete fool and everybody here knows it.
  $ stet failures --json 7 | stet trace --json - | grep -o '"id":"a"'
  "id":"a"

Decisions name the failure, in the journal and in the patch; they begin its editing.

  $ stet drop --failure 8 a
  stet: no failure "8"
  [66]
  $ stet drop --failure 7 --reason "an insult" a
  drop: 1 document
  $ stet verdict bad --failure "run 7/b" b
  verdict: 1 document
  $ stet failures
  edited         7  rounds 1  edits 1  You are a complete fool and everybody here knows it.
  edited         run 7/b  rounds 1  edits 0  so is the light
  open           33af003619e7  rounds 1  edits 0  nothing of the kind
  $ stet search --refs failure:7
  at:corpus.jsonl:0
  $ stet search --refs 'failure:"run 7/b"'
  at:corpus.jsonl:1
  $ stet search --refs failure:run
  $ stet export -y -o p.stet.jsonl >log 2>&1
  $ grep -o '"reason":"failure[^,]*' p.stet.jsonl
  "reason":"failure:7 an insult"
  "reason":"failure:\"run 7/b\""
  $ stet failures --state will-not-fix --note "as asked for" "run 7/b"
  $ stet failures --state gone 7
  stet: --state takes open, traced, edited, fixed, still-failing or will-not-fix
  usage: stet failures [--only STATE | [--state STATE [--note TEXT]] ID...] [--json]
  [64]
  $ stet failures --state fixed 9
  stet: no failure "9"
  [66]

The next round: what is gone, what is still there, what is new.

  $ cat >two.jsonl <<'END'
  > {"id":7,"fixed":true}
  > {"id":"run 7/b","output":"the light is so"}
  > {"output":"nothing of the kind"}
  > {"id":"new","output":"hm"}
  > END
  $ stet import failures --round two two.jsonl
  round two: 4 rows
  1 new
  2 still failing
  1 fixed
  $ stet failures
  fixed          7  rounds 2  edits 1  You are a complete fool and everybody here knows it.
  will-not-fix   run 7/b  rounds 2  edits 0  the light is so
  still-failing  33af003619e7  rounds 2  edits 0  nothing of the kind
  open           new  rounds 1  edits 0  hm
  $ stet failures --only fixed
  fixed          7  rounds 2  edits 1  You are a complete fool and everybody here knows it.
  $ stet undo
  undone: failure
  $ stet failures --only open
  $ stet check | head -1
  store: 12 annotations, derived state agrees

What the rounds say of the decisions.

  $ stet report | tail -6
  
  Failures, by where they stand
     failures     edits  decisions  state
            1         1          0  fixed
            1         0          0  still-failing
            1         0          1  will-not-fix
  $ stet report --json | grep '"state"'
  {"state":"fixed","failures":1,"edits":1,"decisions":0}
  {"state":"still-failing","failures":1,"edits":0,"decisions":0}
  {"state":"will-not-fix","failures":1,"edits":0,"decisions":1}
  $ stet report --html page.html
  $ grep -c 'Failures, by where they stand' page.html
  1
