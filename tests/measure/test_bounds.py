"""Bounds: worked by hand, held against every corner, and against attacks on what was proved."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from trickcore import Attack, Classifier, Linf, SmallNet, engine, load, proved
from trickcore.attacks.loop import attacked
from trickcore.attacks.losses import away_from
from trickcore.measure import bounds
from trickcore.measure.bounds import BoundsError, largest_proved, leads_at, share_proved
from trickcore.pictures import mnist


def dense(*layers: tuple[list[list[float]], list[float]]) -> nn.Sequential:
    """Dense layers with these weights and biases, a ReLU between every two."""
    row: list[nn.Module] = [nn.Flatten()]
    for weights, bias in layers:
        layer = nn.Linear(len(weights[0]), len(weights))
        layer.weight.data, layer.bias.data = torch.tensor(weights), torch.tensor(bias)
        row += [layer, nn.ReLU()]
    return nn.Sequential(*row[:-1]).eval().requires_grad_(False)


# z0 - z1 is the first hidden value, x0 + x1, which is at least 0.75 - 2 eps while no pixel reaches 0.
SUM = dense(([[1.0, 1.0], [1.0, -1.0]], [0.0, 0.0]), ([[1.0, 1.0], [0.0, 1.0]], [0.0, 0.0]))
PAIR = torch.tensor([0.5, 0.25]).reshape(1, 1, 1, 2)


def random_net(seed: int, wide: int = 6, classes: int = 3) -> nn.Sequential:
    """A small convolution, a ReLU, and two dense layers, for 1 x 2 x 3 pictures."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return (
            nn.Sequential(
                nn.Conv2d(1, 2, 2, padding=1),
                nn.ReLU(),
                nn.Flatten(),
                nn.Linear(2 * 3 * 4, wide),
                nn.ReLU(),
                nn.Linear(wide, classes),
            )
            .eval()
            .requires_grad_(False)
        )


def corners(x: Tensor, eps: float) -> Tensor:
    """Every picture each of whose pixels is at one end of what eps allows."""
    ends = torch.stack([(x - eps).clamp(0, 1).flatten(), (x + eps).clamp(0, 1).flatten()])
    signs = torch.tensor(list(itertools.product((0, 1), repeat=x.numel())))
    return ends[signs, torch.arange(x.numel())].reshape(-1, *x.shape[-3:])


def test_the_bounds_of_a_small_net_are_those_worked_by_hand():
    """At eps 1/4: hidden [1/4, 5/4] and [-1/4, 3/4]; z0 [1/4, 2], z1 [0, 3/4], z1 - z0 [-5/4, -1/4]."""
    leads, (low, high) = leads_at(SUM, PAIR[0], 0, [0.25])
    assert leads.low[0].tolist() == pytest.approx([0, -1.25], abs=1e-5)
    assert leads.high[0].tolist() == pytest.approx([0, -0.25], abs=1e-5)
    assert low[0].tolist() == pytest.approx([0.25, 0], abs=1e-5)
    assert high[0].tolist() == pytest.approx([2, 0.75], abs=1e-5)


def test_an_answer_is_proved_where_its_logits_overlap_but_their_difference_does_not():
    label = torch.tensor([0])
    assert proved(SUM, PAIR, label, 0.25).tolist() == [True]
    assert not proved(SUM, PAIR, torch.tensor([1]), 0.25).any(), "it is not the answer"


def test_the_box_ends_where_pixels_end():
    """The second pixel cannot fall below 0, so the answer holds to 1/2, not to 3/8."""
    found = largest_proved(SUM, PAIR, torch.tensor([0]), tolerance=1e-4)
    assert found.item() == pytest.approx(0.5, abs=2e-4)
    assert proved(SUM, PAIR, torch.tensor([0]), 0.45).all()
    assert not proved(SUM, PAIR, torch.tensor([0]), 0.5).any(), "a tie is no proof"


def test_what_the_network_gets_wrong_untouched_is_never_proved():
    assert largest_proved(SUM, PAIR, torch.tensor([1])).tolist() == [-1]
    assert not proved(SUM, PAIR, torch.tensor([1]), 0.0).any()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("eps", [0.05, 0.3])
def test_every_corner_is_inside_the_bounds(seed, eps):
    net, x = random_net(seed), torch.from_numpy(np.random.default_rng(seed).random((1, 2, 3), np.float32))
    logits = net(corners(x, eps)).double()
    label = int(net(x[None]).argmax())
    leads, (low, high) = leads_at(net, x, label, [eps])
    assert (logits >= low).all()
    assert (logits <= high).all()
    over = logits - logits[:, label : label + 1]
    assert (over >= leads.low - 1e-7).all()
    assert (over <= leads.high + 1e-7).all()
    assert bool(proved(net, x[None], torch.tensor([label]), eps)) == bool(
        (leads.high[0].sort().values[:-1] < 0).all()
    )


@pytest.mark.parametrize("seed", range(5))
def test_without_a_hidden_layer_the_bounds_are_the_corners_themselves(seed):
    rng = np.random.default_rng(seed)
    weights, bias = rng.normal(size=(3, 6)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    net, x = dense((weights.tolist(), bias.tolist())), torch.from_numpy(rng.random((1, 2, 3), np.float32))
    values = corners(x, 0.2).flatten(1).double().numpy() @ weights.T.astype(float) + bias
    leads, _ = leads_at(net, x, 1, [0.2])
    over = values - values[:, 1:2]
    assert leads.low[0].numpy() == pytest.approx(over.min(0), abs=1e-4)
    assert leads.high[0].numpy() == pytest.approx(over.max(0), abs=1e-4)


def test_a_lead_that_float32_loses_is_not_proved():
    """In exact numbers the first is ahead by 2^-25; added to 1 in float32 that is nothing: a tie."""
    net = dense(([[1.0, 2.0**-25], [1.0, 0.0]], [0.0, 0.0]))
    x = torch.ones(1, 1, 1, 2)
    first, second = (x.double().flatten() * torch.tensor([[1.0, 2.0**-25], [1.0, 0.0]]).double()).sum(1)
    assert first > second
    assert net(x)[0, 0] == net(x)[0, 1]
    assert not proved(net, x, torch.tensor([0]), 0.0).any()


def test_what_a_deep_net_says_in_float32_is_inside_its_bounds_at_epsilon_0():
    net = SmallNet(8, 16, seed=4).eval().requires_grad_(False)
    x = torch.from_numpy(np.random.default_rng(0).random((20, 1, 28, 28), np.float32))
    for picture, logits in zip(x, net(x).double(), strict=True):
        _, (low, high) = leads_at(net, picture, 0, [0.0])
        assert (low[0] <= logits).all()
        assert (logits <= high[0]).all()
        assert (high - low).max() < 1e-2, "the margin is small"


def test_bounds_grow_with_epsilon_and_the_largest_that_is_proved_was_proved():
    net = SmallNet(4, 8, seed=1).eval().requires_grad_(False)
    x, _ = (part[:12] for part in mnist.small())
    labels = net(x).argmax(1)
    found = largest_proved(net, x, labels)
    assert (found >= 0).all()
    for eps, picture, label in zip(found.tolist(), x, labels, strict=True):
        one, of = picture[None], label[None]
        assert proved(net, one, of, eps).all()
        assert not proved(net, one, of, eps + bounds.TOLERANCE).any()
    leads, _ = leads_at(net, x[0], int(labels[0]), [0.0, 0.01, 0.02, 0.1])
    assert (leads.high.diff(dim=0) >= 0).all()
    assert (leads.low.diff(dim=0) <= 0).all()


def test_the_share_proved_is_counted_batch_by_batch(monkeypatch):
    monkeypatch.setattr(bounds, "BATCH", 5)
    net = SmallNet(4, 8, seed=1).eval().requires_grad_(False)
    x, labels = mnist.small()[0][:12], net(mnist.small()[0][:12]).argmax(1)
    counts = list(share_proved(net, x, labels, 0.002))
    assert [asked for _, asked in counts] == [5, 10, 12]
    assert counts[-1][0] == int(proved(net, x, labels, 0.002).sum())


def test_a_network_without_bounds_says_so_and_what_there_is_instead():
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(nn.Flatten(), nn.Sigmoid(), nn.Linear(4, 2))

        def forward(self, x: Tensor) -> Tensor:
            return self.layers(x)

    x, label = torch.zeros(1, 1, 2, 2), torch.tensor([0])
    with pytest.raises(BoundsError, match=r"Sigmoid.*randomized smoothing"):
        proved(Odd(), x, label, 0.1)
    with pytest.raises(BoundsError, match="ending in a dense"):
        proved(Classifier("f", lambda x: x, ("a",), (2, 2)), x, label, 0.1)


class Scaled(nn.Module):
    """What many networks do: pixels are brought to another scale before the layers."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = SUM

    def forward(self, x: Tensor) -> Tensor:
        return self.layers((x - 0.5) / 0.5)


def test_a_network_that_does_more_than_its_layers_is_refused():
    hooked = copy.deepcopy(SUM)
    hooked.register_forward_hook(lambda module, given, logits: logits.flip(1))
    for net in (Scaled(), hooked):
        for ask in (
            lambda net: proved(net, PAIR, torch.tensor([0]), 0.1),
            lambda net: largest_proved(net, PAIR, torch.tensor([0])),
            lambda net: leads_at(net, PAIR[0], 0, [0.1]),
            lambda net: list(share_proved(net, PAIR, torch.tensor([0]), 0.1)),
        ):
            with pytest.raises(BoundsError, match="something else with a picture than its layers"):
                ask(net)


@pytest.mark.parametrize(("kind", "name"), [(torch.float16, "float16"), (torch.bfloat16, "bfloat16")])
def test_weights_coarser_than_float32_are_refused(kind, name):
    with pytest.raises(BoundsError, match=rf"are {name}\. Turn them into float32"):
        proved(copy.deepcopy(SUM).to(kind), PAIR, torch.tensor([0]), 0.0)


def test_a_network_whose_weights_are_no_numbers_is_not_proved():
    net = dense(([[float("nan"), 1.0], [1.0, 0.0]], [0.0, 0.0]))
    assert not proved(net, PAIR, torch.tensor([0]), 0.0).any()
    assert largest_proved(net, PAIR, torch.tensor([0])).tolist() == [-1]


def test_a_lead_too_small_for_float32_is_not_proved():
    """The second answer's 2^-149 / 4 is 0 in float32: a tie, which the first wins."""
    net = dense(([[0.0], [2.0**-149]], [0.0, 0.0]))
    x = torch.full((1, 1, 1, 1), 0.25)
    assert net(x).tolist() == [[0, 0]]
    assert not proved(net, x, torch.tensor([1]), 0.0).any()


def test_the_largest_epsilon_is_the_one_asked_for_to_the_last_bit():
    net = dense(([[0.0], [0.0]], [1.0, 0.0]))  # the same answer to everything
    assert largest_proved(net, torch.zeros(1, 1, 1, 1), torch.tensor([0]), most=0.7).tolist() == [0.7]
    with pytest.raises(ValueError, match="expected a tolerance above 0"):
        largest_proved(net, torch.zeros(1, 1, 1, 1), torch.tensor([0]), tolerance=0)


def test_a_photo_network_has_no_bounds():
    def ask() -> None:
        proved(load("efficientnet-lite0"), torch.zeros(1, 3, 224, 224), torch.tensor([0]), 0.1)

    with pytest.raises(BoundsError, match="For photos there is randomized smoothing"):
        engine.call(ask)


@pytest.mark.parametrize("eps", [-0.1, float("nan")])
def test_an_epsilon_that_makes_no_sense_is_refused(eps):
    with pytest.raises(ValueError, match="expected eps >= 0"):
        proved(SUM, PAIR, torch.tensor([0]), eps)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"expected pixels \(N, C, H, W\) and labels \(N,\)"):
        proved(SUM, PAIR, torch.tensor([0, 1]), 0.1)


def test_bounds_are_those_of_auto_lirpa_where_it_is_installed():
    lirpa = pytest.importorskip("auto_LiRPA")
    net = SmallNet(4, 8, seed=2).eval()
    x = mnist.small()[0][:3]
    model = lirpa.BoundedModule(net, torch.empty_like(x))
    ball = lirpa.perturbations.PerturbationLpNorm(
        norm=float("inf"), x_L=(x - 0.03).clamp(0, 1), x_U=(x + 0.03).clamp(0, 1)
    )
    low, high = model.compute_bounds(x=(lirpa.BoundedTensor(x, ball),), method="IBP")
    for i, picture in enumerate(x):
        _, (ours_low, ours_high) = leads_at(net, picture, 0, [0.03])
        assert ours_low[0].numpy() == pytest.approx(low[i].detach().numpy(), abs=1e-3)
        assert ours_high[0].numpy() == pytest.approx(high[i].detach().numpy(), abs=1e-3)


def of_our_own() -> tuple[Classifier, Tensor, Tensor]:
    """The network that ships, and digits of other hands than MNIST's."""
    images, labels = mnist.small()
    return load("digits-proved"), images[::12], labels[::12]


@pytest.mark.parametrize("eps", [0.1, 0.2])
def test_no_attack_and_no_noise_changes_an_answer_that_is_proved(eps):
    """PGD-40 from three random starts, and 10,000 random pictures, each pixel at an end or anywhere."""

    def ask() -> tuple[int, list[int], int]:
        classifier, x, labels = of_our_own()
        kept = proved(classifier, x, labels, eps)
        x, labels = x[kept], labels[kept]
        attack = Attack(Linf(eps), alpha=2.5 * eps / 40, steps=40, random_start=True)
        broken = []
        for seed in range(3):
            found = attacked(
                classifier.net, x, away_from(labels), attack, torch.Generator().manual_seed(seed)
            )
            broken.append(int((classifier.net(found).argmax(1) != labels).sum()))
        rng, changed = torch.Generator().manual_seed(9), 0
        for i in range(10):
            of = torch.arange(1000) % len(x)
            noise = eps * (2 * torch.rand(1000, 1, 28, 28, generator=rng) - 1)
            noise = noise.sign() * eps if i % 2 else noise
            changed += int((classifier.net((x[of] + noise).clamp(0, 1)).argmax(1) != labels[of]).sum())
        return len(x), broken, changed

    count, broken, changed = engine.call(ask)
    assert count >= 20, "else nothing was tested"
    assert broken == [0, 0, 0]
    assert changed == 0
