"""What the self-supervised methods of ltplug share."""

import torch
from mmpretrain.models.selfsup import BaseSelfSupervisor


class SelfSupervisor(BaseSelfSupervisor):
    """A self-supervised method whose features are pooled vectors of the backbone."""

    def extract_feat(self, inputs: torch.Tensor | list[torch.Tensor]) -> torch.Tensor:
        """Return the pooled features of the backbone, before any projection head.

        Args:
            inputs (Tensor or list[Tensor]): Images [N, C, H, W]; of several views the first is
                taken.

        Returns:
            Tensor: [N, D].
        """
        images = inputs[0] if isinstance(inputs, list | tuple) else inputs
        features = self.backbone(images)[-1]
        return features.flatten(2).mean(dim=2) if features.ndim > 2 else features

    def project(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the loss compares: the output of the neck.

        Args:
            images (Tensor): [N, C, H, W].

        Returns:
            Tensor: [N, D].
        """
        return self.neck(self.backbone(images))[-1]


def check_single_images(inputs: torch.Tensor | list[torch.Tensor]) -> None:
    """Refuse several views where a task is made of single images.

    Args:
        inputs (Tensor): Images [N, C, H, W].

    Raises:
        ValueError: If they are a list.
    """
    if isinstance(inputs, list | tuple):
        raise ValueError(f'The training pipeline gives {len(inputs)} views, but this method takes '
                         'single images: leave MultiView out.')
