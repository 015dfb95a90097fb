"""Defend's proofs and votes as a visitor meets them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.helpers import alts, opened, outcomes, sound
from trickcore import engine
from trickcore.jobs import networks, proofs
from trickcore.measure import accuracy
from trickcore.measure.accuracy import Count
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import enlarged
from trickcore.text import percent
from ui.pages.defend import proof as proof_page
from ui.pages.defend.share_proved import Shares
from ui.pages.defend.vote_count import Vote

FIVE = drawn_png("5")


def proof(**link: Any) -> AppTest:
    return opened("defend", defend="Proved", steps="10", **link)


@pytest.fixture(scope="module")
def page() -> AppTest:
    return proof()


def charts(page: AppTest) -> list[str]:
    """What each chart's text for the blind says."""
    return [element.proto.alt for element in page.get("plotly_chart")]


def known(name: str = "digits-proved") -> proofs.DigitBounds:
    network = engine.call(networks.named, name)
    return engine.call(proofs.bounds, network, FIVE, (0.1, 0.4))


def test_a_small_epsilon_is_proved_and_the_page_says_so(page):
    assert page.header[0].value == "What can be proved of this 5?"
    (box,) = outcomes(page)
    assert (box.colour, box.word) == ("blue", "Proved")
    assert "within epsilon 0.10, this network reads it as **5**" in box.text
    assert known().proved(0)
    assert "Bounds at epsilon 0.10. Answers that can reach 5: none" in charts(page)


def test_how_far_the_proof_reaches_is_told_with_its_number(page):
    largest = known().largest
    assert 0.2 < largest < 0.6
    assert f"Proved up to epsilon {largest:.3f}; an attack works: not looked for" in charts(page)
    assert any(f"Proved up to **{largest:.3f}**." in str(m.value) for m in page.markdown)


def test_beyond_it_the_page_says_that_nothing_is_ruled_out_and_not_that_an_attack_works():
    bounds = known("digits-robust")
    page = proof(proved_network="Robust", proved_eps="0.4")
    (box,) = outcomes(page)
    assert (box.colour, box.word) == ("gray", "Not proved")
    assert "does not mean that an attack works" in box.text
    assert not bounds.proved(1)
    assert bounds.largest < 0.05, "of the robust network next to nothing can be proved"


def test_an_attack_begins_beyond_what_is_proved_and_the_gap_is_named():
    page = proof()
    sound(page.button(key="attack-proved").click().run(timeout=120))
    attack = page.session_state["proof_attack"]
    assert attack.over
    assert attack.found is not None
    largest = known().largest
    assert attack.found > largest - 1e-9, "else the proof would be wrong"
    told = next(str(m.value) for m in page.markdown if "An attack first changes" in str(m.value))
    assert f"at **{attack.found:.3f}**. What holds in the gap of {attack.found - largest:.3f}" in told
    assert f"an attack works: from {attack.found:.3f}" in " ".join(charts(page))


def test_the_share_proved_is_the_card_s_beside_what_is_attacked(page):
    ours, robust = accuracy.report("proved"), accuracy.report("robust")
    at = accuracy.GRID.index(0.3)
    said = next(str(m.value) for m in page.markdown if str(m.value).startswith("**At epsilon 0.3**"))
    for share in (ours.proved[at], ours.pgd[at], robust.pgd[at], robust.proved[at]):
        assert percent(share, 1) in said
    costs = next(str(m.value) for m in page.markdown if str(m.value).startswith("**What a proof costs"))
    assert percent(ours.clean, 2) in costs


def test_digits_are_proved_here_too():
    page = proof(proved_on="scikit-learn's digits")
    sound(page.slider(key="proved_count_small").set_value(50).run())
    sound(page.button(key="prove").click().run(timeout=120))
    counts = page.session_state["shares_proved"].counts
    assert list(counts) == list(accuracy.GRID)
    shares = [count.right for count in counts.values()]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 25
    assert any("Rings: counted here, on 50 of" in c.value for c in page.caption)


def test_a_count_that_was_stopped_midway_leaves_out_the_epsilon_it_was_at():
    whole, begun = Count("proved", "proved", 0.0, 49, 50, 0.1), Count("proved", "proved", 0.05, 9, 10, 0.12)
    found = Shares("scikit-learn's digits", {0.0: whole, 0.05: begun})
    assert (found.asked, list(found.curve().eps), list(found.curve().share)) == (50, [0.0], [0.98])
    first = Shares("scikit-learn's digits", {0.0: begun})
    assert (first.asked, list(first.curve().share)) == (10, [0.9])


@pytest.mark.parametrize("eps", ["0.1", "0.3", "0.27"])
def test_the_picture_that_is_shown_within_epsilon_is_within_epsilon(monkeypatch, eps):
    drawn: list[Any] = []

    def kept(pixels: Any, least: int) -> Any:
        drawn.append(pixels)
        return enlarged(pixels, least)

    monkeypatch.setattr(proof_page, "enlarged", kept)
    proof(proved_eps=eps)
    digit, changed = (pixels.astype(int) for pixels in drawn[:2])
    assert 0 < np.abs(changed - digit).max() / 255 <= float(eps)


def test_another_digit_has_other_bounds_and_the_link_carries_epsilon():
    page = proof(sample="1", proved_eps="0.05")
    assert page.header[0].value == "What can be proved of this 1?"
    assert page.slider(key="proved_eps").value == 0.05


def noisy(**link: Any) -> AppTest:
    return opened("defend", defend="Noisy copies", noisy_count="100", **link)


def test_noisy_copies_of_a_photo_vote_and_what_that_proves_is_told():
    page = noisy(sample="espresso", noisy_sigma="0.02")
    assert page.header[0].value == "How do noisy copies of this espresso vote?"
    assert [alt for alt in alts(page) if alt.startswith("Copy 4")]
    assert not outcomes(page), "nothing is told before anyone was asked"
    sound(page.button(key="vote").click().run(timeout=120))
    (vote,) = page.session_state["votes"].values()
    assert vote.votes.over
    assert vote.votes.passes == 200
    (box,) = outcomes(page)
    assert (box.colour, box.word) == ("blue", "Proved")
    assert f"has {vote.votes.hits} of 100 votes" in box.text
    (told,) = re.findall(r"shorter than \*\*([\d.]+)\*\*", box.text)
    assert vote.votes.radius - 0.001 < float(told) <= vote.votes.radius, "never more than is proved"
    assert any("It took 200 passes of the network" in c.value for c in page.caption)


def test_a_vote_that_was_stopped_shows_what_was_counted_and_proves_nothing():
    page = noisy(sample="espresso", noisy_sigma="0.02")
    sound(page.button(key="vote").click().run(timeout=120))
    ((key, vote),) = page.session_state["votes"].items()
    stopped = replace(vote.votes, asked=40, hits=40, others=((967, 40),), passes=140, over=False, p_low=0.0)
    page.session_state["votes"][key] = Vote(stopped, vote.seconds)
    sound(page.run())
    assert any("Stopped after 40 of 100 votes" in c.value for c in page.caption)
    assert any(alt.startswith("Votes of 40 copies: espresso") for alt in charts(page))
    assert not outcomes(page)


def test_so_much_noise_that_no_answer_has_a_majority_makes_the_vote_abstain():
    page = noisy(noisy_sigma="0.5")
    sound(page.button(key="vote").click().run(timeout=120))
    (box,) = outcomes(page)
    (vote,) = page.session_state["votes"].values()
    assert vote.votes.abstains == (box.word == "Abstains")
    assert box.word == "Abstains"
    assert "no majority" in box.text
