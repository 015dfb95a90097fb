"""Traits of a job: how urgent it is, how long, and what of its items may be let go.

A job without any is urgent if it is called for one result, and heavy if it streams many.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Traits:
    """What the workers need to know of a job besides the function itself."""

    heavy: Callable[..., bool]  # given the job's arguments: it waits behind all that is not
    length: Callable[..., float]  # given them too: about how many items
    thin: Callable[..., Any] | None = None  # an item, then them: once it is not the last
    shared: bool = True  # the same arguments give the same result, today and tomorrow


_TRAITS: dict[Callable[..., Any], Traits] = {}


def job(
    *,
    heavy: bool | Callable[..., bool] | None = None,
    length: Callable[..., float] | None = None,
    thin: Callable[..., Any] | None = None,
    shared: bool = True,
) -> Callable[[F], F]:
    """Gives a job its traits."""

    def given(fn: F) -> F:
        base = _plain(fn)
        urgent = base.heavy if heavy is None else heavy if callable(heavy) else _always(heavy)
        _TRAITS[fn] = Traits(urgent, length or base.length, thin, shared)
        return fn

    return given


def traits_of(fn: Callable[..., Any]) -> Traits:
    """The traits that a job was given, or those it has by its kind."""
    return _TRAITS.get(fn) or _plain(fn)


def findable(fn: object) -> bool:
    """Whether another process can find this function by its module and name."""
    if not inspect.isfunction(fn) or fn.__module__ == "__main__":
        return False
    return getattr(sys.modules.get(fn.__module__), fn.__name__, None) is fn


def _plain(fn: Callable[..., Any]) -> Traits:
    streams = inspect.isgeneratorfunction(fn)
    return Traits(_always(streams), _always(100.0 if streams else 1.0))


def _always(value: Any) -> Callable[..., Any]:
    return lambda *args, **kwargs: value
