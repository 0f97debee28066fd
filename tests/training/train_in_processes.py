"""Trainings that die: `train_in_processes.py TOKENS PLANS`, each in a process of its own.

PLANS is a JSON list of `{"fault": …, "folder": …, "settings": {…}}`. All processes are forked
from this one, which has paid the seconds that importing torch takes; it prints the list of
their return codes (negative: killed by that signal), and leaves what they said in
`stderr.txt` of their folders.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch._dynamo  # noqa: F401 - the first optimiser imports it, for seconds: once is enough

from storage.errors import SeqflowError
from tests.training.small_jobs import ONE_THREAD, classification_job
from training.loop import train


def start_training(tokens: Path, plan: Mapping[str, Any]) -> int:
    """Id of a forked process that trains under the planned fault."""
    child = os.fork()
    if child:
        return child
    folder = Path(plan["folder"])
    os.environ["SEQFLOW_FAULT"] = plan["fault"]
    try:
        job = classification_job(**plan["settings"])
        train(tokens, folder, job, device=ONE_THREAD)
    except SeqflowError as error:
        (folder / "stderr.txt").write_text(str(error))
        os._exit(error.exit_code)
    os._exit(0)


if __name__ == "__main__":
    children = [start_training(Path(sys.argv[1]), plan) for plan in json.loads(sys.argv[2])]
    print(
        json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
    )
