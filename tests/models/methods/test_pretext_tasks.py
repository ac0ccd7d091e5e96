"""Rotation prediction and jigsaw puzzles."""

import pytest
import torch
import torch.nn.functional as F

from ltplug.ops import rotate_quarter_turns
from ltplug.registry import MODELS
from tests.models.methods.small import PARTS, batch
from tests.ranks import on_two_ranks

BACKBONE = PARTS['backbone']
ROTATION = dict(type='ltplug.RotationPredictor',
                rotation_head=dict(type='LinearClsHead', num_classes=4, in_channels=64))
JIGSAW = dict(type='ltplug.JigsawPredictor', grid=2, tile_size=3,
              jigsaw_head=dict(type='LinearClsHead', num_classes=12, in_channels=256))
METHODS = {'rotation': ROTATION, 'all angles': dict(ROTATION, all_angles=True), 'jigsaw': JIGSAW}


def build(config, **kwargs):
    torch.manual_seed(0)
    model = MODELS.build({**config, 'backbone': BACKBONE, **kwargs})
    model.init_weights()
    return model


def images(number=6):
    return batch(labels=[0] * number, num_views=1)[0][0]


def loss(model, inputs, seed=0):
    torch.manual_seed(seed)
    return model(inputs, [], mode='loss')


def test_images_are_turned_and_their_turns_told(monkeypatch):
    seen = []
    monkeypatch.setattr('ltplug.models.methods.rotation_predictor.rotate_quarter_turns',
                        lambda *args: seen.append(args[1]) or rotate_quarter_turns(*args))
    model, inputs = build(ROTATION), images(8)
    found = loss(model, inputs)
    (turns,) = seen
    assert turns.bincount().tolist() == [2] * 4
    turned = torch.stack([image.rot90(int(turn), (1, 2))
                          for image, turn in zip(inputs, turns, strict=True)])
    scores = model.rotation_head.fc(model.extract_feat(turned))
    torch.testing.assert_close(found['loss'], F.cross_entropy(scores, turns))
    expected = 100 * (scores.argmax(dim=1) == turns).float().mean()
    assert found['rotation_accuracy'] == expected and not expected.requires_grad


def test_all_angles_are_the_mean_over_four_turned_copies():
    model, inputs = build(METHODS['all angles']), images()
    terms = [F.cross_entropy(
        model.rotation_head.fc(model.extract_feat(inputs.rot90(turn, (2, 3)))),
        torch.full((6, ), turn)) for turn in range(4)]
    torch.testing.assert_close(loss(model, inputs)['loss'], torch.stack(terms).mean())


def test_tiles_are_shown_in_the_order_of_the_permutation(monkeypatch):
    """With tiles that fill their cells, nothing but the target is drawn."""
    model, inputs = build(JIGSAW, tile_size=4), images(12)
    seen = []
    monkeypatch.setattr('ltplug.models.methods.jigsaw_predictor.pretext_loss',
                        lambda *args: seen.append(args) or (torch.zeros(()), ) * 2)
    loss(model, inputs)
    (_, (shown, ), targets), = seen
    assert targets.bincount(minlength=12).tolist() == [1] * 12
    for image, row, target in zip(inputs, shown, targets, strict=True):
        tiles = [image[:, top:top + 4, left:left + 4] for top in (0, 4) for left in (0, 4)]
        tiles = torch.stack([(tile - tile.mean()) / tile.std(correction=0) for tile in tiles])
        features = model.extract_feat(tiles[model.permutations[target]])
        torch.testing.assert_close(row, features.flatten(), rtol=1e-4, atol=1e-5)


def test_smaller_tiles_move_in_their_cells(monkeypatch):
    seen = []
    monkeypatch.setattr('ltplug.models.methods.jigsaw_predictor.cut_tiles',
                        lambda *args: seen.append(args[1]) or torch.zeros(200, 4, 3, 3, 3))
    loss(build(JIGSAW), images(200))
    assert seen[0].unique().tolist() == [0, 1]
    assert abs(seen[0].float().mean() - 0.5) < 0.05


@pytest.mark.parametrize('name', METHODS)
def test_the_backbone_learns_and_the_accuracy_rises(name):
    model, inputs = build(METHODS[name]), images(12)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    key = f'{name}_accuracy' if name != 'all angles' else 'rotation_accuracy'
    for step in range(60):
        found = loss(model, inputs, seed=step % 2)
        optimizer.zero_grad()
        found['loss'].backward()
        optimizer.step()
    assert found[key] > 80


def shares(rank, sizes):
    found = {}
    for name, config in METHODS.items():
        model = build(config)
        share = images(sum(sizes))[sum(sizes[:rank]):sum(sizes[:rank + 1])]
        losses = loss(model, share, seed=5 if rank == 0 else 77)
        losses['loss'].backward()
        found[name] = [losses['loss'].detach(), *(p.grad for p in model.parameters())]
    return found


def test_two_ranks_equal_the_joint_batch():
    expected, (one, other) = shares(0, (8, )), on_two_ranks(shares, (5, 3))
    for name in METHODS:
        for a, b, joint in zip(one[name], other[name], expected[name], strict=True):
            torch.testing.assert_close((a + b) / 2, joint, rtol=1e-4, atol=1e-5, msg=name)


def test_the_permutations_stand_in_the_checkpoint():
    other = build(JIGSAW, permutation_seed=1)
    expected = build(JIGSAW)
    assert not other.permutations.equal(expected.permutations)
    other.load_state_dict(expected.state_dict())
    assert other.permutations.equal(expected.permutations)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='tells 4 angles apart'):
        build(ROTATION, rotation_head=dict(type='LinearClsHead', num_classes=3, in_channels=64))
    with pytest.raises(ValueError, match='4 tiles have 24 permutations'):
        build(JIGSAW, jigsaw_head=dict(type='LinearClsHead', num_classes=25, in_channels=256))
    with pytest.raises(ValueError, match='do not fit into cells of 4 x 4'):
        loss(build(JIGSAW, tile_size=5), images())
    for config in METHODS.values():
        with pytest.raises(ValueError, match='leave MultiView out'):
            build(config)(*batch(), mode='loss')
    with pytest.raises(ValueError, match='square images'):
        loss(build(ROTATION), torch.zeros(2, 3, 8, 9))
