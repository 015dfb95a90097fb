"""Photographs as views: an attack whose every step has to work on several random shots of the picture."""

from __future__ import annotations

from trickcore.attacks.views import Views, sampled
from trickcore.pictures.camera import ATHALYE, Ranges, photographed, shot


def views(n: int, ranges: Ranges = ATHALYE) -> Views:
    """n random shots a step, whose gradients are averaged: EOT (Athalye et al. 2018)."""
    return sampled(lambda x, rng: photographed(x, shot(ranges, rng), rng), n)
