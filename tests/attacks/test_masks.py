"""Masks: what they look like, what is painted and erased, and that nothing outside of them moves."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from trickcore import Recipe, engine, load
from trickcore.attacks import masks
from trickcore.attacks.masks import BRUSH, MASKS, Brushed
from trickcore.pictures import samples
from trickcore.pictures.drawing import Stroke, drawn_png
from trickcore.runs import frames

SIZES = [(28, 28), (224, 224), (224, 300), (600, 600)]
LINE = Brushed(((0.0, 0.5), (1.0, 0.5)), False, 0.2)


def found(kind: str, size: tuple[int, int], painted: tuple[Stroke, ...] = ()) -> np.ndarray:
    return masks.mask(kind, size, painted)[0].numpy().astype(bool)


def away(size: tuple[int, int], x: float, y: float) -> np.ndarray:
    """How far the middle of each pixel is from a point, in pixels."""
    rows, columns = np.indices(size) + 0.5
    return np.hypot(columns - x, rows - y)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", MASKS)
def test_a_mask_is_zeros_and_ones_of_the_picture_s_size_and_moves_some_of_it(kind, size):
    mask = masks.mask(kind, size, (LINE,))
    assert mask.shape == (1, *size)
    assert mask.dtype == torch.float32
    assert set(mask.unique().tolist()) <= {0.0, 1.0}
    ones = np.count_nonzero(mask.numpy()) / (size[0] * size[1])
    assert masks.share(mask) == pytest.approx(ones)
    assert ones == 1 if kind == "everywhere" else 0.05 < ones < 0.3


@pytest.mark.parametrize("size", SIZES)
def test_glasses_are_the_same_left_and_right_with_a_bridge_two_arms_and_empty_lenses(size):
    glasses = found("glasses", size)
    height, width = size

    def at(x: float, y: float) -> bool:
        return bool(glasses[int(y * height), int(x * width)])

    assert (glasses == glasses[:, ::-1]).all()
    assert at(0.5, 0.36), "the bridge"
    assert at(0.01, 0.34), "an arm"
    assert at(0.12, 0.41), "a rim"
    assert not at(0.28, 0.41), "one looks through the lens"
    rows = np.flatnonzero(glasses.any(1)) / height
    assert rows.min() > 0.2
    assert rows.max() < 0.6, "in the upper half, across the eyes"
    assert glasses.any(0).all(), "from edge to edge"


@pytest.mark.parametrize("size", SIZES)
def test_a_sticker_is_round_whatever_the_picture_s_shape(size):
    sticker, radius = found("sticker", size), 0.18 * min(size)
    assert sticker.sum() == pytest.approx(math.pi * radius**2, rel=0.03)
    far = away(size, 0.73 * size[1], 0.70 * size[0])
    assert sticker[far < radius - 1].all()
    assert not sticker[far > radius + 1].any()


@pytest.mark.parametrize(("size", "edge"), [((28, 28), 2), ((224, 224), 16), ((224, 300), 16)])
def test_a_frame_is_as_wide_on_all_four_sides(size, edge):
    expected = np.pad(np.zeros([side - 2 * edge for side in size], bool), edge, constant_values=True)
    assert (found("frame", size) == expected).all()


def test_a_painted_line_covers_the_pixels_its_brush_passes_over():
    expected = np.zeros((20, 40), bool)
    expected[8:12] = True  # 0.2 of 20 pixels is 4, about row 10
    assert (found("painted", (20, 40), (LINE,)) == expected).all()


@pytest.mark.parametrize(
    ("dot", "width"), [(Stroke(((0.5, 0.25),)), BRUSH), (Brushed(((0.5, 0.25),), False, 0.4), 0.4)]
)
def test_a_painted_dot_is_a_disc_as_wide_as_its_brush_or_as_the_usual_one(dot, width):
    size = (60, 60)
    far, radius = away(size, 30, 15), width * 60 / 2
    disc = found("painted", size, (dot,))
    assert disc[far < radius - 0.3].all()
    assert not disc[far > radius + 0.3].any()


def test_an_eraser_takes_away_what_was_painted_before_it_and_nothing_painted_after():
    eraser = Brushed(((0.5, 0.0), (0.5, 1.0)), True, 0.2)
    erased = found("painted", (20, 40), (LINE, eraser))
    assert not erased[:, 18:22].any()
    assert erased[8:12, :18].all()
    assert erased[8:12, 22:].all()
    assert (found("painted", (20, 40), (LINE, eraser, LINE)) == found("painted", (20, 40), (LINE,))).all()


def test_what_cannot_be_a_mask_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="expected one of everywhere, glasses, sticker, frame, painted"):
        masks.mask("hat", (28, 28))
    for strokes in ((), (LINE, Brushed(LINE.points, True, 0.3)), (Stroke(()),)):
        with pytest.raises(ValueError, match="Nothing is painted yet"):
            masks.mask("painted", (28, 28), strokes)


@pytest.mark.parametrize("shape", [(28, 28), (40, 30, 3)])
def test_a_mask_is_shown_in_colour_over_a_picture_that_stays_as_it_is_elsewhere(shape):
    picture = np.random.default_rng(2).integers(0, 256, shape, np.uint8)
    shown, share = masks.veiled(picture, "sticker", colour=(200, 100, 0))
    inside = found("sticker", shape[:2])
    colours = picture if picture.ndim == 3 else np.stack([picture] * 3, -1)
    assert (shown[~inside] == colours[~inside]).all()
    expected = (1 - masks.COVER) * colours[inside] + masks.COVER * np.array([200, 100, 0])
    assert np.abs(shown[inside] - expected).max() <= 0.51
    assert share == pytest.approx(inside.mean())


@pytest.mark.parametrize("network", ["efficientnet-lite0", "digits-standard"])
def test_outside_the_mask_no_pixel_moves_and_inside_it_as_far_as_epsilon_lets_it(network):
    classifier = engine.call(load, network)
    data = samples.sample("cat") if classifier.channels == 3 else drawn_png("5")
    recipe = Recipe(network, target=8, eps=128, steps=3, mask="glasses", momentum=0.5, random_start=True)
    first, *rest = engine.call(
        lambda: [frame.pixels for frame in frames.run_recipe(classifier, data, recipe)]
    )
    glasses = found("glasses", classifier.size)
    for pixels in rest:
        assert pixels is not None
        moved = np.abs(pixels.astype(int) - first)
        assert moved[~glasses].max() == 0
        assert 100 < moved[glasses].max() <= 128


def test_glasses_alone_turn_the_cat_into_a_king_penguin(lite0):
    recipe = Recipe(eps=255, steps=60, mask="glasses")
    *_, last = engine.call(lambda: list(frames.run_recipe(lite0, samples.sample("cat"), recipe)))
    assert last.probs.argmax() == recipe.target
    assert last.probs[recipe.target] > 0.9
