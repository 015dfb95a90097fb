"""The pages about digits as a visitor uses them, without a browser."""

from __future__ import annotations

import io
import re
import threading

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest
from torchvision.datasets import MNIST

from tests.helpers import alts, asked_of_torch, chart, lines, opened, outcomes, sound, switched, verdict
from trickcore.jobs.networks import Network, Trained
from trickcore.measure import accuracy
from trickcore.pictures import drawing
from trickcore.text import percent

TRICK, ASK, DEFEND, TRAIN = "trick", "ask", "defend", "train"


# Trick, on the digit networks


def test_the_standard_network_takes_a_5_for_an_8_at_the_fields_own_epsilon():
    page = opened(TRICK, network="digits-standard")
    assert page.header[0].value == "Turn this 5 into an 8"
    assert page.select_slider(key="eps").value == 76.5
    assert verdict(page).startswith("**Tricked.**")
    assert "read as **8" in verdict(page)
    assert set(lines(page)) == set("0123456789"), "ten classes, ten lines"
    assert not dict(page.query_params) or set(page.query_params) == {"network"}


def test_the_robust_network_holds_where_the_standard_one_fell():
    page = opened(TRICK, network="digits-robust")
    assert verdict(page).startswith("**Not yet.**")
    assert "still read as **5" in verdict(page)


def test_photos_and_digits_keep_settings_of_their_own():
    page = opened(TRICK, steps="3", target="mouse (673)", eps="4")
    sound(page.selectbox(key="network").set_value("digits-standard").run())
    assert page.header[0].value == "Turn this 5 into an 8"
    assert page.select_slider(key="eps").value == 76.5
    sound(page.selectbox(key="target").set_value(3).run())
    assert page.header[0].value == "Turn this 5 into a 3"
    sound(page.selectbox(key="network").set_value("efficientnet-lite0").run())
    assert page.header[0].value == "Turn this cat into a mouse"
    assert page.select_slider(key="eps").value == 4.0
    sound(page.selectbox(key="network").set_value("digits-robust").run())
    assert page.header[0].value == "Turn this 5 into a 3"


def test_a_digit_is_shown_large_with_its_pixels_and_saved_small():
    page = opened(TRICK, network="digits-standard", steps="3")
    shown = page.image[0].proto.imgs[0]
    assert shown.alt.startswith("Original: 5")
    data = page.session_state["run"].png
    assert Image.open(io.BytesIO(data)).size == (28, 28)


def test_a_drawn_digit_is_tricked_and_guessed():
    page = opened(
        TRICK,
        {
            f"canvas-digit.{k}": v
            for k, v in (("strokes", drawing.drawn("3")), ("given", ()), ("revision", 1))
        },
        network="digits-standard",
        picture="Draw",
        steps="3",
    )
    assert page.header[0].value == "Turn this digit into an 8"
    assert any(m.value.startswith("It looks like a **3** to the network") for m in page.markdown)
    assert alts(page)[0].startswith("Original: 3")


def test_before_anything_is_drawn_the_page_asks_for_it():
    page = opened(TRICK, network="digits-standard", picture="Draw")
    assert "Draw a digit to begin" in page.info[0].value


def test_a_photo_of_a_digit_is_brought_to_the_networks_form_and_a_blank_sheet_is_told():
    page = opened(TRICK, network="digits-standard", picture="Upload", steps="3")
    ink = Image.fromarray(255 - drawing.rendered(drawing.drawn("7"))).resize((420, 420))
    paper = Image.new("L", (600, 800), 240)
    paper.paste(ink, (100, 200))
    data = io.BytesIO()
    paper.save(data, "PNG")
    page.file_uploader(key="upload").upload("seven.png", data.getvalue())
    sound(page.run())
    assert alts(page)[0].startswith("Original: 7")
    blank = io.BytesIO()
    Image.new("L", (600, 800), 240).save(blank, "PNG")
    page.file_uploader(key="upload").upload("blank.png", blank.getvalue())
    sound(page.run())
    assert "ink" in page.error[0].value


# Ask


@pytest.fixture(scope="module")
def asked() -> AppTest:
    return opened(ASK)


def test_three_networks_say_what_would_make_it_more_of_either_class(asked):
    assert asked.header[0].value == "What would make this 5 more of a 5, or more of a 6?"
    wishes = [alt for alt in alts(asked) if alt.startswith("What would make this")]
    assert len(wishes) == 6
    for who in ("Untrained", "Standard", "Robust"):
        assert sum(who in wish for wish in wishes) == 2
    words = " ".join(m.value for m in asked.markdown)
    assert "Why is the robust network's picture different?" in words


def test_the_page_is_never_empty_ten_gradients_are_added_when_it_opens(asked):
    climb = asked.session_state["climb"]
    assert [frame.index for frame in climb.frames] == list(range(11))
    assert climb.frames[-1].probs[6] > climb.frames[0].probs[6]


def test_a_climb_can_be_taken_along(asked):
    labels = [button.label for button in asked.download_button]
    assert labels == ["Download GIF", "Download PNG", "Download CSV"]


def test_the_gradient_is_added_once_and_then_until_it_is_taken():
    page = opened(ASK)
    sound(page.button(key="again").click().run())
    assert [frame.index for frame in page.session_state["climb"].frames] == [0]
    sound(page.button(key="add-1").click().run())
    assert [frame.index for frame in page.session_state["climb"].frames] == [0, 1]
    sound(page.button(key="add-60").click().run())
    last = page.session_state["climb"].frames[-1]
    assert int(last.probs.argmax()) == 6
    (reached,) = outcomes(page)
    assert (reached.colour, reached.word) == ("green", "Reached")
    assert f"Taken for a 6 after {last.index} additions" in reached.text


def test_another_class_another_question_and_the_link_carries_it():
    page = opened(ASK, first="3", second="8")
    assert page.header[0].value == "What would make this 5 more of a 3, or more of an 8?"
    assert page.session_state["climb"].label == 8


def test_both_networks_draw_all_ten_and_are_sure_of_them():
    page = opened(ASK, dream_steps="30")
    sound(page.button(key="dream").click().run())
    ideas = [alt for alt in alts(page) if "idea of a" in alt]
    assert len(ideas) == 20
    told = next(m.value for m in page.markdown if m.value.startswith("As saved"))
    assert "the standard network takes 10 of its ten for what they should be" in told


def test_a_photo_is_asked_about_too():
    page = opened(ASK, subject="A photo")
    assert page.header[0].value == "What would make this cat more of a tiger cat, or more of a king penguin?"
    assert len([alt for alt in alts(page) if alt.startswith("What would make this")]) == 2


def test_ask_says_why_it_is_less_sure_of_shaken_copies_than_of_the_picture():
    page = opened(ASK)
    (why,) = [str(c.value) for c in page.caption if "shaken" in str(c.value)]
    (above,) = {str(c.value) for c in page.caption if str(c.value).startswith("guesses 5, 100.0")}
    assert "the network says 5, 100.0\u00a0%" in why
    assert above.removeprefix("guesses 5, ").removesuffix(" sure") in why
    sound(page.toggle(key="shake").set_value(False).run())
    assert not [c for c in page.caption if "shaken" in str(c.value)], "one picture, one figure"


# Defend


@pytest.fixture(scope="module")
def defended() -> AppTest:
    return opened(DEFEND)


def test_the_same_attack_tricks_one_network_and_not_the_other(defended):
    assert defended.header[0].value == "Turn this 5 into an 8: two networks, one attack"
    standard, robust = outcomes(defended)
    assert (standard.colour, standard.word) == ("orange", "Fooled")
    assert standard.text.startswith("The saved PNG is read as **8")
    assert (robust.colour, robust.word) == ("blue", "Held")
    assert robust.text.startswith("The saved PNG is still read as **5")
    names = [alt.split(":")[0] for alt in alts(defended)]
    assert names == ["Original", "Perturbation", "Tricked"] * 2


def test_either_run_can_be_taken_along(defended):
    labels = [button.label for button in defended.download_button]
    assert labels.count("PNG") == labels.count("Report") == labels.count("Settings") == 2


def test_the_chart_of_accuracies_is_the_cards(defended):
    """At first under the attack the field uses; under the other one when it is asked for."""
    first = {line["name"]: line for line in chart(defended, 2)["data"]}
    for which in ("standard", "robust"):
        assert first[which]["y"] == pytest.approx(accuracy.report(which).pgd)
    assert not [name for name in first if "FGSM" in name]
    figure = chart(opened(DEFEND, {"accuracy_of": ["PGD-40", "FGSM"]}, steps="3"), 2)
    drawn = {line["name"]: line for line in figure["data"]}
    for which in ("standard", "robust"):
        card = accuracy.report(which)
        assert drawn[f"{which}, PGD-40"]["y"] == pytest.approx(card.pgd)
        assert drawn[f"{which}, FGSM"]["y"] == pytest.approx(card.fgsm)
        assert drawn[f"{which}, FGSM"]["line"]["dash"] == ("dash" if which == "robust" else "solid")
    assert drawn["TRADES, AutoAttack"]["y"] == [0.9281]
    assert drawn["Madry et al., AutoAttack"]["y"] == [0.885]


def test_what_robustness_costs_is_said_with_the_cards_figures(defended):
    told = next(m.value for m in defended.markdown if m.value.startswith("What it costs"))
    assert percent(accuracy.report("robust").clean, 2) in told
    assert percent(accuracy.report("standard").clean, 2) in told


def test_it_is_measured_again_on_digits_of_ones_choice():
    page = opened(DEFEND, measure_attack="FGSM")
    sound(page.slider(key="measure_count_small").set_value(50).run())
    sound(page.button(key="measure").click().run())
    counts = page.session_state["measured"].counts
    assert set(counts) == {(who, eps) for who in ("standard", "robust") for eps in accuracy.GRID}
    assert all(count.asked == 50 for count in counts.values())
    assert counts["standard", 0.3].right < counts["robust", 0.3].right, "the robust one keeps more"
    rings = [line for line in chart(page, 2)["data"] if line["name"].endswith(", here")]
    assert [line["mode"] for line in rings] == ["markers"] * 2
    assert any("Rings: measured here, on 50 of scikit-learn's digits" in c.value for c in page.caption)


@pytest.mark.parametrize("eps", ["0", "0.1", "76.5"])
def test_epsilon_at_both_ends_breaks_nothing(eps):
    page = opened(DEFEND, eps=eps, steps="2", goal="Stop being what it is")
    assert page.header[0].value == "Turn this 5 into anything else: two networks, one attack"


# Train


def test_a_network_is_taught_and_used_on_the_other_pages():
    page = opened(TRAIN)
    told = page.success[0].value
    clean = float(re.search(r"reads ([\d.]+)\u00a0%", told)[1])  # type: ignore[index]
    assert clean > 80, told
    training = page.session_state["training"]
    records = [scene.record for scene in training.scenes]
    assert records[-1].epoch == 12
    assert records[0].loss > 2 > 0.5 > records[-1].loss
    assert all(torn.margin <= 0.5 for scene in training.scenes for torn in scene.torn)
    assert any(scene.torn for scene in training.scenes)
    switched(page, "defend")
    assert len([alt for alt in alts(page) if alt.startswith("Original")]) == 3, "yours stands beside them"
    switched(page, "trick")
    assert (
        "mine" in page.selectbox(key="network").options[0]
        or "Yours" in page.selectbox(key="network").options[0]
    )


def test_carrying_on_teaches_further_from_where_it_stands():
    page = opened(TRAIN)
    sound(page.slider(key="epochs_small_plain").set_value(1).run())
    sound(page.slider(key="pictures_small_plain").set_value(200).run())
    sound(page.button(key="train").click().run())
    training = page.session_state["training"]
    assert training.scenes[-1].record.epoch == 1
    before = weights(page.session_state["mine"])
    assert [b.label for b in page.button if b.key in ("stop-training", "carry-on")] == ["Carry on"], (
        "nothing is left to be stopped"
    )
    sound(page.button(key="carry-on").click().run())
    assert training is page.session_state["training"]
    assert training.scenes[-1].record.epoch == 2
    after = weights(page.session_state["mine"])
    assert all(not np.array_equal(before[name], after[name]) for name in before)
    assert [bool(scene.state) for scene in training.scenes[:-1]] == [False] * (len(training.scenes) - 1)


def weights(network: Network) -> dict[str, np.ndarray]:
    assert isinstance(network.source, Trained)
    state = torch.load(io.BytesIO(network.source.weights), weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def test_without_mnist_the_page_offers_to_fetch_it(monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    page = opened(TRAIN, train_on="MNIST")
    assert any("MNIST is not on this machine yet" in c.value for c in page.caption)
    assert page.button(key="train").disabled
    assert page.button(key="fetch-mnist").label == "Download MNIST"


def test_a_visitor_who_fetches_mnist_keeps_nobody_waiting(monkeypatch, tmp_path):
    """In place of the download: who does it, and whether torch still answers others."""
    monkeypatch.setenv("MNIST_ROOT", str(tmp_path))
    found = []

    def download(self: MNIST) -> None:
        found.append(threading.current_thread().name)
        found.append(asked_of_torch())
        raise OSError("no route to host")

    monkeypatch.setattr(MNIST, "download", download)
    page = opened(TRAIN, train_on="MNIST")
    page.button(key="fetch-mnist").click().run(timeout=60)
    assert not found[0].startswith("torch-owner")
    assert found[1:] == ["at once"]
    assert "no route to host" in page.error[0].value


@pytest.mark.parametrize("name", [ASK, DEFEND, TRAIN])
def test_every_control_explains_itself(name):
    page = opened(name, steps="2", picture="Blank")
    widgets = [
        *page.selectbox,
        *page.slider,
        *page.select_slider,
        *page.toggle,
        *page.number_input,
        *page.segmented_control,
        *page.button,
    ]
    assert len(widgets) >= 6
    for widget in widgets:
        assert widget.help, widget.label
