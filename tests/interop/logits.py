"""Logits of the spans that `spanwise eval --out` wrote, against AutoModelForQuestionAnswering over the same windows."""

import json

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

import windows


def spans(model, tokenizer, question, context):
    """Text of every span of at most 30 tokens, with the start and end logits that windows give it; and the best text."""
    found, best = {}, (float("-inf"), "")
    for window in windows.of(tokenizer, question, context, 384, 128):
        with torch.no_grad():
            out = model(input_ids=torch.tensor([window.ids]))
        starts, ends = out.start_logits[0].tolist(), out.end_logits[0].tolist()
        for start in window.context:
            for end in range(start, min(start + 30, window.context.stop)):
                text = context[window.offsets[start][0] : window.offsets[end][1]]
                found.setdefault(text, []).append((starts[start], ends[end]))
                best = max(best, (starts[start] + ends[end], text))
    return found, best[1]


def compare(folder, questions, answers):
    """The worst difference of a logit, over all spans that were written; the ids whose best answer differs."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model, loading = AutoModelForQuestionAnswering.from_pretrained(folder, output_loading_info=True)
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        assert not loading[kind], f"{kind}: {loading[kind]}"
    assert model.dtype == torch.float32, model.dtype
    model.eval()
    nbest = json.loads((answers / "nbest_predictions.json").read_text(encoding="utf-8"))
    result = {"worst": 0.0, "spans": 0, "questions": 0, "differ": []}
    for document in json.loads(questions.read_text(encoding="utf-8"))["data"]:
        for paragraph in document["paragraphs"]:
            for question in paragraph["qas"]:
                found, best = spans(model, tokenizer, question["question"], paragraph["context"])
                written = nbest[question["id"]]
                for span in written:
                    pair = (span["start_logit"], span["end_logit"])
                    # A text may stand in several places: the nearest pair is the one.
                    off = min(max(abs(a - b) for a, b in zip(pair, other)) for other in found[span["text"]])
                    result["worst"] = max(result["worst"], off)
                    result["spans"] += 1
                result["questions"] += 1
                if written[0]["text"] != best:
                    result["differ"].append(question["id"])
    return result
