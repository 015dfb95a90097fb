"""Tricks shown to other networks, and several networks attacked as one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.helpers import SHAPE, WEIGHTS, Linear, flat, plain, softmax
from trickcore import Attack, Classifier, Linf, Recipe, engine, load, measure, towards, trick
from trickcore.attacks import ensemble
from trickcore.attacks.losses import away_from_all
from trickcore.measure import transfer
from trickcore.pictures import samples
from trickcore.pictures.files import encode, read_image, to_png

RED, GREEN, BLUE = range(3)
COLOURS = ("red", "green", "blue")


class Leaning(nn.Module):
    """Ten times the mean of each channel, and a liking for some of them, are the logits."""

    def __init__(self, *liking: float) -> None:
        super().__init__()
        self.liking = nn.Buffer(torch.tensor(liking))

    def forward(self, x: Tensor) -> Tensor:
        return 10 * x.mean((2, 3)) + self.liking


def leaning(name: str, *liking: float, size: tuple[int, int] = (8, 12)) -> Classifier:
    return Classifier(name, Leaning(*liking), COLOURS, size)


PLAIN = leaning("plain", 0, 0, 0)
STUBBORN = leaning("stubborn", 100, 0, 0, size=(16, 10))
BLUISH = leaning("bluish", 0, 0, 5, size=(11, 9))
REDDISH = leaning("reddish", 3, 0, 0, size=(24, 24))


def png(red: float, green: float, blue: float, height: int = 8, width: int = 12) -> bytes:
    return to_png(plain(height, width, red, green, blue))


def test_each_network_is_asked_about_both_files_and_told_apart_by_its_own_answer_on_the_clean_one():
    clean, tricked = png(0.9, 0.1, 0.3), png(0.3, 0.7, 0.3)
    told = transfer.across([PLAIN, STUBBORN, BLUISH], clean, tricked, GREEN)
    assert [one.network for one in told] == ["plain", "stubborn", "bluish"]
    assert [one.outcome for one in told] == ["wanted", "held", "fooled"]
    assert [(one.before.name, one.after.name) for one in told] == [
        ("red", "green"),
        ("red", "red"),
        ("red", "blue"),
    ]
    levels = np.round(np.array([[0.3, 0.7, 0.3]]) * 255) / 255
    np.testing.assert_allclose(told[2].after.probs, softmax(10 * levels + [0, 0, 5])[0], rtol=1e-4)


def test_what_was_the_target_before_is_not_counted_as_a_success():
    (told,) = transfer.across([leaning("green", 0, 50, 0)], png(0.9, 0.1, 0), png(0.1, 0.9, 0), GREEN)
    assert told.outcome == "held"


def test_without_a_target_any_other_answer_is_fooled():
    clean, tricked = png(0.9, 0.1, 0), png(0.1, 0.9, 0)
    assert [one.outcome for one in transfer.across([PLAIN, STUBBORN], clean, tricked, None)] == [
        "fooled",
        "held",
    ]


@pytest.mark.parametrize("name", ["efficientnet-lite0", "efficientnet-lite1", "efficientnet-lite2"])
def test_a_view_agrees_with_what_the_network_reads_from_the_file(name):
    classifier = engine.call(load, name)
    small = to_png(read_image(samples.sample("cat"), (224, 224)))
    tall = to_png(read_image(samples.sample("espresso"), (400, 600))[:, 20:370, 100:300])
    for data, size in ((samples.sample("cat"), (300, 451)), (small, (224, 224)), (tall, (350, 200))):
        x = read_image(data, size)
        assert tuple(x.shape[1:]) == size, "a picture of its own size is taken as it is"
        seen, read = ensemble.seen(classifier, x[None])[0], classifier.read(data)
        assert seen.shape == read.shape
        off = (seen - read).abs().mul(255)
        assert off.max() < 1.5, "Pillow rounds to whole grey levels twice, a view never"
        assert off.mean() < 0.5


def test_a_bilinear_view_agrees_too():
    classifier = Classifier("toy", Leaning(0, 0, 0), COLOURS, (50, 40), resize=60, interpolation="bilinear")
    data = samples.sample("rocket")
    x = read_image(data, (427, 640))
    assert (ensemble.seen(classifier, x[None])[0] - classifier.read(data)).abs().max() * 255 < 1.5


def test_a_picture_of_the_networks_size_is_shown_bit_for_bit(x):
    toy = Classifier("toy", Linear(WEIGHTS), ("a", "b", "c", "d"), SHAPE[1:])
    assert torch.equal(ensemble.seen(toy, x), x)


def test_a_views_gradient_is_the_slope_of_what_it_shows():
    rng = np.random.default_rng(0)
    classifier = leaning("toy", 0, 0, 0, size=(7, 9))
    x = torch.tensor(rng.uniform(0.3, 0.7, (1, 3, 10, 14)), requires_grad=True)
    weights = torch.tensor(rng.normal(size=(1, 3, 7, 9)))
    way = torch.tensor(rng.normal(size=x.shape)) * 1e-4
    (grad,) = torch.autograd.grad((ensemble.seen(classifier, x) * weights).sum(), x)
    with torch.no_grad():
        up, down = (float((ensemble.seen(classifier, x + s * way) * weights).sum()) for s in (1, -1))
    np.testing.assert_allclose(float((grad * way).sum()), (up - down) / 2, rtol=1e-6)


def test_an_ensembles_logits_are_the_mean_of_its_members(x):
    names = ("ash", "birch", "cedar", "date")
    other = np.random.default_rng(8).normal(size=WEIGHTS.shape)
    members = [Classifier(str(i), Linear(w), names, SHAPE[1:]) for i, w in enumerate((WEIGHTS, other))]
    together = ensemble.ensemble(members)
    by_hand = (flat(x) @ WEIGHTS.T + flat(x) @ other.T) / 2
    np.testing.assert_allclose(together.net(x).numpy(), by_hand, rtol=1e-5, atol=1e-5)
    assert (together.labels, together.size, together.name) == (names, SHAPE[1:], "0 + 1")
    geometric = np.sqrt(softmax(flat(x) @ WEIGHTS.T) * softmax(flat(x) @ other.T))
    geometric /= geometric.sum(1, keepdims=True)
    np.testing.assert_allclose(measure.probabilities(together, x), geometric, rtol=1e-4, atol=1e-6)


def test_members_of_other_sizes_see_their_own_view():
    together = ensemble.ensemble([PLAIN, STUBBORN, BLUISH])
    colour = np.array([0.2, 0.6, 0.4], np.float32)
    logits = together.net(plain(8, 12, *colour)[None]).numpy()[0]
    np.testing.assert_allclose(logits, 10 * colour + np.array([100, 0, 5]) / 3, rtol=1e-5)
    assert together.size == (8, 12)
    assert together.read(png(1, 0, 0, 8, 12)).shape == (3, 8, 12)


def test_an_ensemble_needs_networks_that_agree_on_the_question(toy, colours):
    with pytest.raises(ValueError, match="at least one network"):
        ensemble.ensemble([])
    with pytest.raises(ValueError, match="colours has 3 classes and 3 channels, toy 4 and 3"):
        ensemble.ensemble([colours, toy])
    grey = Classifier("grey", Leaning(0, 0, 0), COLOURS, (8, 12), channels=1)
    with pytest.raises(ValueError, match="the same kind of picture"):
        ensemble.ensemble([colours, grey])


def test_without_a_target_all_are_pushed_away_from_what_any_of_them_says():
    """Red leads for one network and blue for the other, so that only green is a wrong answer to both."""
    members = [leaning("red", 2, 0, 0), leaning("blue", 0, 0, 2)]
    clean = png(0.5, 0.4, 0.5)
    assert [measure.read(one, one.read(clean)).name for one in members] == ["red", "blue"]
    recipe = Recipe(target=None, eps=76, steps=5)
    *_, end = transfer.against(members, clean, recipe)
    assert end.pixels is not None
    told = transfer.across(members, clean, encode(end.pixels), None)
    assert [(one.after.name, one.outcome) for one in told] == [("green", "fooled")] * 2
    assert end.pixels[0, 0].tolist() == [128 - 76, 102 + 76, 128 - 76]


def test_with_a_target_all_are_pushed_towards_it():
    members = [leaning("red", 2, 0, 0), leaning("blue", 0, 0, 2)]
    recipe = Recipe(target=GREEN, eps=76, steps=5)
    first, *_, end = transfer.against(members, png(0.5, 0.4, 0.5), recipe)
    assert first.index == 0
    assert end.index == 5
    assert end.pixels is not None
    assert end.probs.argmax() == GREEN
    assert end.pixels[0, 0].tolist() == [128 - 76, 102 + 76, 128 - 76]


def test_without_a_target_the_loss_is_the_log_of_all_that_was_said():
    logits = np.random.default_rng(2).normal(size=(3, 4))
    away = away_from_all((0, 2))
    probs = softmax(logits)
    np.testing.assert_allclose(away(torch.tensor(logits)), np.log(probs[:, [0, 2]].sum(1)))
    np.testing.assert_allclose(away.wanted(torch.tensor(probs)), probs[:, [1, 3]].sum(1))


# At epsilon 0.1 red falls from 0.6 to 0.5 and green rises from 0.5 to 0.6, so `plain` changes its mind;
# `reddish`, which gives red 0.3 more than it has, does so only for the third, which becomes 0.4 and 0.72.
PICTURES = [png(0.6, 0.5, 0.1), png(0.62, 0.5, 0.1), png(0.5, 0.62, 0.1)]
LABELS = [RED, RED, RED]


def counted(eps: float, targets: list[int] | None = None) -> list[transfer.Rates]:
    recipe = Recipe(target=None, eps=eps * 255, steps=4)
    others = [PLAIN, REDDISH, STUBBORN]
    return list(transfer.rates(PLAIN, others, PICTURES, LABELS, recipe, targets=targets, batch=2))


def test_right_answers_are_counted_before_and_after_on_every_network():
    first, last = counted(0.1)
    assert (first.done, last.done) == (2 / 3, 1)
    assert [(rate.before.hits, rate.after.hits) for rate in first.networks] == [(2, 0), (2, 2), (2, 2)]
    assert [(rate.before.hits, rate.after.hits) for rate in last.networks] == [(2, 0), (3, 2), (3, 3)]
    assert {rate.before.asked for rate in last.networks} == {3}
    assert {rate.wanted.asked for rate in last.networks} == {0}, "there is no target to count"


def test_a_larger_epsilon_travels_further():
    assert [rate.after.hits for rate in counted(0.25)[-1].networks] == [0, 0, 3]


def test_with_targets_those_that_arrived_are_counted():
    *_, last = counted(0.3, [BLUE, GREEN, GREEN])
    hits = [rate.wanted.hits for rate in last.networks]
    # Towards blue from (0.6, 0.5, 0.1): (0.3, 0.2, 0.4) is blue for `plain`, red for `reddish`.
    assert hits == [3, 2, 0]
    assert [rate.wanted.asked for rate in last.networks] == [3, 3, 3]


def test_rates_refuses_what_cannot_be_counted():
    recipe = Recipe(target=None)
    with pytest.raises(ValueError, match="at least one picture"):
        next(transfer.rates(PLAIN, [PLAIN], [], [], recipe))
    with pytest.raises(ValueError, match="batch >= 1"):
        next(transfer.rates(PLAIN, [PLAIN], PICTURES, LABELS, recipe, batch=0))
    with pytest.raises(ValueError, match="a label"):
        next(transfer.rates(PLAIN, [PLAIN], PICTURES, LABELS[:2], recipe))


def test_drawn_targets_are_any_class_but_the_label_and_follow_the_seed():
    labels = [0, 1, 2] * 200
    targets = transfer.drawn(labels, 3, seed=4)
    assert all(target != label for target, label in zip(targets, labels, strict=True))
    pairs = set(zip(labels, targets, strict=True))
    assert len(pairs) == 6, "every other class comes up"
    assert targets == transfer.drawn(labels, 3, seed=4) != transfer.drawn(labels, 3, seed=5)
    with pytest.raises(ValueError, match="at least 2 classes"):
        transfer.drawn([0], 1)


def crafted(classifier: Classifier, eps: float) -> tuple[bytes, bytes]:
    """The cat towards king penguin, before and after, as saved."""
    x = classifier.read(samples.sample("cat"))
    attack = Attack(Linf(eps), alpha=2.5 * eps / 12, steps=12)
    *_, end = trick(classifier, x, towards(145), attack)
    return to_png(x), to_png(end.x_adv)


def away(nets: list[Classifier]) -> tuple[bytes, bytes]:
    """The cat, which is not the same cat to all three, away from whatever they say."""
    first, *_, end = transfer.against(nets, samples.sample("cat"), Recipe(target=None, eps=8, steps=6))
    assert first.pixels is not None
    assert end.pixels is not None
    return encode(first.pixels), encode(end.pixels)


def test_one_picture_against_the_ensemble_fools_all_three_where_one_network_alone_fools_itself():
    nets = [engine.call(load, f"efficientnet-lite{i}") for i in range(3)]
    alone = transfer.across(nets, *engine.call(crafted, nets[0], 4 / 255), 145)
    assert alone[0].outcome == "wanted"
    assert all(told.outcome != "wanted" for told in alone[1:]), "a class of one's choice does not travel"
    together = transfer.across(nets, *engine.call(crafted, ensemble.ensemble(nets), 4 / 255), 145)
    assert [told.outcome for told in together] == ["wanted"] * 3
    clean, saved = engine.call(away, nets)
    assert [told.outcome for told in transfer.across(nets, clean, saved, None)] == ["fooled"] * 3
    sure = [float(told.after.probs[145]) for told in together]
    assert min(sure) > 0.5
