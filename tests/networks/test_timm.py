"""timm's networks by name, through Hugging Face's own cache, from files that these tests write into it.

No weights can be downloaded in a test, so the files hold random ones of the right shapes; a server on this
machine stands for the hub where a download is what is tested.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from tests.helpers import ROOT
from trickcore import (
    Attack,
    Classifier,
    Linf,
    WeightsError,
    catalogue,
    fetch,
    labels_of,
    load,
    towards,
    trick,
)
from trickcore.networks import catalogue as cards
from trickcore.networks.catalogue import card_of, imagenet_labels, known, near, timm_names
from trickcore.networks.sources import timm_cards, timm_networks
from trickcore.pictures.samples import sample

pytestmark = pytest.mark.network
# Small ones: a network of convolutions, a transformer, ConvNeXt, each with another size of picture.
TINY = {
    "timm/test_resnet.r160_in1k": (160, 160),
    "timm/test_vit.r160_in1k": (160, 160),
    "timm/test_convnext.r160_in1k": (160, 160),
    "timm/mobilenetv3_small_050.lamb_in1k": (224, 224),
}


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """An empty cache, and a client that is told not to look further."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return tmp_path


def weights_in(name: str, file: Path) -> None:
    torch.manual_seed(0)
    body = timm.create_model(name.removeprefix("timm/"), pretrained=False)
    save_file({key: value.contiguous() for key, value in body.state_dict().items()}, file)


def written(hub: Path, name: str) -> Path:
    """Random weights where Hugging Face's client would put the published ones."""
    folder = hub / f"models--{name.replace('/', '--')}"
    snapshot = folder / "snapshots" / "0123456789abcdef0123456789abcdef01234567"
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(snapshot.name)
    weights_in(name, snapshot / "model.safetensors")
    return snapshot / "model.safetensors"


@pytest.mark.parametrize("name", TINY)
def test_a_network_from_the_cache_is_timms_own_with_its_size_crop_mean_and_std(hub, name):
    written(hub, name)
    classifier = load(name)
    assert classifier.name == name
    assert classifier.size == TINY[name]
    assert classifier.labels == imagenet_labels() == labels_of(name)
    torch.manual_seed(0)
    body = timm.create_model(name.removeprefix("timm/"), pretrained=False).eval()
    cfg = timm.data.resolve_data_config({}, model=body)
    x = classifier.read(sample("cat"))
    mean, std = (torch.tensor(cfg[key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.no_grad():
        theirs, ours = body(((x - mean) / std).unsqueeze(0)), classifier.net(x.unsqueeze(0))
    assert (theirs - ours).abs().max() <= 1e-3 * theirs.abs().max()
    transform = timm.data.create_transform(**cfg, is_training=False)
    from PIL import Image

    skimage = pytest.importorskip("skimage")
    picture = transform(Image.open(Path(skimage.__file__).parent / "data" / "chelsea.png").convert("RGB"))
    assert (picture * std + mean - x).abs().mean() < 0.01, "resized and cropped as timm does"
    (*_, last) = trick(classifier, x, towards(145), Attack(Linf(4 / 255), alpha=1 / 255, steps=3))
    assert last.index == 3
    assert 0 < last.distance <= 4 / 255 + 1e-6
    assert isinstance(classifier.net, torch.nn.Module)
    assert not any(p.requires_grad for p in classifier.net.parameters())


def test_the_identity_changes_with_the_revision_of_the_weights(hub):
    name = "timm/test_resnet.r160_in1k"
    file = written(hub, name)
    first = load(name).identity
    assert first == f"{name} 0123456789abcdef"
    other = file.parent.with_name("f" * 40)
    file.parent.rename(other)
    (hub / "models--timm--test_resnet.r160_in1k" / "refs" / "main").write_text(other.name)
    assert load(name).identity != first


def test_what_is_in_the_cache_is_listed_as_ready_and_the_famous_ones_as_not(hub):
    listed = {card.name: card for card in catalogue()}
    robust = listed["timm/inception_v3.tf_adv_in1k"]
    assert not robust.ready
    assert 90 < robust.megabytes < 100
    assert "timm/test_resnet.r160_in1k" not in listed
    written(hub, "timm/test_resnet.r160_in1k")
    (hub / "models--timm--test_vit.r160_in1k").mkdir()  # a download that was broken off
    (hub / "models--timm--vit_small_patch14_dinov2.lvd142m").mkdir()  # one that is no classifier
    listed = {card.name: card for card in catalogue()}
    assert listed["timm/test_resnet.r160_in1k"].ready
    assert "timm/test_vit.r160_in1k" not in listed
    assert card_of("timm/test_vit.r160_in1k").ready is False


def test_names_are_found_in_any_spelling_and_a_wrong_one_is_told_what_is_near():
    assert known("timm/resnet50.a1_in1k") == known("TIMM/ResNet50.a1_in1k") == "timm/resnet50.a1_in1k"
    assert known("resnet50.a1_in1k") == "timm/resnet50.a1_in1k", "without the prefix, too"
    assert known("resnet50") == "resnet50", "torchvision's"
    assert known("timm/resnet50").startswith("timm/resnet50."), "the weights that timm lists first"
    with pytest.raises(ValueError, match=r"No network is called 'timm/resnet5O.a1_in1k'. Did you mean timm/"):
        known("timm/resnet5O.a1_in1k")
    assert "tf_adv_in1k" in near("timm/tf_adv_in1k")
    assert near("nothing like it at all, really") == "catalogue() lists what there is."
    assert len(timm_names()) > 1000
    assert all(name.startswith("timm/") for name in timm_names())


def test_the_table_holds_the_names_that_timm_has_and_sizes_that_are_right():
    rows = json.loads((ROOT / "assets" / "timm.json").read_text())
    listed = list(timm_cards.listed())
    assert [(name, repository) for name, _, repository in rows] == listed, (
        "python -m trickcore.networks.sources.timm_cards writes it anew"
    )
    sizes = {name: megabytes for name, megabytes, _ in rows}
    for name in TINY:
        assert sizes[name.removeprefix("timm/")] == timm_cards.megabytes(name.removeprefix("timm/"))


def test_a_file_cut_short_says_so_and_what_to_do(hub):
    file = written(hub, "timm/test_resnet.r160_in1k")
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(
        WeightsError, match=r"The file with the weights of test_resnet.r160_in1k is broken, .*refetch=True"
    ):
        load("timm/test_resnet.r160_in1k")
    weights_in("timm/test_vit.r160_in1k", file)
    with pytest.raises(WeightsError, match="is broken"):
        load("timm/test_resnet.r160_in1k")


def test_without_a_network_one_is_told_the_size_and_what_to_do(hub):
    with pytest.raises(WeightsError, match=r"needs a download of 102 MB .* failed: .* Check the"):
        load("timm/resnet50.a1_in1k")
    assert timm_networks.megabytes_of("timm/resnet50.a1_in1k") == pytest.approx(102.5, abs=0.5)


class Hub(BaseHTTPRequestHandler):
    """As much of Hugging Face's hub as a download asks for. The first time it hangs up in the middle of the
    file, and the second time it has no answer."""

    content = b""
    asked = 0

    def _head(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.content)))
        self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
        self.send_header("X-Repo-Commit", "a" * 40)
        self.send_header("Accept-Ranges", "bytes")
        self.end_headers()

    def do_HEAD(self) -> None:
        self._head() if self.path.endswith("model.safetensors") else self.send_error(404)

    def do_GET(self) -> None:
        Hub.asked += self.path.endswith("model.safetensors")
        if Hub.asked == 2:
            self.send_error(500)
            return
        self.do_HEAD()
        if self.path.endswith("model.safetensors"):
            self.wfile.write(self.content[: len(self.content) // 2] if Hub.asked == 1 else self.content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path) -> Iterator[str]:
    file = tmp_path / "weights"
    weights_in("timm/test_resnet.r160_in1k", file)
    Hub.content, Hub.asked = file.read_bytes(), 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()


SCRIPT = """
from trickcore import WeightsError, catalogue, fetch, load
from trickcore.networks.sources.timm_networks import file_of, megabytes_of
name = "timm/test_resnet.r160_in1k"
def told(function):
    try:
        function(name)
    except WeightsError as error:
        print(str(error).replace(chr(10), " "))
print(f"{megabytes_of(name):.2f}")
told(fetch)
print(file_of(name), any(card.name == name and card.ready for card in catalogue()))
path = fetch(name)
print(path.name, path.parent.name)
print(fetch(name) == path, next(card for card in catalogue() if card.name == name).ready)
print(load(name).size)
data = bytearray(path.read_bytes())
data[-1] ^= 1
path.resolve().write_bytes(data)
told(load)
fetch(name, refetch=True)
print(load(name).size)
"""


def test_a_download_goes_through_the_hubs_own_client_into_its_cache(server, tmp_path):
    """In a process of its own, since the client reads its settings when it is imported. A connection that
    ends midway leaves no file that is taken for whole; one number that is another in the file is noticed, and
    mended by fetching it again."""
    settings = {"HF_ENDPOINT": server, "HF_HUB_CACHE": str(tmp_path / "cache"), "HF_HUB_DISABLE_XET": "1"}
    for name in ("HF_HUB_OFFLINE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        settings.setdefault(name, "")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    size, cut, half, file, again, shape, broken, mended = done.stdout.strip().splitlines()
    assert float(size) == pytest.approx(len(Hub.content) / 1e6, abs=0.01)
    assert "needs a download of" in cut
    assert "Check the network connection and try again" in cut
    assert half == "None False", "there is no half file that is taken for whole"
    assert "is broken, or another network's" in broken
    assert "Delete the file, or fetch it again" in broken
    assert mended == shape
    assert file == f"model.safetensors {'a' * 40}"
    assert again == "True True"
    assert shape == "(160, 160)"


def test_where_downloads_are_off_nothing_is_fetched(hub, monkeypatch):
    monkeypatch.setenv("TRICK_DOWNLOADS", "0")
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda *args, **kwargs: pytest.fail("asked for"))
    with pytest.raises(WeightsError, match="a1_in1k is not on this machine, and this server downloads no"):
        fetch("timm/resnet50.a1_in1k")


def test_what_is_here_is_not_fetched_again(hub):
    file = written(hub, "timm/test_resnet.r160_in1k")
    assert fetch("timm/test_resnet.r160_in1k") == file
    with pytest.raises(WeightsError, match="failed"):
        fetch("timm/test_resnet.r160_in1k", refetch=True)
    assert file.exists(), "and one that cannot be fetched anew is kept"


def test_a_network_of_timms_has_the_title_of_its_name(hub):
    assert cards.title_of("timm/resnet50.a1_in1k") == "resnet50.a1_in1k"
    written(hub, "timm/test_vit.r160_in1k")
    classifier: Classifier = load("timm/test_vit.r160_in1k")
    assert np.isfinite(classifier.net(torch.zeros(1, 3, 160, 160)).numpy()).all()
