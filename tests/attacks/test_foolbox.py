"""Beside a peer: the same steps on the real network make foolbox's picture (Rauber et al. 2017)."""

from __future__ import annotations

import foolbox
import pytest
import torch
from foolbox.attacks import L2PGD, LinfBasicIterativeAttack, LinfPGD
from torch import Tensor, nn

from trickcore import L2, Attack, Linf, Net, away_from, engine, load, pgd, towards
from trickcore.pictures import samples
from trickcore.pictures.drawing import drawn_png

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


class Cropped(nn.Module):
    """A network that is shown a part of a picture, pasted into the rest, which stays as it is."""

    def __init__(self, body: Net, around: Tensor, rows: slice, columns: slice) -> None:
        super().__init__()
        self.body, self.around, self.rows, self.columns = body, around, rows, columns

    def forward(self, x: Tensor) -> Tensor:
        whole = self.around.expand(len(x), -1, -1, -1).clone()
        whole[:, :, self.rows, self.columns] = x
        return self.body(whole)


def test_under_l2_a_mask_is_foolbox_s_attack_on_the_picture_cropped_to_it():
    rows, columns = slice(6, 22), slice(10, 20)

    def both() -> tuple[Tensor, Tensor, Tensor]:
        digits = load("digits-standard")
        x = digits.read(drawn_png("7"))[None]
        model = foolbox.PyTorchModel(
            Cropped(digits.net, x, rows, columns).eval(), bounds=(0, 1), device="cpu"
        )
        criterion = foolbox.criteria.TargetedMisclassification(torch.tensor([0]))
        peer = L2PGD(abs_stepsize=0.4, steps=12, random_start=False)
        theirs = peer.run(model, x[:, :, rows, columns], criterion, epsilon=2.0)
        mask = torch.zeros(1, 28, 28)
        mask[:, rows, columns] = 1
        ours = last(pgd(digits.net, x, towards(0), Attack(L2(2.0), 0.4, 12), mask=mask))
        return x, theirs, ours

    x, theirs, ours = engine.call(both)
    assert (ours[:, :, rows, columns] - theirs).abs().max() < 1e-4
    outside = torch.ones(28, 28, dtype=torch.bool)
    outside[rows, columns] = False
    assert torch.equal(ours[0, 0][outside], x[0, 0][outside])
    assert (ours - x).norm() > 1.9
