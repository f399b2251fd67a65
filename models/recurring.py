"""Questions from texts that nobody asked about: a first stage before real ones.

    python3 recurring.py OUT.json DATA.json ... [--seed 42] [--most 4]

Only the contexts of DATA are read. Words that recur in a text are the answer; one sentence that holds them, with "what" in their place, is
the question, and the text without that sentence is where they are to be found. OUT is SQuAD JSON, for `spanwise train`.

Source: recurring span selection, Ram et al., Few-Shot Question Answering by Pretraining Span Selection (2021).
"""

import argparse
import json
import pathlib
import random
import re

LONGEST = 10
WORD = re.compile(r"\w+(?:['’.-]\w+)*")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
# Words that say nothing alone, and at an edge of a span do not belong to it.
EMPTY = frozenset(
    "a about after all also an and any are as at be been before being both but by can could did do does down during each for from get had has "
    "have he her here him his how i if in into is it its just like many may me more most much my no nor not of off on one only or other our out "
    "over she should so some such than that the their them then there these they this those through to too two under up very was we were what "
    "when where which while who will with would you your".split()
)


def sentences(text):
    """Start and end of each sentence."""
    edges = [0, *(match.end() for match in SENTENCE_END.finditer(text)), len(text)]
    return [(start, end) for start, end in zip(edges, edges[1:]) if text[start:end].strip()]


def recurring(text):
    """Spans of words that occur more than once and are part of no longer one that occurs as often; the places of each."""
    words = [(match.start(), match.end()) for match in WORD.finditer(text)]
    places = {}
    for length in range(1, LONGEST + 1):
        for first in range(len(words) - length + 1):
            start, end = words[first][0], words[first + length - 1][1]
            edge = {text[slice(*words[i])].lower() for i in (first, first + length - 1)}
            if not edge & EMPTY and end - start > 2:
                places.setdefault(text[start:end], []).append(start)
    often = {span: starts for span, starts in places.items() if len(starts) > 1}
    inside = lambda short, long: short != long and short in long and len(often[long]) >= len(often[short])
    return {span: starts for span, starts in often.items() if not any(inside(span, other) for other in often)}


def questions(text, draws, most):
    """`(question, context, answer, places)` of a text, at most so many."""
    made = []
    for span, starts in recurring(text).items():
        options = []
        for start, end in sentences(text):
            at = [place for place in starts if start <= place and place + len(span) <= end]
            rest = text[:start] + text[end:]
            before = [place for place in starts if place + len(span) <= start]
            left = before + [place - (end - start) for place in starts if place >= end]
            sentence = text[start:end].strip()
            # A question has more to go by than the answer itself.
            if len(at) == 1 and left and len(sentence) >= len(span) + 20:
                asked = text[start : at[0]] + "what" + text[at[0] + len(span) : end]
                options.append((asked.strip(), rest, span, left))
        if options:
            made.append(draws.choice(options))
    draws.shuffle(made)
    return made[:most]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("data", nargs="+", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--most", type=int, default=4)
    args = parser.parse_args()
    draws = random.Random(args.seed)
    paragraphs, count = [], 0
    for path in args.data:
        for document in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in document["paragraphs"]:
                for question, context, answer, places in questions(paragraph["context"].strip(), draws, args.most):
                    count += 1
                    answers = [{"text": answer, "answer_start": place} for place in places]
                    qas = [{"id": f"recurring-{count}", "question": question, "answers": answers}]
                    paragraphs.append({"context": context, "qas": qas})
    data = {"version": "1.1", "data": [{"title": "recurring spans", "paragraphs": paragraphs}]}
    args.out.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    print(f"{count} questions")


if __name__ == "__main__":
    main()
