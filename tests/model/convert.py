"""Golden hidden states of transformers' BertModel for small random BERTs whose weights the counter makes.

    pip install torch transformers safetensors numpy
    python tests/model/convert.py

Writes convert.safetensors. The twin, `tests/model/convert.rs`, writes the same checkpoints, runs `spanwise convert` on them and
compares its own hidden states.
"""

import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import BertConfig, BertModel

HERE = pathlib.Path(__file__).parent
sys.path.append(str(HERE.parent / "golden"))
import counter  # noqa: E402

# hidden_size, layers, heads, intermediate_size, vocabulary, positions, token types
SIZES = {
    "bert-a": (24, 1, 2, 40, 50, 40, 2),
    "bert-b": (32, 3, 4, 128, 70, 64, 1),
    "bert-c": (60, 2, 5, 36, 40, 33, 3),
}
LENGTHS = [1, 7, 33, 20]


def golden(name, sizes):
    dim, layers, heads, inner, vocabulary, positions, types = sizes
    config = BertConfig(hidden_size=dim, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=inner,
                        vocab_size=vocabulary, max_position_embeddings=positions, type_vocab_size=types, layer_norm_eps=1e-12)
    config._attn_implementation = "eager"
    model = BertModel(config, add_pooling_layer=False).double().eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            values = counter.weights(name, key, tuple(parameter.shape), 0.3)
            parameter.copy_(torch.from_numpy(values.astype(np.float64)))
        states = []
        for i, length in enumerate(LENGTHS):
            ids = (counter.words(f"{name}/ids/{i}", length) % np.uint64(vocabulary)).astype(np.int64)
            states.append(model(torch.from_numpy(ids)[None]).last_hidden_state[0].numpy())
    return np.concatenate(states).astype(np.float32)


if __name__ == "__main__":
    save_file({name: golden(name, sizes) for name, sizes in SIZES.items()}, HERE / "convert.safetensors")
