"""Speed and memory of a Keras network on dense bags of words; run by a Python that has Keras.

The topic classifier of many a notebook: every text a row of zeros and ones, as wide as the
vocabulary, all of them in one matrix; dense layers, a score per class, RMSprop.

Reads a JSON object from standard input and writes one to standard output: `{"bags": path of an
.npz of a sparse matrix, "labels": path of an .npy, "classes": K, "hidden": [sizes],
"batch_size": B, "threads": n, "warm_up": batches}` gives `{"documents_per_second": d,
"peak_mib": m}`.
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
from dense_bags import dense_bags, peak_mib  # the folder of a script is where imports start


def main() -> None:
    """Time one epoch after a few batches that warm up."""
    asked = json.load(sys.stdin)
    tf.config.threading.set_intra_op_parallelism_threads(asked["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(asked["threads"])
    keras.utils.set_random_seed(0)
    texts, labels = dense_bags(asked["bags"]), np.load(asked["labels"])
    hidden = [keras.layers.Dense(size, activation="relu") for size in asked["hidden"]]
    model = keras.Sequential(
        [keras.Input((texts.shape[1],)), *hidden, keras.layers.Dense(asked["classes"])]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss=loss)
    order = np.random.default_rng(0).permutation(len(labels))
    batches = np.split(order, range(asked["batch_size"], len(order), asked["batch_size"]))
    for rows in batches[: asked["warm_up"]]:
        model.train_on_batch(texts[rows], labels[rows])
    began = time.perf_counter()
    for rows in batches:
        model.train_on_batch(texts[rows], labels[rows])
    seconds = time.perf_counter() - began
    answer = {"documents_per_second": len(labels) / seconds, "peak_mib": peak_mib()}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
