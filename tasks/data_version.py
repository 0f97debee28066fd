"""Which version of its data an experiment runs on: the pinned one, else the newest here."""

from configs.experiment import ExperimentConfig
from configs.settings import Settings
from corpora.versions import DataVersions


def with_data_version(experiment: ExperimentConfig) -> ExperimentConfig:
    """The experiment with the files of its data version, which the home folder knows.

    Raises:
        InputError: If a pinned version is not there, or belongs to another source.
    """
    home = Settings.from_environment().home
    data = DataVersions(home, experiment.name).resolve(experiment.data)
    return experiment.model_copy(update={"data": data})
