"""Where a core's events come in. Whoever calls is a machine that proves itself by its signature."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from jietong.connectors import queries
from jietong.connectors.commands import hear
from jietong.connectors.rules import signature
from jietong.kernel import clock
from jietong.kernel.errors import InputError
from jietong.kernel.permissions import permit_public

BODY_BYTES_MAX = 1024 * 1024


@permit_public("a lender's core, proved by the signature of every request (HMAC-SHA256)")
@csrf_exempt
@require_POST
def hook(request: HttpRequest, code: str) -> JsonResponse:
    """202 with a receipt per event, also for one that came before. Nothing of the body is logged or answered."""
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return _no(400, "Content-Length", "not_a_number")
    if length > BODY_BYTES_MAX:
        return _no(413, "body", "too_large")
    body = request.read(BODY_BYTES_MAX + 1)
    if len(body) > BODY_BYTES_MAX:
        return _no(413, "body", "too_large")
    now = clock.now()
    known = queries.signing_key(code)
    fault = signature.fault(
        known[1] if known else None,
        request.headers.get("X-Jietong-Timestamp", ""),
        request.headers.get("X-Jietong-Signature", ""),
        body,
        at=now,
    )
    if fault is not None or known is None:  # an unknown link and a wrong key answer alike
        return _no(401, "X-Jietong-Signature", fault or "signature")
    try:
        receipts = hear(source=known[0], body=body, now=now)
    except InputError as error:
        return _no(400, error.field, error.code, error.message)
    told = [{"id": one.external_id, "state": one.state} for one in receipts]
    return JsonResponse({"received": told}, status=202)


def _no(status: int, field: str, code: str, message: str = "") -> JsonResponse:
    error: dict[str, Any] = {"field": field, "code": code}
    return JsonResponse({"error": error | ({"message": message} if message else {})}, status=status)
