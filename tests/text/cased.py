"""Golden tokens of a cased vocabulary: what Hugging Face's tokenizer makes of a vocab.txt that has capitals and accents.

    pip install transformers
    python tests/text/cased.py

Writes cased/vocab.txt, cased/tokenizer_config.json and cased/tokenizer.json.
"""

import json
import pathlib

from transformers import BertTokenizerFast

HERE = pathlib.Path(__file__).parent / "cased"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = """The the of and in a to was is were Lech Poznań Athletic Bilbao Marseille Panathinaikos European Cup first leg home won
against aggregate goals Ana São Łódź École naïve Zürich World United States he she they it with for as by on that are this
which from at his her an be has have had not but or its also after their one two new when who been during other time""".split()
PIECES = ["##s", "##ed", "##ing", "##er", "##ly", "##al", "##ion", "##en", "##es", "##ów", "##é", "##ü", "##ka"]


def main():
    letters = [chr(c) for c in range(33, 127)] + list("ąćęłńóśźżĄĆĘŁŃÓŚŹŻäöüßÄÖÜéèêëÉÈçñáíúâîôûàìòù€–—’“”…東京")
    pieces = ["##" + letter for letter in letters if letter.isalnum()]
    tokens = list(dict.fromkeys(SPECIAL + letters + pieces + WORDS + PIECES))
    HERE.mkdir(exist_ok=True)
    (HERE / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    config = {"do_lower_case": False, "strip_accents": None, "tokenize_chinese_chars": True}
    (HERE / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
    tokenizer = BertTokenizerFast(str(HERE / "vocab.txt"), **config)
    assert tokenizer.tokenize("Lech") == ["Lech"], tokenizer.tokenize("Lech")
    (HERE / "tokenizer.json").write_text(tokenizer.backend_tokenizer.to_str(pretty=False) + "\n", encoding="utf-8")
    print(len(tokens), "tokens", tokenizer.tokenize("The Łódźers in POZNAŃ"))


if __name__ == "__main__":
    main()
