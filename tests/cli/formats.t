What stet finds in each shape of the field, and why. tests/lib/shapes.py writes
them; docs/formats.md describes them.

  $ python3 "$DATA"/../lib/shapes.py .

Dolma: the attributes beside the documents are sampled with them.

  $ stet index --explain dolma/documents/cc/000.json.gz
  dolma/documents/cc/000.json.gz: gzip, SIZE; a seekable copy will be kept
  beside  FOLDER/dolma/attributes/hatespeech/cc/000.json.gz: attributes
  beside  FOLDER/dolma/attributes/lang/cc/000.json: attributes
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "http://x.example/0"
  source  source: in 3 of 3 records, for instance "cc"
  lang    none
  score   hatespeech__jigsaw__toxic = attributes.hatespeech__jigsaw__toxic: probability in 0..1, bad end high: in 3 of 3 records, seen 0.01..0.97, for instance [[0, 59, 0.01]]
          spans that are each one, from 0 on: scores of documents; "hate" in its name: high is bad
  score   hatespeech__jigsaw__insult_spans = attributes.hatespeech__jigsaw__insult_spans: spans in 0..1, bad end high: in 3 of 3 records, seen 0.4..0.9, for instance []
          spans; "hate" in its name: high is bad
  score   lang__ft__en = attributes.lang__ft__en: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.02..0.99, for instance 0.99
          numbers; its name does not say which end is bad
  score   lang__ft__labels = attributes.lang__ft__labels: label: in 3 of 3 records, for instance {"en": 0.99, "de": 0.01}
          a map of classes, 2 different
  score   en = attributes.lang__ft__labels.en: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.02..0.99, for instance 0.99
          numbers; its name does not say which end is bad
  score   de = attributes.lang__ft__labels.de: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.01..0.97, for instance 0.01
          numbers; its name does not say which end is bad
  no      metadata.length: its name says a size, a place or a time

datatrove: metadata nested, folded in, and as a string.

  $ stet index --explain datatrove/00000.jsonl.gz
  datatrove/00000.jsonl.gz: gzip, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "<urn:uuid:00000000>"
          not metadata.url: id comes first
  source  none
  lang    metadata.language: in 3 of 3 records, for instance "en"
  score   language_score = metadata.language_score: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.91..0.95, for instance 0.91
          numbers; its name does not say which end is bad
  score   toxicity_score = metadata.toxicity_score: probability in 0..1, bad end high: in 3 of 3 records, seen 0.02..0.93, for instance 0.02
          numbers; "toxic" in its name: high is bad
  no      metadata.token_count: its name says a size, a place or a time

  $ stet index --explain datatrove_flat/00000.jsonl
  datatrove_flat/00000.jsonl: plain, 788 bytes; read in place
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "a/0"
          not url: id comes first
  source  none
  lang    language: in 3 of 3 records, for instance "en"
  score   language_score = language_score: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.91..0.95, for instance 0.91
          numbers; its name does not say which end is bad
  score   toxicity_score = toxicity_score: probability in 0..1, bad end high: in 3 of 3 records, seen 0.02..0.93, for instance 0.02
          numbers; "toxic" in its name: high is bad
  no      token_count: its name says a size, a place or a time

  $ stet index --explain datatrove_string/000_00000.jsonl
  datatrove_string/000_00000.jsonl: plain, 902 bytes; read in place
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "a/0"
          not metadata.url: id comes first
  source  none
  lang    metadata.language: in 3 of 3 records, for instance "en"
  score   language_score = metadata.language_score: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.91..0.95, for instance 0.91
          numbers; its name does not say which end is bad
  score   toxicity_score = metadata.toxicity_score: probability in 0..1, bad end high: in 3 of 3 records, seen 0.02..0.93, for instance 0.02
          numbers; "toxic" in its name: high is bad
  no      metadata.token_count: its name says a size, a place or a time

FineWeb and what is made of it.

  $ stet index --explain fineweb_edu/train-00000.jsonl.zst
  fineweb_edu/train-00000.jsonl.zst: zstd, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "<urn:uuid:UUID>...
          not url: id comes first
  source  none
  lang    language: in 3 of 3 records, for instance "en"
  score   language_score = language_score: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.9185..0.9185, for instance 0.9185
          numbers; its name does not say which end is bad
  score   score = score: number in 0..5, bad end unknown: in 3 of 3 records, seen 0.40625..3.1875, for instance 3.1875
          numbers; its name does not say which end is bad
  score   int_score = int_score: scale in 0..5, bad end unknown: in 3 of 3 records, seen 0..3, for instance 3
          numbers; its name does not say which end is bad
  no      token_count: its name says a size, a place or a time

  $ stet index --explain moral_education/score_5_morals.jsonl
  moral_education/score_5_morals.jsonl: plain, 966 bytes; read in place
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "<urn:uuid:00>"
          not metadata.url: id comes first
  source  none
  lang    metadata.language: in 3 of 3 records, for instance "en"
  score   language_score = metadata.language_score: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.97..0.97, for instance 0.97
          numbers; its name does not say which end is bad
  score   score = metadata.score: number in 0..5, bad end unknown: in 3 of 3 records, seen 2.5..2.5, for instance 2.5
          numbers; its name does not say which end is bad
  score   int_score = metadata.int_score: scale in 0..5, bad end unknown: in 3 of 3 records, seen 3..3, for instance 3
          numbers; its name does not say which end is bad
  no      metadata.token_count: its name says a size, a place or a time

DCLM: the language is a map.

  $ stet index --explain dclm/global-shard_01_of_10/local-shard_0_of_10/shard_00000000_processed.jsonl.zstd
  dclm/global-shard_01_of_10/local-shard_0_of_10/shard_00000000_processed.jsonl.zstd: zstd, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      metadata.WARC-Record-ID: in 3 of 3 records, for instance "<urn:uuid:dc0>"
          not url: metadata.WARC-Record-ID comes first
  source  none
  lang    language_id_whole_page_fasttext: in 3 of 3 records, for instance {"en": 0.9}
  score   fasttext_openhermes_reddit_eli5_vs_rw_v2_bigram_200k_train_prob = fasttext_openhermes_reddit_eli5_vs_rw_v2_bigram_200k_train_prob: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0..0.2, for instance 0.0
          numbers; its name does not say which end is bad
  no      bff_contained_ngram_count_before_dedupe: its name says a size, a place or a time
  no      metadata.Content-Length: its name says a size, a place or a time
  no      previous_word_count: its name says a size, a place or a time

C4, and records with nothing but a text.

  $ stet index --explain c4/c4-train.00000-of-00001.json.gz
  c4/c4-train.00000-of-00001.json.gz: gzip, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      url: in 3 of 3 records, for instance "http://x.example/0"
  source  none
  lang    none

  $ stet index --explain noid/part.json
  noid/part.json: plain, 213 bytes; read in place
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      none
  source  none
  lang    none

The Pile; a text that is a list; bare strings.

  $ stet index --explain pile/00.jsonl.zst
  pile/00.jsonl.zst: zstd, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      none
  source  meta.pile_set_name: in 3 of 3 records, for instance "Pile-CC"
  lang    none

  $ stet index --explain list_text/data_0_time1_default.jsonl
  list_text/data_0_time1_default.jsonl: plain, 275 bytes; read in place
  sampled 3 records
  text    text: in 3 of 3 records, for instance ["The harbour wall was built in 1890.\nIt keeps ...
  id      none
  source  none
  lang    none
  score   n = meta.n: scale in 0..5, bad end unknown: in 3 of 3 records, seen 0..2, for instance 0
          numbers; its name does not say which end is bad

  $ stet index --explain bare/strings.jsonl
  bare/strings.jsonl: plain, 183 bytes; read in place
  sampled 3 records
  text    the record itself, a bare string (3)
  id      none
  source  none
  lang    none

RedPajama v2: signals beside the documents; what is one triple from 0 on is a
score of the document.

  $ stet index --explain redpajama/documents/2023-06/0000/en_head.json.gz
  redpajama/documents/2023-06/0000/en_head.json.gz: gzip, SIZE; a seekable copy will be kept
  beside  FOLDER/redpajama/quality_signals/2023-06/0000/en_head.signals.json.gz: signals
  sampled 3 records
  text    raw_content: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      digest: in 3 of 3 records, for instance "sha1:RHSYMIJUGZXBJHTB34YU5MHHDAZCAHO0"
          not url: digest comes first
  source  none
  lang    language: in 3 of 3 records, for instance "en"
  score   language_score = language_score: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.93..0.93, for instance 0.93
          numbers; its name does not say which end is bad
  score   perplexity = perplexity: perplexity, bad end unknown: in 3 of 3 records, seen 188.2..190.2, for instance 188.2
          numbers; its name does not say which end is bad
  score   ccnet_perplexity = quality_signals.ccnet_perplexity: perplexity, bad end unknown: in 3 of 3 records, seen 188.2..190.2, for instance [[0, 59, 188.2]]
          spans that are each one, from 0 on: scores of documents; its name does not say which end is bad
  score   rps_doc_ldnoobw_words = quality_signals.rps_doc_ldnoobw_words: number in 0..1, bad end unknown: in 3 of 3 records, seen 0..1, for instance [[0, 59, 0.0]]
          spans that are each one, from 0 on: scores of documents; its name does not say which end is bad
  score   rps_doc_ml_wikiref_score = quality_signals.rps_doc_ml_wikiref_score: number, bad end unknown: in 3 of 3 records, for instance [[0, 59, null]]
          spans that are each one, from 0 on: scores of documents; its name does not say which end is bad
  score   rps_lines_uppercase_letter_fraction = quality_signals.rps_lines_uppercase_letter_fraction: spans in 0..1, bad end unknown: in 3 of 3 records, seen 0..0.0681818, for instance [[0, 35, 0.02857143], [36, 58, 0.04545455], [59,...
          spans; its name does not say which end is bad
  no      length: its name says a size, a place or a time
  no      nlines: its name says a size, a place or a time
  no      original_nlines: its name says a size, a place or a time
  no      original_length: its name says a size, a place or a time
  no      line_ids: lists of numbers that are not parallel to a list text
  no      id_int: its name says a size, a place or a time

OSCAR: low perplexity of a model of harmful text is bad; lists of labels.

  $ stet index --explain oscar/en_part_1.jsonl.zst
  oscar/en_part_1.jsonl.zst: zstd, SIZE; a seekable copy will be kept
  sampled 3 records
  text    content: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      warc_headers.warc-record-id: in 3 of 3 records, for instance "<urn:uuid:UUID>...
  source  none
  lang    metadata.identification.label: in 3 of 3 records, for instance "en"
  score   prob = metadata.identification.prob: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.893833..0.893833, for instance 0.8938327
          numbers; its name does not say which end is bad
  score   harmful_pp = metadata.harmful_pp: perplexity, bad end low: in 3 of 3 records, seen 21.5..4063.18, for instance 4063.1814
          numbers; "harm" in its name: low is bad
  score   quality_warnings = metadata.quality_warnings: label: in 2 of 3 records, for instance ["short_sentences", "header", "footer"]
          lists of a few different strings, 4 different
  score   categories = metadata.categories: label: in 1 of 3 records, for instance ["adult", "hate"]
          lists of a few different strings, 2 different

Segments with scores of their own.

  $ stet index --explain segments/pile-detoxify.jsonl
  segments/pile-detoxify.jsonl: plain, 394 bytes; read in place
  sampled 2 records
  text    texts: in 2 of 2 records, for instance ["The harbour wall was built in 1890.\n", "It ke...
  id      none
  source  meta.pile_set_name: in 2 of 2 records, for instance "Pile-CC"
  lang    none
  score   scores = scores: segments in 0..1, bad end unknown: in 2 of 2 records, seen 0.00052..0.91, for instance [0.00052, 0.00061]
          as many numbers as the text has parts; its name does not say which end is bad
  score   avg_score = avg_score: probability in 0..1, bad end unknown: in 2 of 2 records, seen 0.000565..0.426667, for instance 0.000565
          numbers; its name does not say which end is bad
  no      num_sents: its name says a size, a place or a time

  $ stet index --explain segments_code/codeparrot-pep8.jsonl
  segments_code/codeparrot-pep8.jsonl: plain, 215 bytes; read in place
  sampled 1 records
  text    texts: in 1 of 1 records, for instance ["def harbour():\n", "    return  1\n"]
  id      none
  source  none
  lang    none
  score   scores = scores: segments in 0..1, bad end unknown: in 1 of 1 records, seen 0..0.0714286, for instance [0.0, 0.07142857142857142]
          as many numbers as the text has parts; its name does not say which end is bad
  score   avg_score = avg_score: probability in 0..1, bad end unknown: in 1 of 1 records, seen 0.0357143..0.0357143, for instance 0.0357142857142857
          numbers; its name does not say which end is bad
  no      num_lines: its name says a size, a place or a time

Others.

  $ stet index --explain nemo/00.jsonl
  nemo/00.jsonl: plain, 518 bytes; read in place
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "doc_id-6a1e_0"
  source  none
  lang    none
  score   aegis_pred = aegis_pred: label: in 3 of 3 records, for instance "safe"
          a few different strings, 2 different
  score   quality_pred = quality_pred: label: in 3 of 3 records, for instance "High"
          a few different strings, 3 different
  no      quality_prob: lists of numbers that are not parallel to a list text

  $ stet index --explain hplt/en_1.jsonl.zst
  hplt/en_1.jsonl.zst: zstd, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance 1
          not url: id comes first
  source  none
  lang    document_lang: in 3 of 3 records, for instance "en"
  no      scores: lists of numbers that are not parallel to a list text

  $ stet index --explain datamap/chunk_00000000.jsonl.zst
  datamap/chunk_00000000.jsonl.zst: zstd, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "d0"
  source  none
  lang    metadata.language: in 3 of 3 records, for instance {"__label__en": 0.98, "__label__de": 0.020000000...
  score   __label__en = metadata.language.__label__en: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.03..0.98, for instance 0.98
          numbers; its name does not say which end is bad
  score   __label__de = metadata.language.__label__de: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.02..0.97, for instance 0.020000000000000018
          numbers; its name does not say which end is bad

  $ stet index --explain annotated/safety.jsonl
  annotated/safety.jsonl: plain, 357 bytes; read in place
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance 0
  source  none
  lang    none
  score   safety_score = safety_score: scale in 0..5, bad end unknown: in 3 of 3 records, seen 0..4, for instance 0
          numbers; its name does not say which end is bad

Containers are told by their first bytes.

  $ stet index --explain members/lies.jsonl
  members/lies.jsonl: gzip, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance 0
  source  none
  lang    none
  $ stet index --explain frames/frames.json
  frames/frames.json: zstd, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance 0
  source  none
  lang    none

Options and the configuration come first, and --explain says so.

  $ mkdir datatrove/.stet && cat >datatrove/.stet/config <<'END'
  > [corpus]
  >   id = metadata.url
  >   source = metadata.dump
  >   lang = metadata.date
  > [score "toxicity_score"]
  >   path = metadata.toxicity_score
  >   kind = scale
  >   bad = low
  >   range = 0..10
  >   threshold = 0.25
  > [score "len"]
  >   path = metadata.token_count
  > END
  $ stet index -C datatrove --explain datatrove/00000.jsonl.gz
  00000.jsonl.gz: gzip, SIZE; a seekable copy will be kept
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      metadata.url: in 3 of 3 records, for instance "https://x.example/0"
          set by corpus.id in the configuration
          not id: metadata.url was set
  source  metadata.dump: in 3 of 3 records, for instance "CC-MAIN-2023-50"
          set by corpus.source in the configuration
  lang    metadata.date: in 3 of 3 records, for instance "2023-12-01T00:00:00Z"
          set by corpus.lang in the configuration
          not metadata.language: metadata.date was set
  score   toxicity_score = metadata.toxicity_score: scale in 0..10, bad end low, threshold 0.25: in 3 of 3 records, seen 0.02..0.93, for instance 0.02
          set in the configuration
  score   len = metadata.token_count: number, bad end unknown: in 3 of 3 records, seen 11..14, for instance 14
          set in the configuration
  score   language_score = metadata.language_score: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.91..0.95, for instance 0.91
          numbers; its name does not say which end is bad
  $ stet index -C datatrove --explain --text id --id text --source metadata.url --score en=metadata.language_score datatrove/00000.jsonl.gz
  00000.jsonl.gz: gzip, SIZE; a seekable copy will be kept
  sampled 3 records
  text    id: in 3 of 3 records, for instance "<urn:uuid:00000000>"
          set by --text
          not text: id was set
  id      text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
          set by --id
          not id: text was set
          not metadata.url: text was set
  source  metadata.url: in 3 of 3 records, for instance "https://x.example/0"
          set by --source
  lang    metadata.date: in 3 of 3 records, for instance "2023-12-01T00:00:00Z"
          set by corpus.lang in the configuration
          not metadata.language: metadata.date was set
  score   toxicity_score = metadata.toxicity_score: scale in 0..10, bad end low, threshold 0.25: in 3 of 3 records, seen 0.02..0.93, for instance 0.02
          set in the configuration
  score   len = metadata.token_count: number, bad end unknown: in 3 of 3 records, seen 11..14, for instance 14
          set in the configuration
  score   en = metadata.language_score: probability in 0..1, bad end unknown: in 3 of 3 records, seen 0.91..0.95, for instance 0.91
          set by --score
  $ stet index -C datatrove --quiet datatrove
  3 documents in 1 shards added, 0 unchanged; 3 documents in all (SPEED)
  $ stet search -C datatrove --count 'source:CC-MAIN*' len:15..
  3
  $ stet show -C datatrove id:https://x.example/0
  place      at:00000.jsonl.gz:0
  id         https://x.example/0
  source     CC-MAIN-2023-50
  lang       2023-12-01T00:00:00Z
  sha256     15be8505519767f9b7847e0610b6f363b4a40a2103408342e0c61ea3e3aa4808
  length     59 characters, 60 bytes, 0 hidden characters
  scores     toxicity_score = 0.02 !
             len = 14
             language_score = 0.91
  
  The harbour wall was built in 1890.
  It keeps the café dry.
  
  $ stet config -C datatrove set corpus.text metadata.dump
  $ stet index -C datatrove --explain datatrove/00000.jsonl.gz | sed -n 3,4p
  text    metadata.dump: in 3 of 3 records, for instance "CC-MAIN-2023-50"
          set by corpus.text in the configuration
  $ stet config -C datatrove set score.toxicity_score.kind nonsense
  $ stet index -C datatrove --explain datatrove/00000.jsonl.gz
  stet: datatrove/00000.jsonl.gz: FOLDER/datatrove/.stet/config:8: [score "toxicity_score"] kind: number, scale, probability, perplexity, label, spans or segments
  [78]
  $ stet config -C datatrove set score.toxicity_score.kind number
  $ stet config -C datatrove set score.toxicity_score.range 5..1
  $ stet index -C datatrove --explain datatrove/00000.jsonl.gz
  stet: datatrove/00000.jsonl.gz: FOLDER/datatrove/.stet/config:10: [score "toxicity_score"] range: a range as 0..1
  [78]

A score that the caller names gets its kind from what is there.

  $ stet index -C nemo --quiet --lang quality_pred --score words=id --score safe=aegis_pred --score why=quality_prob nemo
  3 documents in 1 shards added, 0 unchanged; 3 documents in all (SPEED)
  $ stet search -C nemo --count safe:O3 lang:Low
  1
  $ stet index -C nemo --explain --lang quality_pred --score ids=id nemo/00.jsonl
  00.jsonl: plain, 518 bytes; read in place
  sampled 3 records
  text    text: in 3 of 3 records, for instance "The harbour wall was built in 1890.\nIt keeps t...
  id      id: in 3 of 3 records, for instance "doc_id-6a1e_0"
  source  none
  lang    quality_pred: in 3 of 3 records, for instance "High"
          set by --lang
  score   words = id: label: in 3 of 3 records, for instance "doc_id-6a1e_0"
          set by --score
  score   safe = aegis_pred: label: in 3 of 3 records, for instance "safe"
          set in the configuration
  score   why = quality_prob: number, bad end unknown: in 3 of 3 records, seen 0.1..0.7, for instance [0.1, 0.2, 0.7]
          set in the configuration
  $ stet index --explain --score where=metadata.token_count --score x=nowhere moral_education/score_5_morals.jsonl | grep -A1 '^score   [wx]'
  score   where = metadata.token_count: number, bad end unknown: in 3 of 3 records, seen 200..200, for instance 200
          set by --score
  score   x = nowhere: number, bad end unknown: in 0 of 3 records
          set by --score

What could be a text is named when none is found.

  $ echo '{"body":"x","n":1}' >body.jsonl
  $ stet index --explain body.jsonl
  stet: body.jsonl: no text found in 1 records (looked at text, content, raw_content, texts); keys seen: body, n
  [65]
  $ stet index --explain --text body body.jsonl
  body.jsonl: plain, 19 bytes; read in place
  sampled 1 records
  text    body: in 1 of 1 records, for instance "x"
          set by --text
  id      none
  source  none
  lang    none
  score   n = n: number in 0..1, bad end unknown: in 1 of 1 records, seen 1..1, for instance 1
          numbers; its name does not say which end is bad

Lists of labels; low is bad, and comes first.

  $ stet index -C oscar --quiet oscar
  3 documents in 1 shards added, 0 unchanged; 3 documents in all (SPEED)
  $ stet show -C oscar at:en_part_1.jsonl.zst:0 | sed -n '/^scores/,$p'
  scores     prob = 0.8938327
             harmful_pp = 4063.1814
             quality_warnings = footer, header, short_sentences
  
  The harbour wall was built in 1890.
  It keeps the café dry.
  
  $ stet search -C oscar --count label:short_sentences
  1
  $ stet search -C oscar --count quality_warnings:t*
  1
  $ stet search -C oscar --count label:header,footer
  0
  $ stet search -C oscar --count harmful_pp:..100
  1
  $ stet search -C oscar sort:harmful_pp | sed -n 1p
  3 of 3 hits
  at:en_part_1.jsonl.zst:1  id:<urn:uuid:UUID>  prob 0.8938  harmful_pp 21.5
  $ cat oscar/.stet/config
  [score "prob"]
  \tpath = "metadata.identification.prob"
  \tkind = probability
  \tbad = unknown
  \trange = 0..1
  [score "harmful_pp"]
  \tpath = "metadata.harmful_pp"
  \tkind = perplexity
  \tbad = low
  [score "quality_warnings"]
  \tpath = "metadata.quality_warnings"
  \tkind = label
  \tbad = unknown
  [score "categories"]
  \tpath = "metadata.categories"
  \tkind = label
  \tbad = unknown

Spans come from their shard, in its characters.

  $ stet index -C dolma --quiet dolma
  3 documents in 1 shards added, 0 unchanged; 3 documents in all (SPEED)
  $ stet index -C dolma --status
           3 documents       0 rejected  gzip  copied  documents/cc/000.json.gz
           3 documents in generation 1
  $ stet search -C dolma label:de | sed -n 1p
  1 of 1 hits
  at:documents/cc/000.json.gz:2  id:http://x.example/2  hatespeech__jigsaw__tox~ 0.02  hatespeech__jigsaw__ins~ 0  lang__ft__en 0.02  en 0.02  de 0.97
  $ stet show -C dolma id:http://x.example/1
  place      at:documents/cc/000.json.gz:1
  id         http://x.example/1
  source     cc
  lang       -
  sha256     8a6c622e1464b136d43da22d711b557e07708b8f6f68eddae50645caf32d149f
  length     56 characters, 62 bytes, 0 hidden characters
  scores     hatespeech__jigsaw__toxic = 0.97
             hatespeech__jigsaw__insult_spans = 0.9
             lang__ft__en = 0.98
             lang__ft__labels = en
             en = 0.98
             de = 0.01
  spans      hatespeech__jigsaw__insult_spans = 0.9  go away
             hatespeech__jigsaw__insult_spans = 0.4  Never come back
  
  Nobody likes those people, go away. 👍🏽 Never come back.
  
  $ stet index -C redpajama --quiet redpajama
  3 documents in 1 shards added, 0 unchanged; 3 documents in all (SPEED)
  $ stet show -C redpajama --json at:documents/2023-06/0000/en_head.json.gz:0
  {"shard":"documents/2023-06/0000/en_head.json.gz","record":0,"source":null,"id":"sha1:RHSYMIJUGZXBJHTB34YU5MHHDAZCAHO0","sha256":"15be8505519767f9b7847e0610b6f363b4a40a2103408342e0c61ea3e3aa4808","scores":{"language_score":0.93,"perplexity":188.2,"ccnet_perplexity":188.2,"rps_doc_ldnoobw_words":0,"rps_lines_uppercase_letter_fraction":0.04545455},"spans":[{"score":"rps_lines_uppercase_letter_fraction","start":0,"end":35,"value":0.02857143},{"score":"rps_lines_uppercase_letter_fraction","start":36,"end":58,"value":0.04545455}],"verdict":null,"tags":[],"characters":59,"text":"The harbour wall was built in 1890.\nIt keeps the café dry.\n"}
  $ stet index -C segments --quiet segments
  2 documents in 1 shards added, 0 unchanged; 2 documents in all (SPEED)
  $ stet show -C segments at:pile-detoxify.jsonl:1
  place      at:pile-detoxify.jsonl:1
  id         -
  source     Pile-CC
  lang       -
  sha256     8a6c622e1464b136d43da22d711b557e07708b8f6f68eddae50645caf32d149f
  length     56 characters, 62 bytes, 0 hidden characters
  scores     scores = 0.91
             avg_score = 0.426666667
  segments   score = 0.25  Nobody likes those people, 
             score = 0.91  go away. 👍🏽 
             score = 0.12  Never come back.^J
  
  Nobody likes those people, go away. 👍🏽 Never come back.
  
  $ stet show -C segments --json at:pile-detoxify.jsonl:1
  {"shard":"pile-detoxify.jsonl","record":1,"source":"Pile-CC","id":null,"sha256":"8a6c622e1464b136d43da22d711b557e07708b8f6f68eddae50645caf32d149f","scores":{"scores":0.91,"avg_score":0.42666666666666675},"segments":[{"start":0,"end":27,"value":0.25},{"start":27,"end":39,"value":0.91},{"start":39,"end":56,"value":0.12}],"verdict":null,"tags":[],"characters":56,"text":"Nobody likes those people, go away. 👍🏽 Never come back.\n"}

A file of rows that does not fit is an error, with both counts and where they
part; a row that is no JSON costs itself.

  $ sed -i 2d dolma/attributes/lang/cc/000.json
  $ stet index -C dolma --quiet
  stet: FOLDER/dolma/attributes/lang/cc/000.json: 2 rows for 3 records; at record 1 the row is "http://x.example/2", the document "http://x.example/1": rows from there on are not taken
  3 documents in 1 shards added, 0 unchanged; 3 documents in all (SPEED)
  1 attribute files do not fit their documents, or are damaged
  [1]
  $ stet show -C dolma id:http://x.example/0 | grep lang__
             lang__ft__en = 0.99
             lang__ft__labels = en
  $ stet show -C dolma id:http://x.example/2 | grep lang__
  [1]
  $ printf 'nonsense\n%s\n' '{"attributes":{"lang__ft__en":1}}' >>dolma/attributes/lang/cc/000.json && sed -i 2d dolma/attributes/lang/cc/000.json
  $ stet index -C dolma --quiet
  stet: FOLDER/dolma/attributes/lang/cc/000.json, record 1, byte 114: expected "null", found 'o'
  3 documents in 1 shards added, 0 unchanged; 3 documents in all (SPEED)
  1 rows of attribute files rejected
  [1]
  $ stet show -C dolma id:http://x.example/2 | grep lang__
             lang__ft__en = 1

Dropping a document takes its rows along.

  $ stet drop -C redpajama at:documents/2023-06/0000/en_head.json.gz:0
  drop: 1 document
  $ printf 'New.' | stet rewrite -C redpajama --from - at:documents/2023-06/0000/en_head.json.gz:2
  rewrite: 1 document
  $ stet export -C redpajama --yes -o r.stet.jsonl | sed 1q
  stet: 1 of 3 documents: drop
  stet: 1 of 3 documents: replace
  2 patches with 2 edits written to r.stet.jsonl
  $ stet apply --quiet --to out r.stet.jsonl redpajama/documents/2023-06/0000/en_head.json.gz
  $ zcat out/quality_signals/2023-06/0000/en_head.signals.json.gz | cut -c1-37,260-
  {"id": "2023-06/0000/en_head.json.gz/, "quality_signals": {"ccnet_perplexity": [[0, 56, 189.2]], "rps_doc_ldnoobw_words": [[0, 56, 1.0]], "rps_doc_ml_wikiref_score": [[0, 56, null]], "rps_lines_uppercase_letter_fraction": [[0, 55, 0.03636364], [56, 56, 0.0]]}}
  {"id": "2023-06/0000/en_head.json.gz/, "quality_signals": {}}
  $ stet index -C out --quiet out
  2 documents in 1 shards added, 0 unchanged; 2 documents in all (SPEED)
