"""Golden logits, gradients and training losses of PyTorch's DistilBertForQuestionAnswering.

    pip install torch transformers safetensors numpy
    python tests/golden/models.py

Writes tiny.safetensors (every gradient whole, and once more under smoothed labels) and minilm.safetensors (norm, eight random projections and 64 elements of each
gradient). Computed in float64, dropout 0, sequences of unequal lengths padded and masked; the loss leaves padding out of the
softmax, as a batch without padding does.
"""

import math
import pathlib

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import DistilBertConfig, DistilBertForQuestionAnswering

import counter

HERE = pathlib.Path(__file__).parent
STEPS, BATCH, WARMUP, DECAY, CLIP, SMOOTHING = 10, 4, 0.2, 0.1, 1.0, 0.1
MODELS = {
    "tiny": dict(dim=24, n_layers=2, n_heads=3, hidden_dim=40, vocab_size=60, max_position_embeddings=80, scale=0.4, peak=2e-3,
                 lengths=[5, 71, 1, 12, 33, 2, 64, 65]),
    "minilm": dict(dim=384, n_layers=6, n_heads=12, hidden_dim=1536, vocab_size=800, max_position_embeddings=128, scale=0.08, peak=3e-5,
                   lengths=[37, 90, 9, 20, 64, 3, 128, 14]),
}


def build(name, spec):
    sizes = {key: spec[key] for key in ["dim", "n_layers", "n_heads", "hidden_dim", "vocab_size", "max_position_embeddings"]}
    config = DistilBertConfig(**sizes, dropout=0.0, attention_dropout=0.0, qa_dropout=0.0, activation="gelu")
    config._attn_implementation = "eager"
    model = DistilBertForQuestionAnswering(config).double().train()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            values = counter.weights(name, key, tuple(parameter.shape), spec["scale"])
            parameter.copy_(torch.from_numpy(values.astype(np.float64)))
    return model


def sequences(name, spec):
    out = []
    for i, length in enumerate(spec["lengths"]):
        ids = (counter.words(f"{name}/ids/{i}", length) % np.uint64(spec["vocab_size"])).astype(np.int64)
        out.append((ids, length // 3, length // 2))
    return out


def logits(model, batch):
    longest = max(len(ids) for ids, _, _ in batch)
    ids, mask = torch.zeros(len(batch), longest, dtype=torch.long), torch.zeros(len(batch), longest, dtype=torch.long)
    for row, (sequence, _, _) in enumerate(batch):
        ids[row, : len(sequence)] = torch.from_numpy(sequence)
        mask[row, : len(sequence)] = 1
    out = model(input_ids=ids, attention_mask=mask)
    return out.start_logits, out.end_logits, mask.bool()


def loss(model, batch):
    starts, ends, mask = logits(model, batch)
    total = 0.0
    for values, labels in ((starts, [s for _, s, _ in batch]), (ends, [e for _, _, e in batch])):
        values = values.masked_fill(~mask, -math.inf)
        total = total + torch.nn.functional.cross_entropy(values, torch.tensor(labels))
    return total / 2


def smoothed_loss(model, batch):
    """The mean over sequences, each by itself: among the tokens that a label is spread over there is no padding."""
    starts, ends, _ = logits(model, batch)
    total = 0.0
    for row, (ids, *labels) in enumerate(batch):
        for values, label in zip((starts, ends), labels):
            total = total + torch.nn.functional.cross_entropy(
                values[row, : len(ids)], torch.tensor(label), label_smoothing=SMOOTHING)
    return total / (2 * len(batch))


def groups(model):
    named = list(model.named_parameters())
    return [{"params": [p for _, p in named if p.dim() > 1], "weight_decay": DECAY},
            {"params": [p for _, p in named if p.dim() == 1], "weight_decay": 0.0}]


def train(model, data, peak):
    optimizer = torch.optim.AdamW(groups(model), lr=peak, betas=(0.9, 0.999), eps=1e-8)
    warmup = math.ceil(WARMUP * STEPS)
    factor = lambda step: step / warmup if step < warmup else (STEPS - step) / max(1, STEPS - warmup)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    losses, norms, rates = [], [], []
    for step in range(STEPS):
        first = step % (len(data) // BATCH) * BATCH
        value = loss(model, data[first : first + BATCH])
        optimizer.zero_grad()
        value.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)))
        losses.append(value.item())
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return losses, norms, rates


def check_padding(model, data):
    """Padding must not leak into what is golden."""
    starts, ends, _ = logits(model, data)
    for row, item in enumerate(data):
        alone_start, alone_end, _ = logits(model, [item])
        length = len(item[0])
        assert (starts[row, :length] - alone_start[0]).abs().max() < 1e-9
        assert (ends[row, :length] - alone_end[0]).abs().max() < 1e-9


def golden(name, spec):
    model, data = build(name, spec), sequences(name, spec)
    check_padding(model, data)
    starts, ends, mask = logits(model, data)
    out = {"logits": torch.stack([starts[mask], ends[mask]], 1).detach().numpy().astype(np.float32)}
    first = loss(model, data)
    model.zero_grad()
    first.backward()
    out["loss"] = np.array([first.item()])
    squares = 0.0
    for key, parameter in model.named_parameters():
        gradient = parameter.grad.numpy()
        squares += float((gradient**2).sum())
        if name == "tiny":
            out[f"gradient.{key}"] = gradient.astype(np.float32)
        else:
            out[f"norm.{key}"] = np.array([np.linalg.norm(gradient)])
            out[f"projections.{key}"] = counter.projections(gradient, key)
            out[f"samples.{key}"] = gradient.reshape(-1)[counter.sampled(gradient.size, key)].astype(np.float32)
    if name == "tiny":
        model.zero_grad()
        smoothed = smoothed_loss(model, data)
        smoothed.backward()
        out["smoothed.loss"] = np.array([smoothed.item()])
        out |= {f"smoothed.gradient.{key}": parameter.grad.numpy().astype(np.float32) for key, parameter in model.named_parameters()}
    model.zero_grad()
    losses, norms, rates = train(model, data, spec["peak"])
    out |= {"losses": np.array(losses), "grad_norms": np.array(norms), "rates": np.array(rates)}
    save_file(out, HERE / f"{name}.safetensors")
    print(name, "loss", first.item(), "global norm", math.sqrt(squares), "losses", losses, "norms", norms)


if __name__ == "__main__":
    torch.manual_seed(0)
    for name, spec in MODELS.items():
        golden(name, spec)
