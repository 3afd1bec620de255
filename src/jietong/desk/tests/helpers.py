"""What the desk's tests have in common."""

from __future__ import annotations

from django.test import Client

from jietong.kernel import clock
from jietong.routing import commands as routing


def signed_in(member, **options):
    """A browser in which this member is signed in."""
    client = Client(**options)
    client.force_login(member)
    return client


def ask(borrower, text="想找人工", *, intent="complaint_human", now=None):
    return routing.ask_for_person(
        borrower_id=borrower.pk,
        channel="web",
        intent=intent,
        text=text,
        actor=f"borrower:{borrower.pk}",
        now=now or clock.now(),
    )
