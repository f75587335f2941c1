What models and other tools said of documents, under their own names.

  $ cat >corpus.jsonl <<'END'
  > {"id":"a","source":"web","text":"You are a fool."}
  > {"id":"b","source":"web","text":"The kettle is on."}
  > {"id":"c","source":"one","text":"Twice."}
  > {"id":"c","source":"two","text":"Twice, elsewhere."}
  > {"id":7,"text":"日本 is a place."}
  > END
  $ stet index -qy corpus.jsonl >log 2>&1
  $ cat >rows.jsonl <<END
  > {"id":"a","sha256":"$(printf 'You are a fool.' | sha256sum | cut -c1-64)","verdict":"bad","tags":["insult"],"ratings":{"harm":4},"reason":"an insult"}
  > {"id":"b","text":"The kettle is on.","verdict":"good","not_tags":["insult"]}
  > {"id":7,"spans":[{"start":0,"end":2,"tag":"place"}]}
  > {"id":"b","text":"The kettle was on.","verdict":"bad"}
  > {"id":"c","verdict":"good"}
  > {"id":"zzz","verdict":"good"}
  > {"id":"a"}
  > {"verdict":"good"}
  > {"id":"a","verdict":"awful"}
  > {"id":"a","verdict":1}
  > {"id":"a","tags":"x"}
  > {"id":"a","spans":[{"start":3,"end":99,"tag":"x"}]}
  > {"id":"a","tags":["no blanks"]}
  > nonsense
  > END
  $ stet import annotations rows.jsonl
  stet: who gave them? --reviewer model/NAME@VERSION for a model, or a person's name
  usage: stet import scores|proposals|annotations|failures [OPTIONS] FILE...
  [64]
  $ stet import annotations --reviewer guard@2 rows.jsonl
  stet: is guard@2 a model? Then it is model/guard@2
  usage: stet import scores|proposals|annotations|failures [OPTIONS] FILE...
  [64]
  $ stet import annotations --reviewer model/guard rows.jsonl
  stet: a model is named model/NAME@VERSION
  usage: stet import scores|proposals|annotations|failures [OPTIONS] FILE...
  [64]
  $ stet import annotations --reviewer model/guard@2 rows.jsonl
  stet: rows.jsonl, line 8: none of "id", "sha256" and "text"
  stet: rows.jsonl, line 10: "verdict" or "reason" is no string
  stet: rows.jsonl, line 11: "tags" or "not_tags" is no list of strings
  stet: rows.jsonl, line 12: a span is not within the text
  stet: rows.jsonl, line 14: no JSON object
  stet: rows.jsonl, line 9: "awful" is not a verdict of this workspace
  stet: rows.jsonl, line 13: tag: a tag is 1 to 128 letters, digits or - _ / . :
  6 annotations of 14 rows taken in for model/guard@2
  1 rows are stale: about another text; left out
  1 rows fit no document
  1 rows fit several documents: left out
  1 rows say nothing
  7 rows are bad: left out
  [1]
  $ stet log --json | grep -c '"reviewer":"model/guard@2".*"how":"model"'
  6

Again, compressed: nothing twice. What is said otherwise now counts.

  $ head -n 3 rows.jsonl | gzip -c >more.jsonl.gz
  $ stet import annotations --reviewer model/guard@2 more.jsonl.gz
  0 annotations of 3 rows taken in for model/guard@2
  6 were there already
  $ echo '{"id":"b","verdict":"bad","ratings":{"harm":1}}' >changed.jsonl
  $ stet import annotations --reviewer model/guard@2 --json changed.jsonl
  {"rows":1,"annotations":2,"known":0,"stale":0,"unmatched":0,"ambiguous":0,"empty":0,"bad":0}
  $ stet import annotations --reviewer model/guard@2 --json changed.jsonl
  {"rows":1,"annotations":0,"known":2,"stale":0,"unmatched":0,"ambiguous":0,"empty":0,"bad":0}
  $ stet import annotations --reviewer model/guard@2 --json more.jsonl.gz
  {"rows":3,"annotations":1,"known":5,"stale":0,"unmatched":0,"ambiguous":0,"empty":0,"bad":0}

They are no people's: no verdict stands, nothing is exported.

  $ stet search --count verdict:bad
  0
  $ stet search --refs by:model/guard@2
  at:corpus.jsonl:0
  at:corpus.jsonl:1
  at:corpus.jsonl:4
  $ stet export -o none.stet.jsonl --yes | sed 1q
  0 patches with 0 edits written to none.stet.jsonl
  $ stet verdict bad id:a
  verdict: 1 document
  $ stet verdict bad id:b
  verdict: 1 document
  $ stet search --count is:disagreed
  0
  $ stet search --refs 'verdict:bad sort:disagree(model/guard@2,ann)'
  at:corpus.jsonl:1
  at:corpus.jsonl:0

What was exported comes in again as another's.

  $ stet export --format ratings -o ratings.jsonl --yes >/dev/null 2>&1
  $ stet import annotations --reviewer kim ratings.jsonl
  2 annotations of 2 rows taken in for kim
  $ stet import annotations --reviewer kim ratings.jsonl
  0 annotations of 2 rows taken in for kim
  2 were there already
  $ stet log --json | grep '"kim"' | sed 's/.*"kind":"\([a-z]*\)".*"value":"\([a-z]*\)".*"how":"\([a-z]*\)".*/\1 \2 \3/'
  verdict bad import
  verdict bad import
