"""What a network looks at, and what lies all round a picture."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trickcore.explain.input_gradients import (
        Confusion,
        ask,
        climb,
        climbed,
        confused,
        dream,
        dreamt,
        gradients,
        more_of,
        plane,
        strength,
    )
    from trickcore.explain.records import Answer, Dream

__all__ = [
    "Answer",
    "Confusion",
    "Dream",
    "ask",
    "climb",
    "climbed",
    "confused",
    "dream",
    "dreamt",
    "gradients",
    "more_of",
    "plane",
    "strength",
]


def __getattr__(name: str) -> Any:
    """Looked up when it is asked for, since what computes needs torch and the records do not."""
    if name in __all__:
        return getattr(importlib.import_module("trickcore.explain.input_gradients"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
