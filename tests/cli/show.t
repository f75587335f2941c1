One document; references to documents.

  $ cp "$DATA"/notes.jsonl . && gzip -nc "$DATA"/web.jsonl >web.jsonl.gz
  $ stet index --quiet notes.jsonl web.jsonl.gz >/dev/null
  $ stet show n4
  place      at:notes.jsonl:3
  id         n4
  source     notes
  lang       en
  sha256     dfc2229ee4aa83e94566b2fef49ff846c3cbef325c001d0992ad3cfbc06b1bc6
  length     69 characters, 69 bytes, 0 hidden characters
  scores     toxicity = 0.35
  
  The fool of the play is the wisest of them all.
  He speaks in riddles.
  $ stet show --json n2
  {"shard":"notes.jsonl","record":1,"source":"notes","id":"n2","sha256":"dbcb35ff9c775ba5eac6d6c2d4edc690c34b7c94990ec6827bb8446bfedb47b2","scores":{"toxicity":0.81},"verdict":null,"tags":[],"characters":39,"text":"You are a fool, and everybody knows it."}
  $ stet show --raw at:web.jsonl.gz:1
  {"id": "w2", "source": "web", "text": "庭には二羽鶏がいる。", "metadata": {"lang": "ja", "url": "https://example.org/b"}, "attributes": {"toxicity": 0.0}}
  $ stet show source:web/id:w1
  place      at:web.jsonl.gz:0
  id         w1
  source     web
  lang       de
  sha256     6643077ebe088edbedb17a0895972117ee07fe0980fc3a8e152d35d9b751879b
  length     36 characters, 38 bytes, 0 hidden characters
  scores     toxicity = 0.01
  
  Der Garten ist schön, das Café auch.
  $ stet show sha:$(printf 'A string for an id.' | sha256sum | cut -d' ' -f1)
  place      at:web.jsonl.gz:5
  id         12
  source     web
  lang       en
  sha256     ed4a3caf0975f886eeb47459efbc22413c821fd65ae54143159a1b977d384cb2
  length     19 characters, 19 bytes, 0 hidden characters
  scores     toxicity = 0.5
  
  A string for an id.

The number 12 and the string "12" are two ids; alone they are one too many.

  $ stet show id:12
  stet: "id:12" is not unique: source:web/id:12 at:web.jsonl.gz:4; source:web/id:"12" at:web.jsonl.gz:5
  [65]
  $ stet show at:notes.jsonl:5
  stet: no document "at:notes.jsonl:5"
  [66]
  $ stet show at:nowhere:0
  stet: no document "at:nowhere:0"
  [66]
  $ stet show nobody
  stet: no document "nobody"
  [66]
  $ stet show
  stet: which document?
  usage: stet show [--raw] [--json] REF
  [64]
