"""Digits to learn from and to be judged by: MNIST, and the small set that comes with scikit-learn."""

from __future__ import annotations

import os
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trickcore.language import _

if TYPE_CHECKING:
    from torch import Tensor

MEGABYTES = 12  # of MNIST as it is downloaded

_fetching = threading.Lock()


class DigitsError(RuntimeError):
    """Digits that cannot be had; the message is a sentence for a person."""


def mnist_root() -> Path:
    """Where MNIST is looked for: the folder MNIST_ROOT names, else one in torch's own cache."""
    if folder := os.environ.get("MNIST_ROOT"):
        return Path(folder)
    import torch

    return Path(torch.hub.get_dir()).parent / "mnist"


def fetch_mnist() -> Path:
    """Download MNIST, unless it is here, without loading it; the folder it is in.

    Touches no tensor, so a page's thread may call it, and who comes while it is downloaded waits for
    the same download. Raises DigitsError as `mnist` does.
    """
    from torchvision.datasets import MNIST

    root = mnist_root()
    with _fetching:
        if mnist_here():
            return root
        data = MNIST.__new__(MNIST)  # made whole it would load what it fetched
        data.root = str(root)
        try:
            data.download()
        except Exception as error:  # no network, or no leave to write
            raise DigitsError(
                _(
                    "MNIST is not in {folder}. Check the network connection, or set MNIST_ROOT to a folder "
                    "that has it. ({why})",
                    folder=str(root),
                    why=str(error),
                )
            ) from error
    return root


def mnist(train: bool, *, download: bool = False) -> tuple[Tensor, Tensor]:
    """MNIST (LeCun et al. 1998): pixels (N, 1, 28, 28) in [0, 1] and labels (N,).

    Raises DigitsError, with a sentence that says what to do, when it is not there or cannot be fetched.
    """
    from torchvision.datasets import MNIST

    root = fetch_mnist() if download else mnist_root()
    try:
        data = MNIST(str(root), train=train)
    except Exception as error:  # not there, or files cut short
        raise DigitsError(
            _(
                "MNIST is not in {folder}. Download it, or set MNIST_ROOT to a folder that has it. ({why})",
                folder=str(root),
                why=str(error),
            )
        ) from error
    return data.data.unsqueeze(1).float() / 255, data.targets


def mnist_here() -> bool:
    """Whether MNIST can be had without a download."""
    raw = mnist_root() / "MNIST" / "raw"
    kinds = ("images-idx3-ubyte", "labels-idx1-ubyte")
    return all((raw / f"{part}-{kind}").exists() for part in ("train", "t10k") for kind in kinds)


@cache
def small() -> tuple[Tensor, Tensor]:
    """scikit-learn's 1,797 real digits, 8 x 8, brought to MNIST's form: (N, 1, 28, 28) and labels (N,).

    Alpaydin and Kaynak 1998 (UCI, CC BY 4.0); they come in scikit-learn's package.
    """
    import torch
    from sklearn.datasets import load_digits

    found = load_digits()
    images = torch.from_numpy(np.asarray(found.images, np.float32) / 16).unsqueeze(1)
    grown = torch.nn.functional.interpolate(images, size=(20, 20), mode="bicubic", antialias=True)
    padded = torch.nn.functional.pad(grown.clamp(0, 1), [4] * 4)
    return (padded * 255).round() / 255, torch.from_numpy(np.asarray(found.target)).long()


def some(from_mnist: bool, count: int) -> tuple[Tensor, Tensor]:
    """The first so many of MNIST's test digits or of scikit-learn's. Raises DigitsError."""
    images, labels = mnist(train=False) if from_mnist else small()
    return images[:count], labels[:count]
