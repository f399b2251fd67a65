"""Recipes for a few marked answers, many tasks at a time on a GPU.

    few-shot --part choose --k 22 --seeds 3 --export choose.json        (cargo run --release -p spanwise-bench --bin few-shot -- …)
    python3 few_shot.py MODEL choose.json OUT.jsonl 1/1 frozen:lr=1e-4:epochs=20 full:lr=5e-5:epochs=20 …

Each recipe is followed for every task and for its four folds side by side: the weights of all of them lie in one tensor, and a step of one is a
step of all. Lines as `few-shot` writes them, one for each way of choosing the share of the way from base to tuned: `share=…` and `folds=4`;
`few-shot --out OUT.jsonl` draws the table. `pull=1000` decays towards the base by so many times the rate in each step; `distil=1` adds so
many times the cross-entropy of the replica against the base, on a second batch of questions that `recurring.py` makes of the paragraphs that nothing was
marked in. The arithmetic is PyTorch's with bfloat16 products; steps, labels, schedule, clipping and decay are those of `spanwise train`.
"""

import collections
import json
import math
import pathlib
import random
import re
import string
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

import recurring
from windows import load, span, windows

BATCH, FOLDS = 8, 4
SHARES = [0.0, 0.25, 0.5, 0.75, 1.0]
DROPOUT = 0.1
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
LORA = ("attention.q_lin", "attention.v_lin")


class Windows:
    """Tokenizes each pair of question and context once."""

    def __init__(self, folder, contexts):
        self.tokenizer = load(folder)
        self.contexts, self.made = contexts, {}

    def of(self, question):
        key = (question["context"], question["question"])
        if key not in self.made:
            self.made[key] = windows(self.tokenizer, question["question"], self.contexts[key[0]])
        return self.made[key]

    def labelled(self, question):
        """`(ids, start, end)` of each window; (0, 0) where the first answer is not in it whole."""
        start, text = question["answers"][0]
        for ids, first, places in self.of(question):
            yield ids, *(span(first, places, start, text) or (0, 0))


def normalised(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(answer, golds):
    best = 0.0
    for _, gold in golds:
        a, b = normalised(answer), normalised(gold)
        same = sum((collections.Counter(a) & collections.Counter(b)).values())
        best = max(best, float(a == b) if not a or not b else 2 * same / (len(a) + len(b)))
    return best


class Replicas:
    """The weights of `count` models in one tensor each, `[count, ...]`."""

    def __init__(self, base, heads, layers, count, trained, lora):
        self.base, self.heads, self.layers, self.count, self.lora = base, heads, layers, count, lora
        self.trained = {
            name: value.unsqueeze(0).repeat(count, *[1] * value.dim()).requires_grad_() for name, value in base.items() if trained(name)
        }
        self.adapters = {}
        if lora:
            for layer in range(layers):
                for target in LORA:
                    name = f"distilbert.transformer.layer.{layer}.{target}.weight"
                    out, inner = base[name].shape
                    a = torch.empty(count, 8, inner, device=DEVICE).uniform_(-1 / math.sqrt(inner), 1 / math.sqrt(inner))
                    b = torch.zeros(count, out, 8, device=DEVICE)
                    self.adapters[name] = (a.requires_grad_(), b.requires_grad_())
        self.values = [*self.trained.values(), *[v for pair in self.adapters.values() for v in pair]]
        self.decays = [v.dim() > 2 for v in self.values]
        # What a value is pulled towards: its base. Adapters add nothing where their second matrix is zero.
        self.anchors = [*[base[name] for name in self.trained], *[anchor for _ in self.adapters for anchor in (None, 0.0)]]
        self.first = [torch.zeros_like(v) for v in self.values]
        self.second = [torch.zeros_like(v) for v in self.values]

    def get(self, name, share=1.0):
        value = self.trained.get(name)
        base = self.base[name]
        if name in self.adapters:
            a, b = self.adapters[name]
            # alpha 16 over rank 8.
            return base + share * 2.0 * (b @ a)
        if value is None:
            return base
        return value if share == 1.0 else base + share * (value - base)

    def linear(self, x, name, share):
        weight, bias = self.get(f"{name}.weight", share), self.get(f"{name}.bias", share)
        y = x @ weight.transpose(-1, -2)
        return y + (bias if bias.dim() == 1 else bias.unsqueeze(1))

    def norm(self, x, name, share):
        weight, bias = self.get(f"{name}.weight", share), self.get(f"{name}.bias", share)
        if weight.dim() == 1:
            return F.layer_norm(x, x.shape[-1:], weight, bias, 1e-12)
        return F.layer_norm(x, x.shape[-1:], eps=1e-12) * weight.unsqueeze(1) + bias.unsqueeze(1)

    def logits(self, ids, mask, share=1.0, train=False):
        """`[count, rows, length, 2]` of ids `[count, rows, length]`."""
        count, rows, length = ids.shape
        drop = lambda x: F.dropout(x, DROPOUT, train)
        word = self.get("distilbert.embeddings.word_embeddings.weight", share)
        position = self.get("distilbert.embeddings.position_embeddings.weight", share)
        at = torch.arange(count, device=DEVICE)[:, None, None]
        x = word[ids] if word.dim() == 2 else word[at, ids]
        x = x + (position[:length] if position.dim() == 2 else position[:, None, :length])
        x = x.flatten(1, 2)
        x = drop(self.norm(x, "distilbert.embeddings.LayerNorm", share))
        hidden = mask.reshape(count * rows, 1, 1, length)
        with torch.autocast(DEVICE, torch.bfloat16):
            for layer in range(self.layers):
                part = f"distilbert.transformer.layer.{layer}."
                split = lambda y: y.reshape(count * rows, length, self.heads, -1).transpose(1, 2)
                q, k, v = (split(self.linear(x, part + f"attention.{n}_lin", share)) for n in "qkv")
                y = F.scaled_dot_product_attention(q, k, v, hidden, DROPOUT if train else 0.0)
                y = y.transpose(1, 2).reshape(count, rows * length, -1)
                x = self.norm(self.linear(y, part + "attention.out_lin", share) + x, part + "sa_layer_norm", share)
                y = self.linear(F.gelu(self.linear(x, part + "ffn.lin1", share)), part + "ffn.lin2", share)
                x = self.norm(drop(y) + x, part + "output_layer_norm", share)
            made = self.linear(drop(x), "qa_outputs", share)
        made = made.float().reshape(count, rows, length, 2)
        return made.masked_fill(~mask.unsqueeze(-1), -1e9)

    def step(self, rates, number, pull):
        """AdamW with clipping to 1, each model by its own rate; nothing moves where that is 0. `pull` is decay towards the base."""
        gradients = [v.grad if v.grad is not None else torch.zeros_like(v) for v in self.values]
        norm = sum(g.flatten(1).square().sum(1) for g in gradients).sqrt()
        clip = (1.0 / (norm + 1e-6)).clamp(max=1.0)
        with torch.no_grad():
            for value, gradient, first, second, decays, anchor in zip(
                self.values, gradients, self.first, self.second, self.decays, self.anchors
            ):
                shape = [-1] + [1] * (value.dim() - 1)
                gradient = gradient * clip.reshape(shape)
                first.lerp_(gradient, 0.1)
                second.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
                update = (first / (1 - 0.9**number)) / ((second / (1 - 0.999**number)).sqrt() + 1e-8)
                rate = rates.reshape(shape)
                if decays:
                    value.mul_(1 - rate * 0.01)
                if pull and anchor is not None:
                    value.sub_((rate * pull).clamp(max=1.0) * (value - anchor))
                value.sub_(rate * update)
                value.grad = None


def padded(batches):
    """Ids and mask `[count, rows, length]` of lists of windows, and labels."""
    rows, length = max(map(len, batches)), max(len(window[0]) for batch in batches for window in batch)
    filled = [batch + [([0],)] * (rows - len(batch)) for batch in batches]
    tensor = lambda of: torch.tensor([[of(window) for window in batch] for batch in filled]).to(DEVICE)
    ids = tensor(lambda window: window[0] + [0] * (length - len(window[0])))
    lengths = tensor(lambda window: len(window[0]))
    mask = torch.arange(length, device=DEVICE) < lengths.unsqueeze(-1)
    labels = tensor(lambda window: list(window[1:]) if len(window) == 3 else [0, 0])
    return ids, mask, labels, (lengths > 1).float()


def parse(name):
    kind, *rest = name.split(":")
    settings = {"lr": 3e-5 if kind != "lora" else 3e-4, "epochs": 8, "steps": 10**9, "folds": FOLDS, "pull": 0.0, "distil": 0.0}
    settings.update({key: float(value) for key, value in (part.split("=") for part in rest)})
    return kind, settings


def batches_of(run, total, draws):
    """So many batches, each window once before one comes again."""
    queue = []
    while len(queue) < total:
        order = torch.randperm(len(run), generator=draws).tolist()
        queue += [[run[i] for i in order[at : at + BATCH]] for at in range(0, len(run), BATCH)]
    return queue[:total]


def made_of_the_unmarked(task, asked):
    """Windows of questions about the paragraphs that nothing was marked in; `test` lends its texts, not its questions."""
    draws = random.Random(task["seed"])
    contexts = dict.fromkeys(asked.contexts[question["context"]] for question in task["test"])
    made = [question for context in contexts for question in recurring.questions(context, draws, 4)]
    return [(ids,) for question, rest, _, _ in made for ids, _, _ in windows(asked.tokenizer, question, rest)]


def train(replicas, runs, unmarked, settings, seed=42):
    """Trains replica i on the windows `runs[i]`, and holds it to the base on those of `unmarked[i]`, where there are any."""
    draws = torch.Generator().manual_seed(seed)
    totals = [min(int(settings["epochs"]) * -(-len(run) // BATCH), int(settings["steps"])) for run in runs]
    queues = [batches_of(run, total, draws) for run, total in zip(runs, totals)]
    taught = []
    if settings["distil"]:
        # What the base says, once: it does not change.
        said = read(replicas, unmarked, 0.0)
        pairs = [[(*window, row.softmax(0)) for window, row in zip(*of)] for of in zip(unmarked, said)]
        taught = [batches_of(of, total, draws) for of, total in zip(pairs, totals)]
    warms = [math.ceil(0.1 * total) for total in totals]
    for step in range(max(totals)):
        rates = [
            settings["lr"] * (0.0 if step >= total else step / warm if step < warm else (total - step) / max(1, total - warm))
            for total, warm in zip(totals, warms)
        ]
        now = lambda of: [queue[step] if step < len(queue) else queue[-1][:1] for queue in of]
        ids, mask, labels, real = padded(now(queues))
        logits = replicas.logits(ids, mask, train=True)
        loss = F.cross_entropy(logits.movedim(-1, 2).flatten(0, 2), labels.flatten(), reduction="none").reshape(*labels.shape).mean(-1)
        (loss * real).sum(1).div(real.sum(1)).sum().backward()
        if taught:
            (settings["distil"] * against_the_base(replicas, now(taught))).backward()
        replicas.step(torch.tensor(rates, device=DEVICE), step + 1, settings["pull"])


def against_the_base(replicas, batches):
    """Cross-entropy of the replicas against what the base says of the same windows: the mean over windows and both ends, summed over replicas."""
    ids, mask, _, real = padded([[window[:1] for window in batch] for batch in batches])
    targets = torch.zeros(*ids.shape, 2)
    for i, batch in enumerate(batches):
        for j, (_, target) in enumerate(batch):
            targets[i, j, : len(target)] = target
    logits = replicas.logits(ids, mask, train=True)
    loss = -(targets.to(DEVICE) * logits.log_softmax(2)).sum(2).mean(-1)
    return (loss * real).sum(1).div(real.sum(1)).sum()


@torch.no_grad()
def read(replicas, queues, share, rows=48 if DEVICE == "cuda" else 8):
    """Logits of each replica's windows, on the CPU: lists of `[length, 2]`."""
    made = [[] for _ in queues]
    for at in range(0, max(map(len, queues)), rows):
        batches = [queue[at : at + rows] or queue[:1] for queue in queues]
        ids, mask, _, _ = padded(batches)
        logits = replicas.logits(ids, mask, share).cpu()
        for i, queue in enumerate(queues):
            for j, window in enumerate(queue[at : at + rows]):
                made[i].append(logits[i, j, : len(window[0])])
    return made


def answers(task, asked, logits, longest):
    """The best span of each test question: text."""
    at, texts = 0, []
    for question in task["test"]:
        best = (-1e30, "")
        for ids, first, places in asked.of(question):
            start, end = logits[at][first : first + len(places)].unbind(-1)
            at += 1
            starts, ends = start.topk(min(20, len(start))), end.topk(min(20, len(end)))
            lengths = ends.indices[None, :] - starts.indices[:, None] + 1
            scores = starts.values[:, None] + ends.values[None, :]
            score, place = scores.masked_fill((lengths < 1) | (lengths > longest), -1e30).flatten().max(0)
            begin, last = divmod(int(place), len(ends.indices))
            begin, last = int(starts.indices[begin]), int(ends.indices[last])
            if float(score) > best[0]:
                best = (float(score), asked.contexts[question["context"]][places[begin][0] : places[last][1]])
        texts.append(best[1])
    return texts


def chosen(likelihoods):
    """The smallest share within one standard error of the best."""
    if not likelihoods[0]:
        return 1.0
    rows = [torch.tensor(row, dtype=torch.float64) for row in likelihoods]
    best = max(rows, key=lambda row: row.mean())
    for share, row in zip(SHARES, rows):
        lack = best - row
        if lack.mean() <= lack.std(correction=1) / math.sqrt(len(lack)) if len(lack) > 1 else lack.mean() <= 0:
            return share
    return 1.0


def follow(name, tasks, asked, base, config, keep):
    kind, settings = parse(name)
    folds = int(settings["folds"])
    began = time.time()
    runs, held, usable, unmarked = [], [], [], []
    for task in tasks:
        made = [(question["fold"], window) for question in task["support"] for window in asked.labelled(question)]
        others = made_of_the_unmarked(task, asked) if settings["distil"] else []
        for fold in [None, *range(folds)]:
            unmarked.append(others)
            run = [window for f, window in made if f != fold]
            positives = [window for window in run if window[1]]
            # As many windows without an answer as with one.
            negatives = [window for window in run if not window[1]][: len(positives)]
            left_out = [window for f, window in made if f == fold and window[1]]
            # As in `folds_of`, a fold with nothing to train on or nothing to measure says nothing.
            usable.append(bool(positives and left_out))
            runs.append(positives + negatives or [made[0][1]])
            held.append(left_out or [made[0][1]])
    trained = {"full": lambda n: True, "frozen": lambda n: "_embeddings" not in n and "embeddings." not in n, "lora": lambda n: n.startswith("qa_")}
    replicas = Replicas(base, config["n_heads"], config["n_layers"], len(runs), trained[kind], kind == "lora")
    train(replicas, runs, unmarked, settings)
    by_share = [[[] for _ in SHARES] for _ in tasks]
    for s, share in enumerate(SHARES if folds else []):
        logits = read(replicas, held, share)
        for i, task in enumerate(tasks):
            for fold in range(folds):
                at = i * (folds + 1) + 1 + fold
                if not usable[at]:
                    continue
                for window, row in zip(held[at], logits[at]):
                    likelihood = row.log_softmax(0)
                    by_share[i][s].append(float(likelihood[window[1], 0] + likelihood[window[2], 1]))
    shares = [chosen(rows) if folds else 1.0 for rows in by_share]
    tests = [[(ids,) for question in task["test"] for ids, _, _ in asked.of(question)] for task in tasks]
    only = Replicas.__new__(Replicas)
    only.__dict__ = dict(replicas.__dict__)
    only.count = len(tasks)
    every = slice(0, None, folds + 1)
    only.trained = {n: v[every] for n, v in replicas.trained.items()}
    only.adapters = {n: (a[every], b[every]) for n, (a, b) in replicas.adapters.items()}
    seconds = (time.time() - began) / len(tasks)
    scored = {}
    longest = [max(30, *(window[2] - window[1] + 1 for q in task["support"] for window in asked.labelled(q))) for task in tasks]
    for share in SHARES:
        for i, (task, logits) in enumerate(zip(tasks, read(only, tests, share))):
            texts = answers(task, asked, logits, longest[i])
            scored[i, share] = [f1(text, question["answers"]) for text, question in zip(texts, task["test"])]
            if share == 0.0:
                texts = answers(task, asked, logits, 30)
                scored[i, "base"] = [f1(text, question["answers"]) for text, question in zip(texts, task["test"])]
    for i, task in enumerate(tasks):
        for rule, share in [*((f"share={share}", share) for share in SHARES), *([(f"folds={folds}", shares[i])] if folds else [])]:
            line = {"recipe": f"{name}:{rule}", "share": share, "seconds": seconds, "base": scored[i, "base"], "f1": scored[i, share], "exact": []}
            keep({**{key: task[key] for key in ("part", "domain", "convention", "k", "seed")}, **line})


def main():
    folder, file, out, part, *names = sys.argv[1:]
    number, of = map(int, part.split("/"))
    # Dropout and adapters; the order of the windows has a generator of its own.
    torch.manual_seed(42)
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    base = {name: value.float().to(DEVICE) for name, value in load_file(folder / "model.safetensors").items()}
    shared = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    asked = Windows(folder, shared["contexts"])
    size = lambda task: ([22, 8, 64, 256].index(task["k"]), max(len(w[0]) for q in task["support"] for w in asked.of(q)))
    tasks = sorted(shared["tasks"], key=size)
    at_a_time = 8
    with open(out, "a", encoding="utf-8") as lines:
        for at in range((number - 1) * at_a_time, len(tasks), of * at_a_time):
            for name in names:
                began = time.time()
                some = tasks[at : at + at_a_time]
                collected = []
                follow(name, some, asked, base, config, collected.append)
                lines.writelines(json.dumps(line) + "\n" for line in collected)
                lines.flush()
                print(f"{at} k={some[-1]['k']} {name}: {time.time() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
