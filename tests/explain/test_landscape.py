"""Hill, map, lines and noise beside direct evaluation: by hand on toy networks, then on the real ones."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.helpers import CLASSES, SHAPE, WEIGHTS, Linear, softmax
from trickcore import Classifier, engine, load, measure
from trickcore.explain import landscape
from trickcore.explain.landscape import Crossing
from trickcore.explain.records import Lines
from trickcore.pictures import drawing, samples
from trickcore.pictures.files import encode, to_8bit

RNG = np.random.default_rng(11)
ORIGINAL = RNG.integers(40, 216, (2, 5, 3)).astype(np.uint8)  # (H, W, 3), as SHAPE says
TRICKED = (ORIGINAL + RNG.integers(-30, 31, ORIGINAL.shape)).astype(np.uint8)


def answer(pixels: np.ndarray, weights: np.ndarray = WEIGHTS) -> np.ndarray:
    """What the toy network says of 8-bit pixels (H, W, 3), worked in double precision."""
    return softmax(pixels.transpose(2, 0, 1).ravel() / 255 @ weights.T)


@pytest.fixture
def plane() -> landscape.Plane:
    return landscape.plane(ORIGINAL, TRICKED, seed=3)


# The plane


@pytest.mark.parametrize("shape", [(2, 5, 3), (28, 28), (224, 224, 3)])
def test_across_is_at_right_angles_to_the_trick_and_just_as_long(shape):
    before = RNG.integers(0, 256, shape).astype(np.uint8)
    after = RNG.integers(0, 256, shape).astype(np.uint8)
    plane = landscape.plane(before, after, seed=7)
    u, v = plane.u.ravel(), plane.v.ravel()
    assert abs(u @ v) < 1e-9 * (u @ u)
    np.testing.assert_allclose(np.sqrt(v @ v), np.sqrt(u @ u), rtol=1e-12)
    np.testing.assert_allclose(plane.length, np.linalg.norm(after / 255 - before / 255), rtol=1e-12)


@pytest.mark.parametrize("shape", [(6, 5, 3), (28, 28)])
def test_under_l_infinity_across_is_a_corner_of_the_trick_s_own_ball(shape):
    """Signs by chance, as large as the trick's largest move; what may not move stays."""
    rng = np.random.default_rng(8)
    before = rng.integers(60, 190, shape).astype(np.uint8)
    moves = rng.integers(-4, 5, shape)
    moves[0, 0] = -4
    after = (before + moves).astype(np.uint8)
    may = rng.uniform(size=shape[:2]) < 0.7
    plane = landscape.plane(before, after, seed=7, norm="linf")
    assert set(np.unique(plane.v)) == {-4.0, 4.0}
    assert 0.3 < (plane.v > 0).mean() < 0.7
    masked = landscape.plane(before, after, seed=7, norm="linf", may=may)
    assert not masked.v[~may].any()
    assert set(np.unique(np.abs(masked.v[may]))) == {4.0}
    assert np.abs(plane.picture(0, 1).astype(int) - before).max() == 4
    for a, b in ((1, 0), (0, 1), (0.5, -1)):
        exactly = before + a * plane.u + b * plane.v
        np.testing.assert_allclose(plane.where(exactly), (a, b), atol=1e-9)


def test_under_l2_across_moves_only_what_may_move_and_is_as_long_all_the_same():
    may = np.zeros((28, 28), bool)
    may[:4] = True
    before = np.full((28, 28), 100, np.uint8)
    after = before.copy()
    after[:4] += np.random.default_rng(1).integers(0, 9, (4, 28)).astype(np.uint8)
    plane = landscape.plane(before, after, norm="l2", may=may)
    assert not plane.v[4:].any()
    assert abs((plane.u * plane.v).sum()) < 1e-6
    assert np.linalg.norm(plane.v) == pytest.approx(np.linalg.norm(plane.u))


def test_the_two_ends_of_the_trick_are_the_two_files_bit_for_bit(plane):
    assert (plane.picture(0, 0) == ORIGINAL).all()
    assert (plane.picture(1, 0) == TRICKED).all()
    np.testing.assert_allclose(plane.where(TRICKED), (1, 0), atol=1e-12)


def test_a_point_is_clipped_and_rounded_to_whole_grey_levels_as_a_file_is():
    before = np.array([[[0, 250, 100]]], np.uint8)
    after = np.array([[[3, 255, 98]]], np.uint8)
    plane = landscape.plane(before, after)
    assert plane.picture(0.5, 0).tolist() == [[[2, 252, 99]]], "half to even"
    assert plane.picture(1.5, 0).tolist() == [[[4, 255, 97]]]
    assert plane.picture(-0.5, 0).tolist() == [[[0, 248, 101]]]


def test_the_same_seed_gives_the_same_way_across_and_another_does_not(plane):
    assert (plane.v == landscape.plane(ORIGINAL, TRICKED, seed=3).v).all()
    assert not (plane.v == landscape.plane(ORIGINAL, TRICKED, seed=4).v).any()


def test_a_trick_that_moved_nothing_has_no_direction_and_says_so():
    with pytest.raises(ValueError, match=r"the same file as the original.*larger epsilon"):
        landscape.plane(ORIGINAL, ORIGINAL.copy())


def test_pictures_of_two_sizes_span_no_plane():
    with pytest.raises(ValueError, match=r"one shape, got \(2, 5, 3\) and \(5, 2, 3\)"):
        landscape.plane(ORIGINAL, TRICKED.transpose(1, 0, 2))


# The hill and the map


def test_every_point_of_the_hill_and_the_map_is_the_networks_own_answer(toy, plane):
    *_, last = landscape.survey(toy, plane, 2, sides=(3, 5), batch=4)
    assert last.done == 1
    np.testing.assert_allclose(last.a, [-0.5, 0, 0.5, 1, 1.5])
    np.testing.assert_allclose(last.b, [-1, -0.5, 0, 0.5, 1])
    for i, b in enumerate(last.b):
        for j, a in enumerate(last.a):
            levels = np.clip(np.rint(ORIGINAL + a * plane.u + b * plane.v), 0, 255)
            probs = answer(levels)
            np.testing.assert_allclose(last.probability[i, j], probs[2], rtol=1e-5)
            assert last.winner[i, j] == probs.argmax()
            np.testing.assert_allclose(last.sure[i, j], probs.max(), rtol=1e-5)


def test_a_coarse_grid_is_there_first_and_stays_in_the_finer_ones_and_nothing_is_asked_twice(toy, plane):
    seen = list(landscape.survey(toy, plane, 1, sides=(3, 5, 9), batch=4))
    assert [len(seen[0].a), len(seen[-1].a)] == [3, 9]
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    whole = {len(one.a): one for one in seen}
    assert list(whole) == [3, 5, 9]
    for coarse, fine in ((3, 5), (5, 9)):
        np.testing.assert_array_equal(whole[coarse].a, whole[fine].a[::2])
        for part in ("probability", "winner", "sure"):
            np.testing.assert_array_equal(getattr(whole[coarse], part), getattr(whole[fine], part)[::2, ::2])
    assert np.isfinite(seen[0].probability).all()
    assert toy.net.forwards == 3 + 4 + 14, "9, 16 and 56 points in batches of 4"


def test_points_a_side_that_do_not_halve_the_gaps_are_refused(toy, plane):
    with pytest.raises(ValueError, match="halve the gaps"):
        next(landscape.survey(toy, plane, 0, sides=(5, 8)))


def test_where_the_answer_turns_and_how_little_the_other_way_brings_are_read_off_the_grid():
    a, b = np.linspace(-0.5, 1.5, 5), np.linspace(-1, 1, 3)
    winner = np.array([[0, 0, 7, 7, 7], [7, 0, 0, 7, 7], [0, 0, 0, 0, 0]])
    probability = np.arange(15.0).reshape(3, 5) / 100
    survey = landscape.Survey(a, b, probability, winner, probability, 1.0)
    assert survey.crossing(7) == Crossing(0.5, 1.0), (
        "on the way from the original, not behind it, nor beside it"
    )
    assert survey.crossing(0) == Crossing(0.0, 0.0)
    assert survey.crossing(3) is None
    assert survey.beside() == 0.11


def test_the_run_stands_as_high_as_each_of_its_pictures_and_where_it_is_nearest_to_the_plane(toy, plane):
    middle = ((ORIGINAL.astype(int) + TRICKED) // 2).astype(np.uint8)
    path = landscape.path(toy, plane, [ORIGINAL, middle, TRICKED], 3)
    heights = [answer(pixels)[3] for pixels in (ORIGINAL, middle, TRICKED)]
    np.testing.assert_allclose(path.probability, heights, rtol=1e-5)
    basis = np.stack([plane.u.ravel(), plane.v.ravel()], 1)
    moved = (middle.astype(float) - ORIGINAL).ravel()
    nearest = np.linalg.lstsq(basis, moved, rcond=None)[0]
    np.testing.assert_allclose([path.a[1], path.b[1]], nearest, atol=1e-10)
    np.testing.assert_allclose(path.a[[0, 2]], [0, 1], atol=1e-12)


# Straight lines


def test_of_a_linear_network_the_gradient_foretells_everything(toy):
    lines = landscape.lines(toy, ORIGINAL, 2, 0.1, most=CLASSES)
    x = ORIGINAL.transpose(2, 0, 1).ravel() / 255
    grad = (softmax(x @ WEIGHTS.T) - np.eye(CLASSES)[2]) @ WEIGHTS  # of -log p, which is to fall
    assert lines.classes[:2] == (2, int((x @ WEIGHTS.T).argmax()))
    assert {-0.2, 0.0, 0.1, 0.2} <= set(lines.moves.round(12))
    for t, real, told in zip(lines.moves, lines.logits, lines.predicted, strict=True):
        logits = np.clip(x - t * np.sign(grad), 0, 1) @ WEIGHTS.T
        np.testing.assert_allclose(real, logits[list(lines.classes)], atol=1e-5)
        np.testing.assert_allclose(told, real, atol=1e-5)
    assert lines.reach == pytest.approx(0.2)
    real, told = lines.gain(0.1)
    assert real == pytest.approx(told, abs=1e-5)
    assert real > 0


def test_how_far_the_simple_model_holds_is_where_it_is_first_a_quarter_off():
    moves = np.array([-1.0, 0, 1, 2, 3, 4])
    real = np.array([0.0, 5, 15, 25, 35, 45])[:, None]
    told = np.array([-9.0, 5, 14, 20.1, 50, 45])[:, None]  # off by 1/10, under 1/4, 1/2 and 0
    assert Lines(moves, (0,), real, told).reach == 2.0, "what comes right again later does not count"
    assert Lines(moves, (0,), real, told).gain(3) == (30, 45)
    assert Lines(moves, (0,), real, 5 + 2 * (told - 5)).reach == 0.0


def test_a_line_without_length_or_direction_is_refused_in_words(toy):
    with pytest.raises(ValueError, match="Epsilon is 0"):
        landscape.lines(toy, ORIGINAL, 2, 0.0)
    flat = Classifier("flat", Linear(np.zeros((CLASSES, 30))), toy.labels, SHAPE[1:])
    with pytest.raises(ValueError, match="gradient is 0"):
        landscape.lines(flat, ORIGINAL, 2, 0.1)


# Noise


def test_noise_is_the_very_same_changes_at_other_pixels(toy):
    noisy = landscape.shuffled(ORIGINAL, TRICKED, np.random.default_rng(1)).astype(int) - ORIGINAL
    moves = TRICKED.astype(int) - ORIGINAL
    assert sorted(map(tuple, noisy.reshape(-1, 3))) == sorted(map(tuple, moves.reshape(-1, 3)))
    assert (noisy != moves).any()
    assert np.linalg.norm(noisy) == pytest.approx(np.linalg.norm(moves))
    assert abs(noisy).max() == abs(moves).max()


def test_the_band_is_the_networks_own_answers_to_the_shuffled_changes(toy):
    half = (ORIGINAL + (TRICKED.astype(int) - ORIGINAL) // 2).astype(np.uint8)
    found = list(landscape.noise_band(toy, [ORIGINAL, half, TRICKED], n=4, seed=9))
    assert len(found) == 3
    for pixels, one in zip((ORIGINAL, half, TRICKED), found, strict=True):
        np.testing.assert_allclose(one.changed, answer(pixels), rtol=1e-5)
        dealt = [landscape.shuffled(ORIGINAL, pixels, np.random.default_rng((9, i))) for i in range(4)]
        probs = np.stack([answer(other) for other in dealt])
        np.testing.assert_allclose(one.mean, probs.mean(0), rtol=1e-5)
        np.testing.assert_allclose(one.low, probs.min(0), rtol=1e-5)
        np.testing.assert_allclose(one.high, probs.max(0), rtol=1e-5)
        assert one.length == pytest.approx(1)
    assert (found[2].low < found[2].high).all()


def test_noise_that_runs_into_black_and_white_is_said_to_be_shorter(toy):
    before = np.zeros_like(ORIGINAL)
    before[:, :2] = 255
    after = before.copy()
    after[:, :2] -= 50  # only what is white moves, downwards
    *_, one = landscape.noise_band(toy, [before, after], n=5)
    assert 0 < one.length < 1


def test_the_same_seed_deals_the_same_noise_and_another_does_not(toy):
    def last(seed: int) -> np.ndarray:
        *_, one = landscape.noise_band(toy, [ORIGINAL, TRICKED], n=2, seed=seed)
        return one.mean

    assert (last(1) == last(1)).all()
    assert not (last(1) == last(2)).all()


def test_no_shuffles_at_all_are_refused(toy):
    with pytest.raises(ValueError, match="n >= 1"):
        next(landscape.noise_band(toy, [ORIGINAL, TRICKED], n=0))


# The real networks


def agree_somewhere(classifier: Classifier, before: np.ndarray, after: np.ndarray, target: int) -> None:
    """At a few random points, hill, map and lines say what the network says of that picture's file."""
    plane = landscape.plane(before, after, seed=2)
    *_, last = landscape.survey(classifier, plane, target, sides=(3,), batch=9)
    for i, j in RNG.integers(0, 3, (3, 2)):
        data = encode(plane.picture(last.a[j], last.b[i]))
        reading = measure.read(classifier, classifier.read(data))
        assert last.probability[i, j] == pytest.approx(reading.probs[target], rel=1e-3, abs=1e-6)
        assert last.sure[i, j] == pytest.approx(reading.probability, rel=1e-3, abs=1e-6)
        assert reading.probs[last.winner[i, j]] == pytest.approx(reading.probability, rel=1e-3)
    x = classifier.read(encode(before))[None].requires_grad_()
    lines = landscape.lines(classifier, before, target, 2 / 255)
    logits = classifier.net(x)
    (ascent,) = torch.autograd.grad(logits.log_softmax(1)[0, target], x, retain_graph=True)
    (slope,) = torch.autograd.grad(logits[0, target], x)
    for i in RNG.integers(0, len(lines.moves), 3):
        there = (x + lines.moves[i].astype(np.float32) * ascent.sign()).clamp(0, 1).detach()
        with torch.no_grad():
            np.testing.assert_allclose(
                lines.logits[i], classifier.net(there)[0, list(lines.classes)].numpy(), atol=2e-3
            )
        told = logits[0, target].item() + float((slope.double() * (there - x.detach()).double()).sum())
        assert lines.predicted[i, 0] == pytest.approx(told, rel=1e-3, abs=2e-3)


def test_on_a_photo_hill_map_and_lines_agree_with_the_network_asked_directly(lite0):
    def check() -> None:
        before = to_8bit(lite0.read(samples.sample("cat")))
        moved = before + RNG.integers(-2, 3, before.shape)
        agree_somewhere(lite0, before, moved.clip(0, 255).astype(np.uint8), 145)

    engine.call(check)


def test_on_a_digit_hill_map_and_lines_agree_with_the_network_asked_directly():
    def check() -> None:
        network = load("digits-standard")
        before = to_8bit(network.read(drawing.drawn_png("5")))
        moved = before + RNG.integers(-60, 61, before.shape)
        agree_somewhere(network, before, moved.clip(0, 255).astype(np.uint8), 8)

    engine.call(check)
