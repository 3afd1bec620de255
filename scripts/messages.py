"""Collect every text to translate (Chinese, in the source), keep the English catalogue in step, and compile it.

Pure Python: no gettext tools are needed, so the catalogue can be checked on any machine. A new text gets an empty
translation; `tests/test_translations.py` fails until somebody has written it.

    python scripts/messages.py            # writes src/jietong/locale/en/LC_MESSAGES/django.{po,mo}
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from django.utils.translation.template import templatize

SOURCE = Path(__file__).resolve().parent.parent / "src" / "jietong"
CATALOGUE = SOURCE / "locale" / "en" / "LC_MESSAGES" / "django.po"
ONE = {"_", "gettext", "gettext_lazy", "lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}
HEADER = {
    "Project-Id-Version": "jietong",
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
#: in the code that Django makes of a template, whatever is not a call is a row of X or B; only the calls count
CALL = re.compile(r"""\b(ngettext|gettext|_)\(\s*((?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|,|\s)+)""")


def collect(source: Path = SOURCE) -> dict[str, tuple[str, set[str]]]:
    """Every text → its plural ("" when it has none) and the files, relative to `source`, in which it stands."""
    found: dict[str, tuple[str, set[str]]] = {}
    for path in sorted([*source.rglob("*.py"), *source.rglob("*.html"), *source.rglob("*.txt")]):
        inside = path.relative_to(source)
        if {"tests", "migrations"} & set(inside.parts) or (path.suffix != ".py" and "templates" not in inside.parts):
            continue
        text = path.read_text(encoding="utf-8")
        for single, plural in _python(text) if path.suffix == ".py" else _template(text, str(inside)):
            known, places = found.get(single, ("", set()))
            found[single] = (known or plural, places | {inside.as_posix()})
    return found


def _python(text: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in ONE | MANY:
            texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if texts:
                yield texts[0], texts[1] if name in MANY else ""


def _template(text: str, origin: str) -> Iterator[tuple[str, str]]:
    for name, args in CALL.findall(templatize(text, origin=origin)):
        texts = ast.literal_eval(f"[{args}]")
        yield texts[0], texts[1] if name == "ngettext" else ""


def merged(old: polib.POFile) -> polib.POFile:
    """The catalogue for today's texts, in fixed order: known translations kept, new ones empty, gone ones dropped."""
    known = {entry.msgid: entry for entry in old}
    new = polib.POFile(wrapwidth=110)
    new.metadata = dict(HEADER)
    for text, (plural, places) in sorted(collect().items(), key=lambda item: (min(item[1][1]), item[0])):
        was = known.get(text)
        told = [was.msgstr, *was.msgstr_plural.values()] if was else []
        words = [one for one in told if one] or [""]
        entry = polib.POEntry(msgid=text, occurrences=[(place, "") for place in sorted(places)])
        if plural:
            entry.msgid_plural = plural
            entry.msgstr_plural = {0: words[0], 1: words[-1]}
        else:
            entry.msgstr = words[0]
        if re.search(r"%\(\w+\)[sd]", text):
            entry.flags.append("python-format")
        new.append(entry)
    return new


def main() -> int:
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    catalogue = merged(polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile())
    catalogue.save(str(CATALOGUE))
    catalogue.save_as_mofile(os.fspath(CATALOGUE.with_suffix(".mo")))
    missing = catalogue.untranslated_entries()
    for entry in missing:
        print(f"no English yet: {entry.msgid!r}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
