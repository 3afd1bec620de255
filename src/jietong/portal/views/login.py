"""Phone, code, second fact. The same words and the same steps whether or not a number is on record."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from jietong.borrowers import commands as borrowers
from jietong.kernel import clock
from jietong.kernel.errors import CommandRefused, InputError
from jietong.kernel.permissions import permit_public
from jietong.portal import access, commands, forms, words
from jietong.portal.pages import show
from jietong.ui.words import masked_phone

PUBLIC = "signing in comes before rights; nothing about anybody is named"


@permit_public(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Ask for the number, send a code to it if somebody has it, and say the same either way."""
    now = clock.now()
    if request.method == "GET":
        access.keep_next(request, request.GET.get("next", ""))
        return show(request, "portal/login_phone.html", now=now)
    typed = request.POST.get("phone", "")
    try:
        number = forms.phone(typed)
        commands.send_code(phone=number, asked_from=access.network_address(request), now=now)
    except InputError as wrong:
        context = {"typed": typed, "error": words.error(wrong)}
        return show(request, "portal/login_phone.html", context, now=now, status=422)
    except CommandRefused as refused:
        if refused.code != "too_soon":
            context = {"typed": typed, "error": words.refusal(refused)}
            return show(request, "portal/login_phone.html", context, now=now, status=422)
        messages.info(request, words.refusal(refused))
    access.begin(request, number)
    return redirect("portal:code")


@permit_public(PUBLIC)
@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Another code for the number that was typed."""
    number = access.phone_of(request)
    if number is None:
        return redirect("portal:login")
    try:
        commands.send_code(phone=number, asked_from=access.network_address(request), now=clock.now())
    except CommandRefused as refused:
        messages.info(request, words.refusal(refused))
    else:
        messages.success(request, _("又发了一条，请用最新的那一条。"))
    return redirect("portal:code")


@permit_public(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Check the code. A right one shows who holds the phone; with a known browser also who the person is."""
    now, number = clock.now(), access.phone_of(request)
    if number is None:
        return redirect("portal:login")
    context = {"masked": masked_phone(number)}
    if request.method == "GET":
        return show(request, "portal/login_code.html", context, now=now)
    candidates = borrowers.use_code(phone=number, code=forms.digits(request.POST.get("code", "")), now=now)
    if not candidates:
        void = borrowers.code_is_void(phone=number, now=now)
        wrong = words.error(InputError("code", "void" if void else "wrong", "wrong, old, used or tried too often"))
        return show(request, "portal/login_code.html", context | {"error": wrong}, now=now, status=422)
    if "not_me" in request.POST:
        return _stop_number(request, number)
    access.phone_proved(request, candidates)
    known = access.person_of_device(request, candidates)
    return access.let_in(request, known) if known is not None else redirect("portal:who")


@permit_public(PUBLIC)
@never_cache
@require_http_methods(["GET", "POST"])
def who(request: HttpRequest) -> HttpResponse:
    """The second fact. Until it is right the page knows nobody's name."""
    now, number, candidates = clock.now(), access.phone_of(request), access.candidates_of(request)
    if number is None or not candidates:
        return redirect("portal:login")
    if borrowers.second_fact_locked(phone=number, now=now):
        return _locked(request, now)
    if request.method == "GET":
        return show(request, "portal/login_who.html", now=now)
    tail = forms.digits(request.POST.get("tail", ""))
    try:
        found = borrowers.prove_person(phone=number, candidates=candidates, tail=tail, now=now)
    except CommandRefused:
        return _locked(request, now)  # another browser's guesses locked it in between
    if found is None:
        if borrowers.second_fact_locked(phone=number, now=now):
            return _locked(request, now)
        wrong = words.error(InputError("tail", "wrong", "no match"))
        return show(request, "portal/login_who.html", {"error": wrong}, now=now, status=422)
    borrower_id, proven_by = found
    response = access.let_in(request, borrower_id)
    access.remember(response, borrowers.remember_device(borrower_id=borrower_id, proven_by=proven_by, now=now))
    return response


def _locked(request: HttpRequest, now: datetime) -> HttpResponse:
    """Nothing can be typed for an hour: the page has no field then, and leads to help."""
    told = {"locked": words.refusal(CommandRefused("locked", "too many wrong answers"))}
    return show(request, "portal/login_who.html", told, now=now, status=422 if request.method == "POST" else 200)


@permit_public(PUBLIC)
@require_POST
def not_me(request: HttpRequest) -> HttpResponse:
    """不是我: whoever has proved the phone stops everything that we send to it, in one tap."""
    number = access.phone_of(request)
    if number is None or not access.candidates_of(request):
        return redirect("portal:login")
    return _stop_number(request, number)


def _stop_number(request: HttpRequest, number: str) -> HttpResponse:
    now = clock.now()
    borrowers.report_wrong_person(phone=number, now=now)
    access.forget(request)
    return show(request, "portal/login_stopped.html", {"masked": masked_phone(number)}, now=now)


@permit_public("leaving needs no right")
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    access.forget(request)
    messages.info(request, _("已经退出。"))
    return redirect("portal:login")
