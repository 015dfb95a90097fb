"""timm and torchvision without torch's compiler: a network loads in half the time, with 100 MB less.

Both import `torch._dynamo` for a function or two that only matter to `torch.compile`. Here these import it
when they are called.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any

import torch

COMPILER = "torch._dynamo.utils"


@contextmanager
def without_compiler() -> Iterator[None]:
    """What is imported in it takes stand-ins for the two functions; these call the real ones."""
    if COMPILER in sys.modules:
        yield
        return

    def is_compile_supported(device_type: Any) -> Any:
        from torch._dynamo.utils import is_compile_supported as real

        return real(device_type)

    def disable(fn: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(fn)
        def called(*args: Any, **options: Any) -> Any:
            return real_disable(fn)(*args, **options)

        return called

    real_disable: Callable[..., Any] = torch.compiler.disable
    stand_in = ModuleType(COMPILER)
    stand_in.is_compile_supported = is_compile_supported  # type: ignore[attr-defined]
    sys.modules[COMPILER] = stand_in
    torch.compiler.disable = disable  # type: ignore[assignment]
    try:
        yield
    finally:
        torch.compiler.disable = real_disable
        if sys.modules.get(COMPILER) is stand_in:
            del sys.modules[COMPILER]


with without_compiler():
    import timm as timm
    from timm import layers as layers
    from torchvision import models as models
