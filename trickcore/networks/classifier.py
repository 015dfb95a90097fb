"""Classifier: a network that takes pixels in [0, 1] and hides the rest, ready to be asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trickcore.networks.card import AnswerError
from trickcore.pictures.files import read_image

if TYPE_CHECKING:
    from torch import Tensor

Net = Callable[["Tensor"], "Tensor"]  # pixels (N, C, H, W) -> logits (N, K)

_loads = count(1)


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A network ready to be asked, and to be tricked."""

    name: str
    net: Net
    labels: tuple[str, ...]  # K names; two of ImageNet's occur twice, so show the index too
    size: tuple[int, int]  # the (H, W) it was trained on
    channels: int = 3
    resize: int | None = None  # the short side before the centre is cropped to size
    interpolation: str = "bicubic"
    # Which network this is, to compare results by: the same for the same weights, where they are known;
    # else another for each. Never used again for another network, as a name or an address in memory is.
    identity: str = field(default_factory=lambda: f"load {next(_loads)}")

    def read(self, data: bytes) -> Tensor:
        """A picture file as this network was trained to see it: pixels (C, H, W) in [0, 1]."""
        return read_image(
            data,
            self.size,
            channels=self.channels,
            resize=self.resize,
            interpolation=self.interpolation,
        )


def probabilities(classifier: Classifier, x: Tensor) -> NDArray[np.float32]:
    """What the network says of pixels (N, C, H, W) in [0, 1]: (N, K), each row sums to 1.

    Raises AnswerError where a row is no numbers.
    """
    probs = answers(classifier, x)
    if np.isnan(probs).any():
        raise AnswerError
    return probs


def checked_answer(answer: Tensor) -> Tensor:
    """Logits or probabilities as they came. Raises AnswerError where one is NaN, or infinitely large, of
    which the softmax is NaN."""
    if not answer.max() < math.inf:  # what is compared with NaN is false
        raise AnswerError
    return answer


def answers(classifier: Classifier, x: Tensor) -> NDArray[np.float32]:
    """The same as `probabilities`, with rows of NaN where the network's answer is no number."""
    import torch

    net = classifier.net
    weights = net.parameters() if isinstance(net, torch.nn.Module) else iter(())
    home = next((weight.device for weight in weights), x.device)  # a net may have no weights
    with torch.no_grad():
        probs: NDArray[np.float32] = net(x.to(home)).softmax(1).cpu().numpy()
    return probs


def answer(classifier: Classifier, x: Tensor) -> int:
    """The class that the network finds likeliest for pixels (C, H, W)."""
    return int(probabilities(classifier, x.unsqueeze(0))[0].argmax())
