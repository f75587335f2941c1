Queues.

  $ cp "$DATA"/notes.jsonl "$DATA"/web.jsonl . && stet index --quiet . >/dev/null
  $ stet queue list
  $ stet queue save fools fool --order toxicity
  queue fools: 4 documents
  $ stet queue save few lang:en --order 'random(7)' --limit 3 --for ann,kim
  queue few: 3 documents
  $ stet queue list
         3 left of 3        few  lang:en sort:random(7)  for ann,kim
         4 left of 4        fools  fool sort:toxicity
  $ stet queue list --json
  {"name":"few","query":"lang:en sort:random(7)","reviewers":"ann,kim","total":3,"left":3,"blind":false}
  {"name":"fools","query":"fool sort:toxicity","reviewers":"","total":4,"left":4,"blind":false}
  $ stet queue export fools
  {"source":"web","id":"w4","sha256":"1716a1406bc1ed3ab335522236f23069c1bb6a3ddcda5c14df9ac6fa58babf04"}
  {"source":"notes","id":"n2","sha256":"dbcb35ff9c775ba5eac6d6c2d4edc690c34b7c94990ec6827bb8446bfedb47b2"}
  {"source":"notes","id":"n4","sha256":"dfc2229ee4aa83e94566b2fef49ff846c3cbef325c001d0992ad3cfbc06b1bc6"}
  {"source":"notes","id":"n5","sha256":"8c7dc17b7bdb755dadf8a6a2031d10b099d137ec30fab4518285e7837a0a9501"}
  $ stet verdict bad w4
  verdict: 1 document
  $ stet queue list
         3 left of 3        few  lang:en sort:random(7)  for ann,kim
         3 left of 4        fools  fool sort:toxicity
  $ stet search --refs queue:fools
  at:notes.jsonl:1
  at:notes.jsonl:3
  at:notes.jsonl:4
  at:web.jsonl:3
  $ stet queue save fools fool
  stet: there is a queue named "fools" already
  [73]
  $ stet queue save fools fool --replace
  queue fools: 4 documents
  $ stet queue split few --parts 2
  $ stet queue give fools --to kim
  $ stet queue list
         3 left of 3        few  lang:en sort:random(7)  for ann,kim
         2 left of 2        few-1  lang:en sort:random(7)  for ann,kim
         1 left of 1        few-2  lang:en sort:random(7)  for ann,kim
         0 left of 4        fools  fool  for kim
  $ stet queue remove fools
  $ stet queue remove fools
  stet: no queue named "fools"
  [66]
  $ stet queue save
  stet: save needs a name
  usage: stet queue save NAME QUERY...|list|give NAME|split NAME|remove NAME|export NAME
  [64]
  $ stet queue dance
  stet: which queue?
  usage: stet queue save NAME QUERY...|list|give NAME|split NAME|remove NAME|export NAME
  [64]
