"""Training, plain and adversarial, an epoch at a time."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trickcore.measure.accuracy import EPS, accuracy, right
    from trickcore.networks.small_net import SmallNet
    from trickcore.training.loops import Batches, Digits, harden, train
    from trickcore.training.records import Epoch

__all__ = ["EPS", "Batches", "Digits", "Epoch", "SmallNet", "accuracy", "harden", "right", "train"]

_WHERE = {
    "EPS": "measure.accuracy",
    "Epoch": "training.records",
    "SmallNet": "networks.small_net",
    "accuracy": "measure.accuracy",
    "right": "measure.accuracy",
}


def __getattr__(name: str) -> Any:
    """Looked up when it is asked for, since what trains needs torch and the records do not."""
    if name in __all__:
        return getattr(importlib.import_module(f"trickcore.{_WHERE.get(name, 'training.loops')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
