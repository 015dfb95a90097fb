"""A crowd on one machine: websocket sessions that open real pages of one server, as a class does.

    python -m benchmarks.crowd [--minutes 10] [--only thirty sixteen short alone memory marks]

Prints a table of what each visitor had to wait for. The visitors run on the same machine as the server.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.visitors import Visit, crowd, visit
from tests.browser.driving import serve
from trickcore import load
from trickcore.pictures import samples
from trickcore.pictures.files import to_8bit

THIRTY, SIXTEEN = 30, 16
STEPS = 40


def settings(seed: int, steps: int = STEPS) -> str:
    """A run of its own: nobody else has this seed."""
    return f"random_start=true&steps={steps}&seed={seed}"


def row(what: str, goal: str, found: str, good: bool) -> str:
    return f"| {what} | {goal} | {found} | {'yes' if good else 'no'} |"


def _refuse(errors: list[str]) -> None:
    if errors:
        raise SystemExit(f"A page went wrong: {errors[0]}")


def _ends(visits: list[Visit]) -> list[float]:
    """When each had its verdict, the last one last."""
    _refuse([error for one in visits for error in one.errors])
    return sorted(one.verdict or float("inf") for one in visits)


def thirty(url: str, seeds: Iterator[int]) -> list[str]:
    ends = _ends(asyncio.run(crowd(url, [""] * THIRTY)))
    return [row("30 visitors open the page: the last verdict", "3 s", f"{ends[-1]:.2f} s", ends[-1] <= 3)]


def sixteen(url: str, seeds: Iterator[int]) -> list[str]:
    visits = asyncio.run(crowd(url, [settings(next(seeds)) for _ in range(SIXTEEN)]))
    ends = _ends(visits)
    rate = SIXTEEN * STEPS / ends[-1]
    first = max(one.first_chart or float("inf") for one in visits)
    # The work's length: the mean of what the machine does when all are on it, up to the first that ends.
    spread = ends[-1] / statistics.mean(ends)
    return [
        row(f"16 visitors, 16 runs of {STEPS} steps: steps a second in all", "36", f"{rate:.1f}", rate >= 36),
        row("the last of their first charts", "2 s", f"{first:.2f} s", first <= 2),
        row("the last verdict, of the mean one", "1.15", f"{spread:.2f}", spread <= 1.15),
        row(
            "drawings of the chart a second in all",
            "",
            f"{sum(v.charts for v in visits) / ends[-1]:.1f}",
            True,
        ),
    ]


def short(url: str, seeds: Iterator[int]) -> list[str]:
    async def both() -> Visit:
        long = [asyncio.create_task(visit(url, settings(next(seeds), 200))) for _ in range(15)]
        await asyncio.sleep(0.2)
        one = await visit(url, settings(next(seeds), 30))
        for task in long:
            task.cancel()
        await asyncio.gather(*long, return_exceptions=True)
        return one

    one = asyncio.run(both())
    end = _ends([one])[-1]
    told = f"; told first: {one.waited[0]}" if one.waited else ""
    return [row("a run of 30 steps among 15 of 200", "8 s", f"{end:.2f} s{told}", end <= 8)]


def alone(url: str, seeds: Iterator[int]) -> list[str]:
    quiet = [_ends([asyncio.run(visit(url, settings(next(seeds))))])[-1] for _ in range(5)]
    with busy():
        loud = [_ends([asyncio.run(visit(url, settings(next(seeds))))])[-1] for _ in range(5)]
    return [
        row(f"one visitor, {STEPS} steps, median of 5", "", f"{statistics.median(quiet):.2f} s", True),
        row("the same beside a busy process", "3.2 s", f"{statistics.median(loud):.2f} s",
            statistics.median(loud) <= 3.2),
    ]  # fmt: skip


@contextmanager
def busy() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def marks(url: str, seeds: Iterator[int]) -> list[str]:
    """Every visitor has noise of their own, and is shown it and no other."""
    numbers = [next(seeds) for _ in range(THIRTY)]
    links = [f"picture=Blank&canvas=Noise&steps=5&seed={number}" for number in numbers]
    visits = asyncio.run(crowd(url, links, look="Original"))
    _ends(visits)
    network = load()  # which cuts the middle out of what it is shown
    noise = [to_8bit(network.read(samples.blank("noise", network.size, seed=number))) for number in numbers]
    wrong = sum(not np.array_equal(_pixels(v.looked), own) for v, own in zip(visits, noise, strict=True))
    return [row("30 visitors, each with noise of their own: shown another's", "0", str(wrong), wrong == 0)]


def _pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def memory(url: str, seeds: Iterator[int], minutes: float = 10) -> list[str]:
    """Eight visitors at a time, who stay for a run, or leave in its middle."""
    port = int(url.rsplit(":", 1)[1])

    async def come_and_go(until: float) -> int:
        count = 0
        while time.monotonic() < until:
            link = settings(next(seeds), random.Random(count).choice([5, 10, 40]))
            seen = await visit(url, link if count % 3 else "", until=("first_chart", "finished")[count % 2])
            _refuse(seen.errors)
            count += 1
        return count

    async def eight(seconds: float) -> int:
        until = time.monotonic() + seconds
        return sum(await asyncio.gather(*(come_and_go(until) for _ in range(8))))

    def rest() -> float:
        time.sleep(KEPT)
        asyncio.run(visit(url))  # Streamlit lets go of those whose time is over when the next one leaves
        time.sleep(SWEPT)
        return _megabytes(port)

    asyncio.run(eight(BEFORE))
    begin = rest()
    count = asyncio.run(eight(60 * minutes))
    most = _megabytes(port)
    end = rest()
    what = f"memory after {minutes:g} minutes of {count} visitors coming and going, of that before them"
    return [
        row(what, "1.10", f"{end / begin:.2f} ({begin:.0f}, {most:.0f}, {end:.0f} MB)", end <= 1.1 * begin)
    ]


BEFORE = 20  # seconds of visitors, until the server has all that it keeps
KEPT = 125  # seconds: Streamlit keeps a visit for two minutes, in case its phone only slept
SWEPT = 40  # seconds: the server gives memory back every half minute


def _megabytes(port: int) -> float:
    """Of the server that listens there and of its processes; what they share counts once, and what they
    read from files, as torch's libraries are, not at all: that is shared with others on the machine."""
    (server,) = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if f"--server.port={port}".encode() in path.read_bytes().split(b"\0")
    ]
    family = {server}
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        words = path.read_text().rpartition(")")[2].split()
        parents[int(path.parent.name)] = int(words[1])
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    total = 0
    for pid in family:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss_Anon:"))
    return total / 1000


PARTS: dict[str, Callable[..., list[str]]] = {
    "thirty": thirty,
    "sixteen": sixteen,
    "short": short,
    "alone": alone,
    "marks": marks,
    "memory": memory,
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--minutes", type=float, default=10, help="of visitors coming and going")
    options.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="PART")
    given = options.parse_args()
    seeds, rows = iter(range(1, 900_000)), []
    begin = time.perf_counter()
    with serve() as url:
        answers = time.perf_counter() - begin
        seen = asyncio.run(visit(url))  # the workers are warm after this
        _refuse(seen.errors)
        first = answers + (seen.first_element or 0.0)
        rows.append(row("from the start to the first page", "3 s", f"{first:.2f} s", first <= 3))
        for name in given.only:
            rows += PARTS[name](url, seeds, *((given.minutes,) if name == "memory" else ()))
    print("\n| | goal | measured | reached |\n|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
