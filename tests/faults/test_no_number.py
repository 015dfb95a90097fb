"""A network whose answer is no number (NaN, or infinitely large): it is told, shown nowhere, counted nowhere.

The networks are made so: weights that are NaN, layers that overflow, and one that answers until it is moved.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.attacks.methods import linear, oblong, toy
from tests.helpers import CLASSES, WEIGHTS, opened, said
from tests.sweep import folders
from trickcore import Attack, Linf, WeightsError, measure, towards, trick
from trickcore.__main__ import main
from trickcore.jobs import networks
from trickcore.measure.robustness import curves
from trickcore.networks.card import NO_NUMBER, AnswerError
from trickcore.networks.classifier import answer
from trickcore.networks.sources import own_networks
from trickcore.runs.method_runs import steps_of
from trickcore.runs.methods import METHODS
from trickcore.runs.recipe import Recipe
from trickcore.sweep import Plan, Results, read, run
from trickcore.sweep.this_machine import ThisMachine

SAID = "is no number (NaN)"
OWN = """
import torch
from torch import nn
from trickcore import Classifier

class Fragile(nn.Module):
    '''Red, green or blue; no number once a pixel is brighter than so much.'''

    def __init__(self, most):
        super().__init__()
        self.most = most

    def forward(self, x):
        bright = (x.amax((1, 2, 3), keepdim=True)[..., 0, 0] > self.most)
        return 10 * x.mean((2, 3)) + torch.where(bright, torch.nan, 0.0)

def fragile():
    return Classifier("fragile", Fragile(0.6), ("red", "green", "blue"), (48, 64), 3)

def broken():
    return Classifier("broken", Fragile(0.1), ("red", "green", "blue"), (48, 64), 3)

class Ink(nn.Module):
    '''Reads the amount of ink; no number where there is much, but on a plain picture.'''

    def forward(self, x):
        ink = x.sum((1, 2, 3))[:, None]
        much = (ink > 105) & (x.std((1, 2, 3))[:, None] > 0.01)
        return -(ink / 10 - torch.arange(10.0)).abs() + torch.where(much, torch.nan, 0.0)

def digits():
    return Classifier("digits", Ink(), tuple("0123456789"), (28, 28), 1)
"""


class Until(nn.Module):
    """Answers as `linear` does while the picture is the untouched one, then with NaN."""

    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.net, self.x = linear(), x

    def forward(self, x: Tensor) -> Tensor:
        moved = (x.detach() - self.x).abs().amax((1, 2, 3)) > 0
        out: Tensor = self.net(x) + torch.where(moved, torch.nan, 0.0)[:, None]
        return out


@pytest.fixture
def own(tmp_path, monkeypatch) -> Iterator[Path]:
    """Networks in a file beside the page."""
    (tmp_path / "networks_of_nan.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    names = ",".join(f"networks_of_nan:{name}" for name in ("fragile", "broken", "digits"))
    monkeypatch.setenv("TRICKCORE_NETWORKS", names)
    yield tmp_path
    sys.modules.pop("networks_of_nan", None)
    own_networks._card.cache_clear()
    networks._load.cache_clear()


@pytest.mark.parametrize("weights", [np.full((CLASSES, 30), np.nan), WEIGHTS * 1e39], ids=["nan", "inf"])
@pytest.mark.parametrize("method", METHODS)
def test_no_method_shows_a_step_of_a_network_whose_answer_is_no_number(method, weights):
    classifier = toy(linear(1.0))
    with torch.no_grad():
        classifier.net.weights.copy_(torch.tensor(weights))
    with pytest.raises(AnswerError, match=r"is no number \(NaN\)"):
        next(steps(method, classifier, oblong()))


@pytest.mark.parametrize("method", METHODS)
def test_a_run_ends_where_the_answers_end_and_what_came_before_was_true(method):
    x = oblong()
    seen: list[Any] = []
    with pytest.raises(AnswerError):
        seen.extend(step for step in steps(method, toy(Until(x)), x))
    assert all(bool(step.probs.isfinite().all()) and step.distance == 0 for step in seen)


def steps(method: str, classifier: Any, x: Tensor) -> Iterator[Any]:
    recipe = Recipe(method=method, target=None, steps=6, questions=40, eps=64, pixels=3, norm="linf")
    goal = recipe.loss(answer(toy(linear()), x))
    if method == "gradient":
        return trick(classifier, x, goal, recipe.attack_on(x)[1])
    norm: Any = (METHODS[method].norms or ("linf",))[0]
    recipe = replace(recipe, norm=norm)
    return steps_of(classifier, x, recipe, goal)


def test_no_reading_share_or_accuracy_is_made_of_it(x):
    classifier = toy(linear(float("nan")))
    with pytest.raises(AnswerError, match="Choose another network"):
        measure.read(classifier, x[0])
    from trickcore.measure.accuracy import accuracy

    with pytest.raises(AnswerError):
        accuracy(classifier.net, x, torch.zeros(len(x), dtype=torch.long))
    with pytest.raises(AnswerError):
        list(trick(classifier, x[0], towards(1), Attack(Linf(0.1), 0.1, 1)))


def test_one_of_ones_own_that_has_no_answer_to_a_grey_picture_is_refused_when_it_is_made(own):
    with pytest.raises(WeightsError, match=r"broken .* answers a grey picture with what is no number"):
        own_networks.load("broken")
    assert own_networks.load("fragile").labels == ("red", "green", "blue")


def test_the_page_tells_it_and_shows_no_verdict(own):
    page = opened("why", network="fragile", steps="2", goal="Stop being what it is")
    assert NO_NUMBER in said(page).replace("\\", "")
    page = opened("trick", network="fragile", steps="2", goal="Stop being what it is")
    assert NO_NUMBER in said(page).replace("\\", "")
    assert "could not go on" not in said(page), "the sentence stands alone"
    assert "saved PNG" not in said(page)
    assert not page.get("plotly_chart")
    page.selectbox(key="network").set_value("digits-robust")
    page.run()
    assert not page.exception
    assert NO_NUMBER not in said(page).replace("\\", ""), "another network is as good as ever"


def test_the_terminal_tells_it_in_a_line_and_by_its_code(own, capsys):
    saved = own / "tricked.png"
    words = ["sample:cat", "--network", "fragile", "--untargeted", "--steps", "2", "--save", str(saved)]
    assert main(words) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert SAID in err
    assert "Traceback" not in err
    assert not saved.exists()


def test_a_sweep_leaves_the_pictures_out_by_name_and_counts_none_of_them_as_robust(own):
    """Of ten drawn digits three have much ink, and some get it by a large change; the others have rows."""
    folder, out = folders.drawn(own / "in"), own / "out"
    levels = (5.0, 200.0)
    plan = Plan(str(folder), ("digits",), eps=levels, labels="clean", settings=Recipe(steps=2))
    told = [bad for news in run(plan, out, lambda: ThisMachine(0)) for bad in news.refused]
    rows = read(out)
    assert all(SAID in bad.why and "digits" in bad.why for bad in told)
    assert len(rows) + sum(bad.trials or len(levels) for bad in told) == 10 * len(levels)
    untouched = {bad.picture for bad in told if bad.trials == 0}
    assert untouched == {"drawn-0.png", "drawn-2.png", "drawn-8.png"}
    later = [bad for bad in told if bad.trials == 1]
    assert "drawn-1.png" in {bad.picture for bad in later}
    assert all("epsilon 200" in bad.why for bad in later)
    assert sorted(Results(out).refused()) == sorted(dict.fromkeys(told))
    assert not any(np.isnan([row.before_probability, row.after_probability]).any() for row in rows)
    for curve in curves(rows):
        for eps, share in curve.points[1:]:
            there = [row for row in rows if row.eps_levels == eps]
            assert share.pictures == len({row.picture for row in there})
    assert [one for news in run(plan, out, lambda: ThisMachine(0)) for one in news.rows] == [], "done"
