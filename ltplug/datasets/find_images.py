"""The images of folders and lists."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ltplug.utils import sought_in

from .pixels import Picture, as_array

EXTENSIONS = ('.jpg', '.jpeg', '.png', '.bmp', '.ppm', '.pgm', '.tif', '.tiff', '.webp')


class ImageSource(NamedTuple):
    """One image to predict.

    Attributes:
        image (path, array or PIL image): What is read.
        name (str): Its path, or 'image 3' for one in memory.
        folder (str, optional): The class that its place tells: of a folder that was given, the
            first subfolder on the way to the image; of a file that was given, its own folder.
    """

    image: str | Picture
    name: str
    folder: str | None = None


def find_images(images: Any, channel_order: str | None = None) -> list[ImageSource]:
    """Return the images of folders, paths and arrays in a fixed order.

    Of a folder all image files are taken, by their endings, in all subfolders, sorted by path;
    names that begin with a dot are left out. What is named itself is taken whatever its ending.

    Args:
        images (path, array, PIL image or iterable of them): Folders, files, pixels; an array uint8
            [N, H, W, 3] is N images.
        channel_order (str, optional): Of arrays with three channels: 'rgb' or 'bgr'.

    Returns:
        list[ImageSource]: The images.

    Raises:
        FileNotFoundError: If the only path given does not exist, or there is no image.
        ValueError: If something is no image, or the order of channels is not given.
    """
    if isinstance(images, str | os.PathLike):
        if not os.path.exists(images):
            raise FileNotFoundError(f'There is no file or folder {os.fspath(images)}'
                                    f'{sought_in(images)}.')
        images = [images]
    elif not isinstance(images, Iterable) or getattr(images, 'ndim', 4) < 4:
        images = [images]
    found: list[ImageSource] = []
    for image in images:
        if not isinstance(image, str | os.PathLike):
            as_array(image, channel_order)  # a mistake of the caller, told before anything is done
            found.append(ImageSource(image, f'image {len(found)}'))
        elif os.path.isdir(image):
            found.extend(_in_folder(os.fspath(image)))
        else:
            path = os.fspath(image)
            found.append(ImageSource(path, path, Path(path).absolute().parent.name or None))
    if not found:
        raise FileNotFoundError('There is no image: give files, or folders with files that end in '
                                f'{", ".join(EXTENSIONS)}.')
    return found


def _in_folder(root: str) -> Iterator[ImageSource]:
    paths, seen = [], set()
    for folder, subfolders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # links that lead back to where they came from
            subfolders.clear()
            continue
        seen.add(real)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith('.'))
        paths += [Path(folder, name) for name in files
                  if name.lower().endswith(EXTENSIONS) and not name.startswith('.')]
    for path in sorted(paths, key=lambda path: path.parts):
        inside = path.relative_to(root).parts
        yield ImageSource(str(path), str(path), inside[0] if len(inside) > 1 else None)
