"""What `stet trace` must find, by brute force: a suffix automaton over the
tokens of all documents gives, for each place of an output, the longest run of
words up to there that some document has (Blumer and others 1985; matching
statistics). Runs that no document continues are the maximal spans; of these
those count that have an anchor and enough words. Tokens are the tokenizer's
Python twin's.
"""
import functools
import re
import sys
import unicodedata

import tokenizer_twin as twin

for name in ("fold", "glyph", "continues", "is_emoji", "is_mark"):
    setattr(twin, name, functools.lru_cache(None)(getattr(twin, name)))
ASCII_WORD = re.compile("[0-9A-Za-z]+")
SENTENCE = re.compile("\n|[.!?\u2026].*[ \t\r]|[\u3002\uff01\uff1f\uff61]", re.S)


def tokens(text):
    """(folded, start, end), offsets in bytes; plain ASCII needs no twin."""
    if not text.isascii():
        return twin.tokens(re.sub("[\ud800-\udfff]", "\ufffd", text))
    out = []
    for word in ASCII_WORD.finditer(text):
        for at in range(word.start(), word.end(), 64):
            end = min(at + 64, word.end())
            out.append((text[at:end].lower(), at, end))
    return out


@functools.lru_cache(None)
def is_unspaced(token):
    return twin.glyph(token[0]) == "unspaced"


def weight(token):
    """Of four: two ideographs, or four other characters, are a word."""
    if not is_unspaced(token):
        return 4
    return 2 if unicodedata.name(token[0], "").startswith("CJK ") else 1


class Automaton:
    """Of several sequences; none goes on in the next."""

    def __init__(self):
        self.next, self.link, self.length = [{}], [-1], [0]

    def add(self, sequence):
        last = 0
        for token in sequence:
            last = self.extend(last, token)

    def state(self, length, link, edges):
        self.next.append(edges)
        self.link.append(link)
        self.length.append(length)
        return len(self.next) - 1

    def split(self, p, token):
        """The state for p's longest run and `token`; they have an edge."""
        q = self.next[p][token]
        if self.length[q] == self.length[p] + 1:
            return q
        clone = self.state(self.length[p] + 1, self.link[q], dict(self.next[q]))
        self.link[q] = clone
        while p != -1 and self.next[p].get(token) == q:
            self.next[p][token] = clone
            p = self.link[p]
        return clone

    def extend(self, last, token):
        if token in self.next[last]:
            return self.split(last, token)
        new = self.state(self.length[last] + 1, 0, {})
        p = last
        while p != -1 and token not in self.next[p]:
            self.next[p][token] = new
            p = self.link[p]
        if p != -1:
            self.link[new] = self.split(p, token)
        return new

    def longest(self, sequence):
        """For each end, how many words before it are one run somewhere."""
        out, state, length = [], 0, 0
        for token in sequence:
            while state and token not in self.next[state]:
                state = self.link[state]
                length = self.length[state]
            if token in self.next[state]:
                state = self.next[state][token]
                length += 1
            else:
                length = 0
            out.append(length)
        return out


class Corpus:
    def __init__(self, texts):
        self.automaton = Automaton()
        self.documents = {}
        self.joined = []
        for text in texts:
            folded = [sys.intern(t[0]) for t in tokens(text)]
            self.automaton.add(folded)
            self.joined.append(" " + " ".join(folded) + " ")
            for token in set(folded):
                self.documents[token] = self.documents.get(token, 0) + 1
        self.phrases = {}

    def count(self, words):
        """Documents with these words in sequence."""
        if len(words) == 1:
            return self.documents.get(words[0], 0)
        key = " " + " ".join(words) + " "
        if key not in self.phrases:
            self.phrases[key] = sum(key in joined for joined in self.joined)
        return self.phrases[key]

    def has_anchor(self, words, limit):
        return any(1 <= self.documents.get(w, 0) <= limit for w in words) or \
            any(all(map(is_unspaced, words[i:i + 3])) and
                1 <= self.count(words[i:i + 3]) <= limit
                for i in range(len(words) - 2))

    def spans(self, text, limit, least, sentences=False):
        """{(first byte, last byte): documents} of all maximal spans with an
        anchor, of `least` words and more."""
        raw = text.encode("utf-8", "surrogatepass")
        cut = tokens(text)
        parts, start = [], 0
        for i in range(1, len(cut) + 1):
            if i == len(cut) or sentences and SENTENCE.search(
                    raw[cut[i - 1][2]:cut[i][1]].decode("utf-8", "replace")):
                parts.append(cut[start:i])
                start = i
        found = {}
        for part in parts:
            words = [t[0] for t in part]
            longest = self.automaton.longest(words)
            for end, length in enumerate(longest, 1):
                if length == 0 or end < len(words) and longest[end] == length + 1:
                    continue
                span = words[end - length:end]
                if sum(map(weight, span)) >= 4 * least \
                        and self.has_anchor(span, limit):
                    found[part[end - length][1], part[end - 1][2]] = self.count(span)
        return found
