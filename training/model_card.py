"""The model card: what someone needs to know before using a model made by others."""

from dataclasses import dataclass
from pathlib import Path

from configs.networks import NetworkConfig
from configs.training import TrainingConfig
from storage.files import write_text
from training.job import TrainingJob
from training.markdown import capitalised, quoted
from training.provenance import Provenance
from training.report import comparison_table, details_lines
from training.scores import TITLES, Scores
from training.verdict import spoken, verdict

FILE = "model_card.md"
_MUCH_UNKNOWN = 0.05
_MOST_LABELS = 30


@dataclass(frozen=True)
class ModelName:
    """What a model is called.

    Attributes:
        short: On the command line: the experiment's name.
        registered: In the registry, prefix included.
    """

    short: str
    registered: str


_UNKNOWN = {
    "words": "words outside its vocabulary are all the same to it",
    "bpe": "words that were rare in training are read in parts",
    "given": "words are what stands between spaces",
    "terms": "it reads runs of letters, in no order, and no others than its vocabulary has",
    "characters": "characters that training does not have are all the same to it",
}


def write_model_card(
    folder: Path, scores: Scores, provenance: Provenance, job: TrainingJob, *, name: ModelName
) -> None:
    """Write `model_card.md`: verdict, data, splits, scores, limits, loading."""
    sections = [
        ["# Model card", "", f"**{capitalised(verdict(scores))}**"],
        ["## What it is", "", *_bullets(_what_it_is(scores, job))],
        ["## Data and splits", "", *_bullets(provenance.lines())],
        ["## Scores", "", *comparison_table(scores), "", *_how_it_scores(scores)],
        ["## Limits", "", *_bullets(_limits(scores, provenance, job))],
        _how_to_load(name, writes_on=job.problem == "language_modelling").splitlines(),
    ]
    text = "\n\n".join("\n".join(section) for section in sections)
    write_text(folder / FILE, f"{text}\n")


def _how_to_load(name: ModelName, *, writes_on: bool) -> str:
    command = (
        f'generate {name.short} --prompt "a text"'
        if writes_on
        else f'predict {name.short} "a text"'
    )
    return f"""\
## How to load it

```python
import mlflow                               # from the registry; needs no checkout
model = mlflow.pyfunc.load_model("models:/{name.registered}@champion")
model.predict(["a text"])

from pathlib import Path                    # from the bundle folder, inside a checkout
from models.predictors import load_predictor
load_predictor(Path("bundle")).predict(["a text"])
```

On the command line: `seqflow {command}`."""


def _bullets(lines: list[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _what_it_is(scores: Scores, job: TrainingJob) -> list[str]:
    training = job.training
    lines = [
        f"Problem: {job.problem}.",
        f"Network: {_network_text(job.network)}.",
        f"Training: {training.optimizer}, {_rate_text(training)}, batches of "
        f"{_batch_text(training)}, at most {training.epochs} epochs, seed {training.seed}; the "
        f"epoch with the best validation {_monitored(scores, job)} was kept.",
    ]
    if job.gaps is not None:
        lines.append(f"Times: {job.gaps.shown}.")
    if scores.class_rows:
        names = [quoted(name, longest=40) for name in scores.class_rows]
        more = f" and {len(names) - _MOST_LABELS} more" if len(names) > _MOST_LABELS else ""
        lines.append(f"Labels: {', '.join(names[:_MOST_LABELS])}{more}.")
    return lines


def _rate_text(training: TrainingConfig) -> str:
    """Step size, and how it went."""
    rate = f"learning rate {training.learning_rate:g}"
    if training.schedule != "constant":
        rate += f" on the schedule {spoken(training.schedule)}"
    warmup = training.warmup_steps
    return f"{rate}, reached in {warmup} steps" if warmup else rate


def _batch_text(training: TrainingConfig) -> str:
    """What one step learns from."""
    rows, tokens = training.batch_size, training.batch_tokens
    size = f"{rows}" if tokens is None else f"at most {tokens} tokens"
    return f"{size}, {training.accumulate} to a step" if training.accumulate > 1 else size


def _network_text(network: NetworkConfig) -> str:
    """Kind, and the settings that are not the class's defaults or are sizes."""
    settings = network.model_dump(exclude={"kind"})
    return f"{spoken(network.kind)} ({', '.join(f'{k} {v}' for k, v in settings.items())})"


def _monitored(scores: Scores, job: TrainingJob) -> str:
    return "loss" if job.training.monitor == "loss" else TITLES[scores.headline]


def _how_it_scores(scores: Scores) -> list[str]:
    """How the table came about, and what it does not tell."""
    further = [f"{capitalised(line)}." for line in details_lines(scores)]
    return [_how_scored(scores), *(["", *_bullets(further)] if further else [])]


def _how_scored(scores: Scores) -> str:
    rows = "sources" if scores.problem == "translation" else "rows"
    validation = ", ".join(f"{name} {value:.4g}" for name, value in scores.validation.items())
    signatures = "".join(f" {TITLES[m]}: `{text}`." for m, text in scores.signatures.items())
    return (
        f"{scores.rows:,} test {rows}, each answered once; 95 % intervals and p-values by "
        f"bootstrap over groups. On validation: {validation or 'not recorded'}.{signatures}"
    )


def _limits(scores: Scores, provenance: Provenance, job: TrainingJob) -> list[str]:
    """What the figures themselves warn of, then what holds always."""
    lines = []
    if not scores.beats_floor:
        lines.append(f"Not shown to be better than {spoken(scores.floor)}: do not rely on it.")
    best = scores.baselines[scores.best_baseline].lead
    if best.difference <= 0:
        lines.append(
            f"A simpler method, {spoken(scores.best_baseline)}, does at least as well."
        )
    lines += _weak_parts(scores)
    reads_as, unknown = job.text.tokenizer, provenance.unknown.get("test", 0.0)
    if unknown > _MUCH_UNKNOWN:
        lines.append(f"{unknown:.1%} of the test split's words are unknown to it.")
    if job.problem == "language_modelling":
        lines.append(f"It writes what is likely, not what is true; {_UNKNOWN[reads_as]}.")
    else:
        most = f"{job.text.max_tokens:,} tokens of a text"
        lines.append(f"Reads at most {most}; {_UNKNOWN[reads_as]}.")
    if job.text.normalise == "ascii":
        lines.append("Knows lower-case letters without accents and .!? only: the rest is lost.")
    elif job.problem == "translation" and job.text.lowercase:
        lines.append("Writes lower case only; references keep theirs, which costs it score.")
    source = provenance.dataset or "one source"
    lines.append(f"Learnt from {source} alone: other kinds of text were not tested.")
    return lines


def _weak_parts(scores: Scores) -> list[str]:
    """Slices, parts and classes whose whole interval lies below the score on all rows.

    Parts by number of references are left out: fewer references make a lower score of the
    same translation.
    """
    lines = []
    title, whole = TITLES[scores.headline], scores.score
    told = {
        f"the {name} quarter of texts ({part.shortest} to {part.longest} tokens)": part
        for name, part in scores.slices.items()
    }
    told |= {
        f"{part.rows:,} texts with {name}": part
        for name, part in scores.parts.items()
        if "unknown" in name
    }
    for words, part in told.items():
        score = part.metrics[scores.headline]
        if score.high < whole.value:
            decimals = 1 if scores.problem == "translation" else 2
            lines.append(f"Weaker on {words}: {title} {score.text(decimals=decimals)}.")
    for name, metrics in scores.classes.items():
        if metrics["recall"].high < whole.value:
            share = metrics["recall"].text(decimals=2)
            lines.append(f"Misses more of {quoted(name, longest=40)}: recall {share}.")
    return lines
