"""What a network looks at, and what lies all round a picture."""

from trickcore.explain.input_gradients import (
    Answer,
    Confusion,
    Dream,
    ask,
    climb,
    climbed,
    confused,
    dream,
    dreamt,
    gradients,
    more_of,
    picture,
    plane,
    strength,
    strip,
)

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
    "picture",
    "plane",
    "strength",
    "strip",
]
