"""Windows and labels as `spanwise train` makes them, for the programs beside this file."""

from tokenizers import Tokenizer

LENGTH, STRIDE = 384, 128


def load(folder):
    """The tokenizer of a model's folder, set to cut contexts into windows."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LENGTH, stride=STRIDE, strategy="only_second")
    return tokenizer


def windows(tokenizer, question, context):
    """Of each window its ids, the place of its first token of the context, and the characters of all of those tokens."""
    whole = tokenizer.encode(question.strip(), context)
    made = []
    for window in [whole, *whole.overflowing]:
        of_context = [i for i, sequence in enumerate(window.sequence_ids) if sequence == 1]
        made.append((window.ids, of_context[0], [window.offsets[i] for i in of_context]))
    return made


def span(first, places, start, text):
    """First and last token of an answer that lies in the window whole, or `None`."""
    end = start + len(text)
    if not places or start < places[0][0] or end > places[-1][1]:
        return None
    begin = next(i for i, place in enumerate(places) if place[1] > start)
    return first + begin, first + max(i for i, place in enumerate(places) if place[0] < end)
