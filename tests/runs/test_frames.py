"""Runs as they are kept and exported, and one from end to end on the real network."""

from __future__ import annotations

import csv
import dataclasses
import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageSequence

from tests.helpers import plain, softmax
from trickcore import ImageError, Recipe, Step, engine, measure, to_png
from trickcore.pictures import files, samples
from trickcore.runs import frames as film

KING_PENGUIN = 145


def step(index: int, x: torch.Tensor, distance: float = 0.0) -> Step:
    return Step(index, x, torch.tensor([0.1, 0.9]), 0.5 * index, distance)


def levels(frame: film.Frame) -> np.ndarray:
    assert frame.pixels is not None
    return frame.pixels.astype(int)


def opened(gif: bytes) -> tuple[Image.Image, int]:
    image = Image.open(io.BytesIO(gif))
    assert image.format == "GIF"
    return image, len(list(ImageSequence.Iterator(image)))


def run(colours, **settings) -> list[film.Frame]:
    data = to_png(plain(8, 12, 0.6, 0.2, 0.2))
    return list(film.run_recipe(colours, data, Recipe(**{"target": 2, "eps": 64, "steps": 10, **settings})))


def test_a_frame_is_a_step_without_tensors():
    x = torch.rand(3, 8, 12, generator=torch.Generator().manual_seed(0))
    (frame,) = film.frames([step(3, x, 0.25)], 3)
    assert (frame.index, frame.loss, frame.distance) == (3, 1.5, 0.25)
    assert isinstance(frame.probs, np.ndarray)
    assert frame.probs.tolist() == pytest.approx([0.1, 0.9])
    expected = (x.double().numpy() * 255).round().transpose(1, 2, 0)
    assert frame.pixels is not None
    assert frame.pixels.dtype == np.uint8
    np.testing.assert_array_equal(frame.pixels, expected)


@pytest.mark.parametrize("steps", [1, 2, 59, 60, 61, 100, 200, 1000])
def test_at_most_60_pictures_are_kept_evenly_with_the_first_and_the_last(steps):
    kept = sorted(film.keep(steps))
    assert len(kept) == min(60, steps + 1)
    assert (kept[0], kept[-1]) == (0, steps)
    gaps = np.diff(kept)
    assert gaps.min() >= 1
    assert gaps.max() - gaps.min() <= 1


def test_a_table_reads_back_as_the_numbers_that_went_in(colours):
    frames = run(colours)
    labels = ("red, or so", 'the "green"', "blue")
    rows = list(csv.reader(io.StringIO(film.to_csv(frames, labels, [2, 0]))))
    assert rows[0] == ["step", "blue (2)", "red, or so (0)", "loss (nats)", "distance", "passes"]
    numbers = np.array(rows[1:], dtype=float)
    expected = [[f.index, f.probs[2], f.probs[0], f.loss, f.distance, f.passes] for f in frames]
    assert numbers.shape == (11, 6)
    np.testing.assert_allclose(numbers, expected, rtol=1e-5)


@pytest.mark.parametrize("label", ['=HYPERLINK("http://x","y")', "+1", "-1+2", "@SUM(A1)", "\t=1"])
def test_no_spreadsheet_takes_a_label_in_the_table_for_something_to_compute(colours, label):
    table = film.to_csv(run(colours), ("red", label, "blue"), [1])
    assert next(csv.reader(io.StringIO(table)))[1] == f"'{label} (1)"


def test_a_gif_has_a_strip_for_each_kept_picture_original_difference_and_tricked(colours):
    frames = run(colours, alpha=6)
    kept = [dataclasses.replace(f, pixels=f.pixels if f.index % 2 == 0 else None) for f in frames]
    gif, count = opened(film.to_gif(kept, gain=2.0))
    assert count == 6
    assert gif.size == (3 * 12 + 2 * 8, 8)
    gif.seek(5)
    strip = np.asarray(gif.convert("RGB")).astype(int)
    first, last = levels(frames[0]), levels(frames[-1])
    np.testing.assert_allclose(strip[:, :12], first, atol=8)
    np.testing.assert_allclose(strip[:, 20:32], (127.5 + 2 * (last - first)).clip(0, 255), atol=8)
    np.testing.assert_allclose(strip[:, 40:], last, atol=8)


def test_a_gif_takes_its_four_seconds_and_a_rest_even_where_the_picture_stands_still(colours):
    """Equal frames become one that is shown for longer; 11 share 4 seconds, the end has 1.5 more."""
    gif, count = opened(film.to_gif(run(colours, alpha=32), gain=1))
    pauses = []
    for index in range(count):
        gif.seek(index)
        pauses.append(gif.info["duration"])
    assert len(pauses) < 11
    assert sum(pauses) == pytest.approx(5500, abs=11 * 10)  # a GIF counts in hundredths of a second


def test_a_gif_of_grey_pictures_is_made_too():
    shades = [torch.full((1, 8, 12), level) for level in (0.2, 0.5, 0.7)]
    frames = film.frames([step(i, x, 0.1) for i, x in enumerate(shades)], len(shades))
    gif, count = opened(film.to_gif(frames, gain=1))
    assert (count, gif.size) == (3, (52, 8))


def test_a_gif_of_no_pictures_is_refused(colours):
    with pytest.raises(ValueError, match="at least one frame with its picture"):
        film.to_gif([dataclasses.replace(f, pixels=None) for f in run(colours)], gain=1)


def test_shooting_follows_the_recipe(colours):
    frames = run(colours, eps=51, steps=4, alpha=12.75)
    assert [f.index for f in frames] == [0, 1, 2, 3, 4]
    np.testing.assert_allclose([f.distance for f in frames], [0, 0.05, 0.1, 0.15, 0.2], atol=1e-6)
    np.testing.assert_allclose(frames[-1].probs, softmax(np.array([4.0, 0, 4.0])), rtol=1e-4)


def test_without_a_target_shooting_leads_away_from_what_the_network_said(colours):
    frames = run(colours, target=None)
    assert frames[0].probs.argmax() == 0 != frames[-1].probs.argmax()
    assert frames[-1].probs[0] < 0.5 * frames[0].probs[0]


def test_shooting_a_file_that_is_no_picture_says_so(colours):
    with pytest.raises(ImageError, match="not a picture"):
        list(film.run_recipe(colours, b"nothing", Recipe()))


def test_a_cat_becomes_a_king_penguin_and_still_is_one_when_saved(lite0):
    """Within 2 grey levels of 255, in 30 steps, on the real network and from file to file."""
    cat = samples.sample("cat")
    frames = engine.call(
        lambda: list(film.run_recipe(lite0, cat, Recipe(target=KING_PENGUIN, eps=2, steps=30)))
    )
    assert len(frames) == 31
    assert frames[0].probs[KING_PENGUIN] < 0.01
    assert frames[-1].probs[KING_PENGUIN] > 0.9
    assert frames[-1].loss < 0.1
    assert all(f.distance <= 2 / 255 + 1e-6 for f in frames)
    moved = levels(frames[-1]) - levels(frames[0])
    assert np.abs(moved).max() == 2

    saved = files.encode(levels(frames[-1]).astype(np.uint8))
    verdict = engine.call(measure.verdict, lite0, cat, saved, KING_PENGUIN)
    assert (verdict.outcome, verdict.after.name) == ("tricked", "king penguin")
    assert verdict.after.probability > 0.9
    assert verdict.change.linf == pytest.approx(2 / 255, abs=1e-6)
