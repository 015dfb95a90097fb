"""Gradient pictures, hills and dreams, on networks whose slopes can be written down."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers import CLASSES, SHAPE, WEIGHTS, flat, plain, softmax
from trickcore import Classifier, ImageError, explain, sampled, to_png
from trickcore.attacks.views import shaken
from trickcore.explain.input_gradients import Confusion
from trickcore.pictures.colours import DIVERGING
from trickcore.pictures.files import to_8bit
from trickcore.plots import gradients as gradient_pictures

ROWS = torch.tensor(WEIGHTS, dtype=torch.float32).view(CLASSES, *SHAPE)
WIDE = np.random.default_rng(21).normal(size=(CLASSES, 3 * 8 * 12))


class Squares(nn.Module):
    """Logits are the squares of a linear net's, so that the slope depends on the picture."""

    def forward(self, x: Tensor) -> Tensor:
        return (x.flatten(1) @ torch.tensor(WEIGHTS, dtype=torch.float32).T) ** 2


class Wide(nn.Module):
    """Linear on pictures (3, 8, 12), which can be saved and read."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1) @ torch.tensor(WIDE, dtype=torch.float32).T


@pytest.fixture
def wide() -> Classifier:
    return Classifier("wide", Wide(), ("ash", "birch", "cedar", "date"), (8, 12))


@pytest.fixture
def photo() -> Tensor:
    """In whole levels of 255, so that it is the same picture once it is saved."""
    levels = np.random.default_rng(22).integers(0, 256, (3, 8, 12))
    return torch.from_numpy((levels / 255).astype(np.float32))


def dimmed(x, rng):
    return x * torch.rand((), generator=rng)


def squares_slope(x: np.ndarray, k: int) -> np.ndarray:
    return 2 * (WEIGHTS[k] @ x) * WEIGHTS[k]


@pytest.mark.parametrize("scale", [1, 100])
def test_the_gradient_of_a_linear_nets_logit_is_its_row_however_certain_it_is(net, x, scale):
    """A probability's gradient would be nothing at 100, where the softmax is full."""
    grads = explain.gradients(lambda pixels: scale * net(pixels), x[0], [2, 0, 2])
    assert grads.shape == (3, *SHAPE)
    np.testing.assert_allclose(grads, scale * ROWS[[2, 0, 2]], rtol=1e-5)


def test_the_gradient_is_taken_where_the_picture_is(x):
    grads = explain.gradients(Squares(), x[1], [3, 1])
    expected = [squares_slope(flat(x)[1], k) for k in (3, 1)]
    np.testing.assert_allclose(flat(grads), expected, rtol=1e-4, atol=1e-4)


def test_gradients_are_averaged_over_the_views(x):
    draws = torch.Generator().manual_seed(5)
    factors = [torch.rand((), generator=draws).item() for _ in range(3)]
    grads = explain.gradients(Squares(), x[1], [3, 1], views=sampled(dimmed, 3), seed=5)
    expected = [np.mean([f * squares_slope(f * flat(x)[1], k) for f in factors], axis=0) for k in (3, 1)]
    np.testing.assert_allclose(flat(grads), expected, rtol=1e-4, atol=1e-4)


def test_the_same_seed_shakes_alike_and_another_does_not(x):
    def picture(seed: int) -> Tensor:
        return explain.gradients(Squares(), x[0], [1], views=shaken(0.2, 1, 3), seed=seed)

    assert torch.equal(picture(7), picture(7))
    assert not torch.equal(picture(7), picture(8))


def test_a_gradient_of_no_class_is_refused(net, x):
    with pytest.raises(ValueError, match="expected at least one class, got none"):
        explain.gradients(net, x[0], [])


@pytest.mark.parametrize("label", [CLASSES, -1])
def test_a_class_that_the_network_does_not_have_is_refused_with_the_range(toy, x, label):
    with pytest.raises(ValueError, match="expected labels from 0 to 3, got"):
        explain.gradients(toy.net, x[0], [label])
    with pytest.raises(ValueError, match="expected labels from 0 to 3, got"):
        next(explain.climb(toy, x[0], label, steps=2))


@pytest.mark.parametrize("label", [2, torch.tensor([2, 0, 3])])
def test_more_of_a_class_is_minus_its_logit_whatever_the_others_are(label):
    logits = np.random.default_rng(0).normal(0, 5, (3, CLASSES))
    expected = -logits[range(3), np.broadcast_to(label, 3)]
    np.testing.assert_allclose(explain.more_of(label)(torch.from_numpy(logits)), expected)


def test_asking_reads_the_file_and_tells_what_would_make_it_more_of_each_class(wide, photo):
    answer = explain.ask(wide, to_png(photo), [3, 1])
    probs = softmax(flat(photo[None]) @ WIDE.T)[0]
    np.testing.assert_allclose(answer.reading.probs, probs, atol=1e-5)
    assert answer.reading.name == wide.labels[probs.argmax()]
    assert np.array_equal(answer.pixels, np.rint(photo.numpy() * 255).transpose(1, 2, 0))
    means = WIDE.reshape(CLASSES, 3, 8, 12).mean(1)[[3, 1]]
    np.testing.assert_allclose(np.stack(answer.planes), means, rtol=1e-4, atol=1e-6)
    assert answer.strength == pytest.approx(percentile_98(means), rel=1e-4)


def test_asking_under_views_shakes_the_gradients_and_not_the_reading(photo):
    class Curved(Wide):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) ** 2 / 10

    curved = Classifier("curved", Curved(), ("ash", "birch", "cedar", "date"), (8, 12))
    still, one, same, other = (
        explain.ask(curved, to_png(photo), [3], views=views, seed=seed)
        for views, seed in (
            (shaken(0.0, 0, 1), 1),
            (shaken(0.3, 2, 4), 1),
            (shaken(0.3, 2, 4), 1),
            (shaken(0.3, 2, 4), 2),
        )
    )
    assert np.array_equal(one.planes[0], same.planes[0])
    assert not np.allclose(one.planes[0], still.planes[0], rtol=0.01)
    assert not np.array_equal(one.planes[0], other.planes[0])
    assert np.array_equal(one.reading.probs, still.reading.probs)


@pytest.mark.parametrize("door", ["ask", "climbed", "dreamt"])
def test_what_is_no_picture_is_refused_at_every_door(wide, door):
    doors = {
        "ask": lambda: explain.ask(wide, b"no", [1]),
        "climbed": lambda: next(explain.climbed(wide, b"no", 1, steps=2)),
        "dreamt": lambda: next(explain.dreamt(wide, b"no", steps=2, budget=1.0)),
    }
    with pytest.raises(ImageError, match="not a picture"):
        doors[door]()


@pytest.mark.parametrize("stride", [0.05, 0.2])
def test_a_climb_adds_the_gradient_scaled_so_that_the_largest_move_is_the_stride(toy, x, stride):
    steps = list(explain.climb(toy, x[0], 2, steps=6, stride=stride))
    assert [step.index for step in steps] == list(range(7))
    expected = flat(x)[0]
    for step in steps:
        np.testing.assert_allclose(step.x_adv.flatten(), expected, atol=1e-5)
        assert step.distance == pytest.approx(np.abs(expected - flat(x)[0]).max(), abs=1e-5)
        np.testing.assert_allclose(step.probs, softmax(WEIGHTS @ expected), atol=1e-4)
        expected = np.clip(expected + stride * WEIGHTS[2] / np.abs(WEIGHTS[2]).max(), 0, 1)


def test_until_something_meets_a_wall_the_largest_move_is_exactly_the_stride(toy):
    steps = list(explain.climb(toy, torch.full(SHAPE, 0.5), 1, steps=4, stride=0.1))
    moves = [(b.x_adv - a.x_adv).abs().max().item() for a, b in pairwise(steps)]
    assert moves == pytest.approx([0.1] * 4, abs=1e-6)
    logits = [WEIGHTS[1] @ flat(step.x_adv[None])[0] for step in steps]
    assert logits == sorted(logits)


def test_a_climb_ends_as_soon_as_the_picture_is_taken_for_the_class(colours):
    blue = plain(8, 12, 0.2, 0.3, 0.9)
    whole = list(explain.climb(colours, blue, 0, steps=30, stride=0.05))
    short = list(explain.climb(colours, blue, 0, steps=30, stride=0.05, until_taken=True))
    taken = [step.index for step in whole if step.x_adv[0].mean() > step.x_adv[1:].mean((1, 2)).max()]
    assert len(whole) == 31
    assert 1 < taken[0] < 30
    assert [step.index for step in short] == list(range(taken[0] + 1))
    assert all(torch.equal(a.x_adv, b.x_adv) for a, b in zip(short, whole, strict=False))


def test_a_climb_to_where_one_is_already_takes_a_step_all_the_same(colours):
    steps = list(explain.climb(colours, plain(8, 12, 0.9, 0.3, 0.2), 0, steps=5, until_taken=True))
    assert [step.index for step in steps] == [0, 1]


def test_a_climb_on_a_file_gives_its_steps_as_frames(wide, photo):
    given: dict[str, Any] = {"steps": 5, "stride": 0.3, "views": shaken(0.1, 1, 2), "seed": 3}
    steps = list(explain.climb(wide, photo, 2, **given))
    frames = list(explain.climbed(wide, to_png(photo), 2, **given))
    assert len(frames) == 6
    for frame, step in zip(frames, steps, strict=True):
        np.testing.assert_allclose(frame.probs, step.probs, atol=1e-6)
        assert frame.pixels is not None
        assert np.array_equal(frame.pixels, np.rint(step.x_adv.numpy() * 255).transpose(1, 2, 0))
    short = list(explain.climbed(wide, to_png(photo), 2, steps=50, stride=0.3, until_taken=True))
    assert 1 < len(short) < 51
    assert [f.probs.argmax() == 2 for f in short] == [False] * (len(short) - 1) + [True]


@pytest.fixture
def dreams(colours) -> list[explain.Dream]:
    noise = np.random.default_rng(23).uniform(0.3, 0.7, (3, 8, 12)).astype(np.float32)
    return list(explain.dream(colours, torch.from_numpy(noise), steps=12, budget=1.5))


def as_saved(dream: explain.Dream) -> np.ndarray:
    """The pictures of a dream in [0, 1], (K, H, W, C)."""
    return np.stack(dream.pixels) / 255


def test_a_dream_stays_within_its_budget_and_uses_it_up(dreams):
    """Half a level of rounding a value comes on top: 288 values, sqrt(288) / 510 in all."""
    start = np.random.default_rng(23).uniform(0.3, 0.7, (3, 8, 12)).transpose(1, 2, 0)
    assert [dream.index for dream in dreams] == list(range(1, 13))
    for dream in dreams:
        lengths = np.sqrt(((as_saved(dream) - start) ** 2).sum((1, 2, 3)))
        assert (lengths <= 1.5 + np.sqrt(288) / 510).all()
    assert (lengths > 1.45).all()


def test_a_dream_is_pulled_towards_every_class_at_once(dreams):
    chances = np.stack([dream.probs for dream in dreams])
    assert (np.diff(chances[:5], axis=0) > 0).all()
    assert (chances[-1] > chances[0] + 0.2).all()
    assert dreams[-1].right.tolist() == [True, True, True]
    assert as_saved(dreams[-1]).mean((1, 2)).argmax(1).tolist() == [0, 1, 2]


@pytest.mark.parametrize("views", [shaken(0.0, 0, 1), shaken(0.4, 3, 2)])
def test_a_dream_is_read_as_it_would_be_saved_and_without_any_shaking(colours, photo, views):
    """Logits by hand: ten times the mean of each channel, from the 8-bit picture."""
    far = list(explain.dream(colours, photo, steps=4, budget=0.7, views=views, seed=2))
    for dream in far:
        probs = softmax(10 * as_saved(dream).mean((1, 2)))
        np.testing.assert_allclose(dream.probs, probs.diagonal(), atol=2e-6)
        assert dream.right.tolist() == (probs.argmax(1) == np.arange(3)).tolist()


def test_a_dream_from_a_file_is_the_dream_from_its_picture(colours, photo):
    shake = shaken(0.2, 2, 2)
    there = list(explain.dreamt(colours, to_png(photo), steps=3, budget=1.0, views=shake, seed=4))
    here = list(explain.dream(colours, photo, steps=3, budget=1.0, views=shake, seed=4))
    for a, b in zip(there, here, strict=True):
        assert np.array_equal(np.stack(a.pixels), np.stack(b.pixels))


def leads(x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """The classes in order (N, K), and how far the first is ahead of the second (N,)."""
    logits = flat(x) @ WEIGHTS.T
    order = logits.argsort(1)[:, ::-1]
    best = np.take_along_axis(logits, order, 1)
    return order, best[:, 0] - best[:, 1]


@pytest.fixture
def many() -> Tensor:
    return torch.from_numpy(np.random.default_rng(24).uniform(0, 1, (40, *SHAPE)).astype(np.float32))


@pytest.mark.parametrize(("within", "most", "found"), [(6, 99, 6), (6, 4, 4), (40, 99, 40), (0, 9, 0)])
def test_the_confused_are_those_within_the_margin_the_closest_first_and_no_more_than_asked(
    net, many, within, most, found
):
    order, gaps = leads(many)
    ranks = gaps.argsort()
    margin = 0.0 if not within else gaps[ranks[within - 1]] + 1e-4
    confused = explain.confused(net, many, torch.arange(100, 140), margin=margin, most=most)
    assert [one.index for one in confused] == ranks[:found].tolist()
    for one in confused:
        assert torch.equal(one.image, many[one.index])
        assert one.label == 100 + one.index
        assert [one.first, one.second] == order[one.index, :2].tolist()
        assert one.margin == pytest.approx(gaps[one.index], abs=1e-4)
        np.testing.assert_allclose(one.gradients, ROWS[[one.first, one.second]], rtol=1e-5)


def test_the_gradients_of_the_confused_are_taken_at_their_own_pictures(many):
    for one in explain.confused(Squares(), many, margin=3.0, most=5):
        expected = [squares_slope(flat(many)[one.index], k) for k in (one.first, one.second)]
        np.testing.assert_allclose(flat(one.gradients), expected, rtol=1e-3, atol=1e-3)
        assert one.label is None


@pytest.mark.parametrize("margin", [-0.1, float("nan")])
def test_a_margin_below_0_is_refused(net, x, margin):
    with pytest.raises(ValueError, match=f"expected a margin of at least 0, got {margin}"):
        explain.confused(net, x, margin=margin)


def percentile_98(values: np.ndarray) -> float:
    """By hand: the sorted sizes, and a straight line between the two neighbours of place 0.98 (n - 1)."""
    sizes = np.sort(np.abs(values).ravel())
    place = 0.98 * (sizes.size - 1)
    low = int(place)
    return float(sizes[low] + (place - low) * (sizes[low + 1] - sizes[low]))


def test_the_strength_is_the_98th_percentile_over_all_that_is_drawn():
    rng = np.random.default_rng(25)
    one, two = rng.normal(size=(2, 3, 8, 12)), rng.normal(0, 5, (1, 3, 8, 12))
    expected = percentile_98(np.concatenate([one.mean(1), two.mean(1)]))
    assert explain.strength(torch.from_numpy(one), torch.from_numpy(two)) == pytest.approx(expected)


def test_the_strength_is_never_0():
    lonely = torch.zeros(1, 1, 28, 28)
    assert explain.strength(lonely) == 1
    lonely[0, 0, 3, 4] = -7
    assert explain.strength(lonely) == 7


def test_a_plane_is_the_mean_of_the_channels():
    gradient = torch.tensor([[[1.0, 2.0]], [[3.0, -8.0]], [[-1.0, 0.0]]])
    np.testing.assert_allclose(explain.plane(gradient), [[1.0, -2.0]])


def rgb(colour: str) -> list[int]:
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_no_gradient_is_neutral_grey_and_the_ends_are_the_ends_of_the_scale():
    dark, blue, grey, sand, bright = (rgb(colour) for _, colour in DIVERGING)
    values = np.array([[-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0, 99.0]], np.float32)
    drawn = gradient_pictures.picture(values, 2.0)
    assert drawn.dtype == np.uint8
    assert drawn[0].tolist() == [dark, dark, blue, grey, sand, bright, bright, bright]
    assert len(set(grey)) == 1


def test_more_gradient_is_never_darker():
    values = np.linspace(-1.2, 1.2, 481, dtype=np.float32)[None]
    drawn = gradient_pictures.picture(values, 1.0)[0].astype(float)
    light = drawn @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) >= -0.8).all(), "but for what rounding each channel does"
    assert (np.diff(light[::20])[2:-2] > 0).all()
    assert (drawn[:, 0] - drawn[:, 2])[241:].min() > 0 > (drawn[:, 0] - drawn[:, 2])[:239].max()


def torn(channels: int) -> Confusion:
    rng = np.random.default_rng(26)
    image = torch.from_numpy(rng.uniform(0, 1, (channels, 7, 9)).astype(np.float32))
    grads = torch.from_numpy(rng.normal(0, 3, (2, channels, 7, 9)).astype(np.float32))
    return Confusion(0, image, 1, 1, 2, 0.1, grads)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [None, 1.5])
def test_a_strip_is_the_picture_and_its_two_gradients_with_white_between(channels, scale):
    """7 by 9 at a least side of 20: each pixel three times, 21 by 27; twice 8 of white."""
    one = torn(channels)
    planes = [explain.plane(gradient) for gradient in one.gradients]
    scale = scale or explain.strength(one.gradients)
    strip = gradient_pictures.strip(to_8bit(one.image), planes, scale, least=20)
    assert strip.shape == (21, 3 * 27 + 2 * 8, 3)
    assert strip.dtype == np.uint8
    seen = np.rint(one.image.numpy() * 255).transpose(1, 2, 0)
    assert np.array_equal(strip[1::3, 1:27:3], np.broadcast_to(seen, (7, 9, 3)))
    means = one.gradients.numpy().mean(1)
    for left, values in ((27 + 8, means[0]), (2 * (27 + 8), means[1])):
        expected = gradient_pictures.picture(values, scale)
        assert np.array_equal(strip[::3, left : left + 27 : 3], expected)
        assert np.array_equal(strip[2::3, left + 2 : left + 27 : 3], expected)
        assert (strip[:, left - 8 : left] == 255).all()
