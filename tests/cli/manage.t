Configuration, statistics, checks, other people's workspaces.

  $ cp "$DATA"/notes.jsonl . && stet index --quiet notes.jsonl >/dev/null
  $ stet config list
  score.toxicity.path=attributes.toxicity
  score.toxicity.kind=probability
  score.toxicity.bad=high
  score.toxicity.range=0..1
  $ stet config set policy.blind all
  $ stet config get policy.blind
  all
  $ stet config set score.toxicity.threshold 0.8
  $ stet config list --origin
  FOLDER/.stet/config:2\tscore.toxicity.path=attributes.toxicity
  FOLDER/.stet/config:3\tscore.toxicity.kind=probability
  FOLDER/.stet/config:4\tscore.toxicity.bad=high
  FOLDER/.stet/config:5\tscore.toxicity.range=0..1
  FOLDER/.stet/config:6\tscore.toxicity.threshold=0.8
  FOLDER/.stet/config:9\tpolicy.blind=all
  $ stet config get no.such
  stet: not set
  [66]
  $ stet config get nothing
  stet: a name is SECTION.KEY or SECTION.SUBSECTION.KEY
  usage: stet config list|get NAME|set NAME VALUE
  [64]
  $ stet config set --personal reviewer.name kim
  $ env -u STET_REVIEWER stet verdict good n1
  verdict: 1 document
  $ stet log | cut -d' ' -f1-6
  2026-11-20T12:00:00Z  UUID  kim 

Verdicts, tags and reviewers can be restricted.

  $ stet config set verdict.values 'yes:y:1 no:n:2'
  $ stet verdict good n2
  stet: "good" is not a verdict of this workspace
  [64]
  $ stet verdict no n2
  verdict: 1 document
  $ stet config set policy.tags closed && stet config set tag.rude.guide rude.md
  $ stet tag +insult n2
  stet: "insult" is not a tag of this workspace, whose tags are closed
  [64]
  $ stet tag +rude n2
  tag: 1 document
  $ stet config set policy.reviewers kim,lee
  $ stet verdict yes n4
  stet: ann is not in this workspace's reviewers (kim,lee)
  [78]
  $ stet verdict --reviewer lee yes n4
  verdict: 1 document
  $ stet config set policy.reviewers ''

Mistakes in the file.

  $ cp .stet/config good && echo '[policy' >>.stet/config
  $ stet stats
  stet: FOLDER/.stet/config:16:8: ']' expected
  [78]
  $ cp good .stet/config && printf '[editor]\n\tcommand = rm\n' >>.stet/config
  $ stet stats
  stet: FOLDER/.stet/config:17:1: [editor] may name a command and belongs into your personal file
  [78]
  $ cp good .stet/config

Statistics.

  $ stet stats
  5 documents; 3 judged (3 today), 0 skipped, 0 dropped, 0 rewritten, 0 escalated; 4 annotations
  verdicts: good 1  no 1  yes 1
  tags: rude 1
  
  toxicity  4 scored, 1 unknown, high is bad
            0 .. 0.1       |##############################         1  good 1
          0.1 .. 0.2       |##############################         1
          0.2 .. 0.3       |                                       0
          0.3 .. 0.4       |##############################         1  yes 1
          0.4 .. 0.5       |                                       0
          0.5 .. 0.6       |                                       0
          0.6 .. 0.7       |                                       0
          0.7 .. 0.8       |                                       0
          0.8 .. 0.9       |##############################         1  no 1  rude 1
          0.9 .. 1         |                                       0
    flagged at 0.8 and over: 1 (25.0%)  not flagged: 3  without the score: 1
    none of them was judged good or bad yet: no precision, no recall
  $ stet stats --json
  {"documents":5,"judged":3,"judged_today":3,"skipped":0,"dropped":0,"rewritten":0,"escalated":0,"annotations":4,"holding":3,"applied":0,"changed":0,"gone":0,"undecided":2}
  {"score":"toxicity","low":0,"high":0.1,"documents":1,"verdict:good":1,"verdict:no":0,"verdict:yes":0,"tag:rude":0}
  {"score":"toxicity","low":0.1,"high":0.2,"documents":1,"verdict:good":0,"verdict:no":0,"verdict:yes":0,"tag:rude":0}
  {"score":"toxicity","low":0.2,"high":0.3,"documents":0,"verdict:good":0,"verdict:no":0,"verdict:yes":0,"tag:rude":0}
  {"score":"toxicity","low":0.3,"high":0.4,"documents":1,"verdict:good":0,"verdict:no":0,"verdict:yes":1,"tag:rude":0}
  {"score":"toxicity","low":0.4,"high":0.5,"documents":0,"verdict:good":0,"verdict:no":0,"verdict:yes":0,"tag:rude":0}
  {"score":"toxicity","low":0.5,"high":0.6,"documents":0,"verdict:good":0,"verdict:no":0,"verdict:yes":0,"tag:rude":0}
  {"score":"toxicity","low":0.6,"high":0.7,"documents":0,"verdict:good":0,"verdict:no":0,"verdict:yes":0,"tag:rude":0}
  {"score":"toxicity","low":0.7,"high":0.8,"documents":0,"verdict:good":0,"verdict:no":0,"verdict:yes":0,"tag:rude":0}
  {"score":"toxicity","low":0.8,"high":0.9,"documents":1,"verdict:good":0,"verdict:no":1,"verdict:yes":0,"tag:rude":1}
  {"score":"toxicity","low":0.9,"high":1,"documents":0,"verdict:good":0,"verdict:no":0,"verdict:yes":0,"tag:rude":0}
  {"score":"toxicity","threshold":0.8,"flagged":1,"known":4,"unknown":1,"random":false,"drawn":0,"passed_over":0,"precision":{"part":0,"whole":0},"recall":{"part":0,"whole":0},"good_flagged":{"part":0,"whole":0},"unsure":0,"saw_scores":0}
  $ stet stats --score toxicity
  5 documents; 3 judged (3 today), 0 skipped, 0 dropped, 0 rewritten, 0 escalated; 4 annotations
  verdicts: good 1  no 1  yes 1
  tags: rude 1
  
  toxicity  4 scored, 1 unknown, high is bad
            0 .. 0.1       |##############################         1  good 1
          0.1 .. 0.2       |##############################         1
          0.2 .. 0.3       |                                       0
          0.3 .. 0.4       |##############################         1  yes 1
          0.4 .. 0.5       |                                       0
          0.5 .. 0.6       |                                       0
          0.6 .. 0.7       |                                       0
          0.7 .. 0.8       |                                       0
          0.8 .. 0.9       |##############################         1  no 1  rude 1
          0.9 .. 1         |                                       0
    flagged at 0.8 and over: 1 (25.0%)  not flagged: 3  without the score: 1
    none of them was judged good or bad yet: no precision, no recall

Checks: all is well; a shard that changed; a store that is damaged.

  $ stet check
  store: 4 annotations, derived state agrees
  index: 5 documents in generation 1 agree with their shards (sampled)
  $ echo >>notes.jsonl
  $ stet check
  store: 4 annotations, derived state agrees
  notes.jsonl: changed since it was indexed
  index: 1 findings; 'stet check --rebuild' indexes again what differs
  [65]
  $ stet check --json
  {"shard":"notes.jsonl","finding":"changed since it was indexed"}
  {"annotations":4,"documents":5,"generation":1,"findings":1}
  [65]
  $ stet config list --json | head -n 1 | sed 's/"file.*//'
  {"section":"reviewer","subsection":"","key":"name","value":"kim",
  $ stet undo --json | sed 's/:".*/:UUID/'
  {"undone":UUID
  $ stet redo --json | sed 's/:".*/:UUID/'
  {"redone":UUID
  $ cp .stet/review.db saved && printf 'XXXXXXXX' | dd of=.stet/review.db bs=1 seek=0 conv=notrunc status=none
  $ stet log
  stet: the review store is damaged; newest copies are in FOLDER/.stet/backup, see `stet restore`: FOLDER/.stet/review.db: file is not a database
  [65]
  $ cp saved .stet/review.db

Somebody else's workspace is refused unless trusted.

  $ chmod 777 .stet && stet search fool
  stet: FOLDER/.stet is writable by others: not trusted (chmod go-w FOLDER/.stet)
  [77]
  $ chmod 700 .stet
  $ stet desk --size 80 --script /dev/null
  stet: --size takes COLSxROWS, not '80'
  usage: stet desk [OPTIONS] [QUERY...]
  [64]
  $ stet --version
  stet 0.1.0
  $ stet help config
  stet config list|get NAME|set NAME VALUE
  
  Read and change the configuration.
  
  NAME is SECTION.KEY or SECTION.SUBSECTION.KEY, see stet-config(5).
  
  Options:
        --origin                 say which file and line a value comes from
        --personal               set in the personal file, not the project's
    -C, --directory DIR          work in DIR (where .stet is, or below it)
        --reviewer NAME          who decides (default: $STET_REVIEWER, login)
        --json                   print JSON lines
        --trust                  open a workspace that belongs to someone else
    -h, --help                   show this help
