"""Every text has its English, with the same figures in it, and no page in English is half Chinese."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from jietong.assistant.rules.understand import understand
from jietong.borrowers.models import Borrower
from jietong.contacts.models import Attempt, Contact
from jietong.kernel import clock
from jietong.loans.models import Loan
from jietong.routing import commands as routing
from jietong.routing import queries as routing_queries
from jietong.simulator.tests.cast import NOW, make_member
from jietong.staff.models import Member, Team

ROOT = Path(__file__).resolve().parent.parent
HOLE = re.compile(r"%\(\w+\)[sd]|%%")
#: the one figure that becomes a word: 11 月 is Nov
MONTH = ("%(month)d", "%(mon)s")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]")
#: on the borrower's pages nobody is a case, and nobody is collected from
NEVER_TO_BORROWERS = re.compile(r"\b(collection|collector|delinquen\w*|overdue|case|debtor|default\w*|M[1-7])\b", re.I)
READ_OUT = ("title", "aria-label", "placeholder", "alt", "data-text")
BORROWER_FILES = ("portal/", "assistant/")


def _collector() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", ROOT / "scripts" / "messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def afterwards_in_chinese() -> Iterator[None]:
    """A request leaves its language in the thread; the next test starts in the house's own."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


messages = _collector()
CATALOGUE = polib.pofile(str(messages.CATALOGUE))
ENGLISH = {entry.msgid: entry for entry in CATALOGUE}


def words_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_text_in_the_source_has_its_english():
    missing = [text for text in messages.collect() if text not in ENGLISH or not all(words_of(ENGLISH[text]))]
    assert missing == [], "write the English in locale/en, then run scripts/messages.sh"


def test_the_catalogue_holds_nothing_that_the_source_no_longer_says():
    assert set(ENGLISH) - set(messages.collect()) == set()
    assert [entry.msgid for entry in CATALOGUE if entry.fuzzy or entry.obsolete] == []


def test_the_collector_finds_texts_in_code_and_in_templates():
    found = messages.collect()
    assert found["今天"][1] >= {"ui/words.py", "ui/templates/ui/_lateness_track.html"}
    assert found["%(n)s 位在等"] == ("%(n)s 位在等", {"console/templates/console/_headline.html"})
    assert "compliance/labels.py" in found["夜间不打扰"][1]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.msgid[:30])
def test_the_english_has_the_same_figures_and_no_chinese(entry: polib.POEntry):
    for told in words_of(entry):
        assert sorted(HOLE.findall(told)) == sorted(HOLE.findall(entry.msgid.replace(*MONTH)))
        assert not CHINESE.search(told)


def test_borrowers_are_never_cases_nor_collected_from():
    for entry in CATALOGUE:
        if any(place.startswith(BORROWER_FILES) for place, _ in entry.occurrences):
            for told in words_of(entry):
                assert not NEVER_TO_BORROWERS.search(told), told


@pytest.mark.parametrize(
    ("text", "intent"),
    [("我现在要还多少", "amount_due"), ("下一个还款日是哪天", "due_date"), ("怎么还款", "repay_how")],
)
def test_what_the_chat_suggests_is_understood_in_english_too(text: str, intent: str):
    meant = understand(ENGLISH[text].msgstr)
    assert (meant.intent, meant.handover) == (intent, False)


def test_the_compiled_catalogue_is_the_written_one():
    compiled = polib.mofile(str(messages.CATALOGUE.with_suffix(".mo")))
    read = {entry.msgid: words_of(entry) for entry in compiled}
    assert read == {entry.msgid: words_of(entry) for entry in CATALOGUE}


def test_a_colleague_is_named_as_the_reader_can_say_it():
    team = Team(name="贷后二组", name_en="Post-loan team 2")
    member = Member(name="王敏", staff_number="0372", role="specialist")
    with translation.override("zh-hans"):
        assert (team.shown_name, member.surname_title) == ("贷后二组", "王专员 0372")
    with translation.override("en"):
        assert (team.shown_name, member.surname_title) == ("Post-loan team 2", "Wang, specialist 0372")
        assert Member(name="逄晓", staff_number="0001", role="supervisor").surname_title == "逄, supervisor 0001"


class Shown(HTMLParser):
    """What a reader sees or hears of a page: texts, and attributes that are read out; not what says it is Chinese."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.texts += [
            told[name] or "" for name in ("title", "aria-label", "placeholder", "alt", "data-text") if name in told
        ]
        if tag in {"script", "style"} or (tag != "html" and (told.get("lang") or "").startswith("zh")):
            self.hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and self.hidden[-1] == tag:
            self.hidden.pop()

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.texts.append(data)


def chinese_on(client: Client, address: str, status: int = 200) -> list[str]:
    """What is still Chinese on a page for an English reader, after the names of people and the lender."""
    answer = client.get(address)
    assert answer.status_code == status, address
    page = Shown()
    page.feed(answer.content.decode())
    names = [settings.LENDER_NAME, *Borrower.objects.values_list("name", flat=True)]
    names += [loan.creditor for loan in Loan.objects.all()]
    names += [one.name for one in Member.objects.all()] + [one.name[:1] for one in Member.objects.all()]
    names += [f"{name[0]}*" + (name[-1] if len(name) > 2 else "") for name in names]
    found = []
    for text in page.texts:
        left = text
        for name in sorted(names, key=len, reverse=True):
            left = left.replace(name, "")
        if CHINESE.search(left):
            found.append(text.strip())
    return found


def in_english(member: Member | None = None) -> Client:
    client = Client(headers={"accept-language": "en-GB,en;q=0.9"})
    if member is not None:
        client.force_login(member)
    return client


@pytest.fixture
def at_ten(monkeypatch: pytest.MonkeyPatch, desk: Team) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    Team.objects.filter(code="desk").update(name_en="Post-loan team 2")
    Team.objects.filter(code="rights").update(name_en="Customer rights")


@pytest.fixture
def wang_inside(at_ten: None, wang: Borrower) -> Client:
    """Wang, signed in on a new device."""
    client = in_english()
    assert chinese_on(client, "/login/") == []
    client.post("/login/", {"phone": wang.contact_points.get(kind="phone").value})
    assert chinese_on(client, "/login/code/") == []
    code = Attempt.objects.filter(template="login_code").latest("pk").variables["code"]
    client.post("/login/code/", {"code": code})
    assert chinese_on(client, "/login/who/") == []
    assert client.post("/login/who/", {"tail": wang.id_no[-4:]}).url == "/"
    return client


def ask(who: Borrower, text: str = "Could I pay a little later?", intent: str = "extend_hardship") -> Contact:
    return routing.ask_for_person(
        borrower_id=who.pk, channel="web", intent=intent, text=text, actor=f"borrower:{who.pk}", now=NOW
    )


def test_the_borrowers_pages_are_english(wang_inside: Client, wang: Borrower):
    loan = Loan.objects.get(borrower=wang)
    for address in (
        "/",
        "/ways/",
        f"/loans/{loan.ref}/",
        "/chat/",
        "/form/",
        "/form/?topic=hardship",
        "/matters/",
        "/help/",
    ):
        assert chinese_on(wang_inside, address) == [], address
    wang_inside.post("/chat/", {"text": "我现在要还多少"})
    asked = ask(wang)
    for address in ("/", "/chat/", "/callback/", "/matters/", f"/matters/{asked.ref}/"):
        assert [text for text in chinese_on(wang_inside, address) if "我现在要还多少" not in text] == [], address
    assert chinese_on(wang_inside, "/nowhere/", 404) == []


def test_the_borrower_reads_days_owner_and_time_in_english(wang_inside: Client, wang: Borrower):
    assert "9 days past the due date" in wang_inside.get("/").content.decode()
    page = wang_inside.get(f"/matters/{ask(wang).ref}/").content.decode()
    assert "Post-loan team 2" in page
    assert "We answer by" in page


def test_the_desk_is_english(at_ten: None, lin: Member, wang: Borrower):
    client = in_english(lin)
    assert chinese_on(in_english(), "/staff/login/") == []
    assert chinese_on(client, "/desk/") == []
    asked = ask(wang)
    routing.set_presence(member_id=lin.pk, state="ready", now=NOW)
    routing.dispatch(now=NOW)
    offer = routing_queries.open_offer(lin.pk, now=NOW)
    assert offer.contact_id == asked.pk
    assert chinese_on(client, "/desk/") == []
    routing.accept(offer_id=offer.pk, member_id=lin.pk, now=NOW)
    assert chinese_on(client, f"/desk/c/{asked.ref}/") == []
    assert chinese_on(client, f"/desk/c/{asked.ref}/settle/") == []
    assert chinese_on(client, "/console/", 403) == []


def test_the_board_and_the_console_are_english(at_ten: None, qin: Member, desk: Team, wang: Borrower):
    asked = ask(wang)
    client = in_english(qin)
    assert chinese_on(client, "/board/") == []
    assert chinese_on(client, f"/board/c/{asked.ref}/") == []
    operator = in_english(make_member("ding", "丁宁", desk, role="operator"))
    assert chinese_on(operator, "/console/") == []
    assert chinese_on(operator, "/demo/") == []
    assert chinese_on(operator, "/demo/phone/") == []


def test_the_rules_are_english_but_for_their_sources(at_ten: None, desk: Team):
    officer = in_english(make_member("shen", "沈知行", desk, role="officer"))
    page = officer.get("/console/rules/").content.decode()
    assert "Each borrower" in page
    assert chinese_on(officer, "/console/rules/") != []  # the packs' sources and notes keep their language
    headings = re.findall(r"<(?:h1|h2|h3|dt|th)[^>]*>(.*?)</", page)
    assert [text for text in headings if CHINESE.search(text)] == []
