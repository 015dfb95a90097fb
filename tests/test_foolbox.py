"""Beside a peer: the same steps on the real network make foolbox's picture (Rauber et al. 2017)."""

from __future__ import annotations

import foolbox
import pytest
import torch
from foolbox.attacks import LinfBasicIterativeAttack, LinfPGD

from trickcore import Attack, Linf, away_from, engine, pgd, samples, towards

EPS, ALPHA, STEPS = 2 / 255, 0.5 / 255, 4


@pytest.fixture(scope="module")
def cat(lite0) -> torch.Tensor:
    x: torch.Tensor = engine.call(lite0.read, samples.sample("cat"))
    return x[None]


def last(iterates):
    *_, end = iterates
    return end


@pytest.mark.parametrize("kind", [LinfPGD, LinfBasicIterativeAttack])
@pytest.mark.parametrize(
    ("loss", "criterion"),
    [
        (towards(145), foolbox.criteria.TargetedMisclassification(torch.tensor([145]))),
        (away_from(282), foolbox.criteria.Misclassification(torch.tensor([282]))),
    ],
    ids=["targeted", "untargeted"],
)
def test_the_same_steps_make_the_same_picture(lite0, cat, kind, loss, criterion):
    def both() -> tuple[torch.Tensor, torch.Tensor]:
        model = foolbox.PyTorchModel(lite0.net, bounds=(0, 1), device="cpu")
        peer = kind(abs_stepsize=ALPHA, steps=STEPS, random_start=False)
        theirs = peer.run(model, cat, criterion, epsilon=EPS)
        return theirs, last(pgd(lite0.net, cat, loss, Attack(Linf(EPS), ALPHA, STEPS)))

    theirs, ours = engine.call(both)
    apart = (theirs - ours).abs()
    assert apart.max() <= 1 / 255
    assert (apart <= 1e-6).float().mean() > 0.99
    assert (ours - cat).abs().max() > 1.9 / 255  # four steps of half a level, all one way
