"""Pixels: never more than were allowed, each of them black or white in every channel, by questions alone."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn

from tests.attacks.methods import HALF, Closed, digit, linear, oblong, said, toy
from tests.helpers import SHAPE, WEIGHTS, flat
from trickcore import Classifier, towards
from trickcore.attacks import Pixels, pixels
from trickcore.pictures.files import encode, to_8bit

# After so many changes tried of 498: how many of 100 pixels the next ones exchange.
COUNTS = {2: 30, 9: 15, 24: 12, 49: 10, 99: 7, 199: 6, 299: 5, 399: 4, 498: 3}


class Scripted(nn.Module):
    """Says one thing after another of three classes, the last for ever, and keeps what it was asked about."""

    def __init__(self, *answers: list[float]) -> None:
        super().__init__()
        self.answers = answers
        self.asked: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.asked.append(x[0].clone())
        return torch.tensor([self.answers[min(len(self.asked), len(self.answers)) - 1]]).log()


def asked(settings, *answers, goal=0):
    """The pictures (3, 24, 30) that it asks about after the untouched one, which is grey, and its Steps."""
    net = Scripted(*answers)
    classifier = Classifier("scripted", net, ("a", "b", "c"), (24, 30), 3, resize=None)
    steps = list(pixels(classifier, torch.full((3, 24, 30), 0.5), goal, settings))
    return net.asked[1:], steps


def ran(settings, *, goal=None, seed=0, mask=1.0, x=None):
    x = oblong() if x is None else x
    classifier = toy(Closed(linear()))
    goal = said(toy(linear()), x) if goal is None else goal
    return classifier, x, list(pixels(classifier, x, goal, settings, mask=mask, seed=seed))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("mask", [1.0, HALF])
def test_at_most_so_many_pixels_differ_each_0_or_1_and_only_where_they_may(count, mask):
    _, x, run = ran(Pixels(count, 60, stop_at=1.0), mask=mask)
    assert torch.equal(run[0].x_adv, x)
    for step in run[1:]:
        differ = (step.x_adv != x).any(0)
        assert 0 < differ.sum() <= count
        assert step.distance == differ.sum()
        assert set(step.x_adv[:, differ].unique().tolist()) <= {0.0, 1.0}
        if mask is HALF:
            assert not differ[:, 2:].any()


def test_each_question_is_counted_and_the_best_picture_so_far_never_gets_worse():
    classifier, _, run = ran(Pixels(2, 50, stop_at=1.0), goal=towards(2))
    assert classifier.net.asked == run[-1].questions == run[-1].passes == 50
    assert [step.index for step in run] == list(range(50))
    losses = [step.loss for step in run[1:]]
    assert all(later <= now + 1e-6 for now, later in itertools.pairwise(losses))


def test_one_pixel_of_a_linear_network_is_the_one_that_trying_all_of_them_finds():
    """Ten places and eight colours: all are tried by hand."""
    x = oblong()
    logits = flat(x[None])[0] @ WEIGHTS.T
    target = int(logits.argsort()[0])
    every = []
    for row, column in itertools.product(range(SHAPE[1]), range(SHAPE[2])):
        for colour in itertools.product((0.0, 1.0), repeat=3):
            tried = x.clone()
            tried[:, row, column] = torch.tensor(colour)
            scores = flat(tried[None])[0] @ WEIGHTS.T
            every.append(scores[target] - torch.tensor(scores).logsumexp(0).item())
    _, _, run = ran(Pixels(1, 81, stop_at=1.0), goal=towards(target), x=x)
    assert -run[-1].loss == pytest.approx(max(every), abs=1e-4)


def test_one_pixel_is_never_asked_about_twice_before_every_place_had_every_colour():
    places = 24 * 30
    pictures, _ = asked(Pixels(1, 1 + 8 * places), [0.7, 0.2, 0.1])
    assert all((picture != 0.5).any(0).sum() == 1 for picture in pictures)
    assert len({tuple((2 * picture).int().flatten().tolist()) for picture in pictures}) == 8 * places


def test_a_real_digit_falls_by_twenty_pixels_and_its_file_is_read_the_same():
    classifier, x = digit("7")
    *_, last = pixels(classifier, x, 7, Pixels(20, 2000), seed=1)
    assert int(last.probs.argmax()) != 7
    saved = classifier.read(encode(to_8bit(last.x_adv)))
    differ = (saved != last.x_adv).any(0)
    assert not differ.any()
    assert said(classifier, saved) == int(last.probs.argmax())


def test_more_pixels_than_may_change_are_refused_with_how_many_may():
    with pytest.raises(ValueError, match="expected at most as many pixels as may change, 4, got 5"):
        ran(Pixels(5, 10), mask=HALF)
    assert len(ran(Pixels(4, 10, stop_at=1.0), mask=HALF)[2]) == 10, "all of them is allowed"


def test_a_target_that_wins_is_kept_even_where_it_was_likelier_before():
    """38 % win where the others have 31 % each; 40 % do not where another has 41 %."""
    answers = [0.6, 0.3, 0.1], [0.41, 0.4, 0.19], [0.31, 0.38, 0.31], [0.6, 0.3, 0.1]
    pictures, steps = asked(Pixels(5, 9), *answers, goal=towards(1))
    assert [step.questions for step in steps] == [1, 2, 3]
    assert torch.equal(steps[-1].x_adv, pictures[-1])


def test_fewer_and_fewer_pixels_are_exchanged_and_what_does_not_help_is_taken_back():
    """Of 100 pixels, in 500 questions; how many after so many is worked by hand."""
    (first, *tried), steps = asked(Pixels(100, 500), [0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.8, 0.1, 0.1])
    chosen = (first != 0.5).any(0)
    assert chosen.sum() == 100
    begin = 0
    for end, count in COUNTS.items():
        for picture in tried[begin:end]:
            now = (picture != 0.5).any(0)
            assert now.sum() == 100
            assert (now & ~chosen).sum() == count, (begin, end)
            assert torch.equal(picture[:, now & chosen], first[:, now & chosen])
        begin = end
    assert begin == len(tried)
    assert all(torch.equal(step.x_adv, first) for step in steps[1:])


def test_where_all_pixels_are_chosen_they_change_colour_in_their_places():
    _, x, run = ran(Pixels(4, 60, stop_at=1.0), mask=HALF)
    assert all((step.x_adv != x).any(0)[:, :2].all() for step in run[1:])
    assert len({tuple(step.x_adv.flatten().tolist()) for step in run[1:]}) > 2


def test_nothing_else_is_drawn_from():
    before = torch.get_rng_state()
    ran(Pixels(3, 40, stop_at=1.0))
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_wanted_already_takes_one_question():
    classifier, _, run = ran(Pixels(1), goal=towards(said(toy(linear()), oblong())))
    assert len(run) == classifier.net.asked == 1


def test_the_seed_decides():
    ends = [ran(Pixels(3, 40, stop_at=1.0), seed=seed)[2][5].x_adv for seed in (3, 3, 4)]
    assert torch.equal(ends[0], ends[1])
    assert not torch.equal(ends[0], ends[2])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"pixels": 0}, "expected pixels >= 1, got 0"),
        ({"questions": 0}, "expected questions >= 1, got 0"),
        ({"alpha_init": 0.0}, "expected alpha_init above 0 and at most 1, got 0.0"),
        ({"stop_at": 0.0}, "expected stop_at above 0 and at most 1, got 0.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        Pixels(**given)
