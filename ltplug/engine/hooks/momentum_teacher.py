"""Moves the teacher of a method that has one."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.models.utils import MomentumTeacher
from ltplug.registry import HOOKS
from ltplug.utils import unwrap_model


@HOOKS.register_module()
class MomentumTeacherHook(Hook):
    """Lets the teacher follow, of ``PrototypicalRebalancedSSL`` or ``MeanTeacherClassifier``.

    Before training the teacher becomes equal to the student, whose weights have been loaded by
    then, unless the checkpoint holds a teacher already. After every step of the optimizer it moves
    by its decay.
    """

    priority = 'VERY_HIGH'
    prepares_model = True

    def before_train(self, runner: Runner) -> None:
        """Start the teacher.

        Raises:
            ValueError: If the model has none.
        """
        model = unwrap_model(runner.model)
        if not isinstance(getattr(model, 'teacher', None), MomentumTeacher):
            raise ValueError('MomentumTeacherHook finds no teacher: use a model of type '
                             'ltplug.PrototypicalRebalancedSSL or ltplug.MeanTeacherClassifier.')
        if not model.teacher.is_started:
            model.teacher.start(model.student())

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Move the teacher, where gradients have not only been accumulated."""
        if runner.optim_wrapper.should_update():
            model = unwrap_model(runner.model)
            model.teacher.follow(model.student())
