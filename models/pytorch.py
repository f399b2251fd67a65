"""The recipe of default.toml in PyTorch, to be measured beside Spanwise's own.

    python3 pytorch.py ENCODER OUT DATA.json ... [--seed 42] [--device cuda] [--max-steps N] [--without-draws] [--layer-norm-rate F]
        [--embedding-rate F] [--smoothing E] [--bf16]

ENCODER and OUT are folders in DistilBERT's form; `spanwise eval --model OUT` measures what comes of it. Windows, labels, schedule, clipping
and decay are those of the recipe; the order of the windows, the dropout and the fresh head are PyTorch's draws, or with `--without-draws`
there are none: the order of the files, no dropout and the head that ENCODER has, as `spanwise train --no-shuffle --dropout 0` does it.

Variations to try: the learning rate of LayerNorms or of embeddings times a factor, and a share of both losses that is spread evenly over the
tokens of the window. `--bf16` multiplies in bfloat16, several times as fast where the processor does.
"""

import argparse
import json
import math
import pathlib
import random
import shutil
import tomllib

import torch
import torch.nn.functional as F
from transformers import DistilBertConfig, DistilBertForQuestionAnswering
from safetensors.torch import load_file

from windows import load, span, windows


def features(paths, tokenizer):
    """Windows, each with the token span of every answer that lies in it whole; (0, 0) where there is none."""
    made = []
    for path in paths:
        for document in json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["data"]:
            for paragraph in document["paragraphs"]:
                for qa in paragraph["qas"]:
                    for ids, first, places in windows(tokenizer, qa["question"], paragraph["context"]):
                        spans = [span(first, places, answer["answer_start"], answer["text"]) for answer in qa["answers"]]
                        # Each once, in their order.
                        made.append((ids, list(dict.fromkeys(filter(None, spans))) or [(0, 0)]))
    return made


def smoothed(logits, places, mask, share):
    """Mean cross-entropy of logits `[batch, tokens]`, a share of it against all tokens of a window alike."""
    log = F.log_softmax(logits.masked_fill(mask == 0, float("-inf")), dim=-1).masked_fill(mask == 0, 0.0)
    hit = log.gather(1, places[:, None]).squeeze(1)
    return -((1 - share) * hit + share * log.sum(-1) / mask.sum(-1)).mean()


def groups(model, rate, layer_norm, embedding):
    """Parameters in groups that share decay and rate."""
    kinds = {}
    for name, parameter in model.named_parameters():
        times = layer_norm if "layernorm" in name.lower().replace("_", "") else embedding if "embeddings" in name else 1.0
        kinds.setdefault((0.01 if parameter.dim() > 1 else 0.0, rate * times), []).append(parameter)
    return [{"params": parameters, "weight_decay": decay, "lr": lr} for (decay, lr), parameters in kinds.items()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("encoder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("data", nargs="+")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--max-steps", type=int)
    parser.add_argument("--without-draws", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--layer-norm-rate", type=float, default=1.0)
    parser.add_argument("--embedding-rate", type=float, default=1.0)
    parser.add_argument("--smoothing", type=float, default=0.0)
    args = parser.parse_args()
    recipe = tomllib.loads((pathlib.Path(__file__).parent / "default.toml").read_text(encoding="utf-8"))
    batch, epochs = recipe["batch_size"], recipe["epochs"]
    torch.manual_seed(args.seed)
    draws = random.Random(args.seed)
    config = DistilBertConfig(**json.loads((args.encoder / "config.json").read_text()))
    if args.without_draws:
        config.dropout = config.attention_dropout = config.qa_dropout = 0.0
    model = DistilBertForQuestionAnswering(config)
    is_kept = lambda name: args.without_draws or not name.startswith("qa_outputs")
    weights = {name: value.float() for name, value in load_file(args.encoder / "model.safetensors").items() if is_kept(name)}
    missing = model.load_state_dict(weights, strict=False).missing_keys
    print("drawn afresh:", missing, flush=True)
    model.to(args.device).train()
    rows = features(args.data, load(args.encoder))
    of_groups = groups(model, recipe["learning_rate"], args.layer_norm_rate, args.embedding_rate)
    optimizer = torch.optim.AdamW(of_groups, foreach=True)
    steps_an_epoch = math.ceil(len(rows) / batch)
    steps = args.max_steps or epochs * steps_an_epoch
    warm = math.ceil(recipe["warmup_ratio"] * steps)
    rate = lambda step: step / max(1, warm) if step < warm else (steps - step) / max(1, steps - warm)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    for epoch in range(math.ceil(steps / steps_an_epoch)):
        if not args.without_draws:
            draws.shuffle(rows)
        total, count = 0.0, min(steps_an_epoch, steps - epoch * steps_an_epoch)
        for at in range(0, count * batch, batch):
            chosen = rows[at : at + batch]
            longest = max(len(ids) for ids, _ in chosen)
            spans = [spans[epoch % len(spans)] for _, spans in chosen]
            put = lambda values: torch.tensor(values, device=args.device)
            mask = put([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in chosen])
            starts, ends = (put([span[side] for span in spans]) for side in (0, 1))
            with torch.autocast(args.device, torch.bfloat16, enabled=args.bf16):
                out = model(
                    input_ids=put([ids + [0] * (longest - len(ids)) for ids, _ in chosen]),
                    attention_mask=mask,
                    start_positions=starts,
                    end_positions=ends,
                )
            loss = out.loss
            if args.smoothing:
                sides = [(out.start_logits, starts), (out.end_logits, ends)]
                loss = sum(smoothed(logits, places, mask, args.smoothing) for logits, places in sides) / 2
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            total += loss.detach()
        print(f"epoch {epoch + 1}: mean loss {float(total) / count:.3f} over {count} steps, {len(rows)} windows", flush=True)
    model.save_pretrained(args.out)
    shutil.copy(args.encoder / "tokenizer.json", args.out)


if __name__ == "__main__":
    main()
