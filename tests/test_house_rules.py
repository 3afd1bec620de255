"""House rules as tests: style that is not executed decays. An exception is a named line here, only ever removed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "jietong"
FILES = sorted([*SOURCE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")])
WRITTEN = [path for path in FILES if "migrations" not in path.parts and "vendor" not in path.parts]
TABLES = {"tables.py"}  # data in the form of code
FILE_LINES_MAX, FUNCTION_LINES_MAX = 400, 60
ROOMS = sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert path.name in TABLES or text.count("\n") <= FILE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize("path", [p for p in WRITTEN if "rules" in p.parts and "tests" not in p.parts], ids=name_of)
def test_rules_are_told_the_time(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\.(now|today|utcnow)\(\)|time\.time\(", text)


@pytest.mark.parametrize("path", [p for p in WRITTEN if "tests" not in p.parts and SOURCE in p.parents], ids=name_of)
def test_only_the_clock_reads_the_time_of_day(path: Path) -> None:
    """Writes are told the time; the processes around them (supervisor, worker, simulator) may look at a clock."""
    if path.parent.name in {"config", "simulator"} or path.name == "clock.py":
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(datetime\.now|datetime\.today|date\.today|timezone\.now|time\.time)\(", text)


@pytest.mark.parametrize("path", [p for p in WRITTEN if "tests" not in p.parts and SOURCE in p.parents], ids=name_of)
def test_models_are_imported_inside_their_room_only(path: Path) -> None:
    """Other rooms read through queries and write through commands; for types alone a model may be named."""
    room = path.relative_to(SOURCE).parts[0]
    if room == "simulator":
        return  # builds worlds
    for node in ast.walk(_without_type_checking(ast.parse(path.read_text(encoding="utf-8")))):
        if isinstance(node, ast.ImportFrom) and node.module and "models" in node.module.split("."):
            owner = node.module.split(".")[1] if node.module.startswith("jietong.") else room
            assert owner in {room, "kernel"}, f"{node.module} in {room}"


def _without_type_checking(tree: ast.Module) -> ast.Module:
    tree.body = [
        node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    ]
    return tree


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in {"locale"}])
def test_every_room_says_what_it_is_for(room: str) -> None:
    readme = SOURCE / room / "README.md"
    assert readme.exists()
    assert len(readme.read_text(encoding="utf-8").splitlines()) >= 8


def test_every_view_names_its_permission() -> None:
    from django.urls import URLPattern, get_resolver

    from jietong.kernel.permissions import declared_permission

    def walk(patterns: list) -> list[URLPattern]:
        found = []
        for entry in patterns:
            found += walk(entry.url_patterns) if hasattr(entry, "url_patterns") else [entry]
        return found

    every = walk(get_resolver().url_patterns)
    assert len(every) > 1
    assert [str(entry.pattern) for entry in every if declared_permission(entry.callback) is None] == []


def test_nothing_unfinished_is_committed() -> None:
    word = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|MagicMock")
    me = Path(__file__)
    assert [name_of(p) for p in WRITTEN if p != me and word.search(p.read_text(encoding="utf-8"))] == []
