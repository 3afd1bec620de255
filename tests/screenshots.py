"""Pictures of every screen, from a real site in a real browser, into docs/screens: `make screenshots`.

Starts a site of its own with the demo lender in a temporary folder, walks it as the three people do, and stops it.
`--url` takes the pictures from a site that runs already. Pages are shown as they are: nothing is retouched.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jietong.config.tests.live import CHROMIUM_OPTIONS

ROOT = Path(__file__).resolve().parent.parent
SCREENS = ROOT / "docs" / "screens"
PHONE, DESK, BOARD = (390, 844), (1440, 900), (1920, 1080)
LIN_XIAO, ID_TAIL = "15400000001", "0260"
PASSWORD = "jietong-demo-2026"
READY_SECONDS = 300


@contextmanager
def own_site(port: int, borrowers: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="jietong-screens-") as data:
        command = [sys.executable, "-m", "jietong", "run", "--port", str(port), "--borrowers", str(borrowers)]
        log = (Path(data) / "out.log").open("w+")
        site = subprocess.Popen(command, env={**os.environ, "JIETONG_DATA": data}, stdout=log, stderr=log)
        try:
            yield wait_for_address(site, Path(log.name))
        finally:
            site.send_signal(signal.SIGTERM)
            site.wait(30)


def wait_for_address(site: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and site.poll() is None:
        found = re.search(r"borrower\s+(http://\S+)/", log.read_text("utf-8"))
        if found:
            return found.group(1)
        time.sleep(0.5)
    raise SystemExit(f"the site did not start:\n{log.read_text('utf-8')}")


class Camera:
    """Windows of one browser; `take` writes one picture."""

    def __init__(self, browser: Any, url: str, folder: Path) -> None:
        self.browser, self.url, self.folder = browser, url, folder
        folder.mkdir(parents=True, exist_ok=True)

    def window(self, size: tuple[int, int], *, english: bool = False, dark: bool = False) -> Any:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="en-GB" if english else "zh-CN",
            color_scheme="dark" if dark else "light",
            timezone_id="Asia/Shanghai",
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        return page

    def go(self, page: Any, path: str) -> None:
        page.goto(self.url + path)
        page.wait_for_timeout(500)

    def take(self, page: Any, name: str, *, whole: bool = False) -> None:
        page.screenshot(path=self.folder / f"{name}.png", full_page=whole)


def codes_on(camera: Camera, phone_window: Any) -> list[str]:
    camera.go(phone_window, f"/demo/phone/?phone={LIN_XIAO}")
    return re.findall(r"(?:验证码|code is)\s*(\d{6})", phone_window.inner_text("body"))


def sign_in_borrower(camera: Camera, page: Any, phone_window: Any, name: str) -> None:
    camera.go(page, "/")
    camera.take(page, f"{name}-login")
    before = codes_on(camera, phone_window)
    page.fill("#phone", LIN_XIAO)
    page.locator("form .btn-main").first.click()
    page.wait_for_selector("#code")
    fresh: list[str] = []
    for _ in range(20):
        fresh = [code for code in codes_on(camera, phone_window) if code not in before]
        if fresh:
            break
    page.fill("#code", (fresh or before)[0])  # the one that was sent a moment ago still works
    page.locator("form .btn-main").first.click()
    page.wait_for_selector("#tail")
    camera.take(page, f"{name}-second-fact")
    page.fill("#tail", ID_TAIL)
    page.locator("form .btn-main").first.click()
    page.wait_for_selector(".ways4")


def sign_in_staff(camera: Camera, page: Any, username: str, onward: str) -> None:
    camera.go(page, onward)
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form .btn-main").first.click()
    page.wait_for_url(f"**{onward}*")
    page.wait_for_timeout(500)


def borrower_pages(camera: Camera, page: Any, name: str, ask: str) -> None:
    camera.go(page, "/")
    camera.take(page, f"{name}-home", whole=True)
    page.locator("a[href*='/loans/']").first.click()
    page.wait_for_timeout(500)
    camera.take(page, f"{name}-loan", whole=True)
    for path in ("callback", "form", "help", "ways"):
        camera.go(page, f"/{path}/")
        camera.take(page, f"{name}-{path}", whole=True)
    camera.go(page, "/chat/")
    page.fill("#say", ask)
    page.locator("form.composer button").click()
    page.wait_for_timeout(1500)
    camera.take(page, f"{name}-chat")
    camera.go(page, "/matters/")
    camera.take(page, f"{name}-matters", whole=True)
    page.locator("a[href*='/matters/']").first.click()
    page.wait_for_timeout(700)
    camera.take(page, f"{name}-matter", whole=True)


def desk_pages(camera: Camera, page: Any, name: str) -> None:
    go = page.locator("#rail .quiet-go button")
    if go.count():
        camera.take(page, f"{name}-away")
        go.click()
    page.wait_for_selector(".offer")
    camera.take(page, f"{name}-offer")
    page.locator(".offer .btn-main").click()
    page.wait_for_url("**/desk/c/**")
    page.wait_for_timeout(800)
    camera.take(page, f"{name}-contact")


def walk(camera: Camera) -> None:
    phone_window = camera.window(PHONE)
    borrower = camera.window(PHONE)
    sign_in_borrower(camera, borrower, phone_window, "borrower")
    borrower_pages(camera, borrower, "borrower", "工资月底才发，能不能晚几天还")
    camera.go(phone_window, "/demo/phone/")
    camera.take(phone_window, "demo-phone")
    desk = camera.window(DESK)
    sign_in_staff(camera, desk, "lin", "/desk/")
    desk_pages(camera, desk, "desk")
    board = camera.window(BOARD)
    sign_in_staff(camera, board, "qin", "/board/")
    camera.take(board, "board")
    for path, name in (("/console/", "console"), ("/console/rules/", "rules"), ("/demo/", "demo")):
        camera.go(board, path)
        camera.take(board, name)
    in_english_and_dark(camera)


def in_english_and_dark(camera: Camera) -> None:
    phone_window = camera.window(PHONE, english=True)
    borrower = camera.window(PHONE, english=True)
    sign_in_borrower(camera, borrower, phone_window, "borrower-en")
    borrower_pages(camera, borrower, "borrower-en", "how much do I owe now")
    desk = camera.window(DESK, english=True, dark=True)
    sign_in_staff(camera, desk, "lin", "/desk/")
    desk.locator("#rail a.conv").first.click()
    desk.wait_for_timeout(800)
    camera.take(desk, "desk-en-dark")
    board = camera.window(DESK, english=True)
    sign_in_staff(camera, board, "qin", "/board/")
    camera.take(board, "board-en")


def tour(browser: Any, folder: Path) -> None:
    """The README's one picture: borrower, specialist and board side by side."""
    html = """<body style="margin:0;background:#e9eeeb;display:flex;gap:24px;padding:24px;align-items:flex-start">
    <img src="borrower-home.png" style="height:680px;width:314px;object-fit:cover;object-position:top">
    <div style="display:flex;flex-direction:column;gap:24px"><img src="desk-contact.png"
    style="width:860px;border-radius:10px"></div></body>"""
    page = browser.new_page(viewport={"width": 1246, "height": 728})
    source = folder / "tour.html"
    source.write_text(html, "utf-8")
    page.goto(source.as_uri())
    page.wait_for_timeout(500)
    page.screenshot(path=folder / "tour.png")
    source.unlink()


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default="")
    parser.add_argument("--port", type=int, default=8390)
    parser.add_argument("--borrowers", type=int, default=2000)
    parser.add_argument("--folder", type=Path, default=SCREENS)
    wanted = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("JIETONG_CHROMIUM", "/usr/bin/chromium"), args=CHROMIUM_OPTIONS
        )
        if wanted.url:
            walk(Camera(browser, wanted.url, wanted.folder))
        else:
            with own_site(wanted.port, wanted.borrowers) as url:
                walk(Camera(browser, url, wanted.folder))
        tour(browser, wanted.folder)
        browser.close()


if __name__ == "__main__":
    main()
