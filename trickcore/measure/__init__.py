"""What was reached: distances, verdicts, and how often a trick holds."""

from trickcore.measure.verdict import (
    Change,
    Outcome,
    Reading,
    Verdict,
    compare,
    convincing,
    own_epsilon,
    probabilities,
    read,
    related,
    verdict,
)

__all__ = [
    "Change",
    "Outcome",
    "Reading",
    "Verdict",
    "compare",
    "convincing",
    "own_epsilon",
    "probabilities",
    "read",
    "related",
    "verdict",
]
