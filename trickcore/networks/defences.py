"""Defences: what is done to a picture before a network sees it, by name and strength.

What each does is in defence_transforms.py; how an attack takes it into account, in measure/defended.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trickcore.language import _, later

if TYPE_CHECKING:
    from torch import Generator, Tensor


@dataclass(frozen=True, slots=True)
class Defence:
    """One way to treat a picture first. Called with pixels (N, C, H, W) in [0, 1], it gives such pixels."""

    name: str
    title: str
    help: str
    strength: float
    choices: tuple[float, ...]  # strengths from gentle to harsh
    unit: str = "{:g}"  # how a strength is written
    on_digits: float | None = None  # the strength for digits, where it is another
    differentiable: bool = True
    random: bool = False

    def __post_init__(self) -> None:
        low, high = min(self.choices), max(self.choices)
        if not low <= self.strength <= high:
            raise ValueError(
                f"expected a strength of {self.name} from {low:g} to {high:g}, got {self.strength:g}"
            )

    def __call__(self, x: Tensor, rng: Generator | None = None) -> Tensor:

        from trickcore.networks import defence_transforms

        return defence_transforms.APPLY[self.name](x, self.strength, rng)

    def at(self, strength: float) -> Defence:
        """The same defence, gentler or harsher. Raises ValueError outside of its choices' range."""
        return replace(self, strength=strength)

    def told(self) -> str:
        """The strength in words; empty where there is nothing to set."""
        return _(self.unit).format(self.strength)


DEFENCES = (
    Defence("none", later("No defence"), later("The picture as it is."), 0.0, (0.0,), ""),
    Defence(
        "blur",
        later("Blur"),
        later(
            "Each pixel becomes a weighted mean of its neighbours, which smears fine grain away. The "
            "strength is the width of the smear (sigma), in pixels."
        ),
        1.0,
        (0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0),
        later("sigma {:g}"),
    ),
    Defence(
        "median",
        later("Median"),
        later(
            "Each value becomes the middle one of those around it, in a square of so many pixels a side. "
            "Single pixels that stick out vanish, edges stay."
        ),
        3.0,
        (3.0, 5.0, 7.0),
        "{0:g} × {0:g}",
    ),
    Defence(
        "jpeg",
        "JPEG",
        later(
            "Saved as a JPEG and opened again: the format throws away fine detail that an eye does not miss. "
            "The strength is the quality, from 1 to 100; lower throws away more."
        ),
        90.0,
        (95.0, 90.0, 75.0, 50.0, 30.0, 20.0, 10.0),
        later("quality {:g}"),
        differentiable=False,
    ),
    Defence(
        "bits",
        later("Fewer grey levels"),
        later(
            "Each colour is rounded to a few levels: 3 bits are 8 levels, 1 bit is black or white (feature "
            "squeezing, Xu et al. 2018)."
        ),
        3.0,
        (6.0, 5.0, 4.0, 3.0, 2.0, 1.0),
        later("{:g}-bit"),
        on_digits=1.0,
        differentiable=False,
    ),
    Defence(
        "rotation",
        later("Random turn"),
        later(
            "Turned by a random angle, another one every time the network looks. The strength is the largest "
            "angle."
        ),
        10.0,
        (2.0, 5.0, 10.0, 15.0, 20.0),
        later("up to {:g}°"),
        random=True,
    ),
)
BY_NAME = {defence.name: defence for defence in DEFENCES}
