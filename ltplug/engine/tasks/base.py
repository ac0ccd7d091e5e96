"""Steps of a recipe that do not train."""

from abc import ABCMeta, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config


@dataclass(frozen=True)
class TaskContext:
    """What a task works on.

    Attributes:
        work_dir (Path): Folder of the task, for what it makes.
        config (Config, optional): Of the stage it loads from: model, data, evaluators.
        checkpoint (str, optional): The checkpoint it loads.
        groups_from (str, optional): The checkpoint that holds the class counts of the groups.
        used_by (Config, optional): Of the first training that takes a file which the task makes.
    """

    work_dir: Path
    config: Config | None = None
    checkpoint: str | None = None
    groups_from: str | None = None
    used_by: Config | None = None


class StageTask(metaclass=ABCMeta):
    """A step of a recipe that makes files out of files, without training.

    Subclasses are registered in ``ltplug.registry.TASKS``. Constructors take what a recipe says
    about the task, and as strings the paths of the artifacts that ``inputs`` names. Every rank runs
    the task; the main process writes.
    """

    artifacts: tuple[str, ...] = ()
    """Names of the files that it makes besides a checkpoint."""

    @abstractmethod
    def output_config(self, config: Config | None) -> Config | None:
        """Return the config of the model that it makes.

        Args:
            config (Config, optional): Of the stage it loads from; None if it loads from none.

        Returns:
            Config or None: A new config whose model fits the checkpoint; None for a task that
            makes no checkpoint.

        Raises:
            ValueError: If the task cannot work on such a model.
        """

    def check(self, config: Config | None, used_by: Config | None) -> None:  # noqa: B027
        """Refuse data that the task cannot work on, before the first stage of a recipe runs.

        By default there is nothing to refuse.

        Args:
            config (Config, optional): Of the stage it loads from.
            used_by (Config, optional): Of the first training that takes a file which it makes.

        Raises:
            ValueError: If it cannot.
            OSError or RuntimeError: If data are not there.
        """

    @abstractmethod
    def run(self, context: TaskContext) -> dict[str, Path]:
        """Do the work.

        Args:
            context (TaskContext): What to work on.

        Returns:
            dict[str, Path]: The files by name: ``checkpoint``, where there is one, and all
            :attr:`artifacts`.
        """
