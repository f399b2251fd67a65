"""Windows of a question over its context, by the recipe of run_qa."""

from typing import NamedTuple


class Window(NamedTuple):
    """Token ids, offsets of every token, and the range of the context's tokens."""

    ids: list
    offsets: list
    context: range


def of(tokenizer, question, context, length, stride):
    made = tokenizer(question.lstrip(), context, truncation="only_second", max_length=length, stride=stride,
                     return_overflowing_tokens=True, return_offsets_mapping=True, padding=False)
    out = []
    for i, ids in enumerate(made["input_ids"]):
        tokens = [token for token, part in enumerate(made.sequence_ids(i)) if part == 1]
        context_tokens = range(tokens[0], tokens[-1] + 1) if tokens else range(0)
        out.append(Window(ids, made["offset_mapping"][i], context_tokens))
    return out


def labels(window, answer):
    """Tokens of the answer, or those of [CLS] where the window lacks a part of it."""
    start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
    tokens = window.context
    if not tokens or window.offsets[tokens[0]][0] > start or window.offsets[tokens[-1]][1] < end:
        return 0, 0
    first = max(token for token in tokens if window.offsets[token][0] <= start)
    last = min(token for token in tokens if window.offsets[token][1] >= end)
    return first, last
