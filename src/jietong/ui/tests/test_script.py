"""app.js in a real browser, against a small server with the real content security policy."""

import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from zoneinfo import ZoneInfo

import pytest

from jietong.ui.middleware import POLICY

STATIC = Path(__file__).parent.parent / "static"
PAGE = """<!doctype html><html lang="zh-CN"><head><meta name="csrf-token" content="tok">
<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false}'>
<link rel="stylesheet" href="/ui/base.css"><script src="/ui/boot.js"></script>
<script src="/ui/vendor/htmx.min.js" defer></script><script src="/ui/app.js" defer></script></head>
<body data-zone="Asia/Shanghai" data-live="/live" data-text-failed="没有办成" data-text-offline="断网"><main>
<span data-live-state data-live="实时" data-retry="重新连接中" data-offline="没有网络" hidden>连接中</span>
<div id="part" hx-get="/part" hx-trigger="live:contact-changed from:body">before</div>
<form hx-post="/say" hx-swap="none"><textarea id="say" name="body" data-draft="c1"></textarea>
<button data-key="mod+enter">send</button></form>
<button id="accept" data-key="a" type="button">accept</button>
<button id="dark" data-theme-toggle type="button">dark</button>
<b id="wall" data-clock></b>
<time id="t" datetime="2020-01-01T00:00:00Z" data-relative>x</time></main><div id="toasts"></div></body></html>"""


class Handler(BaseHTTPRequestHandler):
    def reply(self, body, kind="text/html; charset=utf-8", status=200):
        data = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(data))),
            ("Content-Security-Policy", POLICY),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        if self.path == "/":
            self.reply(PAGE)
        elif self.path.startswith("/live"):
            self.stream()
        elif self.path == "/part":
            self.server.parts += 1
            self.reply(f"part {self.server.parts}")
        else:
            kinds = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
            path = STATIC / self.path.lstrip("/")
            found = path.is_file()
            self.reply(path.read_bytes() if found else b"", kinds.get(path.suffix, "text/plain"), 200 if found else 404)

    def stream(self):
        self.server.last_ids.append(self.headers.get("Last-Event-ID"))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"retry: 50\n\n")
        while (event := self.server.events.get()) is not None:
            self.wfile.write(event.encode())
            self.wfile.flush()

    def do_POST(self):
        self.server.tokens.append(self.headers.get("X-CSRFToken"))
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply("", status=self.server.status)

    def log_message(self, *args):
        return


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.events, server.parts, server.tokens, server.last_ids, server.status = Queue(), 0, [], [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.events.put(None)
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser, server):
    context = browser.new_context(timezone_id="America/New_York")
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda message: "Security Policy" in message.text and page.complaints.append(message.text))
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    yield page
    assert page.complaints == []
    context.close()


def seen(page, selector, text):
    page.wait_for_function(
        "([s, t]) => document.querySelector(s).textContent === t", arg=[selector, text], timeout=10000
    )
    return page.text_content(selector)


def test_news_makes_the_page_ask_again_and_a_cut_line_resumes_where_it_was(page, server):
    assert seen(page, "[data-live-state]", "实时") == "实时"
    server.events.put('id: 7\nevent: contact-changed\ndata: {"id": 1}\n\n')
    assert seen(page, "#part", "part 1") == "part 1"
    server.events.put(None)  # the line is cut
    server.events.put("event: resync\ndata: {}\n\n")  # what the server says to one who comes back too late
    assert seen(page, "#part", "part 2") == "part 2"
    assert server.last_ids == [None, "7"]


def test_a_draft_survives_a_reload_and_goes_when_it_is_sent(page, server):
    page.fill("#say", "还没写完")
    page.reload()
    assert page.input_value("#say") == "还没写完"
    with page.expect_response("**/say"):
        page.press("#say", "Control+Enter")
    page.wait_for_function("document.querySelector('#say').value === ''", timeout=10000)
    page.reload()
    assert page.input_value("#say") == ""
    assert server.tokens == ["tok"]


def test_a_failed_send_keeps_the_words_and_says_so(page, server):
    server.status = 500
    page.fill("#say", "重要的话")
    page.press("#say", "Control+Enter")
    page.wait_for_selector(".toast-bad", timeout=10000)
    assert page.text_content(".toast-bad") == "没有办成"
    assert page.input_value("#say") == "重要的话"


def test_keys_act_alone_only_when_nobody_types(page):
    page.evaluate("window.hits = 0; document.querySelector('#accept').addEventListener('click', () => window.hits++)")
    page.press("body", "a")
    assert page.evaluate("window.hits") == 1
    page.press("#say", "a")
    assert page.evaluate("window.hits") == 1
    page.press("#say", "Alt+a")
    assert page.evaluate("window.hits") == 2


def test_the_chosen_theme_is_kept(page):
    page.click("#dark")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.get_attribute("#dark", "aria-pressed") == "true"


def test_the_wall_clock_is_the_lenders_wherever_the_browser_is(page):
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    page.wait_for_function("document.querySelector('#wall').textContent !== ''", timeout=10000)
    assert page.text_content("#wall") in {f"{now + timedelta(minutes=late):%H:%M}" for late in (0, 1)}


def test_what_was_said_about_a_broken_line_goes_when_it_is_mended(page, server):
    page.context.set_offline(True)
    page.fill("#say", "重要的话")
    page.press("#say", "Control+Enter")
    page.wait_for_selector(".toast-bad", timeout=10000)
    assert page.text_content(".toast-bad") == "断网"
    page.context.set_offline(False)
    page.wait_for_selector(".toast-bad", state="detached", timeout=5000)
    assert page.input_value("#say") == "重要的话"
