"""The rooms: which may reach for which, read off the imports; and how large a file and a folder may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from tests.helpers import ROOT

ORDER = (
    "language", "text", "engine", "pictures", "networks", "attacks", "runs", "measure", "explain", "diagnose",
    "training", "plots", "report", "jobs", "sweep", "classroom", "cli",
)  # fmt: skip
DOORS = {"__init__", "__main__", "_old_names", "lightning"}  # before the rooms: they may reach all
MOST_LINES, MOST_MODULES = 330, 14


def imports(source: str) -> Iterator[str]:
    """Every module, or name of a module, that a source reaches for, wherever in it and whatever for."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def sources(*folders: str) -> dict[str, str]:
    """Python files by their path."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(found)}


def room_of(path: str) -> str:
    return path.split("/")[1].removesuffix(".py")


def backwards(files: dict[str, str]) -> list[str]:
    """What reaches for a room that comes after its own, or for one that is not in the order."""
    found = []
    for path, source in files.items():
        room = room_of(path)
        if room in DOORS:
            continue
        if room not in ORDER:
            found.append(f"{path} is in no room")
            continue
        for name in imports(source):
            parts = name.split(".")
            if parts[0] == "trickcore" and len(parts) > 1 and parts[1] in ORDER:
                if ORDER.index(parts[1]) > ORDER.index(room):
                    found.append(f"{path} reaches for {name}")
            elif parts[0] in ("ui", "tests", "benchmarks", "dashboard"):
                found.append(f"{path} reaches for {name}")
    return found


def circles(files: dict[str, str]) -> list[str]:
    """Modules that reach for themselves by way of others, as they are imported."""
    modules = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in files}
    graph = {
        module: {
            known
            for name in _at_import(files[path])
            if (known := name if name in modules else name.rpartition(".")[0]) in modules and known != module
        }
        for module, path in modules.items()
    }
    found: list[str] = []
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        if module in way:
            found.append(" -> ".join((*way[way.index(module) :], module)))
        elif module not in done:
            for other in sorted(graph[module]):
                visit(other, (*way, module))
            done.add(module)

    for module in graph:
        visit(module, ())
    return found


def _at_import(source: str) -> Iterator[str]:
    """What is reached for as a module is imported: not in functions, and not for types alone."""
    todo: list[ast.AST] = [ast.parse(source)]
    while todo:
        for node in ast.iter_child_nodes(todo.pop()):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                continue
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            todo.append(node)


def private(files: dict[str, str], packages: Sequence[str] = ("trickcore", "ui")) -> list[str]:
    """Names with an underscore that a module takes from another of ours."""
    return [
        f"{path} reaches for {name}"
        for path, source in files.items()
        for name in imports(source)
        if name.split(".")[0] in packages
        and name.rpartition(".")[2].startswith("_")
        and not name.rpartition(".")[2].startswith("__")
        and name not in ("trickcore._old_names", "trickcore.language._")
    ]


def reaching(files: dict[str, str], package: str) -> list[str]:
    """What reaches for a package of others."""
    return [
        f"{path} reaches for {name}"
        for path, source in files.items()
        for name in imports(source)
        if name.split(".")[0] == package
    ]


def unnamed(files: dict[str, str]) -> list[str]:
    """What the engine is asked for that is no function of trickcore.jobs, or of a sweep's, which use them."""
    found = []
    for path, source in files.items():
        jobs = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module in ("trickcore.jobs", "trickcore.sweep"):
                jobs |= {alias.asname or alias.name for alias in node.names}
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call):
                continue
            names = [ast.unparse(one) for one in (node.func, *node.args)]
            for place, name in enumerate(names):
                if name in ("engine.call", "engine.stream", "BackgroundJob") and place + 1 < len(names):
                    asked = names[place + 1]
                    if asked.partition(".")[0] not in jobs and (path, asked) != ("ui/background.py", "job"):
                        found.append(f"{path} asks for {asked}")
    return found


def own_gradients(files: dict[str, str]) -> list[str]:
    """What takes a gradient by torch itself, which frees a graph that other runs may share. Training may:
    its networks are its own, and so may what trains the network with two pixels."""
    return [
        f"{path} calls {name}"
        for path, source in files.items()
        if room_of(path) not in ("training", "engine") and path != "trickcore/explain/plane_net.py"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and (name := ast.unparse(node.func)).endswith(("autograd.grad", "autograd.backward", ".backward"))
    ]


def too_long(files: dict[str, str]) -> list[str]:
    return [
        f"{path} has {lines} lines"
        for path, source in files.items()
        if (lines := source.count("\n")) > MOST_LINES
    ]


def too_full(files: dict[str, str]) -> list[str]:
    folders = [path.rpartition("/")[0] for path in files]
    return [
        f"{folder} has {count} modules"
        for folder in dict.fromkeys(folders)
        if (count := folders.count(folder) - (f"{folder}/__init__.py" in files)) > MOST_MODULES
    ]


def test_each_room_reaches_only_for_those_before_it():
    assert backwards(sources("trickcore")) == []


def test_no_module_reaches_for_itself_by_way_of_others():
    assert circles(sources("trickcore", "ui")) == []


def test_no_module_takes_what_another_keeps_to_itself():
    assert private(sources("trickcore", "ui", "benchmarks")) == []


def test_the_library_knows_nothing_of_streamlit():
    assert reaching(sources("trickcore"), "streamlit") == []


def test_pages_touch_no_tensor():
    files = {**sources("ui"), "dashboard.py": (ROOT / "dashboard.py").read_text()}
    for package in ("torch", "torchvision", "timm", "captum"):
        assert reaching(files, package) == []


def test_a_gradient_of_a_network_is_taken_by_the_engine():
    assert own_gradients(sources("trickcore")) == []


def test_no_file_is_too_long_and_no_folder_too_full():
    files = sources("trickcore", "ui")
    assert too_long(files) == []
    assert too_full(files) == []


def test_pages_ask_the_engine_for_jobs_by_their_names():
    assert unnamed(sources("ui")) == []


CODE = """
import importlib, pkgutil, sys
import ui
for module in pkgutil.walk_packages(ui.__path__, "ui."):
    if not module.name.startswith("ui.pages.") or module.name not in PAGES:
        importlib.import_module(module.name)
for name in REACHED:
    importlib.import_module(name)
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("torch", "torchvision", "timm")))
"""


def test_all_that_pages_import_needs_no_torch():
    """In a fresh process. A page itself runs as it is imported, so what it imports is imported instead."""
    pages = ["ui.pages.trick", *(f"ui.pages.{p.parent.name}.page" for p in (ROOT / "ui").rglob("page.py"))]
    reached = set()
    for page in pages:
        for name in imports((ROOT / f"{page.replace('.', '/')}.py").read_text()):
            module = name.rpartition(".")[0]
            if module.split(".")[0] in ("ui", "trickcore"):
                whole = (ROOT / name.replace(".", "/")).with_suffix(".py").exists()
                reached.add(name if whole else module)
    code = CODE.replace("PAGES", repr(pages)).replace("REACHED", repr(sorted(reached)))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert "trickcore.jobs.runs" in repr(reached) or "ui.session_run" in reached


# Each rule sees what breaks it.


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("trickcore/runs/a.py", "from trickcore.measure import verdict"),
        ("trickcore/networks/a.py", "def f():\n    import trickcore.attacks.loop"),
        ("trickcore/plots/a.py", "from trickcore.report.svg import chart"),
        ("trickcore/text.py", "from ui import text"),
        ("trickcore/misc/a.py", ""),
    ],
)
def test_an_arrow_that_runs_back_is_seen(path, source):
    assert len(backwards({path: source})) == 1
    assert backwards({"trickcore/measure/a.py": "from trickcore.runs import frames"}) == []


def test_a_circle_is_seen_but_not_one_of_types_or_of_functions():
    one = {"trickcore/runs/a.py": "from trickcore.runs import b", "trickcore/runs/b.py": ""}
    back = "from trickcore.runs.a import f"
    assert circles(one) == []
    assert len(circles({**one, "trickcore/runs/b.py": back})) == 1
    assert circles({**one, "trickcore/runs/b.py": f"def g():\n    {back}"}) == []
    assert circles({**one, "trickcore/runs/b.py": f"if TYPE_CHECKING:\n    {back}"}) == []


def test_a_name_that_is_kept_back_is_seen():
    assert len(private({"ui/a.py": "from trickcore.runs.frames import _strip"})) == 1
    assert private({"ui/a.py": "from trickcore import __version__\nfrom os import _exit"}) == []


def test_a_package_that_is_out_of_bounds_is_seen():
    assert len(reaching({"ui/a.py": "def f():\n    from torch import nn"}, "torch")) == 1


def test_what_is_no_job_is_seen():
    ask = "from trickcore.jobs import runs\nengine.call({}, 1)"
    assert unnamed({"ui/a.py": ask.format("runs.seen")}) == []
    assert len(unnamed({"ui/a.py": ask.format("lambda: 1")})) == 1
    assert len(unnamed({"ui/a.py": ask.format("measure.verdict")})) == 1
    assert len(unnamed({"ui/a.py": "partial(engine.call, made, 1)"})) == 1


def test_a_gradient_that_frees_a_shared_graph_is_seen():
    files = {"trickcore/attacks/a.py": "torch.autograd.grad(loss, x)\nloss.sum().backward()"}
    assert len(own_gradients(files)) == 2
    assert own_gradients({"trickcore/attacks/a.py": "engine.gradient(loss, x)"}) == []
    assert own_gradients({"trickcore/training/a.py": "loss.backward()"}) == []


def test_a_long_file_and_a_full_folder_are_seen():
    assert too_long({"ui/a.py": "\n" * 331}) == ["ui/a.py has 331 lines"]
    assert too_long({"ui/a.py": "\n" * 330}) == []
    many = {f"ui/pages/a{n}.py": "" for n in range(15)}
    assert too_full(many) == ["ui/pages has 15 modules"]
    assert too_full({"ui/pages/__init__.py": "", **dict(list(many.items())[:14])}) == []
