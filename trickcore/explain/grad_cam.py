"""Where a network looks: how much each part of a picture speaks for a class, through captum.

Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391), each place with its own gradient (HiResCAM, Draelos and
Carin 2020, arXiv:2011.08891): the same number wherever the maps are averaged at the end, as in most
networks, and the right one also where they are not, as in ours for digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trickcore.language import _
from trickcore.networks.classifier import Classifier, Net
from trickcore.pictures.files import Pixels, to_8bit

if TYPE_CHECKING:
    from torch import Tensor, nn

Map = NDArray[np.float32]  # (H, W), in points of the class's score (logit)


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Where a network looks for some classes, in a picture before and after it was changed."""

    before: Pixels  # as the network saw it
    after: Pixels
    classes: tuple[int, ...]
    maps: NDArray[np.float32]  # (len(classes), 2, H, W): before and after, never below 0
    grid: tuple[int, int]  # the places (h, w) the network tells apart where it was asked
    scale: float  # the one scale of all maps: their largest value, 1 where all are 0

    def difference(self, which: int) -> Map:
        """After less before, for the class at this place in `classes`."""
        change: Map = self.maps[which, 1] - self.maps[which, 0]
        return change

    def overlap(self, which: int) -> float:
        """How far both maps of a class lie on the same places: 1 all, 0 not at all (or nowhere)."""
        before, after = self.maps[which].astype(np.float64)
        size = np.linalg.norm(before) * np.linalg.norm(after)
        return float((before * after).sum() / size) if size else 0.0


def looks(classifier: Classifier, original: bytes, saved: bytes, classes: Sequence[int]) -> Looks:
    """Where the network looks for each class, in two picture files. Raises ImageError, and ValueError
    with a sentence for a person when the network keeps no map of the picture, as a transformer."""
    import torch

    x = torch.stack([classifier.read(original), classifier.read(saved)])
    found = [_weighed(classifier.net, x, k) for k in classes]
    maps = torch.stack([_resized(coarse, classifier.size) for coarse in found]).numpy()
    height, width = found[0].shape[-2:]
    scale = float(maps.max()) or 1.0
    return Looks(to_8bit(x[0]), to_8bit(x[1]), tuple(classes), maps, (height, width), scale)


def heatmap(net: Net, x: Tensor, label: int) -> Tensor:
    """Grad-CAM of pixels (N, C, H, W) for a class: (N, H, W), at least 0, on the CPU.

    The network's last maps (N, K, h, w) are added up, weighed by the gradient of the class's logit in
    them; what is below 0 is cut off and the rest resized to the picture. Before the cut the places of a
    network of ReLUs add up to the logit less what biases give it. Raises ValueError as `looks` does.
    """
    return _resized(_weighed(net, x, label), (x.shape[-2], x.shape[-1]))


def _weighed(net: Net, x: Tensor, label: int) -> Tensor:
    """Grad-CAM at the network's own resolution, (N, 1, h, w)."""
    from captum.attr import LayerGradientXActivation

    from trickcore.attacks.loop import device_of

    x = x.to(device_of(net, x)).detach()
    layer, at_input = _last_spatial(net, x[:1])
    weighed = LayerGradientXActivation(net, layer)
    maps: Tensor = weighed.attribute(  # frozen weights: only an input that asks for it carries a gradient
        x.requires_grad_(), label, attribute_to_layer_input=at_input
    )
    return maps.detach().cpu().sum(1, keepdim=True).clamp_min(0).contiguous()


def _resized(coarse: Tensor, size: tuple[int, int]) -> Tensor:
    from captum.attr import LayerAttribution

    full: Tensor = LayerAttribution.interpolate(coarse, size, "bilinear")
    return full[:, 0]


def _last_spatial(net: Net, x: Tensor) -> tuple[nn.Module, bool]:
    """The layer at the end of what still is a map, and whether its input is meant, not its output.

    The input counts too: what a network adds or joins by a function, as a residual or an inception
    block does once it was traced, is no layer's output but the next layer's input.
    """
    import torch
    from torch import Tensor, nn

    found: list[tuple[nn.Module, bool]] = []

    def watch(layer: nn.Module, given: tuple[object, ...], made: object) -> None:
        for tensor, is_input in ((given[0] if given else None, True), (made, False)):
            if not isinstance(tensor, Tensor):
                continue
            if tensor.dim() == 4 and min(tensor.shape[2:]) > 1:
                found[:] = [(layer, is_input)]
            elif tensor.dim() == 3:  # a row of tokens: the map was given up, what came before is no end
                found.clear()

    parts = (
        [part for part in net.modules() if not list(part.children())] if isinstance(net, nn.Module) else []
    )
    hooks = [part.register_forward_hook(watch) for part in parts]
    try:
        with torch.no_grad():
            net(x)
    finally:
        for hook in hooks:
            hook.remove()
    if not found:
        raise ValueError(
            _(
                "This network keeps no map of the picture up to its end, as transformers do not, so Grad-CAM "
                "cannot say where it looks. Choose a convolutional network, for example EfficientNet-Lite0."
            )
        )
    return found[0]
