"""What the pages say, wherever it is written: one pair of words, and numbers that stay whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import ROOT

SAID = sorted([*ROOT.glob("ui/**/*.py"), *ROOT.glob("trickcore/**/*.py")])
# What a program prints for those who make the networks, and stories' figures, which `unbroken` mends.
PLAIN = {"digit_networks.py", "stories.py"}


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a file but its docstrings, with its line; of f-strings the parts as they stand."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
        and isinstance(node.body[0].value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", SAID, ids=lambda path: path.name)
def test_no_percent_sign_is_parted_from_its_number(path):
    if path.name in PLAIN:
        return
    parted = [(line, text) for line, text in texts(path) if re.search(r"[\d}] %", text)]
    assert not parted
