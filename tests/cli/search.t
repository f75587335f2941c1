Queries on the command line.

  $ cp "$DATA"/notes.jsonl . && gzip -nc "$DATA"/web.jsonl >web.jsonl.gz
  $ stet index --quiet notes.jsonl web.jsonl.gz >/dev/null
  $ stet search fool
  4 of 4 hits
  at:notes.jsonl:1  id:n2  toxicity 0.81
      You are a fool, and everybody knows it.
  at:notes.jsonl:3  id:n4  toxicity 0.35
      The fool of the play is the wisest of them all.^JHe speaks in riddles.
  at:notes.jsonl:4  id:n5
      Fool me once, shame on you.
  at:web.jsonl.gz:3  id:w4  toxicity 0.92
      Go away, you fool! 😠 Go away!
  $ stet search --count 'fool toxicity:0.8..'
  2
  $ mkdir -p deep && cd deep && stet -C .. search --count 'fool toxicity:0.8..'; cd ..
  2
  $ stet search --refs 'fool sort:toxicity'
  at:web.jsonl.gz:3
  at:notes.jsonl:1
  at:notes.jsonl:3
  at:notes.jsonl:4
  $ stet search --json --limit 1 'fool sort:toxicity'
  {"shard":"web.jsonl.gz","record":3,"source":"web","id":"w4","sha256":"1716a1406bc1ed3ab335522236f23069c1bb6a3ddcda5c14df9ac6fa58babf04","scores":{"toxicity":0.92},"verdict":null,"tags":[],"snippet":"Go away, you fool! 😠 Go away!","cursor":"1-7bb64f9b-40128f5c1fffffff-8"}
  $ stet search --limit 2 ''
  2 of 11 hits
  go on with --after 1-[0-9a-f]+-0-1 (re)
  at:notes.jsonl:0  id:n1  toxicity 0.02
      The garden gate stays open until nine.
  at:notes.jsonl:1  id:n2  toxicity 0.81
      You are a fool, and everybody knows it.

Why a document is there: bytes of its text.

  $ stet search --why --limit 1 '"you fool" OR away OR /!$/ sort:toxicity' 2>/dev/null
  at:web.jsonl.gz:3  id:w4  toxicity 0.92
      Go away, you fool! 😠 Go away!
      3-7  away
      9-17  you fool
      27-31  away
      31-32  /!$/
  $ stet search --why --json --limit 1 'fool sort:toxicity' | grep -o '"matches":.*]'
  "matches":[{"phrase":"fool","start":13,"end":17}]

Page by page; a cursor belongs to its query.

  $ stet search --limit 2 --refs 'fool sort:toxicity'
  at:web.jsonl.gz:3
  at:notes.jsonl:1
  $ stet search --json --limit 2 'fool sort:toxicity' | sed -n 's/.*"cursor":"\(.*\)"}$/\1/p' | tail -1 >cursor
  $ stet search --limit 2 --refs --after "$(cat cursor)" 'fool sort:toxicity'
  at:notes.jsonl:3
  at:notes.jsonl:4
  $ stet search --refs --after "$(cat cursor)" 'fool sort:-toxicity'
  stet: this cursor is of another query or order
  [64]
  $ stet search --refs --after x fool
  stet: not a cursor: 'x'
  [64]
  $ stet search --count 'fool sort:toxicity'
  4

Phrases, prefixes, NEAR, OR, NOT; scripts without spaces; accents.

  $ stet search --count '"you fool"'
  1
  $ stet search --count 'gard*'
  2
  $ stet search --count 'NEAR(fool you, 3)'
  2
  $ stet search --count 'garden OR fool'
  6
  $ stet search --count 'fool -play'
  3
  $ stet search --refs '二羽'
  at:web.jsonl.gz:1
  $ stet search --refs 'สวย'
  at:web.jsonl.gz:2
  $ stet search --refs cafe
  at:web.jsonl.gz:0
  $ stet search --refs 😠
  at:web.jsonl.gz:3

Fields.

  $ stet search --count 'source:web'
  6
  $ stet search --count 'lang:en'
  8
  $ stet search --count 'id:12'
  2
  $ stet search --count 'shard:web*'
  6
  $ stet search --count 'len:..20'
  4
  $ stet search --count 'meta.url:*example.org*'
  2

What is unknown has no number: it matches no range and comes last.

  $ stet search --refs 'shame OR play sort:toxicity'
  at:notes.jsonl:3
  at:notes.jsonl:4
  $ stet search --refs 'shame OR play sort:-toxicity'
  at:notes.jsonl:3
  at:notes.jsonl:4

Regular expressions are matched against the texts.

  $ stet search '/\byou (are|fool)\b/i toxicity:0.8..'
  at:notes.jsonl:1  id:n2  toxicity 0.81
      You are a fool, and everybody knows it.
  at:web.jsonl.gz:3  id:w4  toxicity 0.92
      Go away, you fool! 😠 Go away!
  2 of 2 hits
  $ stet search --refs --limit 1 '/fool/'
  at:notes.jsonl:1
  $ stet search --limit 1 '/fool/' 2>&1 >/dev/null | head -1
  1 of 2 or more hits
  $ printf '{"text":"%040d!"}\n' 0 >slow.jsonl && stet index --quiet slow.jsonl >/dev/null
  $ stet search --json '/^(0+)+$/ -fool'
  stet: on 1 documents the regular expression is too costly: they are left out
  {"too_costly":1}
  $ stet index --quiet --forget slow.jsonl >/dev/null
  $ stet search --count '/OOL/i -/^the/im'
  3
  $ stet search '/(a|b/'
    /(a|b/
         ^
  stet: in this regular expression: missing closing parenthesis
  [64]
  $ stet search 'x /usr/bin'
    x /usr/bin
           ^
  stet: only the flags i, m, s and x may follow a regular expression (a / inside it is written \/, and a path goes in quotes)
  [64]

Mistakes are marked.

  $ stet search '"open'
    "open
    ^
  stet: this quote is not closed: " is missing
  [64]
  $ stet search 'fool AND'
    fool AND
            ^
  stet: AND needs something on both sides
  [64]
  $ stet search '(fool'
    (fool
    ^
  stet: this ( is not closed: ) is missing
  [64]
  $ stet search 'toxicty:0.8..'
    toxicty:0.8..
    ^
  stet: unknown field: toxicty; did you mean toxicity?
  [64]
  $ stet search 'toxicity:high'
    toxicity:high
             ^
  stet: toxicity: needs a number or a range: toxicity:5 toxicity:0.8.. toxicity:..0.2
  [64]
  $ stet search 'sort:nothing'
    sort:nothing
    ^
  stet: unknown score: nothing
  [64]
  $ stet search --limit x fool
  stet: --limit takes a number from 0 to 18446744073709551615, not 'x'
  usage: stet search [OPTIONS] QUERY...
  [64]
