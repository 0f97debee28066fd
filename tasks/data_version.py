"""Which version of its data an experiment runs on: the pinned one, else the newest here."""

from configs.experiment import ExperimentConfig
from configs.settings import Settings
from corpora.versions import DataVersions, base_of, data_digest
from tasks.events import emit


def with_data_version(experiment: ExperimentConfig) -> ExperimentConfig:
    """The experiment with the files of its data version, which the home folder knows.

    Raises:
        InputError: If a pinned version is not there, or belongs to another source.
    """
    home = Settings.from_environment().home
    data = DataVersions(home, experiment.name).resolve(experiment.data)
    return experiment.model_copy(update={"data": data})


def ask_again_for_newer(experiment: ExperimentConfig, trained: ExperimentConfig) -> None:
    """Ask for the next run where data was added while this one was going.

    Of several additions in a minute only the first starts a run; whatever came after that run
    read its data would otherwise wait for somebody to notice.

    Args:
        experiment: As it was asked for.
        trained: The same with the data that was trained on.
    """
    newest = with_data_version(experiment)
    if newest.data != trained.data:
        emit(
            "seqflow.retrain.requested",
            experiment.name,
            reason="data was added while the last run was going",
            data_digest=data_digest(base_of(newest.data), newest.data.added),
        )
