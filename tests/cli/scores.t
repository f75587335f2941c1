Scores made of others, versions, aliases.

  $ printf '%s\n' '{"id":"a","text":"one apple","attributes":{"llm":0.8,"embed":0.1,"hate/threatening":0.4,"hate-threatening":1,"kind":"news","toxicity@v6":0.2,"toxicity@v10":0.9}}' '{"id":"b","text":"two pears","attributes":{"llm":0.1,"embed":0.7,"hate/threatening":0.6,"toxicity@v6":0.5,"toxicity@v10":0.5}}' '{"id":"c","text":"three plums","attributes":{"embed":0.4,"toxicity@v6":0.6,"toxicity@v10":0.1}}' '{"id":"d","text":"four figs"}' >fruit.jsonl
  $ stet index --quiet fruit.jsonl >/dev/null
  $ stet config set score.safety.derive 'max(llm, embed)'
  $ stet config set score.risk.derive "0.5 * safety + 0.5 * 'hate/threatening'"
  $ stet search --json 'safety:0.4..' | grep -o '"scores":{[^}]*}'
  "scores":{"llm":0.8,"embed":0.1,"hate/threatening":0.4,"hate-threatening":1,"kind":"news","toxicity@v6":0.2,"toxicity@v10":0.9,"safety":0.8,"risk":0.6}
  "scores":{"llm":0.1,"embed":0.7,"hate/threatening":0.6,"toxicity@v6":0.5,"toxicity@v10":0.5,"safety":0.7,"risk":0.65}
  "scores":{"embed":0.4,"toxicity@v6":0.6,"toxicity@v10":0.1,"safety":0.4}
  $ stet search --json 'sort:safety' | grep -o '"id":"."'
  stet: which end is bad is not known: highest first (set 'bad' of the score in .stet/config)
  "id":"a"
  "id":"b"
  "id":"c"
  "id":"d"
  $ stet search --json 'sort:-safety' | grep -o '"id":"."'
  stet: which end is bad is not known: highest first (set 'bad' of the score in .stet/config)
  "id":"c"
  "id":"b"
  "id":"a"
  "id":"d"
  $ stet search --json 'sort:near(safety,0.4)' | grep -o '"id":"."'
  "id":"c"
  "id":"b"
  "id":"a"
  "id":"d"
  $ stet search --json 'sort:disagree(toxicity@v6,toxicity@v10)' | grep -o '"id":"."'
  "id":"a"
  "id":"c"
  "id":"b"
  "id":"d"
  $ stet search --count 'risk:0.6 OR safety:0.4'
  2
  $ stet search --count 'safety:..'
  3
  $ stet search --count 'toxicity@v6:0.5..'
  2
  $ stet search --count 'toxicity:0.5..'
  stet: toxicity is toxicity@v10 here, the newest of 2 versions
  2
  $ stet show a | grep -A9 scores
  scores     llm = 0.8
             embed = 0.1
             hate/threatening = 0.4
             hate-threatening = 1
             kind = news
             toxicity@v6 = 0.2
             toxicity@v10 = 0.9
             safety = 0.8
             risk = 0.6
  
  $ stet stats --score safety
  4 documents; 0 judged (0 today), 0 skipped, 0 dropped, 0 rewritten, 0 escalated; 0 annotations
  
  safety  3 scored, 1 unknown
            0 .. 0.1       |                                       0
          0.1 .. 0.2       |                                       0
          0.2 .. 0.3       |                                       0
          0.3 .. 0.4       |                                       0
          0.4 .. 0.5       |##############################         1
          0.5 .. 0.6       |                                       0
          0.6 .. 0.7       |##############################         1
          0.7 .. 0.8       |                                       0
          0.8 .. 0.9       |##############################         1
          0.9 .. 1         |                                       0

A version is the newest one's where none is named; odd names are reached by
quotes, by _ and by an alias.

  $ stet search --count 'hate_threatening:0.5..'
    hate_threatening:0.5..
    ^
  stet: hate_threatening could be "hate/threatening" or "hate-threatening"; write it so, in quotes
  [64]
  $ stet search --count '"hate/threatening":0.5..'
  1
  $ stet config set score.hate/threatening.alias ht
  $ stet search --count 'ht:0.5.. score.ht:0.5..'
  1
  $ stet search --count 'toxicty:1'
    toxicty:1
    ^
  stet: unknown field: toxicty; put it in quotes if it is text
  [64]

Mistakes say where they are.

  $ stet config set score.safety.derive 'max(llm, embed'
  $ stet search --count apple
  stet: FOLDER/.stet/config:41: [score "safety"] derive: ',' or ')' expected at byte 15 of: max(llm, embed
  [78]
  $ stet config set score.safety.derive 'max(llm, embedding)'
  $ stet search --count apple
  stet: FOLDER/.stet/config:41: [score "safety"] derive: there is no score embedding: index or import it first, or change the expression
  [78]
  $ stet config set score.safety.derive 'max(llm, risk)'
  $ stet search --count apple
  stet: FOLDER/.stet/config:41: [score "safety"] derive: it needs itself, by way of others
  [78]
  $ stet config set score.safety.derive 'max(llm, kind)'
  $ stet search --count apple
  stet: FOLDER/.stet/config:41: [score "safety"] derive: kind is a label, not a number
  [78]
  $ stet config set score.safety.derive 'max(llm, hate_threatening)'
  $ stet search --count apple
  stet: FOLDER/.stet/config:41: [score "safety"] derive: hate_threatening could be hate/threatening or hate-threatening: write the name out, in quotes
  [78]
  $ stet config set score.llm.derive 'embed'
  $ stet search --count apple
  stet: FOLDER/.stet/config:6: [score "llm"] derive: the index has a score of this name: give the derived one another
  [78]
