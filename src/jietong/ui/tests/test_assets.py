import gzip
import hashlib
import re
from pathlib import Path

import pytest

UI = Path(__file__).parent.parent
STATIC = UI / "static" / "ui"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((UI / "templates").rglob("*.html"))


def packed(*names):
    return sum(len(gzip.compress((STATIC / name).read_bytes())) for name in names)


def test_parts_made_by_others_are_exactly_those_we_took_in():
    lines = (VENDOR / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 5
    for line in lines:
        checksum, name = line.split()
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == checksum, name


def test_the_sprite_holds_the_listed_icons_and_no_others():
    listed = [
        line.split(" ")[0]
        for line in (VENDOR / "icons.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")) == listed


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_names_icons_that_exist_and_nothing_inline(path):
    text = path.read_text(encoding="utf-8")
    sprite = (STATIC / "icons.svg").read_text(encoding="utf-8")
    for name in re.findall(r'\{% icon "([\w-]+)"', text):
        assert f'id="{name}"' in sprite, name
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_a_borrowers_page_is_light():
    assert packed("tokens.css", "base.css", "borrower.css") <= 12 * 1024
    assert packed("app.js", "boot.js") <= 10 * 1024
    everything = (
        "tokens.css",
        "base.css",
        "borrower.css",
        "app.js",
        "boot.js",
        "icons.svg",
        "mark.svg",
        "vendor/htmx.min.js",
    )
    assert packed(*everything) <= 60 * 1024


def _themes():
    text = (STATIC / "tokens.css").read_text(encoding="utf-8")
    blocks = re.findall(r"(:root|\[data-theme=\"dark\"\]|:root:not\(\[data-theme\]\)) \{(.*?)\n\s*\}", text, re.S)
    return {name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", body)) for name, body in blocks}


def test_the_systems_dark_is_the_chosen_dark():
    themes = _themes()
    assert themes['[data-theme="dark"]'] == themes[":root:not([data-theme])"]
    assert set(themes['[data-theme="dark"]']) == set(themes[":root"])


def _luminance(colour):
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


#: ground → colours of text that stand on it
GROUNDS = {
    "ground": "ink ink-2 ink-3 accent",
    "surface": "ink-2 ink-3 accent good warn bad",
    "surface-2": "ink-2",
    "accent-soft": "accent ink-2",
    "accent": "accent-ink",
    "good-soft": "good",
    "warn-soft": "warn",
    "bad-soft": "bad",
    "info-soft": "info",
    "class-a": "surface",
    "class-b": "surface",
    "class-c": "surface",
    "class-d": "surface",
}
PAIRS = [(text, ground) for ground, texts in GROUNDS.items() for text in texts.split()]


@pytest.mark.parametrize("theme", [":root", '[data-theme="dark"]'])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(theme, text, ground):
    colours = _themes()[theme]
    light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
