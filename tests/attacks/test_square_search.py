"""Square: it only asks, stays in its ball, and needs about as many questions as its authors' code."""

from __future__ import annotations

import itertools
import statistics

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.attacks.methods import HALF, Closed, digit, linear, oblong, said, toy
from tests.helpers import WEIGHTS, flat
from trickcore import Classifier, away_from, towards
from trickcore.attacks import Square, square
from trickcore.pictures.drawing import DRAWN, drawn_png

EPS = 8 / 255


class Scripted(nn.Module):
    """Says one thing after another of three classes, the last for ever, and keeps what it was asked about."""

    def __init__(self, *answers: list[float]) -> None:
        super().__init__()
        self.answers = answers
        self.asked: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        self.asked.append(x[0].clone())
        return torch.tensor([self.answers[min(len(self.asked), len(self.answers)) - 1]]).log()


SURE, LESS_SURE, NEVER_BETTER = [0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.8, 0.1, 0.1]


def asked(settings, *answers, size=(15, 25), mask=1.0, goal=0):
    """The pictures (3, H, W) that it asks about after the untouched one, which is grey, and its Steps."""
    net = Scripted(*answers)
    classifier = Classifier("scripted", net, ("a", "b", "c"), size, 3, resize=None)
    steps = list(square(classifier, torch.full((3, *size), 0.5), goal, settings, mask=mask))
    return net.asked[1:], steps


def ran(settings, *, goal=None, seed=0, mask=1.0, net=None, x=None):
    x = oblong() if x is None else x
    classifier = toy(net or Closed(linear()))
    goal = said(toy(linear()), x) if goal is None else goal
    return classifier, x, list(square(classifier, x, goal, settings, mask=mask, seed=seed))


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("mask", [1.0, HALF])
def test_every_step_is_within_eps_and_0_to_1_and_moves_only_what_may_move(norm, mask):
    eps = 0.4 if norm == "linf" else 0.9  # some values reach 0 or 1
    _, x, run = ran(Square(eps, norm, 80, stop_at=1.0), mask=mask)
    assert torch.equal(run[0].x_adv, x)
    assert run[0].distance == 0
    for step in run:
        delta = step.x_adv - x
        size = delta.abs().max() if norm == "linf" else delta.norm()
        assert size <= eps + 1e-6
        assert step.distance == pytest.approx(size.item(), abs=1e-6)
        assert 0 <= step.x_adv.min() <= step.x_adv.max() <= 1
        if mask is HALF:
            assert not delta[:, :, 2:].any()
    assert (run[-1].x_adv != x).any()


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_each_question_is_counted_and_the_best_picture_so_far_never_gets_worse(norm):
    classifier, _, run = ran(Square(0.05, norm, 60, stop_at=1.0), goal=towards(2))
    assert classifier.net.asked == run[-1].questions == run[-1].passes == 60
    assert [step.index for step in run] == list(range(60)), "a step for each question of a short run"
    losses = [step.loss for step in run[1:]]
    assert all(later <= now + 1e-6 for now, later in itertools.pairwise(losses))


def test_a_long_run_is_told_in_about_250_steps_and_ends_with_its_last_question():
    _, _, run = ran(Square(1e-6, questions=1000, stop_at=1.0))
    assert 240 <= len(run) <= 252
    assert run[-1].questions == 1000


def test_on_a_linear_network_it_finds_the_corner_that_is_worked_by_hand():
    """Of logits that are linear the worst picture within eps is known: each value at its end."""
    x, eps = oblong(), 0.1
    k = int((flat(x[None]) @ WEIGHTS.T).argmax())
    target = (k + 1) % len(WEIGHTS)
    gains = WEIGHTS[target] - WEIGHTS[k]
    best = (flat(x[None])[0] + eps * np.sign(gains)) @ gains
    _, _, run = ran(Square(eps, questions=3000, stop_at=1.0), goal=towards(target), x=x)
    reached = flat(run[-1].x_adv[None])[0] @ gains
    began = flat(x[None])[0] @ gains
    assert reached - began > 0.8 * (best - began)
    assert set(np.round((run[-1].x_adv - x).abs().unique().numpy(), 5)) <= {np.float32(0.1)}, "corners only"


def test_a_change_of_whole_levels_stays_on_the_levels_that_a_file_holds():
    _, _, run = ran(Square(7 / 255, questions=40, stop_at=1.0))
    for step in run:
        levels = 255 * step.x_adv
        assert torch.allclose(levels, levels.round(), atol=1e-3)


def test_it_stops_as_soon_as_it_has_what_is_wanted_or_when_that_is_as_sure_as_asked():
    _, _, soon = ran(Square(0.3, questions=500))
    _, _, sure = ran(Square(0.3, questions=500, stop_at=0.9))
    k = int(soon[0].probs.argmax())
    assert int(soon[-1].probs.argmax()) != k
    assert all(int(step.probs.argmax()) == k for step in soon[:-1])
    assert 1 - sure[-1].probs[k] >= 0.9
    assert len(sure) >= len(soon)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_a_target_that_wins_is_kept_even_where_it_was_likelier_before(norm):
    """38 % win where the others have 31 % each; 40 % do not where another has 41 %."""
    answers = [0.6, 0.3, 0.1], [0.41, 0.4, 0.19], [0.31, 0.38, 0.31], [0.6, 0.3, 0.1]
    pictures, steps = asked(Square(0.1, norm, 9), *answers, goal=towards(1))
    assert [step.questions for step in steps] == [1, 2, 3]
    assert steps[-1].probs.tolist() == pytest.approx([0.31, 0.38, 0.31])
    assert torch.equal(steps[-1].x_adv, pictures[-1])


def test_a_change_that_does_not_help_is_taken_back():
    pictures, steps = asked(Square(0.1, questions=30), SURE, LESS_SURE, NEVER_BETTER)
    assert all(torch.equal(step.x_adv, pictures[0]) for step in steps[1:])
    assert steps[-1].probs.tolist() == pytest.approx(LESS_SURE)


def test_it_begins_with_stripes_from_top_to_bottom():
    (stripes, *_), _ = asked(Square(0.1, questions=2), SURE)
    assert torch.equal(stripes, stripes[:, :1].expand_as(stripes))
    assert torch.allclose((stripes - 0.5).abs(), torch.tensor(0.1))
    assert 20 < (stripes[:, 0] > 0.5).sum() < 55, "up and down by chance, each channel for itself"
    assert not torch.equal(stripes[0], stripes[1])


def test_squares_shrink_as_the_paper_says_rescaled_to_the_questions():
    """Sides from round(sqrt(p 40 60)), p halved after 10, 50, 200 ... of 10,000 questions; worked by hand."""
    (stripes, *tried), _ = asked(Square(0.1, questions=1000), SURE, LESS_SURE, NEVER_BETTER, size=(40, 60))
    sides = {5: 31, 20: 22, 50: 15, 100: 11, 200: 8, 400: 5, 600: 4, 800: 3, 998: 2}
    begin = 1
    for end, side in sides.items():
        heights, widths = [], []
        for picture in tried[begin - 1 if begin > 1 else 1 : end]:
            rows, columns = (picture != stripes).any(0).nonzero(as_tuple=True)
            heights += [int(rows.max() - rows.min()) + 1] if len(rows) else []
            widths += [int(columns.max() - columns.min()) + 1] if len(rows) else []
        assert set(heights) == {side}, (end, side)
        assert max(widths) <= side
        begin = end + 1


def test_under_l2_it_begins_with_tiles_of_two_pyramids_and_keeps_its_length():
    """A 3 x 3 tile by hand: a row that rises by 1 in the middle, below it a pyramid of the other sign."""
    pictures, _ = asked(Square(0.3, "l2", 40), SURE, LESS_SURE, NEVER_BETTER)
    hand = np.array([[1, 5, 1], [-1, -1, -1], [-1, -5, -1]])
    change = (pictures[0] - 0.5).numpy()
    ways = set()
    for channel, row, column in itertools.product(range(3), range(0, 15, 3), range(0, 24, 3)):
        tile = change[channel, row : row + 3, column : column + 3]
        size = np.abs(tile).min()
        shapes = {"lies": hand, "stands": hand.T}
        (way,) = (
            (name, sign)
            for name, shape in shapes.items()
            for sign in (1, -1)
            if np.allclose(tile, sign * size * shape, atol=1e-5)
        )
        ways.add(way)
    assert len(ways) == 4
    for picture in pictures:
        assert (picture - 0.5).norm().item() == pytest.approx(0.3, abs=1e-5)
    assert len({tuple((picture != pictures[0]).nonzero().flatten().tolist()) for picture in pictures}) > 30


def test_under_a_mask_no_question_is_spent_where_nothing_may_move():
    """One pixel of three channels: a square over it leaves all three as they are once in eight times."""
    mask = torch.zeros(1, 40, 60)
    mask[:, 39, 59] = 1
    settings = Square(0.1, questions=200)
    (first, *tried), _ = asked(settings, SURE, LESS_SURE, NEVER_BETTER, size=(40, 60), mask=mask)
    assert all((picture != 0.5).any(0).nonzero().tolist() == [[39, 59]] for picture in [first, *tried])
    assert 0.8 < np.mean([not torch.equal(picture, first) for picture in tried]) < 0.95


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_squares_wider_than_the_mask_move_nothing_outside_it_and_lose_no_length(norm):
    mask = torch.zeros(1, 15, 25)
    mask[:, 3:12, 4:13] = 1
    pictures, _ = asked(Square(0.2, norm, 60), SURE, LESS_SURE, NEVER_BETTER, mask=mask)
    for picture in pictures:
        delta = picture - 0.5
        assert not (delta * (1 - mask)).any()
        size = delta.norm() if norm == "l2" else delta.abs().max()
        assert size.item() == pytest.approx(0.2, abs=1e-5)


def test_a_mask_in_which_nothing_may_move_is_refused():
    with pytest.raises(ValueError, match="expected a mask in which some pixel may move, got none"):
        ran(Square(0.1), mask=torch.zeros_like(HALF))


def test_what_is_wanted_already_takes_one_question():
    classifier, x, run = ran(Square(0.3), goal=towards(said(toy(linear()), oblong())))
    assert len(run) == classifier.net.asked == 1
    assert torch.equal(run[0].x_adv, x)


def test_the_seed_decides_and_nothing_else_is_drawn_from():
    before = torch.get_rng_state()
    runs = [ran(Square(0.05, questions=40, stop_at=1.0), seed=seed)[2][-1].x_adv for seed in (3, 3, 4)]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"eps": -1.0}, "expected eps >= 0, got -1.0"),
        ({"eps": 0.1, "norm": "l1"}, "expected norm linf or l2, got 'l1'"),
        ({"eps": 0.1, "questions": 0}, "expected questions >= 1, got 0"),
        ({"eps": 0.1, "p_init": 0.0}, "expected p_init above 0 and at most 1, got 0.0"),
        ({"eps": 0.1, "stop_at": 2.0}, "expected stop_at above 0 and at most 1, got 2.0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        Square(**given)


@pytest.mark.slow
def test_it_needs_about_as_many_questions_as_the_authors_code_on_drawn_digits():
    from pyautoattack.square import SquareAttack

    classifier, _ = digit()
    ours, theirs = [], []
    for seed, name in itertools.product(range(3), DRAWN[:12]):
        x = classifier.read(drawn_png(name))
        k = said(classifier, x)
        *_, last = square(classifier, x, k, Square(51 / 255, questions=1000), seed=seed)
        ours.append(last.questions if last.probs.argmax() != k else 1001)
        closed = Closed(classifier.net)
        peer = SquareAttack(closed, norm="Linf", eps=51 / 255, n_queries=1000, seed=seed)
        with torch.no_grad():
            x_adv = peer.perturb(x[None], torch.tensor([k]))
        found = said(classifier, x_adv[0]) != k
        theirs.append(closed.asked - 1 if found else 1001)  # less its look at what it found
    assert statistics.median(ours) <= 1.4 * statistics.median(theirs), (ours, theirs)
    assert sum(q <= 1000 for q in ours) >= sum(q <= 1000 for q in theirs) - 2


def test_away_from_a_class_and_the_class_alone_mean_the_same():
    x = oblong()
    k = said(toy(linear()), x)
    ends = [
        ran(Square(0.05, questions=30, stop_at=1.0), goal=goal)[2][-1].x_adv for goal in (k, away_from(k))
    ]
    assert torch.equal(*ends)
