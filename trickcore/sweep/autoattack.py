"""The official AutoAttack over a sweep's pictures, so that our own attacks stand beside it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trickcore.sweep.plan import PlanError

if TYPE_CHECKING:
    from torch import Tensor

    from trickcore.networks.classifier import Classifier
    from trickcore.runs.recipe import Recipe

NAMES = {"linf": "Linf", "l2": "L2"}


def check() -> None:
    """Raises PlanError where the judge is not installed."""
    if importlib.util.find_spec("pyautoattack") is None:
        raise PlanError(
            "AutoAttack comes in a package of its own. "
            'Install it with: pip install "trick-a-neural-network[autoattack]"'
        )


def judged(classifier: Classifier, x: Tensor, labels: NDArray[np.int64], recipe: Recipe) -> Tensor:
    """Pictures (N, C, H, W) as the standard AutoAttack (APGD-CE, APGD-T, FAB-T, Square; Croce and Hein 2020,
    arXiv:2003.01690) leaves them, by its authors' own code. Raises RuntimeError if it left the ball."""
    import pyautoattack
    import torch

    _, attack = recipe.attack_on(x[0])
    eps = attack.ball.eps
    judge = pyautoattack.AutoAttack(
        classifier.net,
        norm=NAMES[recipe.norm],
        eps=eps,
        version="standard",
        seed=recipe.seed,
        device=x.device.type,
    )
    x = x.contiguous()
    found, _ = judge.run_standard_evaluation(x, torch.from_numpy(labels).to(x.device), batch_size=len(x))
    moved: Tensor = found.detach()
    if (attack.ball.norm(moved - x) > eps * 1.001 + 1e-6).any() or moved.min() < 0 or moved.max() > 1:
        raise RuntimeError("AutoAttack left the ball, so its figure would mean nothing.")
    return moved
