A rule for covers that has a mistake uncovers nothing.

  $ cp "$DATA"/notes.jsonl . && stet index -qy notes.jsonl >log 2>&1
  $ printf '%%dump screen\n' >keys
  $ cat >covered <<'END'
  > stet desk --script keys --size 80x24 sort:shard || exit
  > sed -n '/^|/s/.*n[1-5]  *\([^ ].*\)/\1/p; /^|.*policy/p' screen
  > END
  $ stet config set policy.mask toxicity:0.8..
  $ sh covered
  The garden gate stays open until nine.
  toxicity 0.81, 39 characters, en
  Call me at 555-0199 about the garden.
  The fool of the play is the wisest of them ~
  Fool me once, shame on you.
  38 B  100%  en  notes  #ab01c7c2 -------------------------------------

Not the score's name, which the covers say: all have one.

  $ stet config set policy.mask toxicty:0.8..
  $ sh covered
  no score "toxicty", 38 characters, en
  no score "toxicty", 39 characters, en
  no score "toxicty", 37 characters, en
  no score "toxicty", 69 characters, en
  no score "toxicty", 27 characters, en
  38 B  en  notes  #ab01c7c2 -------------------------------------------

From below.

  $ stet config set policy.mask toxicity:..0.3
  $ sh covered
  toxicity 0.02, 38 characters, en
  You are a fool, and everybody knows it.
  toxicity 0.11, 37 characters, en
  The fool of the play is the wisest of them ~
  Fool me once, shame on you.
  38 B  en  notes  #ab01c7c2 -------------------------------------------

What is no rule.

  $ stet config set policy.mask source:web
  $ sh covered
  stet: [policy] mask: a score and a range are expected, as in toxicity:0.9.., not "source:web"
  [78]
  $ stet config set policy.mask toxicity:high..
  $ sh covered
  stet: [policy] mask: a score and a range are expected, as in toxicity:0.9.., not "toxicity:high.."
  [78]
  $ stet config set policy.mask toxicity
  $ sh covered
  stet: [policy] mask: a score and a range are expected, as in toxicity:0.9.., not "toxicity"
  [78]
  $ stet config set policy.mask 'toxicity:0.8.. OR fool'
  $ sh covered
  stet: [policy] mask: a score and a range are expected, as in toxicity:0.9.., not "toxicity:0.8.. OR fool"
  [78]
