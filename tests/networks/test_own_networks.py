"""Networks of one's own: from a file named in a variable, and from a package that is installed for it."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from tests.helpers import ROOT
from trickcore import WeightsError, catalogue, fetch, labels_of, load
from trickcore.networks.catalogue import known, own_names, title_of
from trickcore.networks.sources import own_networks

GOOD = """
import torch
from torch import nn
from trickcore import Classifier

class Colours(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(10.0))

    def forward(self, x):
        return self.scale * x.mean((2, 3))

def colours():
    return Classifier("colours", Colours(), ("red", "green", "blue"), (48, 64), 3)

def strokes():
    net = nn.Sequential(nn.Flatten(), nn.Linear(32 * 32, 2))
    return Classifier("strokes", net, ("thin", "thick"), (32, 32), 1)
"""
BAD = """
import torch
from trickcore import Classifier

def nothing():
    return 5

def raises():
    raise RuntimeError("no weights in this folder")

def short():
    return Classifier("short", lambda x: x.mean((2, 3)), ("a", "b"), (8, 8), 3)

def deaf():
    return Classifier("deaf", lambda x: x @ torch.ones(99), ("a", "b"), (8, 8), 3)

def four():
    return Classifier("four", lambda x: x.mean((2, 3)), ("a",) * 4, (8, 8), 4)
"""


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """Writes modules beside the page and offers functions of them."""

    def offer(source: str, *functions: str, module: str = "my_networks") -> None:
        (tmp_path / f"{module}.py").write_text(source)
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(tmp_path))
        sys.modules.pop(module, None)
        importlib.invalidate_caches()
        own_networks._card.cache_clear()
        named = ",".join(function if ":" in function else f"{module}:{function}" for function in functions)
        monkeypatch.setenv("TRICKCORE_NETWORKS", named)

    yield offer
    own_networks._card.cache_clear()
    sys.modules.pop("my_networks", None)


def test_a_function_beside_the_page_is_a_network_of_the_catalogue(offered):
    offered(GOOD, "colours", "strokes")
    assert own_names() == ("colours", "strokes")
    first, second = catalogue()[:2]
    assert (first.name, first.title, first.own, first.ready, first.digits) == (
        "colours",
        "colours",
        True,
        True,
        False,
    )
    assert (second.name, second.digits) == ("strokes", True), "one channel: it is shown drawings"
    assert labels_of("colours") == ("red", "green", "blue")
    assert title_of("colours") == known("colours") == "colours"
    classifier = load("colours")
    assert classifier.net(torch.ones(1, 3, 48, 64)).tolist() == [[10.0, 10.0, 10.0]]
    assert isinstance(classifier.net, torch.nn.Module)
    assert not any(p.requires_grad for p in classifier.net.parameters()), "frozen, as all are"
    with pytest.raises(ValueError, match="colours is a network of your own; there is nothing to fetch"):
        fetch("colours")


@pytest.mark.parametrize("name", ["alexnet", "AlexNet", "mine"])
def test_a_network_that_comes_with_the_page_goes_before_ones_own_of_its_name(offered, name):
    offered(GOOD.replace("def colours", f"def {name}"), name)
    assert name not in own_names()
    assert not any(card.own for card in catalogue())
    if name != "mine":
        assert known(name) == "alexnet"
        assert len(labels_of(name)) == 1000


def test_it_bears_the_name_it_is_offered_by_and_an_identity_that_is_the_same_everywhere(offered):
    offered(GOOD.replace('Classifier("colours"', 'Classifier("resnet50"'), "colours")
    first = load("colours")
    assert first.name == "colours", "whatever it calls itself"
    assert first.identity.startswith("own colours ")
    assert load("colours").identity == first.identity
    offered(GOOD.replace("tensor(10.0)", "tensor(11.0)"), "colours")
    assert load("colours").identity != first.identity, "other weights, another network"


def test_one_that_is_broken_or_ends_the_program_is_made_once_and_not_at_every_look(offered, tmp_path):
    source = "def ends():\n    open('made.txt', 'a').write('x')\n    raise SystemExit(3)\n"
    offered(source, "ends")
    for _ in range(3):
        (own,) = [card for card in catalogue() if card.own]
        assert not own.ready
    assert (tmp_path / "made.txt").read_text() == "x"
    with pytest.raises(WeightsError, match="could not be made: SystemExit: 3"):
        load("ends")


def test_without_a_variable_or_a_package_there_are_none(monkeypatch):
    monkeypatch.delenv("TRICKCORE_NETWORKS", raising=False)
    assert own_names() == ()
    assert not any(card.own for card in catalogue())


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("nothing", "expected a Classifier, got int"),
        ("raises", "could not be made: RuntimeError: no weights in this folder"),
        ("short", r"expected logits of shape \(N, 2\), a number a label, got \(2, 3\) for N = 2"),
        ("deaf", "could not read a grey picture: RuntimeError"),
        ("four", "expected one or three channels, got 4"),
        ("missing", "could not be made: AttributeError"),
        ("no_such_module:net", "could not be made: ModuleNotFoundError"),
        (":net", "could not be made: ValueError: expected module:function in TRICKCORE_NETWORKS"),
    ],
)
def test_what_is_wrong_with_one_is_said_and_the_rest_of_the_catalogue_stays(offered, function, says):
    offered(BAD, function)
    (name,) = own_names()
    with pytest.raises(WeightsError, match=says):
        load(name)
    cards = {card.name: card for card in catalogue()}
    assert cards[name].own
    assert not cards[name].ready
    assert cards["efficientnet-lite0"].ready


PACKAGE = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "tiny-networks"
version = "1.0"

[project.entry-points."trickcore.networks"]
tiny = "tiny_networks:colours"

[tool.setuptools]
py-modules = ["tiny_networks"]
"""


@pytest.mark.slow
def test_a_package_that_is_installed_offers_its_network_to_terminal_and_library(tmp_path):
    """Installed into a folder of its own, without an index, and found from there by its entry point."""
    source, folder = tmp_path / "source", tmp_path / "installed"
    source.mkdir()
    (source / "pyproject.toml").write_text(textwrap.dedent(PACKAGE))
    (source / "tiny_networks.py").write_text(GOOD)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-build-isolation", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), str(source)], check=True, capture_output=True)
    path = os.pathsep.join([str(folder), str(ROOT)])
    command = [sys.executable, "-m", "trickcore", "sample:cat", "--network", "tiny", "--target", "blue"]
    done = subprocess.run(
        [*command, "--eps", "64", "--steps", "8", "--json", "--quiet"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "TRICKCORE_NETWORKS": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["after"]["name"] == "blue"
    assert Path(folder / "tiny_networks.py").exists()
