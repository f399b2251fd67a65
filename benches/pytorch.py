"""PyTorch as an anchor: reads one JSON object a line, does what it says, answers with the seconds it took.

    {"do": "load", "model": "base" | FOLDER, "threads": 2, "device": "cpu" | "cuda"}
    {"do": "step", "batch": 8, "length": 384}            one training step over full sequences
    {"do": "batches", "first": 0, "last": 40, "pad": true}  steps over batches of real windows, padded to 384 or to their longest
    {"do": "answer", "batch": 1, "length": 384}          one forward pass
    {"do": "windows", "file": FILE}                      the windows for that, a JSON list of lists of ids

Eager PyTorch, f32, its own choice of attention, AdamW with fused loops over all tensors, clipping: the usual recipe at its best.
"""

import json
import pathlib
import sys
import time

import torch
from transformers import DistilBertConfig, DistilBertForQuestionAnswering

BATCH, LENGTH = 8, 384


class Anchor:
    """The model that is loaded, and the windows to train it on."""

    def __init__(self):
        self.model = self.optimizer = None
        self.features = []
        self.device = "cpu"

    def load(self, model, threads, device="cpu"):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        if model == "base":
            self.model = DistilBertForQuestionAnswering(DistilBertConfig(vocab_size=28996))
        else:
            self.model = DistilBertForQuestionAnswering.from_pretrained(model, dtype=torch.float32)
        self.device = device
        self.model.to(device)
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        vectors = [p for p in self.model.parameters() if p.dim() == 1]
        groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=1e-5, foreach=True)

    def windows(self, file):
        """Ids are kept below the vocabulary of the smaller model: speed does not depend on which they are."""
        windows = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        self.features = [[min(i, 28995) for i in ids] for ids in windows]

    def train(self, ids, mask):
        rows = torch.arange(len(ids), device=self.device)
        ids = ids.to(self.device)
        mask = None if mask is None else mask.to(self.device)
        self.model.train()
        loss = self.model(input_ids=ids, attention_mask=mask, start_positions=rows + 20, end_positions=rows + 22).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()

    def finish(self):
        """A GPU goes on computing when the call that asked for it has returned."""
        if self.device != "cpu":
            torch.cuda.synchronize()

    def step(self, batch, length):
        self.train(torch.randint(999, 28000, (batch, length)), None)

    def batches(self, first, last, pad):
        for at in range(first * BATCH, last * BATCH, BATCH):
            chosen = self.features[at : at + BATCH]
            longest = LENGTH if pad else max(map(len, chosen))
            ids = torch.tensor([row + [0] * (longest - len(row)) for row in chosen])
            mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in chosen])
            self.train(ids, mask)

    @torch.no_grad()
    def answer(self, batch, length):
        self.model.eval()
        self.model(input_ids=torch.randint(999, 28000, (batch, length)))


def main():
    anchor = Anchor()
    for line in sys.stdin:
        request = json.loads(line)
        do = getattr(anchor, request.pop("do"))
        began = time.perf_counter()
        do(**request)
        anchor.finish()
        print(json.dumps({"seconds": time.perf_counter() - began, "torch": torch.__version__}), flush=True)


if __name__ == "__main__":
    main()
