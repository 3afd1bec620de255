from __future__ import annotations

from django.db import models
from django.db.models import Func


class XidField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's 64-bit transaction number of the writer; filled by the database."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def get_internal_type(self) -> str:
        return "XidField"


class CurrentXid(Func):
    template = "pg_current_xact_id()"
    output_field = XidField()


class Event(models.Model):
    """The journal: what happened, written in the transaction in which it happened. Never edited, never deleted.

    `seq` numbers events; `xid` is the writer's transaction, by which a reader knows that nothing older is still
    to come (a lower `seq` may commit later, a lower `xid` than the snapshot's horizon may not).
    """

    seq = models.BigAutoField(primary_key=True)
    xid = XidField(db_default=CurrentXid(), editable=False)
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)  # "contacts.contact_opened"
    subject = models.CharField(max_length=60)  # "contact:17"
    borrower_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=60)  # "staff:3", "borrower:9", "system:dayend"
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["xid", "seq"], name="event_position"),
            models.Index(fields=["subject", "seq"], name="event_subject"),
            models.Index(fields=["borrower_id", "seq"], name="event_borrower", condition=models.Q(borrower_id__gt=0)),
        ]
