"""Moving pictures of a network with two inputs, as GIFs: its training, and its layers."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from trickcore.explain.plane_drawing import PlaneDrawing, drawing
from trickcore.explain.plane_views import Place, between, view
from trickcore.explain.two_pixels import all_scores, border, chance, stage_names
from trickcore.language import _
from trickcore.plots.style import Palette, mixed, palette
from trickcore.plots.two_pixels.planes import class_pair
from trickcore.text import percent

if TYPE_CHECKING:
    from trickcore.explain.point_sets import Points, Values
    from trickcore.explain.two_pixels import Moment, PlaneNetwork

SIDE, TITLE = 260, 24  # of a picture in a frame, and of the words above it, in pixels
SHARP = 2  # times as large as it is saved, so that edges are smooth
STILL, MOVING = 12, 14  # frames a stage is held, and is on its way to the next
COLOURS = 64  # of a frame
COARSE = 3  # every how many grey levels scores are asked for


def training_gif(
    moments: Sequence[Moment], points: Points, *, dark: bool = False, seconds: float = 5.0
) -> bytes:
    """A training: the square in the colours of the answers, and what the last hidden layer has made of it.

    Raises ValueError without a moment.
    """
    if not moments:
        raise ValueError("expected at least one moment of a training, got none")
    theme, frames = palette(dark), []
    for moment in moments:
        network = moment.network
        scores = all_scores(network, COARSE)
        lines = border(network, scores)
        square = drawing(view(network, 0, points.pixels), network, points, lines)
        bent = drawing(view(network, network.stages - 1, points.pixels), network, points, lines)
        words = _("epoch {number}: {share} right", number=moment.epoch, share=percent(moment.right, 0))
        left = _frame(square, theme, words, field=chance(scores))
        frames.append(_beside(left, _frame(bent, theme, _("as the network has bent it"))))
    each = max(20, round(1000 * seconds / len(frames)))
    return _gif(frames, [*[each] * (len(frames) - 1), each + 1500])


def layers_gif(network: PlaneNetwork, points: Points, *, dark: bool = False) -> bytes:
    """The square on its way through a network's stages. Between two of them it moves evenly."""
    theme, lines = palette(dark), border(network, all_scores(network, COARSE))
    names = [_(name) for name in stage_names((network.stages - 1) // 2)]
    views = [view(network, stage, points.pixels) for stage in range(network.stages)]

    def frame(place: Place, name: str) -> Image.Image:
        return _frame(drawing(place, network, points, lines), theme, name)

    frames = [frame(views[0], names[0])]
    times = [1000]
    for stage in range(1, network.stages):
        for k in range(1, MOVING):
            share = (1 - np.cos(np.pi * k / MOVING)) / 2  # gently off and gently on
            frames.append(frame(between(views[stage - 1], views[stage], share), names[stage]))
            times.append(50)
        frames.append(frame(views[stage], names[stage]))
        times.append(1000)
    times[-1] += 1000
    return _gif(frames, times)


def _frame(drawn: PlaneDrawing, theme: Palette, words: str, field: Values | None = None) -> Image.Image:
    """One picture: a field of answers (M, M) or the grid, the border, the points, and words above."""
    size = SHARP * SIDE
    image = Image.new("RGB", (size, size + SHARP * TITLE), theme.page)
    pen, pair = ImageDraw.Draw(image), class_pair(theme)

    def spots(where: Values) -> list[tuple[float, float]]:
        return [(x, y + SHARP * TITLE) for x, y in _at(where, size)]

    if field is not None:
        corners = spots(np.array([drawn.grid[0][0], drawn.grid[-1][-1]]))
        (left, low), (right, high) = corners
        painted = _painted(field, theme).resize(
            (round(right - left), round(low - high)), Image.Resampling.BICUBIC
        )
        image.paste(painted, (round(left), round(high)))
    else:
        for line, ones in zip(drawn.grid, drawn.sides, strict=True):
            where = spots(line)
            for k in range(len(where) - 1):
                colour = mixed(pair[int(ones[k])].line, theme.page, 0.6)
                pen.line([where[k], where[k + 1]], fill=colour, width=SHARP)
    if drawn.line is not None:
        pen.line(spots(drawn.line), fill=theme.faint, width=SHARP)
    for line in drawn.border:
        pen.line(spots(line), fill=theme.text, width=5, joint="curve")
    for label in (0, 1):
        for x, y in spots(drawn.points[drawn.labels == label]):
            _spot(pen, x, y, label, pair[label].line, theme.page)
    pen.rectangle((0, 0, size, SHARP * TITLE - 1), fill=theme.page)
    pen.text((6, 4), _ascii(words), fill=theme.text, font=ImageFont.load_default(SHARP * 13))
    return image.resize((SIDE, SIDE + TITLE), Image.Resampling.LANCZOS)


def _ascii(words: str) -> str:
    """Without accents, and with usual spaces: Pillow's own font has no other letters."""
    plain = words.replace("ß", "ss").replace("œ", "oe")
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()


def _at(where: Values, size: int) -> list[tuple[float, float]]:
    """From -1 to 1, upwards, to pixels of the picture, downwards; what is far outside is brought nearer."""
    near = np.clip(where, -10, 10)
    return [((1 + x) / 2 * size, (1 - y) / 2 * size) for x, y in near.tolist()]


def _spot(pen: ImageDraw.ImageDraw, x: float, y: float, label: int, colour: str, edge: str) -> None:
    r = 6.5 if label else 5.5
    if label:
        pen.polygon([(x - r, y), (x, y - r), (x + r, y), (x, y + r)], fill=colour, outline=edge)
    else:
        pen.ellipse((x - r, y - r, x + r, y + r), fill=colour, outline=edge)


def _painted(field: Values, theme: Palette) -> Image.Image:
    """Probabilities of class 1 as colours, the second pixel upwards."""
    ends = [_rgb(mixed(colour.line, theme.page)) for colour in class_pair(theme)]
    page, share = _rgb(theme.page), field[::-1, :, None]
    low = ends[0] + (page - ends[0]) * np.clip(2 * share, 0, 1)
    high = low + (ends[1] - page) * np.clip(2 * share - 1, 0, 1)
    return Image.fromarray(np.rint(high).astype(np.uint8))


def _rgb(colour: str) -> Values:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float64)


def _beside(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width + 8, left.height), left.getpixel((0, 0)))
    both.paste(left, (0, 0))
    both.paste(right, (left.width + 8, 0))
    return both


def _gif(frames: Sequence[Image.Image], times: Sequence[int]) -> bytes:
    out = io.BytesIO()
    few = [frame.quantize(COLOURS, dither=Image.Dither.NONE) for frame in frames]  # half the bytes
    few[0].save(out, "GIF", save_all=True, append_images=few[1:], duration=list(times), loop=0)
    return out.getvalue()
