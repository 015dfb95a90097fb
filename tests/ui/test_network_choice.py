"""The network on the panel: any of timm's by name, one's own, and what is said where one cannot be had."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import opened, outcomes, said, sound
from tests.networks.test_own_networks import BAD, GOOD
from tests.networks.test_timm import written
from trickcore.jobs import networks
from trickcore.networks.sources import own_networks
from ui.sidebar import panel

RESNET = "timm/test_resnet.r160_in1k"


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    panel._megabytes.clear()
    return tmp_path


@pytest.fixture
def own(tmp_path, monkeypatch) -> Iterator[None]:
    """Two networks in a file beside the page, one of which cannot be made."""
    (tmp_path / "networks_beside.py").write_text(GOOD + BAD)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("TRICKCORE_NETWORKS", "networks_beside:colours,networks_beside:raises")
    forget()
    yield
    forget()


def forget() -> None:
    sys.modules.pop("networks_beside", None)
    own_networks._card.cache_clear()
    networks._load.cache_clear()


def chosen(page: AppTest, name: str) -> AppTest:
    page.selectbox(key="network").set_value(name)
    return sound(page.run())


def test_a_network_of_timms_that_is_here_is_tricked_by_its_name_in_the_link(hub):
    written(hub, RESNET)
    page = opened("trick", network=RESNET, steps="2", goal="Stop being what it is")
    assert page.selectbox(key="network").value == RESNET
    assert outcomes(page), said(page)
    run = page.session_state["run"]
    assert run.network.size == (160, 160)
    assert run.frames[0].pixels.shape == (160, 160, 3)
    assert page.query_params["network"] == RESNET


def test_one_that_is_not_here_is_offered_with_its_size_and_offline_says_so(hub):
    page = opened("trick", network="timm/resnet50.a1_in1k", steps="2")
    assert "is a download of 102 MB, once" in page.info[0].value
    sound(page.button(key="fetch").click().run())
    assert "needs a download of 102 MB from Hugging Face, and that failed" in page.error[0].value
    assert "Check the network connection" in page.error[0].value


def test_ones_own_network_is_listed_first_marked_yours_and_tricked(own):
    page = opened("trick", steps="2", network="colours", target="green (1)")
    assert page.selectbox(key="network").options[0] == "colours · yours"
    assert outcomes(page), said(page)
    run = page.session_state["run"]
    assert run.labels == ("red", "green", "blue")
    assert run.recipe.target == 1
    assert "right for this picture" not in said(page), "nobody knows what is right for a cat of three colours"


def test_one_that_cannot_be_made_says_why_and_the_page_stays(own):
    page = opened("trick", steps="2", network="raises")
    assert "no weights in this folder" in page.error[0].value
    page = chosen(page, "efficientnet-lite0")
    assert not page.error
    assert outcomes(page)


def test_other_networks_are_those_with_the_same_labels(own):
    page = opened("survive", survive="Other networks", network="colours", steps="2", target="green (1)")
    names = {name for attempt in page.session_state["others"].made for name in attempt.told}
    assert names == {"colours"}
    page = opened("survive", survive="Other networks", steps="2")
    names = {name for attempt in page.session_state["others"].made for name in attempt.told}
    assert "colours" not in names
    assert "efficientnet-lite1" in names


def test_nothing_is_loaded_because_a_link_asks_for_it(monkeypatch, tmp_path):
    (tmp_path / "evil_module.py").write_text("raise SystemExit('loaded')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("TRICKCORE_NETWORKS", raising=False)
    page = opened("trick", network="evil_module:anything", steps="2")
    assert "evil_module" not in sys.modules
    assert page.session_state["run"].network.name == "efficientnet-lite0"


def test_ask_and_noisy_copies_begin_with_the_networks_that_come_with_the_page(own):
    page = opened("ask", at_once=False, subject="A photo")
    assert page.selectbox(key="photo_network").value == "efficientnet-lite0"
    page.selectbox(key="photo_network").set_value("colours")
    sound(page.run())
    page = opened("ask", at_once=False, subject="A photo", photo_network="colours")
    assert not page.error
