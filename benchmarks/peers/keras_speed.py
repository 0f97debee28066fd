"""Speed of a Keras encoder-decoder on batches of ids; run by a Python that has it.

The network of many a notebook: a GRU reads, another writes from its last state, and a layer
over all positions scores the words; the loss leaves padding out. Every batch is padded to the
longest pair of all, as arrays that were padded once are.

Reads a JSON object from standard input and writes one to standard output:
`{"batches": path of an .npz, "words": V, "embedding": E, "hidden": H, "threads": n,
"warm_up": batches}` gives `{"seconds": s}`.
"""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import keras
import numpy as np
import tensorflow as tf


def main() -> None:
    """Time the batches after those that warm up."""
    asked = json.load(sys.stdin)
    tf.config.threading.set_intra_op_parallelism_threads(asked["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(asked["threads"])
    keras.utils.set_random_seed(0)
    model = model_of(asked)
    batches = batches_of(asked["batches"])
    warm_up = asked["warm_up"]
    for batch in batches[:warm_up]:
        model.train_on_batch(*batch)
    began = time.perf_counter()
    for batch in batches[warm_up:]:
        model.train_on_batch(*batch)
    json.dump({"seconds": time.perf_counter() - began}, sys.stdout)


def model_of(asked):
    """Encoder, decoder and scores of the asked sizes, ready to train."""
    source = keras.Input((None,), dtype="int32")
    target = keras.Input((None,), dtype="int32")
    read = keras.layers.Embedding(asked["words"], asked["embedding"], mask_zero=True)(source)
    _, state = keras.layers.GRU(asked["hidden"], return_state=True)(read)
    written = keras.layers.Embedding(asked["words"], asked["embedding"], mask_zero=True)(target)
    states = keras.layers.GRU(asked["hidden"], return_sequences=True)(
        written, initial_state=state
    )
    scores = keras.layers.Dense(asked["words"])(states)
    model = keras.Model([source, target], scores)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)
    return model


def batches_of(path):
    """Inputs, next words and which of these are real, all padded to the longest of all."""
    stored = np.load(path)
    numbers = range(int(stored["count"]))
    sources = padded([stored[f"source{number}"] for number in numbers])
    targets = padded([stored[f"target{number}"] for number in numbers])
    return [
        ([source, target[:, :-1]], target[:, 1:], (target[:, 1:] != 0).astype("float32"))
        for source, target in zip(sources, targets, strict=True)
    ]


def padded(arrays):
    """The (B, T) arrays, zeros behind, all as wide as the widest."""
    widest = max(array.shape[1] for array in arrays)
    return [np.pad(array, ((0, 0), (0, widest - array.shape[1]))) for array in arrays]


if __name__ == "__main__":
    main()
