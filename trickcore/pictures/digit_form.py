"""The form of MNIST's digits, to which drawings and photos of digits are brought.

White ink on black, the size scaled to a box of 20 x 20 pixels with grey edges, moved by whole pixels until
the centre of mass lies in the middle of 28 x 28 (LeCun et al. 1998). The pen is as wide as MNIST's in that
box, however large, small or thin one drew.
"""

from __future__ import annotations

import numpy as np

from trickcore.pictures.files import Pixels

SIDE, BOX = 28, 20  # pixels: of the picture, and of the ink in it
PEN = 2.4  # pixels wide in that box; the mean of MNIST's digits is 2.3 to 2.6
MIDDLE = 14  # the pixel that MNIST's centre of mass lies in: 13.99 and 14.01 on average


def centred(box: Pixels) -> Pixels:
    """Ink in at most 20 x 20, moved by whole pixels until its mass is in the middle of 28 x 28."""
    picture = np.zeros((SIDE, SIDE), np.uint8)
    if box.any():
        (height, width), mass = box.shape, box.sum(dtype=float)
        y = (box.sum(1) @ np.arange(height)) / mass
        x = (box.sum(0) @ np.arange(width)) / mass
        top = min(max(round(MIDDLE - y), 0), SIDE - height)  # never cut off
        left = min(max(round(MIDDLE - x), 0), SIDE - width)
        picture[top : top + height, left : left + width] = box
    return picture
