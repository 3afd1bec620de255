from __future__ import annotations

from django.db import models


class DemoLoad(models.Model):
    """That the demo lender has been loaded, with what. One row."""

    seed = models.IntegerField()
    borrowers = models.IntegerField()
    finished_at = models.DateTimeField()
