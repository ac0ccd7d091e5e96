"""Peak memory of one training step of DSCL on random images.

The step is that of the ImageNet-LT recipe: ResNet-50, two views of 224 pixels, crops of 64 pixels,
128 dimensions, momentum encoder, SGD with momentum. On a CPU the peak is that of the whole process
(resident set), on a GPU that of allocated tensors. A second figure is what the step adds to the
model, its queue and the images. Example::

    python tools/analysis/benchmark_dscl_memory.py --batch-size 8
    python tools/analysis/benchmark_dscl_memory.py --batch-size 8 --num-patches 0
"""

import argparse
import resource

import torch
from mmengine.registry import init_default_scope
from mmpretrain.structures import DataSample

from ltplug.ops import draw_patch_boxes
from ltplug.registry import MODELS

VIEW, CROP = 224, 64
MIB = 2**20


def peak(device: str) -> float:
    """Return the highest memory so far, in MiB."""
    if device == 'cuda':
        return torch.cuda.max_memory_allocated() / MIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KiB on Linux


def random_batch(size: int, num_patches: int, device: str) -> tuple[list, list]:
    """Return views and crops of random images, and samples with labels and boxes."""
    images = [torch.randn(size, 3, VIEW, VIEW, device=device) for _ in range(2)]
    images += [torch.randn(size, 3, CROP, CROP, device=device) for _ in range(num_patches)]
    samples = []
    for label in range(size):
        sample = DataSample().set_gt_label(label % 4).to(device)
        boxes = torch.from_numpy(draw_patch_boxes(VIEW, VIEW, num_patches)).float()
        sample.set_field(boxes.to(device), 'patch_boxes')
        samples.append(sample)
    return images, samples


def main() -> None:
    """Take a step and print its memory."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--batch-size', type=int, default=8)
    parser.add_argument('--num-patches', type=int, default=5)
    parser.add_argument('--queue-len', type=int, default=65536)
    parser.add_argument('--patch-mode', default='roi', help='as of ltplug.DSCL')
    args = parser.parse_args()

    init_default_scope('mmpretrain')
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    model = MODELS.build(dict(
        type='ltplug.DSCL',
        backbone=dict(type='ltplug.ResNet', depth=50),
        neck=dict(type='MoCoV2Neck', in_channels=2048, hid_channels=2048, out_channels=128),
        queue_len=args.queue_len, patch_mode=args.patch_mode)).to(device)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1,
                                momentum=0.9)
    batch = random_batch(args.batch_size, args.num_patches, device)
    before = peak(device)
    losses = model(*batch, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    optimizer.step()
    name = torch.cuda.get_device_name() if device == 'cuda' else 'CPU'
    print(f'{name}, batch {args.batch_size}, {args.num_patches} crops, queue {args.queue_len}, '
          f'{args.patch_mode}')
    print(f'peak {peak(device):8.0f} MiB\nstep {peak(device) - before:8.0f} MiB above what it '
          'starts from')


if __name__ == '__main__':
    main()
