"""Help that anybody finds, both languages, and a first page that an old phone can load."""

from __future__ import annotations

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from jietong.assistant.rules.intents import INTENTS
from jietong.borrowers.models import Borrower
from jietong.kernel.errors import InputError
from jietong.portal import forms, words
from jietong.portal.help_lines import help_lines
from jietong.portal.topics import TOPICS

KILOBYTE = 1024


@pytest.mark.django_db
def test_help_is_there_without_signing_in(client: Client, desk: object) -> None:
    page = client.get("/help/").content.decode()
    for number in ("12378", "12363", "12348", "12356"):
        assert f"tel:{number}" in page
    assert page.count('data-verified="no"') == sum(1 for line in help_lines("zh-hans") if not line.verified) == 7
    assert page.count("以官方公布的为准") == 6  # beside 110 no doubt keeps anybody from calling
    assert "/logout/" not in page


@pytest.mark.django_db
def test_who_is_signed_in_can_leave_from_the_help_page(wang_page: Client) -> None:
    assert 'action="/logout/"' in wang_page.get("/help/").content.decode()


def test_what_is_verified_comes_first() -> None:
    marks = [line.verified for line in help_lines("en")]
    assert marks == sorted(marks, reverse=True)
    assert all(line.use.isascii() or "’" in line.use for line in help_lines("en"))


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/ways/", "/chat/", "/callback/", "/form/", "/matters/", "/help/"])
def test_each_page_renders_in_english(wang_page: Client, address: str) -> None:
    wang_page.cookies["django_language"] = "en"
    response = wang_page.get(address)
    assert response.status_code == 200
    assert '<html lang="en"' in response.content.decode()


@pytest.mark.django_db
def test_the_language_is_switched_by_a_form(wang_page: Client) -> None:
    wang_page.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert '<html lang="en"' in wang_page.get("/").content.decode()
    wang_page.post("/i18n/setlang/", {"language": "zh-hans", "next": "/"})
    assert '<html lang="zh-CN"' in wang_page.get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/chat/", "/login/"])
def test_the_first_load_is_below_100_kilobytes(wang_page: Client, address: str) -> None:
    page = wang_page.get(address).content
    links = re.findall(r'(?:href|src)="/static/([^"#]+)', page.decode())
    total = len(gzip.compress(page))
    for link in set(links):
        found = finders.find(link)
        assert found, link
        with open(found, "rb") as file:
            total += len(gzip.compress(file.read()))
    assert total <= 100 * KILOBYTE
    assert not re.search(r'(?:href|src)="https?://', page.decode())


@pytest.mark.django_db
def test_nothing_is_inline(wang_page: Client, wang: Borrower) -> None:
    for address in ("/", "/chat/", "/callback/", f"/loans/{wang.loans.get().ref}/"):
        page = wang_page.get(address).content.decode()
        assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("13812342046", "13812342046"),
        ("+86 138 1234 2046", "13812342046"),
        ("8613812342046", "13812342046"),
        ("１３８-1234-2046", "13812342046"),
        ("0086 13812342046", "13812342046"),
    ],
)
def test_a_number_is_understood_however_it_is_spaced(raw: str, number: str) -> None:
    assert forms.phone(raw) == number


@pytest.mark.parametrize("raw", ["", "1381234204", "138123420466", "23812342046", "1381234204a", "٠١٢٣٤٥٦٧٨٩٠"])
def test_what_is_no_mobile_number_is_refused(raw: str) -> None:
    with pytest.raises(InputError) as refused:
        forms.phone(raw)
    assert "11 位" in words.error(refused.value)


def test_each_topic_has_an_intent_of_the_contract() -> None:
    assert {topic.intent for topic in TOPICS} <= {*INTENTS, "complaint"}
    assert len({topic.code for topic in TOPICS}) == len(TOPICS)
