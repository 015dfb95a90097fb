"""Files of weights are numbers to this repository: no program that hides in one is ever run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.helpers import ROOT

OWN = (
    "trickcore/engine/",  # what its processes tell each other, over pipes that only they hold the key of
    "tests/",  # what they pickled themselves, as it is sent to another process
)
RUNS_PROGRAMS = (
    "pickle.load", "pickle.loads", "pickle.Unpickler", "dill.load", "dill.loads", "cloudpickle.load",
    "cloudpickle.loads", "joblib.load", "marshal.load", "marshal.loads", "shelve.open", "pandas.read_pickle",
    "torch.hub.load", "torch.jit.load", "torch.package.PackageImporter",
)  # fmt: skip


def calls(source: str) -> Iterator[tuple[str, dict[str | None, ast.expr], int]]:
    """Every call's full name, its keywords, and its line, whatever the module or function was imported as."""
    tree = ast.parse(source)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.asname: one.name for one in node.names if one.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, dot, rest = ast.unparse(node.func).partition(".")
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            yield names.get(first, first) + dot + rest, keywords, node.lineno


def unsafe(source: str, *, own: bool = False) -> list[str]:
    """The calls that would run what a file says, each with its line."""

    def says(keywords: dict[str | None, ast.expr], word: str, value: bool) -> bool:
        found = keywords.get(word)
        return isinstance(found, ast.Constant) and found.value is value

    bad = []
    for name, keywords, line in calls(source):
        as_data = says(keywords, "weights_only", True)
        numbers = "allow_pickle" not in keywords or says(keywords, "allow_pickle", False)
        if (
            (name in ("torch.load", "torch.hub.load_state_dict_from_url") and not as_data)
            or (name == "numpy.load" and not numbers)
            or (name in RUNS_PROGRAMS and not (own and name.startswith("pickle.")))
        ):
            bad.append(f"{line}: {name}")
    return bad


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("import torch\ntorch.load(f, weights_only=True)", 0),
        ("import torch\ntorch.load(f)", 1),
        ("import torch\ntorch.load(f, weights_only=False)", 1),
        ("import torch as t\nt.load(f, weights_only=trusted)", 1),
        ("from torch import load as read\nread(f)", 1),
        ("from torch.hub import load_state_dict_from_url\nload_state_dict_from_url(u)", 1),
        ("import pickle\npickle.loads(data)", 1),
        ("from pickle import Unpickler\nUnpickler(f).load()", 1),
        ("import numpy as np\nnp.load(f)", 0),
        ("import numpy as np\nnp.load(f, allow_pickle=True)", 1),
        ("import numpy as np\nnp.load(f, allow_pickle=False)", 0),
    ],
)
def test_a_call_that_would_run_what_a_file_says_is_found(source, count):
    assert len(unsafe(source)) == count


def test_nothing_in_the_repository_runs_what_a_file_says():
    files = [ROOT / "dashboard.py", ROOT / "setup.py"]
    for room in ("trickcore", "ui", "benchmarks", "tests", "docs"):
        files += sorted((ROOT / room).rglob("*.py"))
    bad = []
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        source = path.read_text()
        if re.search("load|pickle|shelve|PackageImporter", source):  # saves most of the time
            bad += [f"{name}:{found}" for found in unsafe(source, own=name.startswith(OWN))]
    assert len(files) > 200
    assert not bad
