"""Heatmaps: worked by hand on a small network, and Grad-CAM's own number on the networks people know."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from torch import Tensor, nn
from torchvision import models

from trickcore import Classifier, ImageError, engine, load
from trickcore.explain import grad_cam
from trickcore.networks.loaders import prepared
from trickcore.pictures import samples
from trickcore.pictures.drawing import drawn_png
from trickcore.pictures.files import enlarged, to_png
from trickcore.plots import gradients

RNG = np.random.default_rng(2)
MIX = RNG.normal(size=(4, 3))  # 3 colours into 4 maps
HEAD = RNG.normal(size=(3, 4))  # 4 means into 3 classes


class Pooled(nn.Module):
    """Four maps of the picture's own size, averaged and weighed."""

    def __init__(self) -> None:
        super().__init__()
        self.mix, self.bend = nn.Conv2d(3, 4, 1, bias=False), nn.ReLU()
        self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Linear(4, 3, bias=False)
        self.mix.weight.data = torch.tensor(MIX, dtype=torch.float32).view(4, 3, 1, 1)
        self.head.weight.data = torch.tensor(HEAD, dtype=torch.float32)
        self.eval().requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.pool(self.bend(self.mix(x))).flatten(1))
        return logits


def worked(x: Tensor, label: int) -> np.ndarray:
    """Grad-CAM of Pooled in double precision: every place's maps, weighed, as it enters the mean."""
    maps = np.maximum(np.einsum("kc,nchw->nkhw", MIX, x.double().numpy()), 0)
    height, width = x.shape[2:]
    return np.maximum(np.einsum("k,nkhw->nhw", HEAD[label] / (height * width), maps), 0)


def test_a_map_is_the_weighed_sum_of_the_last_maps_cut_off_at_zero():
    x = torch.from_numpy(RNG.uniform(0, 1, (2, 3, 8, 12)).astype(np.float32))
    for label in range(3):
        found = grad_cam.heatmap(Pooled(), x, label)
        assert found.shape == (2, 8, 12)
        np.testing.assert_allclose(found.numpy(), worked(x, label), rtol=1e-4, atol=1e-7)


def test_two_pictures_and_two_classes_are_told_on_one_scale():
    toy = Classifier("pooled", Pooled(), ("a", "b", "c"), (8, 12))
    x, y = (torch.from_numpy((RNG.integers(0, 256, (3, 8, 12)) / 255).astype(np.float32)) for _ in range(2))
    found = grad_cam.looks(toy, to_png(x), to_png(y), (2, 0))
    expected = np.stack([worked(torch.stack([x, y]), label) for label in (2, 0)])
    np.testing.assert_allclose(found.maps, expected, rtol=1e-4, atol=1e-7)
    assert found.scale == pytest.approx(expected.max(), rel=1e-4)
    assert found.grid == (8, 12)
    np.testing.assert_allclose(found.difference(1), expected[1, 1] - expected[1, 0], rtol=1e-3, atol=1e-6)
    before, after = expected[0]
    overlap = (before * after).sum() / np.sqrt((before**2).sum() * (after**2).sum())
    assert found.overlap(0) == pytest.approx(overlap, rel=1e-4)
    assert found.before.shape == (8, 12, 3)


def test_where_nothing_speaks_for_a_class_the_map_is_zero_and_its_scale_one():
    toy = Classifier("pooled", Pooled(), ("a", "b", "c"), (8, 12))
    black = to_png(torch.zeros(3, 8, 12))
    found = grad_cam.looks(toy, black, black, (0, 1))
    assert not found.maps.any()
    assert found.scale == 1
    assert found.overlap(0) == 0


def captums(net: nn.Module, layer: nn.Module, x: Tensor, label: int) -> Tensor:
    """What captum's LayerGradCam says of what enters a layer."""
    cam = LayerGradCam(net, layer)
    coarse: Tensor = cam.attribute(
        x.clone().requires_grad_(), label, attribute_to_layer_input=True, relu_attributions=True
    )
    return nn.functional.interpolate(coarse.detach(), x.shape[-2:], mode="bilinear")[:, 0]


def test_on_the_embedded_network_it_is_grad_cam(lite0):
    def on_its_thread() -> None:
        x = lite0.read(samples.sample("cat")).unsqueeze(0)
        pool = next(m for m in lite0.net.modules() if isinstance(m, nn.AdaptiveAvgPool2d))
        for label in (282, 145):
            found = grad_cam.heatmap(lite0.net, x, label)
            torch.testing.assert_close(found, captums(lite0.net, pool, x, label), rtol=1e-3, atol=1e-6)
            assert found.max() > 0
        assert not any(weight.requires_grad for weight in lite0.net.parameters())
        assert not any(layer._forward_hooks for layer in lite0.net.modules()), "nothing is left behind"

    engine.call(on_its_thread)


def fused(name: str, **arguments: object) -> nn.Module:
    """One of torchvision's networks as `load` prepares them, with random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return prepared(models.get_model(name, weights=None, **arguments), (0.5,) * 3, (0.5,) * 3)


@pytest.mark.parametrize(
    ("name", "arguments"), [("googlenet", {"aux_logits": False, "init_weights": False}), ("resnet18", {})]
)
def test_what_a_traced_network_joins_or_adds_by_a_function_counts_in_full(name, arguments):
    """GoogLeNet ends in four branches laid side by side, ResNet in a sum: no layer's output is all of it."""
    net = fused(name, **arguments)
    x = torch.from_numpy(RNG.uniform(0, 1, (1, 3, 224, 224)).astype(np.float32))
    found, expected = grad_cam.heatmap(net, x, 5), captums(net, net.body.avgpool, x, 5)  # type: ignore[arg-type,union-attr]
    assert found.max() > 0
    torch.testing.assert_close(found / expected.max(), expected / expected.max(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["mobilenet_v2", "alexnet", "squeezenet1_1"])
def test_other_ends_of_a_network_give_a_map_too(name):
    net = fused(name)
    found = grad_cam.heatmap(net, torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1)), 3)
    assert found.shape == (2, 224, 224)
    assert found.isfinite().all()
    assert found.min() >= 0


def test_a_transformer_says_that_it_keeps_no_map():
    with pytest.raises(ValueError, match="Choose a convolutional network"):
        grad_cam.heatmap(fused("vit_b_32"), torch.zeros(1, 3, 224, 224), 0)


def test_a_net_that_is_no_module_says_so_too(x):
    with pytest.raises(ValueError, match="keeps no map"):
        grad_cam.heatmap(lambda pixels: pixels.flatten(1)[:, :3], x, 0)


def test_on_a_digit_a_place_counts_as_much_as_the_logit_changes_when_it_is_turned_up():
    """These networks do not average their maps, so that each place has a slope of its own."""
    standard = load("digits-standard")
    net = standard.net
    x = standard.read(drawn_png("5")).unsqueeze(0)
    coarse = grad_cam._weighed(net, x, 5)
    assert coarse.shape == (1, 1, 7, 7)
    step = 1e-3
    layers = net.layers  # type: ignore[attr-defined]
    maps = layers[:4](x)
    with torch.no_grad():  # the slope of the logit as each map's places are scaled up, by differences
        for place in ((1, 4), (3, 3), (5, 1)):
            up, down = maps.clone(), maps.clone()
            up[..., place[0], place[1]] *= 1 + step
            down[..., place[0], place[1]] *= 1 - step
            slope = float(layers[4:](up)[0, 5] - layers[4:](down)[0, 5]) / (2 * step)
            assert float(coarse[0, 0][place]) == pytest.approx(max(0.0, slope), rel=0.02, abs=0.01)


def test_a_digits_heatmap_lies_on_its_ink():
    standard = load("digits-standard")
    five = drawn_png("5")
    found = grad_cam.looks(standard, five, five, (5,))
    near = np.asarray(enlarged(found.before, 28)) > 0
    grown = np.zeros_like(near)
    for down in range(-4, 5):
        for right in range(-4, 5):
            grown |= np.roll(near, (down, right), (0, 1))
    assert found.maps[0, 0][grown].sum() > 0.9 * found.maps[0, 0].sum()
    assert not found.difference(0).any()
    assert found.overlap(0) == pytest.approx(1)


def test_a_file_that_is_no_picture_is_refused():
    with pytest.raises(ImageError):
        grad_cam.looks(load("digits-standard"), b"no picture", b"no picture", (5,))


@pytest.mark.parametrize("shape", [(8, 12, 3), (8, 12)])
def test_an_overlay_grows_from_the_grey_picture_to_the_maps_colour(shape):
    pixels = np.full(shape, 100, np.uint8)
    values = np.linspace(0, 2, 96, dtype=np.float32).reshape(8, 12)
    shown = gradients.overlay(values, pixels, 2.0).astype(int)
    assert shown.shape == (8, 12, 3)
    dark, bright = (np.array(colour) for colour in ((0, 34, 78), (254, 232, 56)))  # cividis
    np.testing.assert_allclose(shown[0, 0], 0.3 * dark + 0.7 * 100, atol=1.5)
    np.testing.assert_allclose(shown[-1, -1], 0.85 * bright + 0.15 * 100, atol=1.5)


def test_a_difference_of_zero_is_grey_and_its_ends_are_the_diverging_colours():
    pixels = np.full((2, 2, 3), 142, np.uint8)
    values = np.array([[0, 0], [-1, 1]], np.float32)
    shown = gradients.change_overlay(values, pixels, 1.0).astype(int)
    assert tuple(shown[0, 0]) == (142, 142, 142), "grey on grey"
    less, more = shown[1]
    assert less[2] > less[0], "blue for less"
    assert more[0] > more[2], "orange to white for more"
    assert more.mean() > 200 > 60 > less.mean()
