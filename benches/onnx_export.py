"""Models for ONNX Runtime Web: `python onnx_export.py OUT MODEL_FOLDER` writes base.onnx (distilbert-base-cased's shape, drawn
weights), default.onnx (the folder's), and each with int8 weights as transformers.js would take it."""

import pathlib
import sys

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from transformers import DistilBertConfig, DistilBertForQuestionAnswering


class Logits(torch.nn.Module):
    """The model's two outputs as a tuple, without a mask: one sequence length a batch."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        out = self.model(input_ids=input_ids)
        return out.start_logits, out.end_logits


def export(model, path):
    ids = torch.randint(999, 28000, (2, 128))
    dynamic = {"input_ids": {0: "batch", 1: "length"}}
    torch.onnx.export(Logits(model.eval()), (ids,), str(path), input_names=["input_ids"], output_names=["start", "end"],
                      dynamic_axes=dynamic, opset_version=17, dynamo=False)
    quantize_dynamic(str(path), str(path.with_suffix(".int8.onnx")), weight_type=QuantType.QUInt8)


def main():
    out, folder = pathlib.Path(sys.argv[1]), sys.argv[2]
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    export(DistilBertForQuestionAnswering(DistilBertConfig(vocab_size=28996, attn_implementation="eager")), out / "base.onnx")
    model = DistilBertForQuestionAnswering.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    export(model, out / "default.onnx")


if __name__ == "__main__":
    main()
