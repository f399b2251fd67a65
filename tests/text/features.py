"""Golden features: a hash of what Hugging Face's tokenizer and the recipe of run_qa make of 1,000 questions.

    pip install transformers
    python tests/text/features.py

Reads ../shared/data and ../shared/models, writes features.txt: file, number of the question in it, its hash at 384/128 and at
64/16 (max_seq_length/doc_stride), "-" where the tokenizer refuses since the question leaves no room.

One thing of run_qa is not followed: where an answer begins in the last context token of a window, its loop runs on over the
special tokens, whose offsets are (0, 0), and labels the end of the padding. Here the loop stops at the context's last token;
the number of such labels is printed.
"""

import json
import pathlib
import struct
import sys

from transformers import AutoTokenizer

HERE = pathlib.Path(__file__).parent
SHARED = HERE.parents[2] / "shared"
sys.path.append(str(HERE.parent / "golden"))
import counter  # noqa: E402

SETTINGS = [(384, 128), (64, 16)]
FILES = {
    "train/new_wiki.json": 300, "train/amazon.json": 150, "domain/reddit.json": 150, "dev/squad-v2.0-part.json": 150,
    "offsets/xquad.en.json": 50, "offsets/xquad.de.json": 40, "offsets/xquad.ar.json": 20, "offsets/xquad.el.json": 20,
    "offsets/xquad.es.json": 20, "offsets/xquad.hi.json": 20, "offsets/xquad.ru.json": 20, "offsets/xquad.th.json": 20,
    "offsets/xquad.tr.json": 15, "offsets/xquad.vi.json": 15, "offsets/xquad.zh.json": 10,
}
NONE = 0xFFFFFFFF
overrun = 0


def questions(path):
    for document in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in document["paragraphs"]:
            for question in paragraph["qas"]:
                yield paragraph["context"], question


def labels(offsets, sequence_ids, answer):
    """Start and end token, as run_qa labels them."""
    global overrun
    if answer is None:
        return 0, 0
    context = [i for i, part in enumerate(sequence_ids) if part == 1]
    start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
    if not context or not (offsets[context[0]][0] <= start and offsets[context[-1]][1] >= end):
        return 0, 0
    first = context[0]
    while first <= context[-1] and offsets[first][0] <= start:
        first += 1
    overrun += first > context[-1]
    last = context[-1]
    while offsets[last][1] >= end:
        last -= 1
    return first - 1, last + 1


def features(tokenizer, context, question, length, stride):
    try:
        made = tokenizer(question["question"].lstrip(), context, truncation="only_second", max_length=length, stride=stride,
                         return_overflowing_tokens=True, return_offsets_mapping=True, padding=False)
    except BaseException as error:  # The tokenizer's panic is no Exception.
        if isinstance(error, KeyboardInterrupt):
            raise
        return "-"
    answer = question["answers"][0] if question["answers"] else None
    out = [struct.pack("<I", len(made["input_ids"]))]
    for i, ids in enumerate(made["input_ids"]):
        if len(ids) > length:
            return "-"
        parts = made.sequence_ids(i)
        offsets = made["offset_mapping"][i]
        out.append(struct.pack("<I", len(ids)) + struct.pack(f"<{len(ids)}I", *ids))
        for part, (start, end) in zip(parts, offsets):
            out.append(struct.pack("<II", start, end) if part == 1 else struct.pack("<II", NONE, NONE))
        out.append(struct.pack("<II", *labels(offsets, parts, answer)))
    return f"{counter.fnv1a(b''.join(out)):016x}"


def main():
    tokenizer = AutoTokenizer.from_pretrained(SHARED / "models/minilm-qa-reference")
    lines = []
    for name, count in FILES.items():
        every = list(questions(SHARED / "data" / name))
        for i in range(count):
            number = i * len(every) // count
            context, question = every[number]
            hashes = [features(tokenizer, context, question, *setting) for setting in SETTINGS]
            lines.append(" ".join([name, str(number), *hashes]))
    (HERE / "features.txt").write_text("\n".join(lines) + "\n")
    refused = sum(line.endswith("-") for line in lines)
    print(f"{len(lines)} questions, {refused} refused at 64/16, {overrun} labels that run_qa would put into the padding")


if __name__ == "__main__":
    main()
