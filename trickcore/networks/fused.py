"""Batch norms folded into the convolutions before them: the same logits in two thirds of the time.

A network that is no longer trained multiplies by one number and adds another in each channel of a
batch norm; the convolution that made the channel can do both at once. Which convolution that is, one
recorded pass tells, so nothing has to be traced and the network keeps its own modules.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.overrides import TorchFunctionMode

from trickcore.networks.sources.vision import layers

# Of these very types: a subclass may make its weights anew in each pass, as weight standardisation does.
CONVOLUTIONS = (nn.Conv2d, layers.Conv2dSame)
BATCH_NORMS = (nn.BatchNorm2d, layers.BatchNormAct2d)
SAME = 1e-3  # logits part by less than this share of the largest, or nothing is folded (rounding: 1e-6)

log = logging.getLogger(__name__)


def fold(body: nn.Module, size: tuple[int, int], name: str) -> nn.Module:
    """The same network with batch norms folded where that is certain, in place; `body` is in eval mode.

    Logs once how many were folded, and why where none could be: a network that cannot be run on a
    picture of this size (H, W), or whose logits would change, is given back as it came.
    """
    if not any(isinstance(layer, BATCH_NORMS) for layer in body.modules()):
        log.info("%s: no batch norm to fold", name)
        return body
    like = next(body.parameters())
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(1, 3, *size, generator=rng).to(like)
    try:
        with torch.no_grad():
            pairs, ran, before = _recorded(body, x)
            undo = [_replace(body, conv, bn) for conv, bn in pairs]
            after = body(x)
    except Exception as error:  # whatever its code does: it may still read the pictures it was made for
        log.warning("%s: no batch norm folded, since it could not be run: %r", name, error)
        return body
    if pairs and not (after - before).abs().max() <= SAME * before.abs().max():
        for put_back in undo:
            put_back()
        log.warning("%s: no batch norm folded, since its logits would change", name)
        return body
    log.info("%s: %d of %d batch norms folded", name, len(pairs), ran)
    return body


class _Uses(TorchFunctionMode):
    """How often each tensor was given to a function that makes a tensor or changes one."""

    def __init__(self) -> None:
        super().__init__()
        self.of: Counter[int] = Counter()
        self.kept: list[object] = []  # alive, so that no number is given to a second tensor

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        made = func(*args, **kwargs)
        if made is None or (isinstance(made, Tensor | tuple | list) and not isinstance(made, torch.Size)):
            given = _tensors([*args, *kwargs.values()])
            self.of.update(id(tensor) for tensor in given)
            self.kept.append((given, made))
        return made


def _recorded(body: nn.Module, x: Tensor) -> tuple[list[tuple[nn.Conv2d, nn.BatchNorm2d]], int, Tensor]:
    """Each convolution whose output one batch norm reads and nothing else, with that batch norm; how
    many batch norms ran; the logits."""
    uses, runs = _Uses(), Counter[nn.Module]()
    made: dict[int, nn.Conv2d] = {}  # a tensor's number: the convolution it came from
    read: dict[nn.BatchNorm2d, int] = {}  # a batch norm: the number of the tensor it was given

    def watch(layer: nn.Module, given: tuple[Any, ...], out: Any) -> None:
        runs[layer] += 1
        uses.kept.append((given, out))
        if isinstance(layer, nn.BatchNorm2d):
            read[layer] = id(given[0])
        elif isinstance(layer, nn.Conv2d) and type(layer) in CONVOLUTIONS:
            made[id(out)] = layer

    watched = [layer for layer in body.modules() if isinstance(layer, (*CONVOLUTIONS, *BATCH_NORMS))]
    hooks = [layer.register_forward_hook(watch) for layer in watched]
    try:
        with uses:
            logits = body(x)
    finally:
        for hook in hooks:
            hook.remove()
    shown = {id(tensor) for tensor in _tensors([logits])}
    pairs = [
        (made[number], bn)
        for bn, number in read.items()
        if type(bn) in BATCH_NORMS
        and bn.track_running_stats
        and number in made
        and number not in shown
        and uses.of[number] == runs[bn] == runs[made[number]] == 1
    ]
    return pairs, sum(isinstance(layer, BATCH_NORMS) for layer in runs), logits


def _tensors(values: Sequence[Any]) -> list[Tensor]:
    """All tensors in a list, and in the lists and dicts that it holds."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, tuple | list):
            found += _tensors(value)
        elif isinstance(value, dict):
            found += _tensors(list(value.values()))
    return found


def _replace(body: nn.Module, conv: nn.Conv2d, bn: nn.BatchNorm2d) -> Callable[[], None]:
    """Put the folded convolution in the place of the first, the activation in that of the second (timm's
    batch norm brings one along); what is given back undoes it."""
    rest = nn.Sequential(bn.drop, bn.act) if isinstance(bn, layers.BatchNormAct2d) else nn.Identity()
    new: dict[nn.Module, nn.Module] = {conv: fuse_conv_bn_eval(conv, bn), bn: rest}
    places = [
        (parent, name, child)
        for parent in body.modules()
        for name, child in parent.named_children()
        if child in new
    ]
    for parent, name, child in places:
        setattr(parent, name, new[child])

    def put_back() -> None:
        for parent, name, child in places:
            setattr(parent, name, child)

    return put_back
