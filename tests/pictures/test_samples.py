"""Pictures that come with the packages, and canvases made here."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from trickcore import read_image
from trickcore.pictures import samples


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_each_sample_opens_and_shows_something(name):
    x = read_image(samples.sample(name), (224, 224))
    assert x.shape == (3, 224, 224)
    assert x.std() > 0.1


def test_the_samples_are_six_different_pictures():
    assert len({samples.sample(name) for name in samples.SAMPLES}) == len(samples.SAMPLES) == 6


def test_an_unknown_sample_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"expected one of cat, espresso, .*, got 'dog'"):
        samples.sample("dog")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("canvas", "level"), [("white", 255), ("black", 0), ("grey", 128)])
def test_a_blank_canvas_has_one_level_everywhere_exactly(canvas, level, channels):
    data = samples.blank(canvas, (9, 14), channels=channels)
    expected = np.full((channels, 9, 14), np.float32(level) / np.float32(255))
    assert np.array_equal(read_image(data, (9, 14), channels=channels).numpy(), expected)
    assert Image.open(io.BytesIO(data)).mode == ("L" if channels == 1 else "RGB")


@pytest.mark.parametrize("channels", [1, 3])
def test_noise_uses_all_levels_evenly_and_is_repeated_by_its_seed(channels):
    first = samples.blank("noise", (60, 80), channels=channels, seed=3)
    assert first == samples.blank("noise", (60, 80), channels=channels, seed=3)
    assert first != samples.blank("noise", (60, 80), channels=channels, seed=4)
    levels = read_image(first, (60, 80), channels=channels).numpy() * 255
    assert len(np.unique(levels.round())) == 256
    assert abs(levels.mean() - 127.5) < 4


def test_the_channels_of_noise_are_drawn_each_on_its_own():
    red, green, blue = read_image(samples.blank("noise", (60, 80)), (60, 80)).flatten(1).numpy()
    assert np.abs(np.corrcoef([red, green, blue]) - np.eye(3)).max() < 0.1


def test_an_unknown_canvas_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="expected one of white, black, grey, noise, got 'plaid'"):
        samples.blank("plaid", (9, 14))  # type: ignore[arg-type]
