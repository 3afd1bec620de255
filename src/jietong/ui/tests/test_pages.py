import re

import pytest
from django.template.loader import render_to_string
from django.test import Client, override_settings

from jietong.kernel.permissions import declared_permission
from jietong.ui import middleware, views

ADDRESSES = "jietong.ui.tests.addresses"
NO_DATABASE = [
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "jietong.ui.middleware.ContentSecurityPolicy",
]


@pytest.fixture
def visitor(settings):
    settings.ROOT_URLCONF, settings.MIDDLEWARE, settings.DEMO = ADDRESSES, NO_DATABASE, True
    settings.TEMPLATES[0]["OPTIONS"]["context_processors"] = [
        "django.template.context_processors.request",
        "django.template.context_processors.i18n",
        "jietong.ui.context.site",
    ]
    return Client(HTTP_ACCEPT_LANGUAGE="zh-hans")


def test_the_gallery_shows_every_component(visitor):
    page = visitor.get("/ui/gallery/").content.decode()
    marks = [
        "promise-full",
        "promise-card",
        "promise-line",
        'class="promise"',
        "offer-top",
        "figure-foot",
        "track",
        "fresh-warn",
    ]
    marks += [
        "cls-a",
        "factors-top",
        "way-no",
        "tl-b",
        "tl-d",
        "msg-bot",
        "state-forbidden",
        "skeleton",
        "inst",
        "ladder",
        "is-late",
    ]
    assert [mark for mark in marks if mark not in page] == []


@pytest.mark.parametrize("name", views.LAYOUTS)
def test_every_layout_is_a_whole_page_with_nothing_inline(visitor, name):
    answer = visitor.get(f"/ui/gallery/{name}/?theme=dark")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == middleware.POLICY
    assert '<html lang="zh-CN" data-theme="dark"' in page
    assert page.count("<h1") == 1
    assert 'id="main"' in page
    assert not re.search(r'<[^>]+\sstyle="|<style|<script(?![^>]* src=)', page)


def test_an_unknown_layout_is_not_found(visitor):
    assert visitor.get("/ui/gallery/nothing/").status_code == 404


def test_a_real_site_has_no_gallery(visitor, settings):
    settings.DEMO = False
    assert visitor.get("/ui/gallery/").status_code == 404
    assert visitor.get("/ui/gallery/desk/").status_code == 404


def test_each_view_names_who_may_open_it():
    assert declared_permission(views.gallery) == "public: component gallery of the demo"
    assert declared_permission(views.layout) == "public: component gallery of the demo"


@pytest.mark.parametrize("name", ["403.html", "404.html", "500.html", "403_csrf.html"])
@override_settings(ROOT_URLCONF=ADDRESSES)
def test_an_error_page_has_a_sentence_and_a_way_on_even_without_a_request(name):
    page = render_to_string(name)
    assert page.count('class="btn btn-main') == 1
    assert 'href="/"' in page
    assert "请稍后重试" not in page


def test_a_policy_that_a_view_has_set_itself_is_kept():
    from django.http import HttpResponse

    def answer(request):
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})

    response = middleware.ContentSecurityPolicy(answer)(None)
    assert response.headers["Content-Security-Policy"] == "default-src 'none'"


class Person:
    """A signed-in member of staff, as far as a header needs to know one."""

    is_authenticated = is_active = True

    def __init__(self, role):
        self.role = role

    def __str__(self):
        return "林芳"


@pytest.mark.parametrize(("role", "shown"), [("specialist", False), ("officer", True)])
def test_the_header_offers_only_what_one_may_open(visitor, role, shown):
    from django.template import Context, Template

    source = '{% load ui %}{% nav_link "ui:gallery" "现场" "board.see" %}{% nav_link "no:where" "没有" "desk.work" %}'
    page = Template(source).render(Context({"user": Person(role)}))
    assert ("/ui/gallery/" in page) is shown
    assert "没有" not in page


def test_a_form_field_ties_label_hint_and_error_to_its_input():
    from django import forms

    class Phone(forms.Form):
        phone = forms.CharField(label="手机号", help_text="11 位", max_length=11)

    page = render_to_string("ui/_field.html", {"field": Phone({"phone": ""})["phone"]})
    assert '<label for="id_phone">手机号</label>' in page
    assert 'aria-describedby="id_phone_helptext' in page
    assert 'aria-invalid="true"' in page
    assert 'role="alert"' in page
