"""Peak memory of one training step of the methods with a queue, beside its estimate.

The estimate is that of docs/distributed.md: parameters, queue, what the network keeps of every
image for the backward pass, and a number of bytes for every pair of an anchor and what it is
compared with. What the network keeps is counted on a few images. The step is the second one, of
SGD with momentum, in float32. On a GPU the peak is that of allocated tensors, on a CPU the same is
counted operation by operation. Ends with status 1 where a step needs more than its estimate.
Without a GPU, or with ``--network cifar-resnet32``, images are small. Example::

    python tools/analysis/benchmark_memory.py
    python tools/analysis/benchmark_memory.py --methods dscl sbcl --batch-size 64
"""

import argparse
import gc
import sys
import weakref
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.registry import init_default_scope
from mmpretrain.structures import DataSample
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ltplug.ops import draw_patch_boxes
from ltplug.registry import MODELS

MIB = 2**20
DIM, CLASSES, SAMPLES = 128, 100, 100_000
MARGIN, FIXED = 1.2, 256 * MIB
"""Factor and addition for what comes and goes: gradients of activations, work space of layers."""

NETWORKS = {  # backbone, channels, size of views and of crops
    'resnet50': (dict(type='ltplug.ResNet', depth=50), 2048, 224, 64),
    'cifar-resnet32': (dict(type='ltplug.CIFARResNet', depth=32), 64, 32, 16),
}
METHODS = {  # model, bytes of a pair in the loss, crops
    'scl': (dict(type='ltplug.SupConMoCo', loss=dict(type='ltplug.SupConLoss')), 22, 0),
    'kcl': (dict(type='ltplug.SupConMoCo', loss=dict(type='ltplug.KPositiveSupConLoss')), 22, 0),
    'tsc': (dict(type='ltplug.SupConMoCo', loss=dict(type='ltplug.TargetedSupConLoss'),
                 class_targets=dict(type='ltplug.ClassTargets', num_classes=CLASSES, dim=DIM)), 24,
            0),
    'sbcl': (dict(type='ltplug.SBCLMoCo'), 33, 0),
    'dscl': (dict(type='ltplug.DSCL'), 25, 0),
    'dscl-pbsd': (dict(type='ltplug.DSCL'), 25, 5),
}
PATCH_PAIR = 22


class _CountedTensors(TorchDispatchMode):
    """Counts the bytes of the tensors that operations make, for as long as they live."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known: set[int] = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                if storage._cdata not in self.known:
                    self.known.add(storage._cdata)
                    self.now += storage.nbytes()
                    self.peak = max(self.peak, self.now)
                    weakref.finalize(storage, self._forget, storage._cdata, storage.nbytes())
        return result

    def _forget(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.now -= size


def random_batch(size: int, num_patches: int, views: int, crops: int, device: str
                 ) -> tuple[list, list]:
    """Return views and crops of random images, and their samples."""
    images = [torch.randn(size, 3, views, views, device=device) for _ in range(2)]
    images += [torch.randn(size, 3, crops, crops, device=device) for _ in range(num_patches)]
    samples = []
    for index in range(size):
        sample = DataSample(metainfo=dict(dataset_index=index)).set_gt_label(index % CLASSES)
        if num_patches:
            boxes = torch.from_numpy(draw_patch_boxes(views, views, num_patches)).float()
            sample.set_field(boxes, 'patch_boxes')
        samples.append(sample.to(device))
    return images, samples


def build(name: str, network: str, queue_len: int, device: str) -> nn.Module:
    """Return a method whose queue is full."""
    backbone, channels, _, _ = NETWORKS[network]
    model = MODELS.build(dict(
        **METHODS[name][0], backbone=backbone, queue_len=queue_len, feat_dim=DIM,
        neck=dict(type='MoCoV2Neck', in_channels=channels, hid_channels=channels,
                  out_channels=DIM)))
    model.queue.labels.random_(CLASSES)
    model.queue.indices.random_(SAMPLES)
    if name == 'sbcl':
        model.subclasses.allocate(CLASSES, 0.1, SAMPLES)
        model.subclasses.fill(torch.full((CLASSES, ), 0.1), 0, torch.randint(5, (SAMPLES, )))
    return model.to(device)


def kept_per_image(model: nn.Module, size: int, device: str, number: int = 8) -> float:
    """Return the bytes that the network keeps of an image for the backward pass."""
    own = {value.untyped_storage().data_ptr() for value in model.state_dict().values()}
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    images = torch.randn(number, 3, size, size, device=device)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        features = model.neck(model.backbone(images))[-1]
        F.normalize(features, dim=1)
    kept.pop(images.untyped_storage().data_ptr(), None)
    return sum(kept.values()) / number


def estimate(name: str, model: nn.Module, batch_size: int, network: str, device: str
             ) -> tuple[float, float]:
    """Return the bytes that a step should need at most, and those kept of an image."""
    _, per_pair, patches = METHODS[name]
    _, _, views, crops = NETWORKS[network]
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    queue = sum(buffer.nbytes for buffer in model.queue.buffers())
    pairs = batch_size * (1 + len(model.queue))
    images = batch_size * 3 * 4 * (2 * views**2 + patches * crops**2)
    kept = kept_per_image(model, views, device)
    if patches:
        kept += patches * kept_per_image(model, crops, device)
    total = (4 * 4 * trained + 2 * queue + images + batch_size * kept
             + pairs * (per_pair + patches * PATCH_PAIR))
    return total * MARGIN + FIXED, kept


def measure(model: nn.Module, batch: tuple, device: str) -> float:
    """Return the highest bytes of tensors during the second step."""
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.01,
                                momentum=0.9)

    def step() -> None:
        losses = model(*batch, mode='loss')
        sum(value for key, value in losses.items() if 'loss' in key).backward()
        optimizer.step()
        optimizer.zero_grad()

    step()
    gc.collect()
    if device == 'cuda':
        torch.cuda.reset_peak_memory_stats()
        step()
        return torch.cuda.max_memory_allocated()
    there = [*model.state_dict().values(), *batch[0],
             *(value for state in optimizer.state.values() for value in state.values())]
    with _CountedTensors() as counted:
        step()
    return counted.peak + sum(tensor.nbytes for tensor in there)


def main(arguments: list[str] | None = None) -> None:
    """Print estimates and peaks."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--methods', nargs='+', choices=METHODS, default=list(METHODS))
    parser.add_argument('--network', choices=NETWORKS,
                        default='resnet50' if torch.cuda.is_available() else 'cifar-resnet32')
    parser.add_argument('--batch-size', type=int, default=256)
    parser.add_argument('--queue-len', type=int, default=65536)
    args = parser.parse_args(arguments)

    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    _, _, views, crops = NETWORKS[args.network]
    name = torch.cuda.get_device_name() if device == 'cuda' else 'CPU'
    print(f'{name}, {args.network}, views of {views} and crops of {crops} pixels, batch '
          f'{args.batch_size}, queue {args.queue_len}')
    is_within = True
    for method, (_, _, patches) in METHODS.items():
        if method not in args.methods:
            continue
        model = build(method, args.network, args.queue_len, device)
        expected, kept = estimate(method, model, args.batch_size, args.network, device)
        batch = random_batch(args.batch_size, patches, views, crops, device)
        found = measure(model, batch, device)
        is_within &= found <= expected
        print(f'{method:10} estimate {expected / MIB:8.0f} MiB   peak {found / MIB:8.0f} MiB   '
              f'{found / expected:.2f} of it   keeps {kept / MIB:.2f} MiB an image', flush=True)
        del model, batch
    if not is_within:
        sys.exit('A step needs more than its estimate.')


if __name__ == '__main__':
    main()
