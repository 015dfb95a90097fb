"""What a sweep will cost, from a short measurement of each network."""

from __future__ import annotations

from collections.abc import Mapping

from trickcore import engine
from trickcore.jobs.networks import Network, classifier_of
from trickcore.sweep.plan import Plan, Trial

FORWARD = 1 / 3  # of a step: a pass forward; the way back takes about twice as long


@engine.job(shared=False)
def seconds_a_step(network: Network) -> float:
    """Seconds that a picture takes for a pass forward and back, in the batch that is used."""
    from trickcore.attacks.loop import device_of
    from trickcore.sweep.batches import batch_of, seconds

    import torch  # isort: skip

    classifier = classifier_of(network)
    batch = batch_of(classifier)
    return seconds(classifier, batch, device_of(classifier.net, torch.zeros(1)).type) / batch


def steps_of(trial: Trial) -> float:
    """How many steps a trial is worth, with the looks before and after."""
    recipe = trial.recipe
    if recipe.how.asks:
        return recipe.questions * FORWARD + 2 * FORWARD
    return recipe.steps * max(recipe.views, 1) + 2 * FORWARD


def seconds_of(plan: Plan, pictures: int, speeds: Mapping[str, float], workers: int) -> float:
    """Of the whole sweep, by `seconds_a_step` of each network."""
    steps = sum(steps_of(trial) for trial in plan.trials())
    return pictures * steps * sum(speeds[name] for name in plan.networks) / max(workers, 1)
