"""Numbers that Python and Rust make alike, so that weights of golden models need not be stored.

splitmix64 seeded with the FNV-1a hash of a key; the twin is `tests/support/counter.rs`.
"""

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def fnv1a(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def words(key: str, count: int) -> np.ndarray:
    """`count` 64-bit words."""
    with np.errstate(over="ignore"):
        z = np.uint64(fnv1a(key.encode())) + np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def uniform(key: str, count: int, scale: float) -> np.ndarray:
    """`count` float32 values, uniform in [-scale, scale)."""
    unit = (words(key, count) >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1)
    return unit * np.float32(scale)


def weights(model: str, name: str, shape, scale: float) -> np.ndarray:
    """The tensor `name` of the golden model `model`: matrices by `scale`, biases small, LayerNorm's weights near 1."""
    count = int(np.prod(shape))
    lower = name.lower()
    if "norm.weight" in lower:
        values = np.float32(1) + uniform(f"{model}/{name}", count, 0.25)
    elif len(shape) == 1:
        values = uniform(f"{model}/{name}", count, 0.1)
    else:
        values = uniform(f"{model}/{name}", count, scale)
    return values.reshape(shape)


def projections(values: np.ndarray, name: str, count: int = 8) -> np.ndarray:
    """Sums of `values` under random signs: bit `i` of the element's word is the sign of projection `i`."""
    flat, bits = values.reshape(-1).astype(np.float64), words(f"sign/{name}", values.size)
    one = np.uint64(1)
    return np.array([((1.0 - 2.0 * ((bits >> np.uint64(i)) & one).astype(np.float64)) * flat).sum() for i in range(count)])


def sampled(size: int, name: str, count: int = 64) -> np.ndarray:
    """Places of `count` elements of a tensor of `size`."""
    return (words(f"sample/{name}", count) % np.uint64(size)).astype(np.int64)
