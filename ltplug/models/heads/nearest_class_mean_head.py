"""The classifier that compares with the mean feature of every class."""

import torch
from mmpretrain.models.heads import ClsHead

from ltplug.ops import class_means, nearest_class_mean_logits, normalize_features
from ltplug.ops.nearest_class_mean import METRICS, NORMALIZATIONS, check_choice
from ltplug.registry import MODELS


@MODELS.register_module()
class NearestClassMeanHead(ClsHead):
    """Head that predicts the class whose mean training feature is nearest (NCM).

    See :mod:`ltplug.ops.nearest_class_mean`. There is nothing to train: :meth:`fit` takes the
    features of the training set, and checkpoints keep what it found.

    Args:
        num_classes (int): Number of classes C.
        in_channels (int): Feature dimension D.
        metric (str): 'l2', 'cosine' or 'dot'. Defaults to 'l2'.
        normalization (str): Of all features: 'un', 'l2n' or 'cl2n'. Defaults to 'cl2n'.

    Raises:
        ValueError: If the metric or the normalisation is unknown.

    Example:
        >>> import torch
        >>> from ltplug.models import NearestClassMeanHead
        >>> head = NearestClassMeanHead(2, 2, normalization='un')
        >>> head.fit(torch.tensor([[0.0, 0.0], [0.0, 2.0], [5.0, 1.0]]), torch.tensor([0, 0, 1]))
        >>> int(head.predict((torch.tensor([[4.0, 0.0]]), ))[0].pred_label)
        1
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 metric: str = 'l2',
                 normalization: str = 'cl2n') -> None:
        super().__init__()
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.metric = check_choice('metric', metric, METRICS)
        self.normalization = check_choice('normalization', normalization, NORMALIZATIONS)
        # Not a number until they are known, so that nothing is predicted from zeros by mistake.
        self.register_buffer('class_means', torch.full((num_classes, in_channels), torch.nan))
        self.register_buffer('training_mean', torch.full((in_channels, ), torch.nan))

    @torch.no_grad()
    def fit(self, features: torch.Tensor, labels: torch.Tensor) -> None:
        """Take the means of the training set.

        Args:
            features (Tensor): Of all training images, [N, D].
            labels (Tensor): Their classes, int64[N].

        Raises:
            ValueError: If the features have another dimension, there is not one label per
                feature, a label is out of range or a class has no image.
        """
        if features.shape[1:] != (self.in_channels, ):
            raise ValueError(f'{type(self).__name__} has in_channels={self.in_channels}, but the '
                             f'features have the shape {tuple(features.shape)}.')
        features = features.float()
        mean = features.mean(dim=0)
        normalized = normalize_features(features, self.normalization, mean)
        self.class_means.copy_(class_means(normalized, labels, self.num_classes))
        self.training_mean.copy_(mean)

    def forward(self, feats: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return logits float32 [N, C] of features [N, D], also under autocast.

        Args:
            feats (tuple[Tensor, ...]): The last entry is used.

        Returns:
            Tensor: See :func:`ltplug.ops.nearest_class_mean_logits`.

        Raises:
            RuntimeError: If there are no class means yet.
        """
        # a graph cannot ask this: who compiles or exports has predicted before
        if not torch.compiler.is_compiling() and self.class_means.isnan().any():
            raise RuntimeError(f'{type(self).__name__} has no class means: load a checkpoint that '
                               'has them, or call its fit() with the features of the training set.')
        features = self.pre_logits(feats)
        with torch.autocast(features.device.type, enabled=False):
            features = normalize_features(features.float(), self.normalization,
                                          self.training_mean)
            return nearest_class_mean_logits(features, self.class_means, self.metric)

    def loss(self, *args, **kwargs) -> dict:
        """Complain: there is nothing to train.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(f'{type(self).__name__} predicts only and has nothing to train: train '
                           'with another head, such as LinearClsHead, and put this one into the '
                           'config that tests.')
