"""Reading image files with the channels in the order of images in memory."""

from typing import Any

from mmcv.transforms import LoadImageFromFile

from ltplug.registry import TRANSFORMS


@TRANSFORMS.register_module()
class LoadRGBImageFromFile(LoadImageFromFile):
    """``LoadImageFromFile`` whose images are RGB instead of BGR.

    For files that are used together with data in memory, which are RGB (CIFAR, SVHN): the data
    preprocessor can turn the channels of all images of a batch, not of some.

    Args:
        **kwargs: Arguments of mmcv's ``LoadImageFromFile``.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any] | None:
        """Read the image of a sample.

        Args:
            results (dict): With ``img_path``.

        Returns:
            dict or None: The same with ``img``, [H, W, 3]; None for a broken file where these are
            ignored.
        """
        results = super().transform(results)
        if results is not None and results['img'].ndim == 3:
            results['img'] = results['img'][..., ::-1].copy()
        return results
