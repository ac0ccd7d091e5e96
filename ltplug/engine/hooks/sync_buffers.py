"""Running statistics of batch norm under several processes."""

from mmengine.dist import all_reduce_params
from mmengine.hooks import SyncBuffersHook
from mmengine.runner import Runner

from ltplug.registry import HOOKS


@HOOKS.register_module()
class SyncAllBuffersHook(SyncBuffersHook):
    """Averages buffers over ranks after every epoch, those of averaged models (EMA) too.

    mmengine's hook leaves the copy of ``EMAHook`` alone, so the checkpoint would hold the
    statistics of the first rank's data. Buffers of integers (counters, indices, labels) are the
    same on every rank and left alone: mmengine would average them in float32, which rounds indices
    above 2^24.
    """

    def before_val_epoch(self, runner: Runner) -> None:
        """Average the buffers where no epoch of training has just ended (iteration-based loops)."""
        if not self.called_in_train:
            self._average(runner)
        self.called_in_train = False

    def after_train_epoch(self, runner: Runner) -> None:
        """Average the buffers, before they are validated or saved."""
        self._average(runner)
        self.called_in_train = True

    def _average(self, runner: Runner) -> None:
        if not self.distributed:
            return
        copies = [hook.ema_model for hook in runner.hooks if hasattr(hook, 'ema_model')]
        for model in (runner.model, *copies):
            floats = [buffer for buffer in model.buffers() if buffer.is_floating_point()]
            if floats:
                all_reduce_params(floats, op='mean')
