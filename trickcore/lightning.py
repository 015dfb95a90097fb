"""Lightning: in anyone's own training, pictures of the inputs the network hesitates over.

    trainer = Trainer(logger=TensorBoardLogger("logs"), callbacks=[ConfusedInputs()])

After William Falcon's ConfusedLogitCallback in lightning-bolts, which no longer runs. It needs what
trickcore else does without: pip install lightning tensorboard
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from torch import Tensor, nn

from trickcore.explain.input_gradients import Confusion, confused, plane, strength
from trickcore.pictures.files import to_8bit
from trickcore.plots.gradients import strip

try:
    from lightning.pytorch import Callback, LightningModule, Trainer
    from lightning.pytorch.strategies import DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy
    from lightning.pytorch.utilities.seed import isolate_rng
except ImportError as error:
    raise ImportError(
        "trickcore.lightning needs Lightning and TensorBoard. Run: pip install lightning tensorboard"
    ) from error

# Each process holds a part of the network: one that asks it alone would wait for the others for ever.
_SPLIT = (DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy)


class ConfusedInputs(Callback):
    """Logs what the network cannot decide between, and what would decide it.

    After every `every` training batches, the inputs of the batch whose top two logits are within
    `margin`, the closest first and at most `most`, go to each logger whose experiment has `add_image`
    (TensorBoard's has). A picture is named `tag/4 or 9`, or by `labels`; from left to right it is the
    input, what would make it more of a 4, and what would make it more of a 9, where bright adds ink and
    dark takes it away. Which input it was, its margin and its label go to `add_text`.

    A batch is pictures (N, C, H, W), or a sequence that begins with them and may go on with labels (N,).
    The network is asked by `pl_module(x)`, in evaluation mode; the training is the same, bit for bit, as
    without. Where nothing can be shown, one warning says why and the training goes on.
    """

    def __init__(
        self,
        every: int = 20,
        margin: float = 0.1,
        most: int = 4,
        tag: str = "confused inputs",
        labels: Sequence[str] | None = None,
    ) -> None:
        if every < 1:
            raise ValueError(f"expected a look after every 1 batch or more, got every={every}")
        if not margin > 0:
            raise ValueError(f"expected a margin above 0, got {margin}: logits are hardly ever equal")
        if most < 1:
            raise ValueError(f"expected at most 1 input or more a look, got most={most}")
        self.every, self.margin, self.most = every, margin, most
        self.tag, self.labels = tag, labels
        self._warned = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """What cannot work is said at once, and not after `every` batches."""
        if trainer.is_global_zero:
            with self._warning():
                _experiments(trainer)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not trainer.is_global_zero or (trainer.fit_loop.total_batch_idx + 1) % self.every:
            return  # counted over all epochs: one may have fewer batches than `every`
        with isolate_rng(include_cuda=pl_module.device.type == "cuda"), self._warning():
            experiments = _experiments(trainer)
            x, y = _pictures_and_labels(batch)
            x = x.to(pl_module.device)
            with _evaluating(pl_module), trainer.precision_plugin.forward_context():
                found = confused(partial(self._logits, pl_module), x, y, margin=self.margin, most=self.most)
            for confusion in found:
                self._log(experiments, confusion, trainer.global_step)

    def _logits(self, pl_module: LightningModule, x: Tensor) -> Tensor:
        try:
            logits = pl_module(x)
        except NotImplementedError as error:
            raise _CannotShowError(f"pl_module(x) should be logits (N, K), but {error}") from error
        if not isinstance(logits, Tensor) or logits.ndim != 2 or logits.shape[1] < 2:
            raise _CannotShowError(f"expected pl_module(x) to be logits (N, K), got {_kind(logits)}")
        if self.labels is not None and len(self.labels) != logits.shape[1]:
            raise _CannotShowError(f"expected {logits.shape[1]} labels, one a class, got {len(self.labels)}")
        if x.requires_grad and not logits.requires_grad:
            raise _CannotShowError("pl_module(x) gives no gradient; its forward must not turn it off")
        return logits

    def _log(self, experiments: Sequence[Any], confusion: Confusion, step: int) -> None:
        first, second = self._name(confusion.first), self._name(confusion.second)
        tag = f"{self.tag}/{first} or {second}"
        image, gradients = _shown(confusion.image), confusion.gradients.float()
        planes = [plane(gradient) for gradient in gradients]
        pixels = strip(to_8bit(image), planes, strength(gradients))  # (H, W, 3)
        label = "" if confusion.label is None else f"; label {self._name(confusion.label)}"
        text = (
            f"input {confusion.index}: {first} or {second}, margin {confusion.margin:.2g}{label}. "
            f"Beside it: what would make it more of {first}, and more of {second}."
        )
        for experiment in experiments:
            experiment.add_image(tag, pixels, global_step=step, dataformats="HWC")
            if hasattr(experiment, "add_text"):
                experiment.add_text(tag, text, global_step=step)

    def _name(self, index: int) -> str:
        known = self.labels is not None and 0 <= index < len(self.labels)  # -1 may stand for no label
        return self.labels[index] if self.labels is not None and known else str(index)

    @contextmanager
    def _warning(self) -> Iterator[None]:
        try:
            yield
        except _CannotShowError as reason:
            if not self._warned:
                warnings.warn(f"ConfusedInputs shows nothing: {reason}", stacklevel=1)
            self._warned = True


class _CannotShowError(Exception):
    """No pictures can come of this batch or trainer; the message is a sentence for a person."""


@contextmanager
def _evaluating(net: nn.Module) -> Iterator[None]:
    """The net in evaluation mode, and then each of its modules in the mode it was in."""
    modes = [(module, module.training) for module in net.modules()]
    try:
        net.eval()
        yield
    finally:
        for module, training in modes:
            module.training = training


def _experiments(trainer: Trainer) -> list[Any]:
    """What takes pictures, of all that logs."""
    if isinstance(trainer.strategy, _SPLIT):
        name = type(trainer.strategy).__name__
        raise _CannotShowError(f"expected the whole network in each process, but {name} splits it")
    experiments = [getattr(logger, "experiment", None) for logger in trainer.loggers]
    takers = [experiment for experiment in experiments if hasattr(experiment, "add_image")]
    if not takers:
        names = ", ".join(type(logger).__name__ for logger in trainer.loggers) or "none"
        raise _CannotShowError(
            f"expected a logger that takes pictures, got {names}. "
            'Give the Trainer one: logger=TensorBoardLogger("logs")'
        )
    return takers


def _pictures_and_labels(batch: Any) -> tuple[Tensor, Tensor | None]:
    """Pictures (N, C, H, W), and labels (N,) if class numbers are what comes next."""
    x, y, *_ = (*batch, None, None) if isinstance(batch, (tuple, list)) else (batch, None)
    if not isinstance(x, Tensor) or x.ndim != 4 or not x.is_floating_point():
        raise _CannotShowError(
            "expected a batch of pictures (N, C, H, W) in floats, or a sequence that begins with them, "
            f"got {_kind(x)}"
        )
    numbers = isinstance(y, Tensor) and y.shape == x.shape[:1] and not y.is_floating_point()
    return x, y if numbers else None


def _shown(image: Tensor) -> Tensor:
    """Pixels (C, H, W) in [0, 1] with 1 or 3 channels, from values of any range and any channels."""
    image = image.float()
    if len(image) not in (1, 3):
        image = image.mean(0, keepdim=True)
    low, high = float(image.min()), float(image.max())
    return image if low >= 0 and high <= 1 else (image - low) / (high - low or 1)


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{tuple(value.shape)} in {str(value.dtype).removeprefix('torch.')}"
    return f"a {type(value).__name__}"
