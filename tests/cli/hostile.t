Data cannot reach the terminal as anything but text.

  $ cp "$DATA"/hostile.jsonl . && stet index --quiet hostile.jsonl >/dev/null
  $ stet search ''
  3 of 3 hits
  at:hostile.jsonl:0  id:esc^[[31m
      red ^[[31m bell ^G back^H csi <U+009B>2J rtl <U+202E> tag <U+E0041> zero<U+200B>width nul ^@ end
  at:hostile.jsonl:1  id:lone
      half a pair: <U+D83D> here
  at:hostile.jsonl:2  id:title^[]0;owned^G
      title fool
  $ stet show at:hostile.jsonl:0
  place      at:hostile.jsonl:0
  id         esc^[[31m
  source     bad^G<U+202E>
  lang       en
  sha256     257a3d55a1289edee9c517cecb74f5850766ad223176f67fb9dc1c27bf235e1f
  length     63 characters, 71 bytes, 8 hidden characters
  
  red ^[[31m bell ^G back^H csi <U+009B>2J rtl <U+202E> tag <U+E0041> zero<U+200B>width nul ^@ end
  $ stet show at:hostile.jsonl:1
  place      at:hostile.jsonl:1
  id         lone
  source     bad
  lang       en
  sha256     66921ccf689c0b0a9caf8390b5f12518bef3a1e469a767809b1b1e18250e211a
  length     19 characters, 21 bytes, 1 hidden characters, lone surrogates
  
  half a pair: <U+D83D> here
  $ stet show --json at:hostile.jsonl:0
  {"shard":"hostile.jsonl","record":0,"source":"bad\u0007\u202e","id":"esc\u001b[31m","sha256":"257a3d55a1289edee9c517cecb74f5850766ad223176f67fb9dc1c27bf235e1f","scores":{},"verdict":null,"tags":[],"characters":63,"text":"red \u001b[31m bell \u0007 back\b csi \u009b2J rtl \u202e tag \udb40\udc41 zero\u200bwidth nul \u0000 end"}
  $ stet verdict bad at:hostile.jsonl:0
  verdict: 1 document
  $ stet tag +rude at:hostile.jsonl:2
  tag: 1 document
  $ stet log
  2026-11-20T12:00:00Z  UUID  ann  verdict bad  "esc\u001b[31m"
  2026-11-20T12:00:00Z  UUID  ann  tag rude  "title\u001b]0;owned\u0007"
  $ stet note "$(printf 'a note \033[31m red')" at:hostile.jsonl:0
  note: 1 document
  $ stet log at:hostile.jsonl:0
  2026-11-20T12:00:00Z  UUID  ann  verdict bad  "esc\u001b[31m"
  2026-11-20T12:00:00Z  UUID  ann  note   "esc\u001b[31m"  a note ^[[31m red
  $ stet export --yes -o o.stet.jsonl | sed 1q
  stet: 1 of 1 documents of bad^G<U+202E>: verdict bad
  stet: 1 of 1 documents of bad^G<U+202E>: note
  stet: 1 of 2 documents of bad: tag rude
  2 patches with 3 edits written to o.stet.jsonl
  $ stet verify o.stet.jsonl hostile.jsonl
  applies          verdict  hostile.jsonl:0 "esc\u001b[31m"
  applies          note     hostile.jsonl:0 "esc\u001b[31m"
  applies          tag      hostile.jsonl:2 "title\u001b]0;owned\u0007"
  2 patches: 3 edits apply, 0 applied already, 0 conflict; 0 documents added, 0 dropped; 1 shards changed, 0 the same

File names and arguments are data as well.

  $ stet search "$(printf '\033[31m"')"
    ^[[31m"
          ^
  stet: this quote is not closed: " is missing
  [64]
  $ stet show "$(printf 'id:\033[31m')"
  stet: no document "id:^[[31m"
  [66]
  $ cp hostile.jsonl "$(printf 'a\033[31mb.jsonl')" && stet index --quiet "$(printf 'a\033[31mb.jsonl')" >/dev/null
  $ stet index --status
           3 documents       0 rejected  plain in place  hostile.jsonl
           3 documents       0 rejected  plain in place  a^[[31mb.jsonl
           6 documents in generation 2
  $ stet index --quiet "$(printf '/no/\033[31m')" >/dev/null
  stet: /no/^[[31m: /no/^[[31m: No such file or directory
  [1]
  $ stet "$(printf '\033[31m')"
  stet: unknown command '^[[31m'; see 'stet --help'
  [64]
