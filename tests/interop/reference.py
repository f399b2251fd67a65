"""The same training run twice: by the binary, and by PyTorch with the usual recipe."""

import json
import math
import random
import subprocess

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

import windows

LENGTH, STRIDE, BATCH, RATE, WARMUP, DECAY, CLIP = 384, 128, 8, 2e-4, 0.1, 0.01, 1.0
TOKENS = ("--max-seq-length", LENGTH, "--doc-stride", STRIDE)


def questions(path):
    for document in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in document["paragraphs"]:
            for question in paragraph["qas"]:
                yield paragraph["context"], question


def padded(batch):
    """Ids and mask of windows of unequal length."""
    longest = max(len(ids) for ids in batch)
    ids = torch.tensor([list(ids) + [0] * (longest - len(ids)) for ids in batch])
    return ids, torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in batch])


class Recipe:
    """Where both sides start, what they train on and what they are measured on."""

    def __init__(self, start, data, dev, epochs, max_steps):
        self.start, self.data, self.dev, self.epochs, self.max_steps = start, data, dev, epochs, max_steps

    def result(self, side, seed, folder, binary):
        """Exact match and F1 of one run, from the last call where it was made already."""
        name = f"{side}-{self.data.stem}-{self.dev.stem}-{self.epochs}-{self.max_steps}-{seed}"
        kept = folder / f"{name}.json"
        if not kept.exists():
            folder.mkdir(parents=True, exist_ok=True)
            predictions = (self.by_spanwise if side == "spanwise" else self.by_pytorch)(seed, folder / name, binary)
            call = [str(binary), "eval", "--predictions", str(predictions), "--data", str(self.dev), "--json"]
            kept.write_text(subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout)
        return json.loads(kept.read_text())

    def by_spanwise(self, seed, out, binary):
        """All windows are trained on, as on the other side."""
        words = ["train", "--model", self.start, "--data", self.data, "--out", out, "--fresh-head", "--epochs", self.epochs,
                 "--learning-rate", RATE, "--batch-size", BATCH, "--warmup-ratio", WARMUP, "--weight-decay", DECAY,
                 "--max-grad-norm", CLIP, "--negatives", "all", "--seed", seed, *TOKENS]
        words += ["--max-steps", self.max_steps] if self.max_steps else []
        subprocess.run([str(binary), *map(str, words)], check=True)
        words = ["eval", "--model", out, "--data", self.dev, "--out", out / "eval", *TOKENS]
        subprocess.run([str(binary), *map(str, words)], check=True)
        return out / "eval" / "predictions.json"

    def by_pytorch(self, seed, out, _binary):
        torch.manual_seed(seed)
        tokenizer = AutoTokenizer.from_pretrained(self.start)
        model = AutoModelForQuestionAnswering.from_pretrained(self.start)
        torch.nn.init.normal_(model.qa_outputs.weight, std=model.config.initializer_range)
        torch.nn.init.zeros_(model.qa_outputs.bias)
        self.train(model, tokenizer, seed)
        out.mkdir(parents=True, exist_ok=True)
        predictions = out / "predictions.json"
        predictions.write_text(json.dumps(self.answers(model, tokenizer), ensure_ascii=False), encoding="utf-8")
        return predictions

    def features(self, tokenizer):
        out = []
        for context, question in questions(self.data):
            for window in windows.of(tokenizer, question["question"], context, LENGTH, STRIDE):
                out.append((window.ids, *windows.labels(window, question["answers"][0])))
        return out

    def train(self, model, tokenizer, seed):
        features = self.features(tokenizer)
        draw, model = random.Random(seed), model.train()
        matrices = [p for p in model.parameters() if p.dim() > 1]
        vectors = [p for p in model.parameters() if p.dim() == 1]
        optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}],
                                      lr=RATE, betas=(0.9, 0.999), eps=1e-8)
        batches = math.ceil(len(features) / BATCH)
        total = self.max_steps or self.epochs * batches
        warmup = math.ceil(WARMUP * total)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: step / warmup if step < warmup else (total - step) / max(1, total - warmup))
        order, loss = [], None
        for step in range(total):
            if step % batches == 0:
                order = draw.sample(range(len(features)), len(features))
            chosen = [features[i] for i in order[step % batches * BATCH :][:BATCH]]
            ids, mask = padded([ids for ids, _, _ in chosen])
            starts, ends = (torch.tensor([feature[i] for feature in chosen]) for i in (1, 2))
            loss = model(input_ids=ids, attention_mask=mask, start_positions=starts, end_positions=ends).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            if step % 25 == 0:
                print(f"PyTorch, seed {seed}: step {step} of {total}, loss {loss.item():.3f}", flush=True)

    def answers(self, model, tokenizer):
        """The best span of at most 30 tokens over all windows, for each question."""
        model.eval()
        out = {}
        for number, (context, question) in enumerate(questions(self.dev)):
            best = (float("-inf"), "")
            for window in windows.of(tokenizer, question["question"], context, LENGTH, STRIDE):
                with torch.no_grad():
                    made = model(input_ids=torch.tensor([window.ids]))
                if not window.context:
                    continue
                first, last = window.context[0], window.context[-1] + 1
                sums = made.start_logits[0, first:last, None] + made.end_logits[0, None, first:last]
                sums = sums.masked_fill(torch.ones_like(sums).triu().tril(29) == 0, -math.inf)
                place = int(sums.argmax())
                start, end = first + place // (last - first), first + place % (last - first)
                text = context[window.offsets[start][0] : window.offsets[end][1]]
                best = max(best, (sums.max().item(), text))
            out[question["id"]] = best[1]
            if number % 500 == 0:
                print(f"PyTorch: question {number}", flush=True)
        return out
