import subprocess
import sys

from configs.text import TextConfig
from models.text.encoding import encode_texts, tokenize
from models.text.vocabulary import SPECIALS, Vocabulary


def test_the_config_decides_on_case_and_length():
    vocabulary = Vocabulary((*SPECIALS, "good", "Good"))
    folded = encode_texts(["Good good good"], TextConfig(max_tokens=2), vocabulary=vocabulary)
    kept = encode_texts(["Good good"], TextConfig(lowercase=False), vocabulary=vocabulary)
    assert folded.ids.tolist() == [4, 4]
    assert kept.ids.tolist() == [5, 4]


def test_only_the_written_side_carries_marks():
    assert tokenize(["so."], TextConfig()).to_lists() == [["so", "."]]
    assert tokenize(["so."], TextConfig(), written=True).to_lists() == [["so", "￭."]]


def test_text_code_loads_neither_torch_nor_pandas():
    code = (
        "import sys, models.text.encoding, models.text.vectors;"
        "print(sorted({'torch', 'pandas', 'yaml', 'sklearn'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]", loaded.stderr
