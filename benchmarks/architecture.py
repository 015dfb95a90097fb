"""The import graph of the rooms, drawn into docs/architecture.md: python -m benchmarks.architecture

Read off the import statements of all of trickcore/ and ui/; nothing is imported. An arrow that others imply
is left out of the picture; one that runs back, against the order of the rooms, is drawn dotted.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- made by: make architecture -->\n", "<!-- end of what is made -->\n"
# Each may reach for those before it.
ROOMS = (
    *(
        "language",
        "text",
        "engine",
        "pictures",
        "networks",
        "attacks",
        "runs",
        "measure",
        "explain",
        "diagnose",
    ),
    *("training", "plots", "report", "jobs", "sweep", "classroom", "cli", "lightning", "ui", "dashboard"),
)
OUTSIDE = ("streamlit", "torch", "plotly", "captum", "timm", "torchvision", "skimage", "sklearn", "jinja2")
Graph = dict[str, set[str]]  # a room, and the rooms it imports


def room_of(module: str) -> str | None:
    """The room that a module lies in; None for what is in none, such as trickcore itself."""
    parts = module.split(".")
    if parts[0] in ("dashboard", "ui"):
        return parts[0]
    if parts[0] != "trickcore" or len(parts) < 2:
        return None
    name = "cli" if parts[1] == "__main__" else parts[1]
    return name if name in ROOMS else None


def public_names() -> dict[str, str]:
    """Where trickcore's public names come from, by its own `from ... import ...` for the type checker."""
    tree = ast.parse((ROOT / "trickcore" / "__init__.py").read_text("utf-8"))
    return {
        f"trickcore.{name.asname or name.name}": f"{node.module}.{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for name in node.names
    }


def imported(file: Path) -> Iterator[str]:
    """Full names of what a file imports."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def read(root: Path = ROOT) -> tuple[Graph, Graph]:
    """Which rooms each room imports, and which packages from outside."""
    names, rooms, outside = public_names(), defaultdict(set), defaultdict(set)
    for file in [
        *sorted(root.glob("trickcore/**/*.py")),
        *sorted(root.glob("ui/**/*.py")),
        root / "dashboard.py",
    ]:
        here = room_of(".".join(file.relative_to(root).with_suffix("").parts))
        if here is None:
            continue
        for name in imported(file):
            there = room_of(names.get(name, name))
            if there is not None and there != here:
                rooms[here].add(there)
            elif (package := name.split(".")[0]) in OUTSIDE:
                outside[here].add(package)
    return rooms, outside


def backward(rooms: Graph) -> list[tuple[str, str]]:
    """Arrows against the order of the rooms."""
    order = {room: i for i, room in enumerate(ROOMS)}
    return sorted((a, b) for a, targets in rooms.items() for b in targets if order[a] < order[b])


def drawing(rooms: Graph, outside: Graph) -> str:
    """The graph for Mermaid, and a table of all arrows."""
    back = backward(rooms)
    forward = {a: {b for b in rooms.get(a, ()) if (a, b) not in back} for a in ROOMS}
    reached: Graph = {}
    for room in ROOMS:  # those a room reaches for stand before it
        reached[room] = forward[room].union(*(reached[b] for b in forward[room]))
    lines = ["```mermaid", "graph TD"]
    for a in reversed(ROOMS):
        implied = set().union(*(reached[b] for b in forward[a]))
        lines += [f"    {a} --> {b}" for b in reversed(ROOMS) if b in forward[a] - implied]
    lines += [f"    {a} -.-> {b}" for a, b in back]
    lines += ["```", "", "| room | imports | from outside |", "|---|---|---|"]
    for room in reversed(ROOMS):
        inside = ", ".join(b for b in ROOMS if b in rooms.get(room, ()))
        lines.append(f"| {room} | {inside} | {', '.join(sorted(outside.get(room, ())))} |")
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The page with the picture made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{drawing(*read())}{END}{after}"


def main() -> int:
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    for a, b in backward(read()[0]):
        print(f"runs back: {a} imports {b}")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
