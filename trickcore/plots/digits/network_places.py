"""Where the parts of a drawn network stand, on a screen and on a phone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Places:
    """Where things stand, in pixels of a drawing that is not scaled."""

    width: float
    height: float
    box: tuple[float, float, float]  # left, top and side of the picture
    units: list[tuple[float, float]]  # centres
    side: float  # of a unit's picture
    answers: list[tuple[float, float]]
    narrow: bool

    def pixel(self, row: int, column: int, of: tuple[int, ...]) -> tuple[float, float]:
        left, top, side = self.box
        return left + (column + 0.5) / of[1] * side, top + (row + 0.5) / of[0] * side

    def edge(self, unit: tuple[float, float], *, before: bool) -> tuple[float, float]:
        """Of a unit's picture, where lines from the pixels end, or those to the answers begin."""
        half = self.side / 2 * (-1 if before else 1)
        return (unit[0], unit[1] + half) if self.narrow else (unit[0] + half, unit[1])

    def ends(self, unit: tuple[float, float], answer: tuple[float, float]) -> list[tuple[float, float]]:
        """Of a line from a unit, past its figure, to the edge of an answer."""
        x, y = self.edge(unit, before=False)
        past = (x, y + 17) if self.narrow else (x + 50, y)
        end = (answer[0], answer[1] - 13) if self.narrow else (answer[0] - 17, answer[1])
        return [past, end]


def wide(units: int, answers: int) -> Places:
    """On a screen: three columns."""
    pitch = 450 / units
    return Places(
        820,
        480,
        (4, 116, 270),
        [(432, 28 + pitch * (i + 0.5)) for i in range(units)],
        min(44, pitch - 2),
        [(652, 28 + 450 * (k + 0.5) / answers) for k in range(answers)],
        narrow=False,
    )


def narrow(units: int, answers: int) -> Places:
    """On a phone: the picture above two rows of units and one of answers."""
    row = max(1, -(-units // 2))
    return Places(
        360,
        500,
        (92, 24, 176),
        [(360 / row * (i % row + 0.5), 266 + 64 * (i // row)) for i in range(units)],
        min(40, 360 / row - 5),
        [(360 / answers * (k + 0.5), 440) for k in range(answers)],
        narrow=True,
    )
