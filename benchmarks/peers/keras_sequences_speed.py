"""Speed of Keras networks that answer at every place; run by a Python that has Keras.

The character model of many a notebook: embedding, GRU, a score per character. Its tagger:
embedding, whole channels dropped, a GRU in both directions, a score per tag and for padding at
every place, all sentences padded to the longest of all.

Reads a JSON object from standard input and writes one to standard output: `{"batches": path of
an .npz, "what": "characters" or "tags", "words": V, "classes": K, "embedding": E, "hidden": H,
"threads": n, "warm_up": batches}` gives `{"seconds": s}`.
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

CHANNELS_DROPPED = 0.2


def main() -> None:
    """Time the batches after those that warm up."""
    asked = json.load(sys.stdin)
    tf.config.threading.set_intra_op_parallelism_threads(asked["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(asked["threads"])
    keras.utils.set_random_seed(0)
    model = model_of(asked)
    stored = np.load(asked["batches"])
    batches = [
        (stored[f"inputs{number}"], stored[f"targets{number}"])
        for number in range(int(stored["count"]))
    ]
    warm_up = asked["warm_up"]
    for batch in batches[:warm_up]:
        model.train_on_batch(*batch)
    began = time.perf_counter()
    for batch in batches[warm_up:]:
        model.train_on_batch(*batch)
    json.dump({"seconds": time.perf_counter() - began}, sys.stdout)


def model_of(asked):
    """The network of the asked sizes, ready to train."""
    layers = [keras.layers.Embedding(asked["words"], asked["embedding"])]
    recurrent = keras.layers.GRU(asked["hidden"], return_sequences=True)
    if asked["what"] == "tags":
        layers.append(keras.layers.SpatialDropout1D(CHANNELS_DROPPED))
        recurrent = keras.layers.Bidirectional(recurrent)
    model = keras.Sequential([*layers, recurrent, keras.layers.Dense(asked["classes"])])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)
    return model


if __name__ == "__main__":
    main()
