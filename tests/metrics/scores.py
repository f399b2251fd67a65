"""Golden scores: an own implementation of the official SQuAD rules, versions 1.1 and 2.0, on 1,000 made pairs.

    python tests/metrics/scores.py

Writes scores.json: "pairs" is a list of [prediction or null, [gold texts], null odds, exact, F1 by v2.0, exact, F1 by v1.1],
"v2" the totals over the questions with a prediction, "best" the best thresholds where every question has one (null: ""), "v1"
the totals over all questions with gold texts.
"""

import collections
import json
import pathlib
import random
import re
import string

HERE = pathlib.Path(__file__).parent
WORDS = ["the", "The", "a", "A", "an", "AN", "Lech", "lech", "Poznań", "POZNAŃ", "5-1", "51", "3-0", "3", "1983–84", "U.S.", "us",
         "it's", "its", "İstanbul", "ΟΔΟΣ", "straße", "STRASSE", "café", "cafe\u0301", "東京", "tea", "anthem", "th\u00e9", "_the_",
         "the_end", "a-b", "(a)", "\"an\"", "½", "x²", "the\u00a0cup", "of", "won", "first", "leg", "$3.5", "10,000", "e.g.", "…",
         "😀", "the😀", "a٣", "\u0903a", "Ⅷ", "ⅷ"]
GAPS = [" "] * 12 + ["  ", "\n", "\t", "\u00a0", "\u3000", "\u2009", "\x1c", "\x85"]


def normalise(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def f1(prediction, gold, v2):
    predicted, wanted = normalise(prediction).split(), normalise(gold).split()
    if not predicted or not wanted:
        return float(v2 and predicted == wanted)
    same = sum((collections.Counter(predicted) & collections.Counter(wanted)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(predicted), same / len(wanted)
    return 2 * precision * recall / (precision + recall)


def scored(prediction, golds, v2):
    if v2:
        golds = [gold for gold in golds if normalise(gold)] or [""]
    if not golds:
        return 0.0, 0.0
    exact = max(float(normalise(prediction) == normalise(gold)) for gold in golds)
    return exact, max(f1(prediction, gold, v2) for gold in golds)


def mean(values):
    return 100.0 * sum(values) / len(values) if values else 0.0


def totals(rows):
    out = {"exact_match": mean([exact for _, exact, _ in rows]), "f1": mean([f for _, _, f in rows]), "total": len(rows)}
    for part, wanted in (("HasAns", True), ("NoAns", False)):
        chosen = [row for row in rows if row[0] == wanted]
        out |= {f"{part}_exact": mean([e for _, e, _ in chosen]), f"{part}_f1": mean([f for _, _, f in chosen]),
                f"{part}_total": len(chosen)}
    return out


def best(rows, which):
    """`rows`: (has an answer, prediction, odds, exact, F1), walked by rising odds."""
    current = highest = sum(not has for has, *_ in rows)
    threshold = 0.0
    for has, prediction, odds, *scores in sorted(rows, key=lambda row: row[2]):
        current += scores[which] if has else (-1 if prediction else 0)
        if current > highest:
            highest, threshold = current, odds
    return 100.0 * highest / len(rows), threshold


def phrase(draw, longest=6):
    out = ""
    for _ in range(draw.randint(0, longest)):
        out += draw.choice(WORDS) + draw.choice(GAPS)
    return out if draw.random() < 0.3 else out.strip(" ")


def pair(draw):
    golds = [phrase(draw) for _ in range(draw.choice([0, 0, 1, 1, 1, 2, 3]))]
    kind = draw.random()
    if golds and kind < 0.35:
        prediction = draw.choice(golds)
        prediction = draw.choice([prediction, prediction.upper(), "the " + prediction, prediction + "."])
    elif golds and kind < 0.7:
        words = draw.choice(golds).split()
        prediction = " ".join(word for word in words if draw.random() < 0.7) + draw.choice(["", " " + draw.choice(WORDS)])
    else:
        prediction = draw.choice(["", phrase(draw)])
    # Few different odds, so that ties come up.
    low, high = (-8, 4) if golds and prediction else (-4, 8)
    odds = draw.choice([round(draw.uniform(low, high), 1), draw.uniform(low, high)])
    return (None if draw.random() < 0.05 else prediction), golds, odds


def main():
    draw = random.Random(7)
    pairs, v2_rows, v1_rows, odds_rows = [], [], [], []
    for _ in range(1000):
        prediction, golds, odds = pair(draw)
        text = prediction or ""
        (exact, overlap), (exact_1, overlap_1) = scored(text, golds, True), scored(text, golds, False)
        if prediction is None:
            exact_1 = overlap_1 = 0.0
        else:
            v2_rows.append((bool(golds), exact, overlap))
        if golds:
            v1_rows.append((True, exact_1, overlap_1))
        odds_rows.append((bool(golds), text, odds, exact, overlap))
        pairs.append([prediction, golds, odds, exact, overlap, exact_1, overlap_1])
    (best_exact, exact_at), (best_f1, f1_at) = best(odds_rows, 0), best(odds_rows, 1)
    out = {"pairs": pairs, "v2": totals(v2_rows), "v1": {key: totals(v1_rows)[key] for key in ("exact_match", "f1", "total")},
           "best": {"best_exact": best_exact, "best_exact_thresh": exact_at, "best_f1": best_f1, "best_f1_thresh": f1_at}}
    (HERE / "scores.json").write_text(json.dumps(out, indent=0) + "\n")
    print({key: value for key, value in out.items() if key != "pairs"})


if __name__ == "__main__":
    main()
