from __future__ import annotations

from procrastinate.contrib.django import app

from jietong.dayend import commands
from jietong.kernel import clock


@app.task(name=commands.CATCH_UP)
def catch_up(catch_up_id: int) -> None:
    commands.run_catch_up(catch_up_id=catch_up_id, now=clock.now())
