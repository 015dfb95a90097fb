"""Distances against numpy and scikit-image; verdicts on files, by a network that can be asked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from tests.helpers import plain, softmax
from trickcore import measure, to_png


def pair(channels: int = 3, height: int = 9) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    x = rng.uniform(0.2, 0.8, (channels, height, 14)).astype(np.float32)
    moved = rng.uniform(-0.1, 0.1, x.shape) * (rng.uniform(size=x.shape) < 0.3)
    return x, (x + moved).astype(np.float32)


def ssim(x: np.ndarray, y: np.ndarray) -> float:
    """Wang et al. 2004, equations 13 to 17, of two channels (H, W), window by window.

    Windows are 11 x 11 and weighted by a Gaussian of sigma 1.5; those that lie whole in the picture count.
    Of a picture that holds none every pixel has one, mirrored where it goes beyond the edge.
    """
    if min(x.shape) < 11:
        x, y = (np.pad(one, 5, mode="symmetric") for one in (x, y))
    bell = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    w = np.outer(bell, bell) / bell.sum() ** 2
    c1, c2 = 0.01**2, 0.03**2
    found = []
    for i in range(x.shape[0] - 10):
        for j in range(x.shape[1] - 10):
            a, b = (one[i : i + 11, j : j + 11].astype(np.float64) for one in (x, y))
            mean_a, mean_b = (w * a).sum(), (w * b).sum()
            var_a, var_b = (w * (a - mean_a) ** 2).sum(), (w * (b - mean_b) ** 2).sum()
            both = (w * (a - mean_a) * (b - mean_b)).sum()
            found.append(
                (2 * mean_a * mean_b + c1)
                * (2 * both + c2)
                / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
            )
    return float(np.mean(found))


@pytest.mark.parametrize("height", [5, 8, 11, 16, 28])
@pytest.mark.parametrize("channels", [1, 3])
def test_structural_similarity_is_that_of_wang_et_al_as_their_formula_has_it(channels, height):
    x, y = pair(channels, height)
    change = measure.compare(torch.from_numpy(x), torch.from_numpy(y))
    expected = np.mean([ssim(a, b) for a, b in zip(x, y, strict=True)])
    assert change.ssim == pytest.approx(expected, abs=1e-6)
    assert 0.8 < expected < 0.999


@pytest.mark.parametrize("channels", [1, 3])
def test_distances_are_those_of_numpy_and_scikit_image(channels):
    x, y = pair(channels)
    change = measure.compare(torch.from_numpy(x), torch.from_numpy(y))
    difference = y.astype(float) - x.astype(float)
    assert change.linf == pytest.approx(np.abs(difference).max())
    assert change.l2 == pytest.approx(np.sqrt((difference**2).sum()))
    assert change.changed == pytest.approx((difference != 0).mean())
    assert 0.2 < change.changed < 0.4
    assert change.psnr == pytest.approx(peak_signal_noise_ratio(x, y, data_range=1), rel=1e-5)


def test_one_value_moved_by_a_tenth_is_worked_by_hand():
    x = torch.full((3, 8, 10), 0.5)
    y = x.clone()
    y[1, 2, 3] = 0.6
    change = measure.compare(x, y)
    assert change.linf == pytest.approx(0.1, rel=1e-6)
    assert change.l2 == pytest.approx(0.1, rel=1e-6)
    assert change.changed == pytest.approx(1 / 240)
    assert change.psnr == pytest.approx(10 * math.log10(240 / 0.01), rel=1e-6)
    assert 0.9 < change.ssim < 1


def test_equal_pictures_are_no_distance_apart():
    x = torch.from_numpy(pair()[0])
    change = measure.compare(x, x.clone())
    assert (change.linf, change.l2, change.changed, change.psnr) == (0, 0, 0, math.inf)
    assert change.ssim == pytest.approx(1)


def test_pictures_of_two_shapes_are_refused():
    with pytest.raises(ValueError, match=r"of one shape, got \(3, 8, 10\) and \(3, 10, 8\)"):
        measure.compare(torch.zeros(3, 8, 10), torch.zeros(3, 10, 8))


def test_a_reading_is_the_softmax_of_the_logits(colours):
    reading = measure.read(colours, plain(8, 12, 0.2, 0.6, 0.3))
    expected = softmax(np.array([2.0, 6.0, 3.0]))
    np.testing.assert_allclose(reading.probs, expected, rtol=1e-5)
    assert (reading.label, reading.name) == (1, "green")
    assert reading.probability == pytest.approx(expected[1])


def test_a_network_that_is_a_plain_function_can_be_asked_too(colours):
    from trickcore import Classifier

    bare = Classifier("bare", lambda x: 10 * x.mean((2, 3)), colours.labels, colours.size)
    x = plain(8, 12, 0.2, 0.6, 0.3)
    np.testing.assert_array_equal(measure.read(bare, x).probs, measure.read(colours, x).probs)


RED, BLUE = 0, 2
BEFORE = (0.6, 0.2, 0.2)


@pytest.mark.parametrize(
    ("after", "target", "outcome"),
    [
        ((0.2, 0.2, 0.6), BLUE, "tricked"),
        ((0.2, 0.6, 0.2), BLUE, "nearly"),  # another answer, though not the one wanted
        ((0.6, 0.2, 0.45), BLUE, "nearly"),  # still red, but blue rose from 2 % to 18 %
        ((0.6, 0.2, 0.25), BLUE, "not"),
        ((0.6, 0.2, 0.2), BLUE, "not"),
        ((0.2, 0.2, 0.6), None, "tricked"),
        ((0.6, 0.2, 0.45), None, "nearly"),  # still red, but less so by a sixth
        ((0.6, 0.2, 0.25), None, "not"),
    ],
)
def test_the_verdict_is_read_off_the_saved_files(colours, after, target, outcome):
    before, later = plain(8, 12, *BEFORE), plain(8, 12, *after)
    verdict = measure.verdict(colours, to_png(before), to_png(later), target)
    assert verdict.outcome == outcome
    assert (verdict.before.name, verdict.target) == ("red", target)
    chances = softmax(10 * np.round(np.array(after) * 255) / 255)
    assert verdict.wanted == pytest.approx(1 - chances[RED] if target is None else chances[BLUE], rel=1e-4)
    assert verdict.after.probability == pytest.approx(chances.max(), rel=1e-4)
    moved = np.abs(np.round(np.array(after) * 255) - np.round(np.array(BEFORE) * 255))
    assert verdict.change.linf == pytest.approx(moved.max() / 255, abs=1e-6)
    assert verdict.change.changed == pytest.approx((moved > 0).mean())


def test_another_class_that_is_right_too_is_only_nearly_a_trick(colours):
    """Red that became blue, where both are right: the visitor asked for anything else, or for blue."""
    red, blue = (to_png(plain(8, 12, *one)) for one in (BEFORE, (0.2, 0.2, 0.6)))
    asked, wanted = (measure.verdict(colours, red, blue, target) for target in (None, BLUE))
    assert (asked.outcome, wanted.outcome) == ("tricked", "tricked"), "what a verdict means stays"
    for truth, related in ((None, False), ((RED,), False), ((RED, BLUE), True), ((BLUE,), True)):
        assert measure.related(asked, truth) is measure.related(wanted, truth) is related
        assert measure.convincing(asked, truth) == ("nearly" if related else "tricked")
        assert measure.convincing(wanted, truth) == "tricked", "it is what was wished for"
    same = measure.verdict(colours, red, red, None)
    assert not measure.related(same, (RED,)), "nothing became of it"
    assert measure.convincing(same, (RED,)) == "not"


@pytest.mark.parametrize("target", [BLUE, None])
def test_a_change_of_less_than_half_a_grey_level_is_gone_from_the_saved_file(colours, target):
    """The tensor is blue by a hair; the file is the original, and the verdict says so in every number."""
    before = plain(8, 12, 100 / 255, 100 / 255, 100 / 255)
    before[0, 0, 0] = 101 / 255
    after = before.clone()
    after[2] += 0.4 / 255
    assert measure.read(colours, before).label == RED
    assert measure.read(colours, after).label == BLUE
    verdict = measure.verdict(colours, to_png(before), to_png(after), target)
    assert verdict.outcome == "not"
    assert (verdict.change.linf, verdict.change.changed, verdict.change.psnr) == (0, 0, math.inf)
    np.testing.assert_array_equal(verdict.after.probs, verdict.before.probs)


def test_a_change_of_more_than_half_a_grey_level_is_a_whole_one_in_the_file(colours):
    before = plain(8, 12, 0.4, 0.4, 0.4)
    verdict = measure.verdict(colours, to_png(before), to_png(before + 0.6 / 255), BLUE)
    assert verdict.change.linf == pytest.approx(1 / 255, abs=1e-7)
    assert verdict.change.changed == 1
