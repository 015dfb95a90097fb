"""The attacks: one loop, what it is put together from, and the other methods.

`trick`, `apgd`, `fmn`, `pixels`, `square` and `hopskipjump` are each a generator of Steps for one picture;
`sticker` and `universal` make one change for many. A name is looked
up when it is asked for, so that what needs no torch does not wait for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trickcore.attacks.any_photo.settings import Sticker as Sticker
    from trickcore.attacks.any_photo.settings import Universal as Universal
    from trickcore.attacks.any_photo.sticker import sticker as sticker
    from trickcore.attacks.any_photo.universal import universal as universal
    from trickcore.attacks.auto_pgd import APGD as APGD
    from trickcore.attacks.auto_pgd import apgd as apgd
    from trickcore.attacks.hop_skip_jump import HopSkipJump as HopSkipJump
    from trickcore.attacks.hop_skip_jump import hopskipjump as hopskipjump
    from trickcore.attacks.loop import Attack as Attack
    from trickcore.attacks.loop import trick as trick
    from trickcore.attacks.minimum_norm import FMN as FMN
    from trickcore.attacks.minimum_norm import fmn as fmn
    from trickcore.attacks.sparse_pixels import Pixels as Pixels
    from trickcore.attacks.sparse_pixels import pixels as pixels
    from trickcore.attacks.square_search import Square as Square
    from trickcore.attacks.square_search import square as square

_NAMES = {
    "any_photo.settings": ["Sticker", "Universal"],
    "any_photo.sticker": ["sticker"],
    "any_photo.universal": ["universal"],
    "auto_pgd": ["APGD", "apgd"],
    "hop_skip_jump": ["HopSkipJump", "hopskipjump"],
    "loop": ["Attack", "trick"],
    "minimum_norm": ["FMN", "fmn"],
    "sparse_pixels": ["Pixels", "pixels"],
    "square_search": ["Square", "square"],
}
_WHERE = {name: module for module, names in _NAMES.items() for name in names}
__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)
