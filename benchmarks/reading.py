"""What the largest picture files take to be read: peak memory above the start, and seconds of one core.

    python -m benchmarks.reading [NAME ...] [--megapixels 40]

Each file is made here and read in another process, as a network of 224 x 224 would read it; its bytes count
as memory, too. `broken` files promise more in their header than there is in them. Prints a Markdown
table. Linux only: the peak is the kernel's (VmHWM), set back before the file is read.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks.picture_files import CASES, levels_of, saved


@dataclass(frozen=True, slots=True)
class Read:
    """A file, read."""

    megabytes: float  # above the start
    seconds: float
    said: str  # "read", or why not


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"of the files: {', '.join(CASES)}; all of them")
    parser.add_argument("--megapixels", type=float, default=40)
    parser.add_argument("--read", type=Path, nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        for path in args.read:
            print(json.dumps(astuple(read(path))), flush=True)
        return
    print("| file | megapixels | size, MB | peak, MB | seconds | |")
    print("|---|---:|---:|---:|---:|---|")
    names = args.names or list(CASES)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / str(number) for number in range(len(names))]
        for name, path in zip(names, paths, strict=True):
            path.write_bytes(CASES[name](*sides(args.megapixels)))
        for name, path, found in zip(names, paths, all_read(paths), strict=True):
            size = f"{path.stat().st_size / 1e6:.1f}"
            print(
                f"| {name} | {args.megapixels:g} | {size} | {found.megabytes:.0f} | {found.seconds:.2f} "
                f"| {found.said} |",
                flush=True,
            )


def sides(megapixels: float) -> tuple[int, int]:
    """Width and height of so many pixels at most, five to four."""
    height = int((megapixels * 1e6 / 1.25) ** 0.5) // 16 * 16
    return height * 5 // 4 // 16 * 16, height


def all_read(paths: Sequence[Path]) -> Iterator[Read]:
    """Each file, read in one process that does nothing else."""
    command = [sys.executable, "-m", "benchmarks.reading", "--read", *map(str, paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            yield Read(*json.loads(line))


def read(path: Path) -> Read:
    from trickcore import ImageError, read_image

    read_image(saved(levels_of(300, 300), "JPEG"), (224, 224))
    ctypes.CDLL(None).malloc_trim(0)  # what the file before has left is given back
    start = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    began, said = time.process_time(), "read"
    try:
        read_image(path.read_bytes(), (224, 224))
    except ImageError as error:
        said = str(error)
    return Read(_memory("VmHWM") - start, time.process_time() - began, said)


def _memory(what: str) -> float:
    """Megabytes, of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) * 1024 / 1e6


if __name__ == "__main__":
    main()
