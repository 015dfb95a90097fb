"""The network with two inputs as jobs: a training as it goes, and a point pushed over the border."""

from __future__ import annotations

from collections.abc import Iterator

from trickcore import engine
from trickcore.explain.two_pixels import Moment, Plan, PlaneNetwork, Push


@engine.job(heavy=False)
def learn(plan: Plan) -> Iterator[Moment]:
    """A training to its end: its moments, the first before anything was learnt."""
    from trickcore.explain import plane_net

    yield from plane_net.learn(plan)


def pushed(network: PlaneNetwork, pixels: tuple[float, float], eps: float, steps: int) -> Push:
    """A point on [0, 1] pushed towards the class that it is not taken for, within eps."""
    import numpy as np

    from trickcore.explain import plane_net

    return plane_net.push(network, np.array(pixels), eps, steps)
