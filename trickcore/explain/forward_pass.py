"""The forward pass of a picture: what each hidden unit sees, and what it adds to each answer.

Between its kinks a network of ReLUs is a linear function (Montufar et al. 2014, arXiv:1402.1869), so that
a hidden unit's sum is its gradient in the pixels times the pixels, and the rest, which does not hang on
them. For a dense layer the gradient is its weights and the rest its bias, whatever the picture.
"""

from __future__ import annotations

import torch
from torch import nn

from trickcore import engine
from trickcore.attacks.loop import device_of
from trickcore.explain.input_gradients import gradients
from trickcore.explain.records import ForwardPass
from trickcore.language import _
from trickcore.networks.classifier import Classifier, checked_answer
from trickcore.pictures.files import to_8bit


def forward_pass(classifier: Classifier, data: bytes) -> ForwardPass:
    """The way of a picture file through a network that ends in ReLU and a dense layer.

    Raises ImageError for the file and ValueError for another network, with a sentence for a person.
    """
    before, last = _parts(classifier)
    x = classifier.read(data)
    with torch.enable_grad():
        many = x.to(device_of(before, x)).expand(last.in_features, *x.shape).contiguous().requires_grad_()
        sums = before(many).diagonal()  # of unit j in copy j
        patterns = engine.gradient(sums.sum(), many)
    with torch.no_grad():
        logits = checked_answer(classifier.net(x[None].to(many.device)))[0]
    return ForwardPass(
        pixels=to_8bit(x),
        values=x[0].double().numpy(),
        patterns=patterns[:, 0].double().cpu().numpy(),
        sums=sums.detach().double().cpu().numpy(),
        weights=last.weight.detach().double().cpu().numpy(),
        biases=last.bias.detach().double().cpu().numpy(),
        logits=logits.double().cpu().numpy(),
        probs=logits.softmax(0).cpu().numpy(),
        gradients=gradients(classifier.net, x, range(last.out_features))[:, 0].double().numpy(),
        fixed=not any(isinstance(layer, nn.ReLU) for layer in before.modules()),
    )


def _parts(classifier: Classifier) -> tuple[nn.Sequential, nn.Linear]:
    """What leads to the sums of the last hidden layer, and the dense layer after its ReLU."""
    layers = getattr(classifier.net, "layers", None)
    if classifier.channels == 1 and isinstance(layers, nn.Sequential) and len(layers) > 2:
        *before, relu, last = layers
        if isinstance(relu, nn.ReLU) and isinstance(last, nn.Linear):
            return nn.Sequential(*before), last
    raise ValueError(
        _(
            "{network} does not end in a hidden layer of ReLUs and ten answers. Choose a digit network.",
            network=classifier.name,
        )
    )
