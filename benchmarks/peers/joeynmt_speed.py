"""Speed of JoeyNMT 2.3 on batches of ids; run by a Python that has it, not by ours.

Reads a JSON object from standard input and writes one to standard output:
`{"batches": path of an .npz, "words": V, "embedding": E, "hidden": H, "attention": name,
"threads": n, "warm_up": batches, "beam": K or 0 for training, "max_tokens": steps}` gives
`{"seconds": s}`.
"""

import json
import sys
import time
from types import SimpleNamespace

import numpy as np
import torch
from joeynmt.batch import Batch
from joeynmt.model import build_model
from joeynmt.search import search
from joeynmt.vocabulary import Vocabulary

SPECIALS = SimpleNamespace(
    unk_token="<unk>",
    pad_token="<pad>",
    bos_token="<s>",
    eos_token="</s>",
    sep_token=None,
    unk_id=0,
    pad_id=1,
    bos_id=2,
    eos_id=3,
    lang_tags=[],
)


def main() -> None:
    """Time the batches after those that warm up."""
    asked = json.load(sys.stdin)
    torch.manual_seed(0)
    torch.set_num_threads(asked["threads"])
    model = model_of(asked)
    batches = batches_of(asked["batches"])
    work = decoded(model, asked) if asked["beam"] else learned(model)
    warm_up = asked["warm_up"]
    for batch in batches[:warm_up]:
        work(batch)
    began = time.perf_counter()
    for batch in batches[warm_up:]:
        work(batch)
    json.dump({"seconds": time.perf_counter() - began}, sys.stdout)


def model_of(asked):
    """A recurrent translator of the asked sizes, its encoder reading both ways."""
    words = [f"w{number}" for number in range(asked["words"] - 4)]  # beside the specials
    vocabulary = Vocabulary(words, SPECIALS)
    embeddings = {"embedding_dim": asked["embedding"]}
    config = {
        "encoder": {
            "type": "recurrent",
            "rnn_type": "gru",
            "hidden_size": asked["hidden"],
            "num_layers": 1,
            "bidirectional": True,
            "embeddings": embeddings,
        },
        "decoder": {
            "type": "recurrent",
            "rnn_type": "gru",
            "hidden_size": asked["hidden"],
            "num_layers": 1,
            "attention": asked["attention"],
            "input_feeding": True,
            "init_hidden": "bridge",
            "embeddings": embeddings,
        },
    }
    model = build_model(config, src_vocab=vocabulary, trg_vocab=vocabulary)
    model.loss_function = ("crossentropy", 0.0)
    return model


def batches_of(path):
    """The batches, as JoeyNMT wants them: longest source first."""
    stored = np.load(path)
    batches = []
    for number in range(int(stored["count"])):
        source = with_its_padding(stored[f"source{number}"])
        lengths = torch.from_numpy(stored[f"lengths{number}"])
        target = with_its_padding(stored[f"target{number}"])
        order = lengths.argsort(descending=True, stable=True)
        batches.append(
            Batch(
                src=source[order],
                src_length=lengths[order],
                src_prompt_mask=None,
                trg=target[order],
                trg_prompt_mask=None,
                indices=order,
                device=torch.device("cpu"),
                pad_index=SPECIALS.pad_id,
                eos_index=SPECIALS.eos_id,
            )
        )
    return batches


def with_its_padding(ids):
    """Ids in which padding and unknown words, 0 and 1, have changed places."""
    return torch.from_numpy(np.where(ids < 2, 1 - ids, ids))


def learned(model):
    """One step of training, as its own loop takes it."""
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def work(batch):
        optimizer.zero_grad()
        loss, *_ = model(return_type="loss", **vars(batch))
        (loss / batch.nseqs).backward()
        optimizer.step()

    return work


def decoded(model, asked):
    """One batch translated by beam search."""
    model.eval()

    def work(batch):
        search(
            model=model,
            batch=batch,
            max_output_length=asked["max_tokens"],
            beam_size=asked["beam"],
            beam_alpha=1.0,
            min_output_length=asked["max_tokens"],
        )

    return work


if __name__ == "__main__":
    main()
