"""Pictures in tables: Parquet and Hugging Face's Arrow files on disk, and torchvision's data sets."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from trickcore.language import _, later
from trickcore.pictures import mnist
from trickcore.pictures.files import encode
from trickcore.sweep.picture_sets import CLEAN, TORCHVISION, PictureSet
from trickcore.sweep.plan import PlanError

PICTURES, LABELS = (
    ("image", "img", "picture", "png", "jpg"),
    ("label", "labels", "fine_label", "class", "cls"),
)
KEPT = 2  # groups of rows that are kept in memory


def of_files(files: Sequence[Path], source: str) -> PictureSet:
    """The pictures in Parquet or Arrow files of one kind: a column of picture files, as bytes or as Hugging
    Face's {bytes, path}, and one of labels, if there is any. Raises PlanError."""
    try:
        parts = [_Part(file) for file in files if not file.name.startswith("cache-")]
        column, label = _columns(parts[0].schema, source)
        words = [word for part in parts for word in part.words(label)]
    except (pa.ArrowException, OSError, KeyError) as error:
        raise PlanError(
            _("The table in {source} cannot be read: {why}.", source=source, why=str(error))
        ) from None
    ends = np.cumsum([part.rows for part in parts])

    def read(place: int) -> bytes:
        part = int(np.searchsorted(ends, place, side="right"))
        return parts[part].picture(column, place - (int(ends[part - 1]) if part else 0))

    names = tuple(f"{place:06}" for place in range(int(ends[-1])))
    return PictureSet(source, names, tuple(words), later("the table") if label else CLEAN, read)


def _columns(schema: pa.Schema, source: str) -> tuple[str, str | None]:
    lower = {name.lower(): name for name in schema.names}
    column = next((lower[name] for name in PICTURES if name in lower), None)
    if column is None:
        raise PlanError(
            f"The table in {source} has no column of pictures: it has {', '.join(schema.names)}, and one of "
            f"{', '.join(PICTURES)} is looked for."
        )
    return column, next((lower[name] for name in LABELS if name in lower), None)


class _Part:
    """One file, whose groups of rows are read as they are asked for."""

    def __init__(self, path: Path) -> None:
        if path.suffix == ".parquet":
            file = pq.ParquetFile(path)
            self.schema = file.schema_arrow
            sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
            self.group = lru_cache(KEPT)(lambda group, column: file.read_row_group(group, [column]).column(0))
        else:
            table = _arrow(path)
            self.schema, sizes = table.schema, [table.num_rows]
            self.group = lru_cache(KEPT)(lambda group, column: table.column(column))
        self.ends = np.cumsum([0, *sizes])
        self.rows = int(self.ends[-1])

    def words(self, label: str | None) -> list[str | None]:
        """The labels, in the words that Hugging Face keeps beside the table, if it does."""
        if label is None:
            return [None] * self.rows
        names = _names(self.schema, label)
        values = [
            value for group in range(len(self.ends) - 1) for value in self.group(group, label).to_pylist()
        ]
        return [None if value is None else names[value] if names else str(value) for value in values]

    def picture(self, column: str, row: int) -> bytes:
        group = int(np.searchsorted(self.ends, row, side="right")) - 1
        value = self.group(group, column)[row - int(self.ends[group])].as_py()
        if isinstance(value, dict):
            inside, path = value.get("bytes"), value.get("path")
            value = inside if inside else Path(path).read_bytes() if path else b""
        return value if isinstance(value, bytes) else b""


def _arrow(path: Path) -> pa.Table:
    """An Arrow file as Hugging Face writes it, left on disk: a stream, or with a foot."""
    source = pa.memory_map(str(path))
    try:
        return pa.ipc.open_stream(source).read_all()
    except pa.ArrowInvalid:
        return pa.ipc.open_file(source).read_all()


def _names(schema: pa.Schema, label: str) -> list[str] | None:
    """The names of a column's classes, as the package datasets writes them into a table."""
    try:
        known = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"][label]
        names = known.get("names") if isinstance(known, dict) else None
    except (KeyError, TypeError, ValueError):
        return None
    return [str(name) for name in names] if isinstance(names, list) else None


def of_torchvision(source: str) -> PictureSet:
    """The test pictures of one of torchvision's data sets: "torchvision:CIFAR10@folder". Raises PlanError."""
    from torchvision import datasets

    name, _, folder = source.removeprefix(TORCHVISION).partition("@")
    made = getattr(datasets, name, None)
    if not (isinstance(made, type) and issubclass(made, datasets.VisionDataset)):
        raise PlanError(f"torchvision has no data set called {name!r}. Its names are written as CIFAR10.")
    root = (
        folder
        or os.environ.get("DATA_ROOT")
        or (str(mnist.mnist_root()) if name.endswith("MNIST") else "data")
    )
    data = _made(made, name, root)
    words = _words_of(data)

    def read(place: int) -> bytes:
        picture = data[place][0]
        if not isinstance(picture, Image.Image):
            raise OSError(f"picture {place} of {name} is no picture")
        if picture.mode in ("RGB", "L"):
            return encode(np.asarray(picture))
        out = io.BytesIO()
        picture.save(out, "PNG")
        return out.getvalue()

    return PictureSet(source, tuple(f"{name}/{place:06}" for place in range(len(data))), words, name, read)


def _words_of(data: Any) -> tuple[str, ...]:
    """The label of each picture of a data set: a wnid where it has them, else a name, else a number."""
    targets = getattr(data, "targets", getattr(data, "labels", None))
    found = [
        int(k) for k in (targets if targets is not None else [data[place][1] for place in range(len(data))])
    ]
    # Of a class with several names the first; "7 - seven", as MNIST has it, is 7.
    classes = [str(one[0] if isinstance(one, tuple) else one) for one in getattr(data, "classes", [])]
    names = getattr(data, "wnids", None) or [one.partition(" - ")[0] for one in classes]
    return tuple(names[k] if names else str(k) for k in found)


def _made(made: Any, name: str, root: str) -> Any:
    """The data set's test pictures, which some ask for by another word."""
    wrong = ""
    for asked in ({"train": False}, {"split": "test"}, {"split": "val"}):
        try:
            return made(root, **asked)
        except TypeError:
            continue
        except Exception as error:
            wrong = str(error)
    raise PlanError(
        f"torchvision's {name} is not in {root}{f': {wrong}' if wrong else ''}. Name its folder: "
        f"torchvision:{name}@folder."
    )
