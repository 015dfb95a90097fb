"""Recipes: a run's settings in the words of the page, and the attack they stand for."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from trickcore.attacks import masks
from trickcore.pictures.drawing import Stroke
from trickcore.pictures.origins import kind_of
from trickcore.runs.fields import EPSILONS as EPSILONS
from trickcore.runs.fields import FIELDS
from trickcore.runs.methods import GRADIENT, METHODS, Method

if TYPE_CHECKING:  # settings need no torch; the attack does, when it is built
    from torch import Tensor

    from trickcore.attacks.loop import Attack
    from trickcore.attacks.losses import Aim

Norm = Literal["linf", "l2", "l1", "l0"]

KING_PENGUIN = 145


@dataclass(frozen=True, slots=True)
class Recipe:
    """One run's settings. Epsilon and step size are in grey levels of 255, as people see them.

    Raises ValueError, with a sentence, for a value that makes no sense: what each field may be stands in
    `fields.FIELDS`.
    """

    network: str = "efficientnet-lite0"
    target: int | None = KING_PENGUIN  # None: stop being what it is
    eps: float = 2.0
    steps: int = 30
    alpha: float | None = None  # None: automatic
    norm: Norm = "linf"
    raw: bool = False
    momentum: float = 0.0
    random_start: bool = False
    seed: int = 0
    stop_at: float | None = None
    mask: str = "everywhere"  # one of masks.MASKS: which pixels may move
    painted: tuple[Stroke, ...] = ()  # the mask "painted"
    views: int = 0  # random views a step (EOT); 0: the picture as it is
    method: str = GRADIENT  # one of methods.METHODS, which says what of all this it reads
    pixels: int = 20  # that may change, with the method "pixels"
    questions: int = 2000  # a method that only asks may ask
    start: str = ""  # the picture that the method "hopskipjump" begins at; empty: one is looked for

    def __post_init__(self) -> None:
        for name, field in FIELDS.items():
            field.check(getattr(self, name))
        if self.how.reads("norm") and self.norm not in self.how.norms:
            raise ValueError(
                f"{self.how.title} knows the norms {' and '.join(self.how.norms)}, got {self.norm!r}."
            )
        if self.start not in ("", "file") and kind_of(self.start)[0] not in ("sample", "digit"):
            raise ValueError(f"start is {FIELDS['start'].expected}, got {self.start!r}.")
        if not isinstance(self.painted, tuple):  # a list of strokes is taken too
            object.__setattr__(self, "painted", tuple(self.painted))

    @property
    def how(self) -> Method:
        """The method."""
        return METHODS[self.method]

    @property
    def length(self) -> int:
        """How long a run is at most: steps, or questions where a method only asks."""
        return self.questions if self.how.asks else self.steps

    def followed(self) -> Recipe:
        """The same by the method "gradient", for what is only known of that one."""
        return replace(self, method=GRADIENT, norm=self.norm if self.norm in ("linf", "l2") else "linf")

    @property
    def step_size(self) -> float:
        """Grey levels a step: 2.5 eps / steps (Madry et al. 2018), unless set by hand.

        With the raw gradient it is a learning rate, 40 times that: on photographs the gradient of
        -log p is about 1/40 nat a value (measured on the embedded network), so a typical value
        walks as far as it would with sign steps.
        """
        if self.alpha is not None:
            return self.alpha
        return 2.5 * self.eps / self.steps * (40 if self.raw else 1)

    def values(self, shape: tuple[int, ...]) -> int:
        """How many values of 8-bit pixels (H, W) or (H, W, 3) may move."""
        size = shape[0], shape[1]
        share = 1.0 if self.mask == "everywhere" else masks.share_of(self.mask, size, self.painted)
        return round(share * size[0] * size[1]) * math.prod(shape[2:])

    def attack(self, values: int) -> Attack:
        """The attack on a picture in which so many values may move (C x H x W, fewer under a mask).

        Under L2, epsilon is the root mean square move of a value that may move, so the ball's radius
        is eps sqrt(values) and one slider speaks one language.
        """
        from trickcore.attacks.balls import L2, Linf
        from trickcore.attacks.loop import Attack
        from trickcore.attacks.views import as_is, photographs

        scale = math.sqrt(values) / 255 if self.norm == "l2" else 1 / 255
        ball = (L2 if self.norm == "l2" else Linf)(self.eps * scale, raw=self.raw)
        return Attack(
            ball,
            alpha=self.step_size * (1 / 255 if self.raw else scale),
            steps=self.steps,
            random_start=self.random_start,
            momentum=self.momentum,
            stop_at=self.stop_at,
            views=photographs(self.views) if self.views else as_is,
        )

    def attack_on(self, x: Tensor) -> tuple[Tensor, Attack]:
        """Which pixels (C, H, W) may move, as a mask (1, H, W), and the attack on them."""
        mask = masks.mask(self.mask, (x.shape[-2], x.shape[-1]), self.painted)
        return mask, self.attack(masks.values(mask, x))

    def loss(self, original: int) -> Aim:
        """What the attack lowers, given what the network said of the untouched picture."""
        from trickcore.attacks.losses import away_from, towards

        return away_from(original) if self.target is None else towards(self.target)


PHOTOS = Recipe()  # where the controls stand at first, and the terminal without options
DIGITS = Recipe(network="digits-standard", target=8, eps=76.5)


def default(name: str) -> Any:
    """What a Recipe has where nothing is given."""
    return getattr(PHOTOS, name)


def __getattr__(name: str) -> Any:
    """The stories, which stood here in version 0.1."""
    if name in ("Story", "STORIES", "BY_NAME"):
        from trickcore.runs import stories

        return getattr(stories, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
