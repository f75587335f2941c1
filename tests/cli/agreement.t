How far reviewers agree: stet stats --agreement.

  $ cp "$DATA"/notes.jsonl . && stet index --quiet notes.jsonl >/dev/null
  $ stet verdict bad n1
  verdict: 1 document

That was a command; nobody read anything.

  $ stet stats --agreement
  nobody decided anything while reading
  $ stet queue save all >/dev/null
  $ cat >vote.sh <<'END'
  > # vote.sh FIRST REVIEWER VALUE...: one value for each document of the queue
  > i=$1
  > reviewer=$2
  > shift 2
  > stet queue export all | while read -r item; do
  >     i=$((i + 1))
  >     value=$1
  >     shift
  >     [ "$value" = - ] && continue
  >     printf '{"uuid":"01a21e1f-c8a5-7360-b504-97f88929%04d","lamport":%d,' "$i" "$i"
  >     printf '"at":"2026-11-20T12:00:00.000000Z","reviewer":"%s",' "$reviewer"
  >     printf '"kind":"verdict","item":%s,"value":"%s","how":"read"}\n' "$(echo "$item" | sed 's/"sha256"/"text"/')" "$value"
  > done
  > END
  $ sh vote.sh 100 ann bad good good - - >ann.jsonl && stet merge ann.jsonl
  3 annotations taken, 0 known already
  $ stet stats --agreement
  
  agreement on verdict: 0 documents rated by two or more, 3 ratings of 1 raters
    bad 33.3%  good 66.7%
    3 documents have one rating
    percent                -  nothing was rated twice
    Cohen's kappa          -  nothing was rated twice
    Fleiss' kappa          -  nothing was rated twice
    alpha, nominal         -  nothing was rated twice
    alpha, ordinal         -  nothing was rated twice
    alpha, interval        -  nothing was rated twice
    Gwet's AC1             -  nothing was rated twice
  $ sh vote.sh 200 bo bad good bad - good >bo.jsonl && stet merge bo.jsonl
  4 annotations taken, 0 known already
  $ stet stats --agreement
  
  agreement on verdict: 3 documents rated by two or more, 7 ratings of 2 raters
    bad 42.9%  good 57.1%
    1 documents have one rating
    percent           0.6667  (0.0000..1.0000)
    Cohen's kappa          -  of two raters only: see the pairs
    Fleiss' kappa     0.3194
    alpha, nominal    0.4444
    alpha, ordinal         -  the values are no numbers
    alpha, interval        -  the values are no numbers
    Gwet's AC1        0.3725  (-0.6000..1.0000)
    documents  percent                 Cohen's kappa           Gwet's AC1              raters
            3   0.6667  0.0000..1.0000   0.4000                   0.3333 -1.0000..1.0000  ann, bo
  $ stet stats --agreement --seed 1 --resamples 0 --json
  {"agreement":"verdict","name":"","raters":2,"documents":3,"ratings":7,"alone":1,"repeated":0,"peers_seen":0,"prevalence":[{"value":"bad","share":0.428571},{"value":"good","share":0.571429}],"percent":{"value":0.666667},"cohen_kappa":{"why":"of two raters only: see the pairs"},"fleiss_kappa":{"value":0.319444},"alpha_nominal":{"value":0.444444},"alpha_ordinal":{"why":"the values are no numbers"},"alpha_interval":{"why":"the values are no numbers"},"gwet_ac1":{"value":0.372549}}
  {"agreement":"verdict","name":"","raters":["ann","bo"],"documents":3,"ratings":6,"alone":0,"repeated":0,"peers_seen":0,"prevalence":[{"value":"bad","share":0.5},{"value":"good","share":0.5}],"percent":{"value":0.666667},"cohen_kappa":{"value":0.4},"fleiss_kappa":{"value":0.333333},"alpha_nominal":{"value":0.444444},"alpha_ordinal":{"why":"the values are no numbers"},"alpha_interval":{"why":"the values are no numbers"},"gwet_ac1":{"value":0.333333}}
  $ stet stats --agreement --query lang:xx
  nobody decided anything while reading

Raters in the documents: in a list of objects, as an object, as counts.

  $ mkdir rated && cd rated
  $ cat >rated.jsonl <<'END'
  > {"id":"a","text":"one","by":[{"rater":"x","is":{"toxic":1}},{"rater":"y","is":{"toxic":1}},{"rater":"x","is":{"toxic":3}}],"counts":{"yes":3,"no":0}}
  > {"id":"b","text":"two","by":[{"rater":"x","is":{"toxic":2}},{"rater":"y","is":{"toxic":3}}],"counts":{"yes":1,"no":2}}
  > {"id":"c","text":"three","by":[{"rater":"y","is":{"toxic":null}}]}
  > {"id":"d","text":"four","by":[]}
  > END
  $ stet index --quiet rated.jsonl
  4 documents in 1 shards added, 1 unchanged; 9 documents in all (SPEED)
  $ stet stats --agreement --from by --value is.toxic --resamples 0
  
  agreement on is.toxic: 2 documents rated by two or more, 4 ratings of 2 raters
    1 50.0%  2 25.0%  3 25.0%
    7 documents have none
    1 left out: a rater's second on a document
    percent           0.5000
    Cohen's kappa          -  of two raters only: see the pairs
    Fleiss' kappa     0.2000
    alpha, nominal    0.4000
    alpha, ordinal    0.8333
    alpha, interval   0.7273
    Gwet's AC1        0.2727
    documents  percent                 Cohen's kappa           Gwet's AC1              raters
            2   0.5000                   0.3333                   0.2727                  x, y
  $ stet stats --agreement --from by --value 'is.toxic>=2' --resamples 0
  
  agreement on is.toxic>=2: 2 documents rated by two or more, 4 ratings of 2 raters
    no 50.0%  yes 50.0%
    7 documents have none
    1 left out: a rater's second on a document
    percent           1.0000
    Cohen's kappa          -  of two raters only: see the pairs
    Fleiss' kappa     1.0000
    alpha, nominal    1.0000
    alpha, ordinal         -  the values are no numbers
    alpha, interval        -  the values are no numbers
    Gwet's AC1        1.0000
    documents  percent                 Cohen's kappa           Gwet's AC1              raters
            2   1.0000                   1.0000                   1.0000                  x, y
  $ stet stats --agreement --from counts --counts yes,no --resamples 0 --pairs 0
  
  agreement on counts: 2 documents rated by two or more, 6 ratings
    no 33.3%  yes 66.7%
    7 documents have none
    percent           0.6667
    Cohen's kappa          -  of two raters only: see the pairs
    Fleiss' kappa     0.2500
    alpha, nominal    0.3750
    alpha, ordinal         -  the values are no numbers
    alpha, interval        -  the values are no numbers
    Gwet's AC1        0.4000
  $ stet stats --agreement --from nothing
  no document has ratings there

What makes no sense.

  $ stet stats --agreement --from by
  stet: --from by has objects: name the member that is the rating with --value
  [64]
  $ stet stats --agreement --from by --value 'is.toxic<much'
  stet: --value is.toxic<much: expected a number behind <
  [64]
  $ stet stats --agreement --value toxic
  stet: --rater, --value and --counts need --from
  usage: stet stats [OPTIONS]
  [64]
  $ stet stats --from by
  stet: --from needs --agreement
  usage: stet stats [OPTIONS]
  [64]
