"""Running statistics of batch norm under several processes."""

from mmengine.dist import all_reduce_params
from mmengine.hooks import SyncBuffersHook
from mmengine.runner import Runner

from ltplug.registry import HOOKS


@HOOKS.register_module()
class SyncAllBuffersHook(SyncBuffersHook):
    """Averages buffers over ranks after every epoch, those of averaged models (EMA) too.

    mmengine's hook leaves the copy of ``EMAHook`` alone, so the checkpoint would hold the
    statistics of the first rank's data.
    """

    def after_train_epoch(self, runner: Runner) -> None:
        """Average the buffers, before they are validated or saved."""
        super().after_train_epoch(runner)
        if self.distributed:
            for hook in runner.hooks:
                if hasattr(hook, 'ema_model'):
                    all_reduce_params(hook.ema_model.buffers(), op='mean')
