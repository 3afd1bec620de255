"""The one address of this room: where the channel tells what became of an order. Signed, or it is not heard."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jietong.deduction import commands
from jietong.deduction.channels import UnsureError
from jietong.deduction.channels.realtime import read_told
from jietong.deduction.channels.signing import HEADER, is_signed
from jietong.kernel import clock
from jietong.kernel.permissions import permit_public

ANSWERS_MAX = 100


@csrf_exempt
@permit_public("the payment channel, by its signature")
@require_POST
def notice(request: HttpRequest) -> HttpResponse:
    """Answers in the form of a query's; what is refused is refused as a whole, and asked for by us later anyway."""
    raw = request.body
    if not is_signed(raw, request.headers.get(HEADER, ""), settings.DEDUCTION_CHANNEL_SECRET):
        return JsonResponse({"error": "not signed"}, status=403)
    text = raw.decode("utf-8", "replace")
    try:
        answers = json.loads(text)["answers"]
        if not isinstance(answers, list) or len(answers) > ANSWERS_MAX:
            raise UnsureError("not a list of answers")
        told = [read_told(one, text) for one in answers]
    except (ValueError, KeyError, TypeError, UnsureError) as error:
        return JsonResponse({"error": str(error)}, status=422)
    for one in told:
        commands.take_answer(one, source="notice", raw=text, now=clock.now())
    return JsonResponse({"taken": len(told)})
