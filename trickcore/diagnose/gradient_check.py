"""The gradient at the end of a run: has it vanished, and is there room left to follow it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trickcore.attacks import masks
from trickcore.networks.classifier import Classifier, answers
from trickcore.runs.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """What was measured at the two pictures, of the values that may move (see `check_gradient`)."""

    dead: float  # share whose gradient is exactly 0 or no number, at the worse of the two pictures
    blocked: float  # share of the saved picture's values that the next step would push out of bounds
    free: float = 1.0  # share of the pixels that may move


def check_gradient(classifier: Classifier, original: bytes, saved: bytes, recipe: Recipe) -> GradientCheck:
    """One pass, forward and backward, over both pictures: has the gradient vanished, and where it points,
    is there room to go? Under L-infinity a value is blocked by epsilon, black or white; under L2 the share
    is the cosine between the change and the way down, where the change is as long as it may be."""
    import torch

    from trickcore.attacks.balls import Linf
    from trickcore.attacks.loop import device_of, evaluate

    x, y = classifier.read(original), classifier.read(saved)
    mask, attack = recipe.attack_on(x)
    loss = recipe.loss(int(answers(classifier, x.unsqueeze(0))[0].argmax()))  # which may be no number, too
    both = torch.stack([x, y]).to(device_of(classifier.net, x))
    rng = torch.Generator().manual_seed(recipe.seed)
    grads = evaluate(classifier.net, both, loss, attack.views, rng).grad.cpu()
    movable = mask.expand_as(x) > 0
    dead = max(float((~(grad[movable].isfinite() & (grad[movable] != 0))).float().mean()) for grad in grads)
    descent, delta = -grads[1].nan_to_num(0.0, 0.0, 0.0), y - x
    if isinstance(attack.ball, Linf):
        blocked = _without_room(x, y, descent, attack.ball.eps)[movable & (descent != 0)]
        share = float(blocked.float().mean()) if len(blocked) else 0.0
    else:
        edge = float(attack.ball.norm(delta.unsqueeze(0))) >= 0.97 * attack.ball.eps
        share = max(0.0, _cosine((descent * mask).flatten(), delta.flatten())) if edge else 0.0
    return GradientCheck(dead, share, masks.share(mask))


def _without_room(x: Tensor, y: Tensor, descent: Tensor, eps: float) -> Tensor:
    """Which values of y cannot go that way by half a level, within eps of x and from black to white."""
    import torch

    up, down = torch.minimum(x + eps, torch.ones(())) - y, y - torch.maximum(x - eps, torch.zeros(()))
    return torch.where(descent > 0, up, down) <= 0.5 / 255


def _cosine(a: Tensor, b: Tensor) -> float:
    size = float(a.norm() * b.norm())
    return float(a @ b) / size if size else 0.0
