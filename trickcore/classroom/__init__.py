"""A class: its lesson, challenges, pupils, hand-ins and questions, kept in a database."""

from __future__ import annotations

import importlib
from typing import Any

OLD = frozenset({"Lesson", "Pupil", "Scene", "Torn"})  # of the module that was called so in version 0.1


def __getattr__(name: str) -> Any:
    """The training that is watched, which stood here in version 0.1."""
    if name not in OLD:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("trickcore._old_names").moved("classroom"), name)
