"""The second row of the header: every page of the part is one step away, and the open one is marked."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from jietong.staff.models import Member

pytestmark = pytest.mark.django_db


def marked(page: str) -> list[str]:
    row = re.search(r'<nav class="sections.*?</nav>', page, re.DOTALL)
    assert row is not None
    return re.findall(r'<a href="([^"]+)" aria-current="page"', row.group())


def test_each_page_is_linked_and_marks_itself(client: Client, qin: Member) -> None:
    client.force_login(qin)
    for _begins, pages in settings.STAFF_SECTIONS:
        for name, label, _permission in pages:
            page = client.get(reverse(name)).content.decode()
            assert marked(page) == [reverse(name)], name
            assert str(label) in page


def test_the_desk_has_no_such_row(client: Client, lin: Member) -> None:
    client.force_login(lin)
    assert 'class="sections' not in client.get("/desk/").content.decode()
