"""Trials: what becomes of a trick, and how often, on nets whose answers are known and on the real one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trickcore import Classifier, Recipe, engine, load, towards, trick
from trickcore.attacks.views import evaluation_seed, sampled
from trickcore.measure import survival as trials
from trickcore.measure.survival import Tally, compare_after, survival, wilson
from trickcore.pictures import photograph_transforms as world
from trickcore.pictures import reencode, samples
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import encode, to_8bit, to_png
from trickcore.pictures.photograph_transforms import ATHALYE, Ranges, Shot
from trickcore.plots import survival as rates
from trickcore.runs import frames
from trickcore.text import percent

LIGHT = Ranges(brightness=(-0.1, 0.1))
GREY = 128 / 255


class Brightness(nn.Module):
    """Dark below middle grey, bright above it, dazzling above 0.8; the mean value decides."""

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((1, 2, 3))
        return 50 * torch.stack([0.5 - mean, mean - 0.5, 4 * (mean - 0.8) + (mean - 0.5)], 1)


@pytest.fixture
def eye() -> Classifier:
    return Classifier("eye", Brightness(), ("dark", "bright", "dazzling"), (8, 10))


def plain(level: int) -> bytes:
    return encode(np.full((8, 10, 3), level, np.uint8))


def lights(n: int, seed: int) -> np.ndarray:
    """How bright each of the first n shots that a run of this seed is judged on is."""
    rng = torch.Generator().manual_seed(evaluation_seed(seed))
    return np.array([world.shot(LIGHT, rng).brightness for _ in range(n)])


def last(counts):
    *_, end = counts
    return end


# Wilson's interval


@pytest.mark.parametrize(
    ("hits", "asked", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),  # z^2 / (n + z^2) = 3.84146 / 13.84146
        (10, 10, 0.72247, 1.0),
        (5, 10, 0.23659, 0.76341),  # 1/2 -+ z / (2 sqrt(n + z^2)) = 1/2 -+ 1.95996 / 7.44082
        (1, 2, 0.09453, 0.90547),  # 1/2 -+ 1.95996 / (2 sqrt(5.84146))
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_wilsons_as_worked_by_hand(hits, asked, low, high):
    assert wilson(hits, asked) == pytest.approx((low, high), abs=1e-5)
    assert Tally(hits, asked).interval == wilson(hits, asked)


def test_the_ends_of_the_interval_are_where_the_score_test_just_rejects():
    """|share - p| = z sqrt(p (1 - p) / n) at both ends, which is how Wilson found them."""
    for hits, asked in ((3, 50), (945, 1000), (49, 50)):
        for end in wilson(hits, asked):
            assert abs(hits / asked - end) == pytest.approx(
                1.959964 * np.sqrt(end * (1 - end) / asked), rel=1e-5
            )


def test_the_interval_holds_the_truth_about_95_times_in_100():
    drawn = np.random.default_rng(2).binomial(40, 0.1, 3000)
    held = [wilson(int(hits), 40)[0] <= 0.1 <= wilson(int(hits), 40)[1] for hits in drawn]
    assert 0.92 < np.mean(held) < 0.98


@pytest.mark.parametrize(("hits", "asked"), [(-1, 5), (6, 5)])
def test_more_hits_than_were_asked_are_refused(hits, asked):
    with pytest.raises(ValueError, match=f"expected hits from 0 to asked, got {hits} of {asked}"):
        wilson(hits, asked)


def test_a_share_of_nothing_is_nothing():
    assert Tally().share == 0
    assert Tally(1, 4).share == 0.25


# Counting


def test_what_survives_is_counted_as_arithmetic_says(eye):
    """The clean picture is dark until a shot is more than 0.02 brighter than it is, and so on."""
    clean, tricked = 122, 135
    found = last(survival(eye, plain(clean), plain(tricked), 1, LIGHT, 200, seed=3, batch=7))
    light = lights(200, 3)
    assert found.original == 0
    assert found.clean == Tally(int((clean / 255 + light < 0.5).sum()), 200)
    assert found.wanted == Tally(int((tricked / 255 + light > 0.5).sum()), 200)
    assert found.fooled == found.wanted
    assert 20 < found.clean.hits < 180
    assert found.usual == 0
    assert found.done == 1


def test_the_target_and_anything_else_are_counted_apart(eye):
    found = last(survival(eye, plain(100), plain(210), 1, Ranges(brightness=(-0.1, 0.1)), 100, seed=1))
    light = lights(100, 1)
    dazzled = 4 * (210 / 255 + light - 0.8) > 0
    assert found.wanted.hits == int((~dazzled).sum())
    assert 0 < found.wanted.hits < 100
    assert found.fooled.hits == 100
    free = last(survival(eye, plain(100), plain(210), None, LIGHT, 100, seed=1))
    assert free.wanted == free.fooled == Tally(100, 100)


def test_what_a_clean_picture_is_mostly_taken_for_is_told_where_it_is_not_what_it_is(eye):
    found = last(survival(eye, plain(127), plain(127), 1, Ranges(brightness=(0.0, 0.1)), 40))
    assert (found.original, found.usual) == (0, 1)
    assert found.clean.share < 0.1


def test_counts_grow_batch_by_batch_and_batches_change_nothing(eye):
    counts = list(survival(eye, plain(122), plain(135), 1, ATHALYE, 50, seed=2, batch=20))
    assert [one.wanted.asked for one in counts] == [20, 40, 50]
    assert [one.done for one in counts] == [0.4, 0.8, 1.0]
    alone = last(survival(eye, plain(122), plain(135), 1, ATHALYE, 50, seed=2, batch=1))
    assert (alone.wanted, alone.clean) == (counts[-1].wanted, counts[-1].clean)


def test_equal_pictures_have_equal_answers_since_both_get_the_same_shots(eye):
    noisy = Ranges(brightness=(-0.1, 0.1), noise=(0.1, 0.5), rotation=(-90, 90))
    found = last(survival(eye, plain(127), plain(127), None, noisy, 100, seed=5))
    assert found.fooled.hits + found.clean.hits == 100


def test_the_seed_says_which_shots(eye):
    def counted(seed: int) -> list[int]:
        return [one.wanted.hits for one in survival(eye, plain(127), plain(129), 1, LIGHT, 60, seed=seed)]

    assert counted(1) == counted(1)
    assert counted(1) != counted(2)


@pytest.mark.parametrize("seed", [0, 3, 999_999, 2**63 - 1])
def test_a_trick_is_judged_on_none_of_the_views_it_was_made_on(eye, seed):
    """The shots that the attack's own generator draws, and the pixels it shows, beside those counted."""
    made: list[Shot] = []

    def photograph(x: Tensor, rng: torch.Generator | None) -> Tensor:
        made.append(world.shot(ATHALYE, rng))
        return world.photographed(x, made[-1], rng)

    data = plain(100)
    attack = replace(Recipe(eps=0.0, steps=4).attack(240), views=sampled(photograph, 5))
    shown = list(trick(eye, eye.read(data), towards(1), attack, seed=seed))
    assert len(shown) == 5
    rng = torch.Generator().manual_seed(evaluation_seed(seed))
    judged, pixels = [], []
    for _ in range(25):
        judged.append(world.shot(ATHALYE, rng))
        pixels.append(to_8bit(world.photographed(eye.read(data)[None], judged[-1], rng)[0]))
    assert not set(made) & set(judged)
    seen = last(survival(eye, data, data, 1, n=25, seed=seed, show=25)).seen
    for one, expected in zip(seen, pixels, strict=True):
        np.testing.assert_array_equal(one.pixels, expected)


def test_a_photograph_set_by_hand_has_a_grain_of_its_own_too(eye):
    rng, noisy = torch.Generator().manual_seed(4), Shot(noise=0.1)
    of_the_attack = to_png(world.photographed(eye.read(plain(100))[None], noisy, rng)[0])
    assert trials.photograph_file(eye, plain(100), noisy, 4) != of_the_attack


def test_a_digit_made_over_views_that_flatter_it_is_counted_on_others():
    """One view a step and few steps: it fits the very views it was made on better than any others."""
    digits = load("digits-standard")
    recipe = Recipe("digits-standard", target=0, eps=64.0, steps=20, momentum=1.0, views=1)

    def counted() -> tuple[Tally, Tally]:
        original = to_png(digits.read(drawn_png("7")))
        *_, end = frames.run_recipe(digits, original, recipe)
        assert end.pixels is not None
        saved = encode(end.pixels)
        rng = torch.Generator().manual_seed(recipe.seed)
        x = digits.read(saved)[None]
        own = [world.photographed(x, world.shot(ATHALYE, rng), rng) for _ in range(20)]
        hits = int((digits.net(torch.cat(own)).argmax(1) == 0).sum())
        return Tally(hits, 20), last(survival(digits, original, saved, 0, n=20)).wanted

    own, judged = engine.call(counted)
    assert judged != own
    assert judged.share < own.share


def test_the_first_few_shots_are_kept_as_they_were_seen(eye):
    found = last(survival(eye, plain(100), plain(135), 1, LIGHT, 30, seed=3, batch=4, show=6))
    assert len(found.seen) == 6
    for seen, light in zip(found.seen, lights(6, 3), strict=True):
        assert seen.pixels.shape == (8, 10, 3)
        assert abs(float(seen.pixels.mean()) - (135 + 255 * light)) <= 0.51
        assert seen.label == int(135 / 255 + light > 0.5)
        assert 0.5 <= seen.probability <= 1
    assert last(survival(eye, plain(100), plain(135), 1, LIGHT, 3)).seen == ()


@pytest.mark.parametrize(("n", "batch"), [(0, 1), (1, 0)])
def test_nothing_to_count_is_refused(eye, n, batch):
    with pytest.raises(ValueError, match=f"expected n >= 1 and batch >= 1, got {n} and {batch}"):
        next(survival(eye, plain(1), plain(2), 1, n=n, batch=batch))


# One thing done to both


@pytest.mark.parametrize(
    ("clean", "tricked", "target", "lot"),
    [
        (100, 140, 1, "kept"),
        (100, 100, 1, "lost"),
        (100, 230, 1, "changed"),
        (
            140,
            140,
            2,
            "lost",
        ),  # the clean one has become what the tricked one is: it is not the trick's doing
        (100, 140, None, "kept"),
        (100, 100, None, "lost"),
        (140, 140, None, "lost"),
        (140, 230, None, "kept"),
    ],
)
def test_what_became_of_a_trick_is_told_beside_the_clean_picture(eye, clean, tricked, target, lot):
    told = compare_after(eye, plain(clean), plain(tricked), 0, target)
    assert told.status == lot
    assert told.clean.label == int(clean > 127)
    assert told.clean_right is (clean < 128)
    assert told.tricked.label == (2 if tricked == 230 else int(tricked > 127))


def test_a_file_is_photographed_and_saved_in_whole_levels(eye):
    data = trials.photograph_file(eye, plain(100), Shot(brightness=0.1))
    assert set(np.unique(np.asarray(eye.read(data) * 255).round())) == {126}  # 100 + 25.5
    assert trials.photograph_file(eye, plain(100), Shot()) == plain(100)
    noisy = Shot(noise=0.1)
    assert trials.photograph_file(eye, plain(100), noisy, 1) == trials.photograph_file(
        eye, plain(100), noisy, 1
    )
    assert trials.photograph_file(eye, plain(100), noisy, 1) != trials.photograph_file(
        eye, plain(100), noisy, 2
    )


def test_chances_are_the_networks_after_each_way(eye):
    ways = [reencode.as_png, lambda data: plain(140)]
    found = trials.chances(eye, plain(120), 1, ways)
    for value, level in zip(found, (120, 140), strict=True):
        mean = level / 255
        powers = np.exp(50 * np.array([0.5 - mean, mean - 0.5, 4 * (mean - 0.8) + (mean - 0.5)]))
        assert value == pytest.approx(powers[1] / powers.sum(), rel=1e-4)


# Charts


def test_bars_stand_for_shares_and_whiskers_for_their_intervals():
    bars = rates.survival_bars(
        [rates.Rate("tricked", Tally(5, 10), "tricked"), rates.Rate("clean", Tally(10, 10), "clean")]
    )
    (drawn,) = bars.data
    assert list(drawn.x) == [0.5, 1.0]
    np.testing.assert_allclose(drawn.error_x.array, [0.26341, 0], atol=1e-5)
    np.testing.assert_allclose(drawn.error_x.arrayminus, [0.26341, 0.27753], atol=1e-5)
    said = [note.text for note in bars.layout.annotations]
    assert said == ["tricked", "50.0\u00a0% (23.7 to 76.3)", "clean", "100.0\u00a0% (72.2 to 100.0)"]
    assert drawn.marker.color[0] != drawn.marker.color[1]


def test_the_chart_of_qualities_names_its_lines_apart_even_where_they_end_level():
    figure = rates.quality_chart([10, 100], [0.1, 1.0], [0.9, 1.0], ("tricked: 8", "clean: 5"), chosen=75)
    clean, tricked = figure.data
    assert list(tricked.y) == [0.1, 1.0]
    assert list(clean.y) == [0.9, 1.0]
    first, second = (note.y for note in figure.layout.annotations)
    assert second - first > 0.1
    assert figure.layout.shapes[0].x0 == 75


# The real thing


def test_a_plain_trick_hardly_survives_and_one_made_over_random_views_does(lite0):
    """Scikit-image's cat, to be a king penguin; the ranges of Athalye et al. 2018."""
    tough = Recipe(eps=16, steps=40, momentum=1.0, views=8)
    original = engine.call(lambda: to_png(lite0.read(samples.sample("cat"))))
    shares = []
    for recipe in (Recipe(eps=16, steps=30), tough):
        *_, end = engine.stream(frames.run_recipe(lite0, original, recipe))
        assert end.pixels is not None
        counts = survival(lite0, original, encode(end.pixels), recipe.target, n=40, seed=1)
        shares.append(last(engine.stream(counts)).wanted.share)
    assert shares[0] < 0.05, percent(shares[0])
    assert shares[1] > 0.9, percent(shares[1])
