"""Inside a real Lightning training: what ConfusedInputs writes, and that it changes nothing else."""

from __future__ import annotations

import importlib
import io
import random
import sys
import warnings
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from lightning.pytorch.strategies import FSDPStrategy
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from trickcore.lightning import ConfusedInputs
from trickcore.networks.small_net import SmallNet

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:The number of training batches"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec"),
    pytest.mark.filterwarnings("ignore:Found 1 module.s. in eval mode"),
]

N = 40
rng = np.random.default_rng(2)
X = torch.from_numpy(rng.uniform(0, 1, (N, 1, 28, 28)).astype(np.float32))
COLOURS = torch.from_numpy(rng.uniform(0, 1, (N, 3, 10, 20)).astype(np.float32))
Y = torch.from_numpy(rng.integers(0, 10, N))
ALL = 1e9  # a margin under which every input is confused


class Taught(LightningModule):
    """Anyone's own module: a net, a loss, an optimizer; it notes how it was asked."""

    def __init__(self, net: nn.Module | None = None, lr: float = 0.05) -> None:
        super().__init__()
        self.net, self.lr = net or SmallNet(), lr
        self.asked: list[tuple[bool, torch.dtype]] = []

    def forward(self, x):
        logits = self.net(x)
        self.asked.append((self.training, logits.dtype))
        return logits

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.cross_entropy(self.net(x), y)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.lr)


class Restless(nn.Module):
    """All that a look can disturb: chance, running statistics, and a part that is not in training."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(1)
            self.start = nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 4, 4, 4), nn.Dropout(0.5))
            self.frozen = nn.BatchNorm2d(4).eval()
            self.end = nn.Linear(4 * 49, 10)

    def forward(self, x):
        x = x + 0.1 * torch.rand_like(x) + 0.1 * np.random.rand() + 0.1 * random.random()
        return self.end(self.frozen(self.start(x)).flatten(1))


class Watch(Callback):
    """Notes what a training step may not find changed, before and after the callback between two of it."""

    def __init__(self) -> None:
        self.notes: list[tuple] = []

    def on_train_batch_end(self, trainer, pl_module, *_) -> None:
        self.notes.append(
            (
                [module.training for module in pl_module.modules()],
                [parameter.grad.sum().item() for parameter in pl_module.parameters()],
                torch.get_rng_state().tolist(),
                random.getstate(),
                torch.is_grad_enabled(),
            )
        )


def fit(module, *callbacks, logger, x=X, y=Y, batch=8, shuffle=False, **settings) -> Trainer:
    data = TensorDataset(x) if y is None else TensorDataset(x, y)
    defaults = {"max_epochs": 1, "accelerator": "cpu", "num_sanity_val_steps": 0}
    trainer = Trainer(
        callbacks=list(callbacks),
        logger=logger,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **{**defaults, **settings},
    )
    trainer.fit(module, DataLoader(data, batch, shuffle=shuffle))
    return trainer


def board(path) -> TensorBoardLogger:
    return TensorBoardLogger(path, name="", version="")


def events_in(path) -> EventAccumulator:
    events = EventAccumulator(str(path), size_guidance={"images": 0, "tensors": 0})
    return events.Reload()


def pictures(path) -> list[tuple[str, int, np.ndarray]]:
    """(tag, step, pixels) of every picture in TensorBoard's files, as its page would show them."""
    events = events_in(path)
    return [
        (tag, event.step, np.array(Image.open(io.BytesIO(event.encoded_image_string))))
        for tag in events.Tags()["images"]
        for event in events.Images(tag)
    ]


def texts(path) -> list[tuple[str, int, str]]:
    events = events_in(path)
    return [
        (tag.removesuffix("/text_summary"), event.step, event.tensor_proto.string_val[0].decode())
        for tag in events.Tags()["tensors"]
        for event in events.Tensors(tag)
    ]


def whole(values: torch.Tensor, times: int) -> np.ndarray:
    """A picture (C, H, W) in [0, 1] as 8-bit RGB with every pixel repeated, by numpy."""
    levels = np.rint(values.numpy().astype(np.float64) * 255).astype(np.uint8)
    rgb = np.broadcast_to(levels.transpose(1, 2, 0), (*levels.shape[1:], 3))
    return np.kron(rgb, np.ones((times, times, 1), np.uint8))


def test_pictures_are_logged_at_every_second_step_as_often_as_asked_and_no_larger_than_needed(tmp_path):
    fit(Taught(), ConfusedInputs(every=2, margin=ALL, most=3), logger=board(tmp_path))
    seen = pictures(tmp_path)
    assert sorted(step for _, step, _ in seen) == [2, 2, 2, 4, 4, 4]
    assert {pixels.shape for _, _, pixels in seen} == {(140, 3 * 140 + 2 * 8, 3)}
    assert all(tag.startswith("confused inputs/") for tag, _, _ in seen)


def test_the_batches_are_counted_over_the_epochs_so_that_short_epochs_are_seen_too(tmp_path):
    watched = ConfusedInputs(every=3, margin=ALL, most=1)
    fit(Taught(), watched, logger=board(tmp_path), batch=20, max_epochs=3)
    assert sorted(step for _, step, _ in pictures(tmp_path)) == [3, 6]


def test_the_inputs_it_was_least_sure_of_are_logged_the_closest_first_and_told_by_number(tmp_path):
    module = Taught(lr=0.0)  # it stays as it was, so that its logits can be had here
    with torch.no_grad():
        logits = module.net(X).numpy().astype(np.float64)
    order = np.argsort(-logits, axis=1)
    gaps = -np.diff(np.take_along_axis(logits, order, axis=1)[:, :2])[:, 0]
    margin = float(np.quantile(gaps, 0.3))
    fit(module, ConfusedInputs(every=2, margin=margin, most=3), logger=board(tmp_path))
    shown, said = [], []
    for step in (2, 4):
        start = 8 * (step - 1)
        closest = np.argsort(gaps[start : start + 8])[:3]
        for i in (start + closest)[gaps[start + closest] < margin]:
            names = f"{order[i, 0]} or {order[i, 1]}"
            tag = f"confused inputs/{names}"
            shown.append((tag, step, whole(X[i], 5).tobytes()))
            said.append((tag, step, f"input {i - start}: {names}, margin {gaps[i]:.2g}; label {Y[i]}"))
    assert 0 < len(shown) < 6  # the margin leaves some out
    seen = [(tag, step, pixels[:, :140].tobytes()) for tag, step, pixels in pictures(tmp_path)]
    read = [(tag, step, text.partition(". ")[0]) for tag, step, text in texts(tmp_path)]
    by_tag = partial(sorted, key=lambda entry: entry[0])  # sorted keeps the order within a tag
    assert by_tag(seen) == by_tag(shown)
    assert by_tag(read) == by_tag(said)


def test_classes_go_by_their_names_where_these_are_given(tmp_path):
    names = [f"digit {'abcdefghij'[i]}" for i in range(10)]
    fit(Taught(), ConfusedInputs(1, ALL, 1, tag="torn", labels=names), logger=board(tmp_path), max_steps=1)
    ((tag, _, text),) = texts(tmp_path)
    assert tag == pictures(tmp_path)[0][0]
    assert tag.startswith("torn/digit ")
    assert " or digit " in tag
    assert "; label digit " in text


def test_colour_pictures_are_shown_in_their_colours(tmp_path):
    net = nn.Sequential(nn.Flatten(), nn.Linear(600, 10))
    fit(Taught(net), ConfusedInputs(5, ALL, 8), logger=board(tmp_path), x=COLOURS)
    seen = [pixels for *_, pixels in pictures(tmp_path)]
    assert {pixels.shape for pixels in seen} == {(140, 3 * 280 + 2 * 8, 3)}
    tiles = sorted(pixels[:, :280].tobytes() for pixels in seen)
    assert tiles == sorted(whole(image, 14).tobytes() for image in COLOURS[32:])


def test_normalised_pictures_are_shown_from_their_own_darkest_to_their_brightest(tmp_path):
    x = (X - 0.5) / 0.25
    fit(Taught(), ConfusedInputs(5, ALL, 1), logger=board(tmp_path), x=x[-1:].repeat(N, 1, 1, 1))
    ((_, _, pixels),) = pictures(tmp_path)
    spread = (X[-1] - X[-1].min()) / (X[-1].max() - X[-1].min())
    assert np.abs(pixels[:, :140].astype(int) - whole(spread, 5)).max() <= 1


def test_pictures_of_other_than_one_or_three_channels_are_shown_by_their_mean(tmp_path):
    x = COLOURS[:8, [0, 1, 2, 0]]
    net = nn.Sequential(nn.Flatten(), nn.Linear(800, 10))
    fit(Taught(net), ConfusedInputs(1, ALL, 8), logger=board(tmp_path), x=x, y=Y[:8])
    seen = np.stack([pixels[:, :280] for *_, pixels in pictures(tmp_path)]).astype(int)
    mean = np.stack([whole(image.mean(0, keepdim=True), 14) for image in x]).astype(int)
    off = np.abs(seen[:, None] - mean).max((2, 3, 4))  # of each picture from each of the inputs
    assert (off <= 1).sum(0).tolist() == [1] * 8


def test_a_network_that_is_sure_leaves_nothing_to_log(tmp_path):
    fit(Taught(lr=0.0), ConfusedInputs(every=1, margin=1e-9), logger=board(tmp_path))
    assert not pictures(tmp_path)
    assert not texts(tmp_path)


def test_the_weights_are_the_same_bit_for_bit_with_and_without_it(tmp_path):
    def weights(*callbacks: Callback) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        np.random.seed(0)
        random.seed(0)
        module = Taught(Restless())
        fit(module, *callbacks, logger=board(tmp_path), shuffle=True, max_epochs=2)
        return module.state_dict()

    plain, watched = weights(), weights(ConfusedInputs(every=1, margin=ALL))
    assert len(pictures(tmp_path)) == 2 * 5 * 4
    assert all(torch.equal(plain[name], watched[name]) for name in plain)


def test_gradients_modes_and_chance_are_left_as_they_were(tmp_path):
    before, after = Watch(), Watch()
    fit(Taught(Restless()), before, ConfusedInputs(1, ALL), after, logger=board(tmp_path))
    assert before.notes == after.notes
    modes = before.notes[0][0]
    assert True in modes
    assert False in modes  # the part that was not in training is not put into it


def test_the_network_is_asked_in_evaluation_mode(tmp_path):
    module = Taught()
    fit(module, ConfusedInputs(every=5, margin=ALL), logger=board(tmp_path))
    assert [training for training, _ in module.asked] == [
        False,
        False,
    ]  # once for the logits, once for the gradients


def test_it_works_where_gradients_are_switched_off(tmp_path):
    class ByHand(Taught):
        """Steps by itself, and leaves gradients off between its steps."""

        automatic_optimization = False

        def training_step(self, batch, batch_idx):
            with torch.enable_grad():
                loss = super().training_step(batch, batch_idx)
                optimizer: Any = self.optimizers()
                optimizer.zero_grad()
                self.manual_backward(loss)
                optimizer.step()
            torch.set_grad_enabled(False)

    watch = Watch()
    try:
        fit(ByHand(), ConfusedInputs(5, ALL, 1), watch, logger=board(tmp_path))
    finally:
        torch.set_grad_enabled(True)
    assert not watch.notes[-1][-1]
    ((_, step, pixels),) = pictures(tmp_path)
    assert step == 5
    assert len(np.unique(pixels[:, 148:288].reshape(-1, 3), axis=0)) > 10  # a gradient, not a grey field


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("bf16-true", torch.bfloat16), ("bf16-mixed", torch.bfloat16), ("64-true", torch.float64)],
)
def test_the_network_is_asked_in_the_precision_it_is_trained_in(tmp_path, precision, dtype):
    module = Taught()
    fit(module, ConfusedInputs(5, ALL, 1), logger=board(tmp_path), precision=precision)
    assert module.asked == [(False, dtype)] * 2
    assert len(pictures(tmp_path)) == 1


class Unlabelled(Taught):
    def training_step(self, batch, batch_idx):
        return self.net(batch[0]).square().mean()


class Alone(Taught):
    """Its batches are pictures, and in no sequence."""

    def on_before_batch_transfer(self, batch, dataloader_idx):
        return batch[0]

    def training_step(self, batch, batch_idx):
        return self.net(batch).square().mean()


@pytest.mark.parametrize(
    ("module", "y"),
    [(Unlabelled(), None), (Alone(), None), (Taught(), F.one_hot(Y, 10).float())],
    ids=["none", "alone", "shares"],
)
def test_pictures_whose_classes_are_not_given_are_enough(tmp_path, module, y):
    fit(module, ConfusedInputs(5, ALL, 1), logger=board(tmp_path), y=y)
    ((_, _, text),) = texts(tmp_path)
    assert "label" not in text


def test_every_logger_that_takes_pictures_gets_them_and_the_others_are_passed_over(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    loggers = [CSVLogger(tmp_path / "csv"), board(one), board(other)]
    with warnings.catch_warnings(record=True) as said:
        fit(Taught(), ConfusedInputs(5, ALL, 2), logger=loggers)
    assert not [warning for warning in said if "ConfusedInputs" in str(warning.message)]
    assert len(pictures(one)) == 2
    assert [picture[:2] for picture in pictures(one)] == [picture[:2] for picture in pictures(other)]


def test_without_a_logger_that_takes_pictures_it_says_so_once_and_the_training_goes_on(tmp_path):
    for logger, name in ((CSVLogger(tmp_path), "CSVLogger"), (False, "none")):
        with pytest.warns(UserWarning, match=f"got {name}. Give the Trainer one: logger=Tensor") as said:
            trainer = fit(Taught(), ConfusedInputs(every=1), logger=logger)
        assert len([warning for warning in said if "ConfusedInputs" in str(warning.message)]) == 1
        assert trainer.global_step == 5


class Named(Taught):
    """Its batches have names."""

    def on_before_batch_transfer(self, batch, dataloader_idx):
        return {"x": batch[0], "y": batch[1]}

    def training_step(self, batch, batch_idx):
        return super().training_step((batch["x"], batch["y"]), batch_idx)


class Closed(Taught):
    """Has no forward of its own."""

    forward = LightningModule.forward


class Pair(Taught):
    def forward(self, x):
        return self.net(x), x


class Bytes(Taught):
    """Scales what it is given by itself."""

    def training_step(self, batch, batch_idx):
        return super().training_step((batch[0] / 255, batch[1]), batch_idx)


class Mapped(Taught):
    def forward(self, x):
        return self.net(x)[:, :, None, None]


class Cut(Taught):
    def forward(self, x):
        return self.net(x).detach()


@pytest.mark.parametrize(
    ("module", "x", "labels", "reason"),
    [
        (Named(), X, None, "got a dict"),
        (Unlabelled(nn.Linear(28, 10)), X[:, 0, 0], None, r"got \(8, 28\) in float32"),
        (Bytes(), (X * 255).byte(), None, r"in floats, .*got \(8, 1, 28, 28\) in uint8"),
        (Closed(), X, None, 'Closed. is missing the required "forward"'),
        (Pair(), X, None, "logits .N, K., got a tuple"),
        (Mapped(), X, None, r"logits .N, K., got \(8, 10, 1, 1\) in float32"),
        (Cut(), X, None, "gives no gradient"),
        (Taught(), X, ["cat", "dog"], "expected 10 labels, one a class, got 2"),
    ],
)
def test_what_cannot_be_shown_is_said_once_and_the_training_goes_on(tmp_path, module, x, labels, reason):
    with pytest.warns(UserWarning, match=f"ConfusedInputs shows nothing: .*{reason}") as said:
        trainer = fit(module, ConfusedInputs(1, ALL, labels=labels), logger=board(tmp_path), x=x)
    assert len([warning for warning in said if "ConfusedInputs" in str(warning.message)]) == 1
    assert trainer.global_step == 5
    assert module.training
    assert not pictures(tmp_path)


def test_a_network_in_parts_is_not_asked_by_one_process_alone():
    strategy = FSDPStrategy.__new__(FSDPStrategy)  # a whole one wants several GPUs
    trainer: Any = SimpleNamespace(is_global_zero=True, strategy=strategy, loggers=[])
    with pytest.warns(UserWarning, match="but FSDPStrategy splits it"):
        ConfusedInputs().on_train_start(trainer, Taught())


def test_only_the_first_process_looks():
    other: Any = SimpleNamespace(is_global_zero=False)  # to touch anything else of it would be an error
    ConfusedInputs(every=1).on_train_start(other, Taught())
    ConfusedInputs(every=1).on_train_batch_end(other, Taught(), None, (X, Y), 0)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"margin": 0.0}, "expected a margin above 0, got 0.0"),
        ({"margin": -0.5}, "expected a margin above 0, got -0.5"),
        ({"margin": float("nan")}, "expected a margin above 0, got nan"),
        ({"every": 0}, "expected a look after every 1 batch or more, got every=0"),
        ({"most": 0}, "expected at most 1 input or more a look, got most=0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, sentence):
    with pytest.raises(ValueError, match=sentence):
        ConfusedInputs(**setting)


def test_without_lightning_the_import_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning.pytorch", None)
    monkeypatch.delitem(sys.modules, "trickcore.lightning")
    with pytest.raises(ImportError, match="Run: pip install lightning tensorboard"):
        importlib.import_module("trickcore.lightning")
