"""The search of a sweep: which settings are tried next, which trials end early, what came out.

Optuna lives here and in :mod:`training.study_file`, nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from configs.sweep import Range, Scalar, SweepConfig
from storage.files import Json
from training.study_file import study_storage

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler
    from optuna.storages import JournalStorage
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial, TrialState

State = Literal["running", "finished", "pruned", "failed"]
_STUDY = "sweep"
_ASHA_KEEPS_ONE_IN = 3


class Pruned(Exception):  # noqa: N818 - an outcome, no error
    """The trial lags behind the others; nothing better is to be expected of it."""


@dataclass(frozen=True)
class Goal:
    """What the trials are compared by.

    Attributes:
        metric: Name of the validation metric, without `validation/`.
        maximise: Whether more is better.
    """

    metric: str
    maximise: bool


@dataclass(frozen=True)
class Attempt:
    """One trial: a set of values, and what came of it.

    Attributes:
        number: From 0, which is the experiment's own settings.
        settings: Searched values by setting.
        state: How it ended, if it did.
        value: The goal's metric: of the best epoch, or of the last one where it was pruned.
        epochs: Epochs trained.
        facts: What the caller told of it.
    """

    number: int
    settings: Mapping[str, Scalar]
    state: State
    value: float | None
    epochs: int
    facts: Mapping[str, Json]


class Search:
    """A study in a folder; the same folder opened again goes on with it.

    One process at a time may ask and tell; those that train only report.

    Args:
        folder: Of the sweep; made when absent.
        sweep: Ranges, sampler and pruner.
        goal: What is compared.
        own: The experiment's own values of the searched settings.
    """

    def __init__(
        self, folder: Path, sweep: SweepConfig, goal: Goal, *, own: Mapping[str, Scalar]
    ) -> None:
        self._sweep = sweep
        self._own = own
        self.goal = goal
        folder.mkdir(parents=True, exist_ok=True)
        self._storage = study_storage(folder)
        self._study = _study(self._storage, sweep, goal)

    def ask(self) -> Attempt:
        """The next settings to try; the first are the experiment's own."""
        asked = len(self._asked())
        if not self._study.trials:
            self._study.enqueue_trial(dict(self._own))
        # a sampler per trial, so that one who goes on after a kill draws what the dead would
        self._study.sampler = _sampler(self._sweep, number=asked)
        trial = self._study.ask()
        self._suggest(trial)
        return self._attempt(self._study.trials[trial.number])

    def unfinished(self) -> list[Attempt]:
        """Trials without an end; where nobody works on them, they are to be tried again."""
        left = [each.number for each in self.attempts() if each.state == "running"]
        for number in left:
            self._suggest(self._trial(number))  # a kill may have left some undrawn
        return [each for each in self.attempts() if each.number in left]

    def tell(
        self,
        number: int,
        state: State,
        *,
        value: float | None = None,
        facts: Mapping[str, Json] | None = None,
    ) -> None:
        """Enter how a trial ended.

        Args:
            number: The trial's.
            state: finished, pruned or failed.
            value: Of the goal's metric; a finished trial has one.
            facts: Anything else that is worth keeping.
        """
        trial = self._trial(number)
        for name, fact in (facts or {}).items():
            trial.set_user_attr(name, fact)
        self._study.tell(number, value if state == "finished" else None, _optuna_state(state))

    def attempts(self) -> list[Attempt]:
        """All trials that were asked for, by number."""
        return [self._attempt(each) for each in self._asked()]

    def best(self) -> Attempt | None:
        """The finished trial with the best value, the earliest of equals; None without any."""
        done = [each for each in self.attempts() if each.state == "finished"]
        sign = 1 if self.goal.maximise else -1
        return max(done, key=lambda each: sign * cast(float, each.value), default=None)

    def importance(self) -> dict[str, float]:
        """Share of the variation in the values that each setting explains; together 1.

        By fANOVA over the finished trials (Hutter et al. 2014); empty where they are too few
        or too alike for it.
        """
        done = [each for each in self.attempts() if each.state == "finished"]
        if len(done) < 4 or len({each.value for each in done}) < 2:
            return {}
        from optuna.importance import FanovaImportanceEvaluator, get_param_importances

        evaluator = FanovaImportanceEvaluator(seed=0)
        return dict(get_param_importances(self._study, evaluator=evaluator))

    def report(self, number: int, value: float, *, epoch: int) -> None:
        """Enter the value of an epoch, counted from 1; one that is known already stays."""
        trial = self._trial(number)
        if epoch not in self._study.trials[number].intermediate_values:
            trial.report(value, epoch)

    def lags(self, number: int) -> bool:
        """Whether the trial should end now; the first, which all are compared with, never."""
        return number > 0 and self._trial(number).should_prune()

    def _asked(self) -> list["FrozenTrial"]:
        from optuna.trial import TrialState

        return [each for each in self._study.trials if each.state != TrialState.WAITING]

    def _trial(self, number: int) -> "Trial":
        from optuna.trial import Trial

        study = self._storage.get_study_id_from_name(_STUDY)
        return Trial(
            self._study, self._storage.get_trial_id_from_study_id_trial_number(study, number)
        )

    def _suggest(self, trial: "Trial") -> None:
        for path, range_ in self._sweep.searched.items():
            _draw(trial, path, range_, whole=isinstance(self._own[path], int))

    def _attempt(self, trial: "FrozenTrial") -> Attempt:
        from optuna.trial import TrialState

        states: dict[TrialState, State] = {
            TrialState.COMPLETE: "finished",
            TrialState.PRUNED: "pruned",
            TrialState.FAIL: "failed",
        }
        by_epoch = trial.intermediate_values
        value = trial.value
        if trial.state == TrialState.PRUNED and by_epoch:
            value = by_epoch[max(by_epoch)]
        return Attempt(
            number=trial.number,
            settings={path: trial.params.get(path) for path in self._sweep.searched},
            state=states.get(trial.state, "running"),
            value=value,
            epochs=max(by_epoch, default=0),
            facts=trial.user_attrs,
        )


class Watch:
    """A metric sink that reports a trial's epochs, and ends it where it lags behind."""

    def __init__(self, search: Search, number: int) -> None:
        self._search = search
        self._number = number

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        """Look at the goal's metric; step is the epoch.

        Raises:
            Pruned: If the trial should end.
        """
        if step is None or key != f"validation/{self._search.goal.metric}":
            return
        self._search.report(self._number, value, epoch=step)
        if self._search.lags(self._number):
            raise Pruned(f"after epoch {step}")

    def replay(self, epochs: list[dict[str, float]]) -> None:
        """Report all epochs of a training that was done before."""
        name = f"validation/{self._search.goal.metric}"
        for epoch, metrics in enumerate(epochs, 1):
            self._search.report(self._number, metrics[name], epoch=epoch)


def _study(storage: "JournalStorage", sweep: SweepConfig, goal: Goal) -> "Study":
    import optuna

    return optuna.create_study(
        storage=storage,
        study_name=_STUDY,
        direction="maximize" if goal.maximise else "minimize",
        pruner=_pruner(sweep),
        load_if_exists=True,
    )


def _sampler(sweep: SweepConfig, *, number: int) -> "BaseSampler":
    import numpy as np
    from optuna.samplers import TPESampler

    seed = int(np.random.SeedSequence([sweep.sampler_seed, number]).generate_state(1)[0])
    return TPESampler(n_startup_trials=sweep.startup_trials, seed=seed)


def _pruner(sweep: SweepConfig) -> "BasePruner":
    from optuna.pruners import MedianPruner, NopPruner, SuccessiveHalvingPruner

    match sweep.pruner:
        case "median":
            return MedianPruner(n_startup_trials=sweep.startup_trials)
        case "asha":
            return SuccessiveHalvingPruner(min_resource=1, reduction_factor=_ASHA_KEEPS_ONE_IN)
        case "none":
            return NopPruner()


def _draw(trial: "Trial", path: str, range_: Range, *, whole: bool) -> None:
    """Draw the setting's value, unless the trial has it; whole numbers stay whole."""
    if range_.choices is not None:
        trial.suggest_categorical(path, range_.choices)
        return
    low, high, step = range_.low, range_.high, range_.step
    assert low is not None
    assert high is not None
    if whole:
        trial.suggest_int(path, int(low), int(high), step=int(step or 1), log=range_.log)
    else:
        trial.suggest_float(path, low, high, step=step, log=range_.log)


def _optuna_state(state: State) -> "TrialState":
    from optuna.trial import TrialState

    return {
        "finished": TrialState.COMPLETE,
        "pruned": TrialState.PRUNED,
        "failed": TrialState.FAIL,
        "running": TrialState.RUNNING,
    }[state]
