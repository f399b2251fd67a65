"""Hidden states of a converted encoder against the BertModel that it was."""

import torch
from transformers import AutoTokenizer, BertModel, DistilBertModel

TEXTS = [
    "Lech Poznań won the first leg 3-2 at home.",
    "a",
    "The quick brown fox jumps over the lazy dog, while 1,234 others watch – naïvely – from the café.",
    "東京 is the capital of Japan; Αθήνα is that of Greece. 🚂",
    "word " * 480,
]


def worst_difference(bert_folder, distilbert_folder):
    """Largest absolute difference of any hidden state of any text; both run in PyTorch, in float32."""
    tokenizer = AutoTokenizer.from_pretrained(distilbert_folder)
    bert = BertModel.from_pretrained(bert_folder, add_pooling_layer=False).eval()
    distilbert = DistilBertModel.from_pretrained(distilbert_folder).eval()
    assert bert.config.layer_norm_eps == 1e-12, bert.config.layer_norm_eps
    worst = 0.0
    with torch.no_grad():
        for text in TEXTS:
            ids = torch.tensor([tokenizer(text, truncation=True, max_length=512, padding=False)["input_ids"]])
            difference = bert(ids).last_hidden_state - distilbert(ids).last_hidden_state
            worst = max(worst, difference.abs().max().item())
    return worst
