"""One case a line, one answer a line; a senseless case is answered and the others go on."""

from __future__ import annotations

import io
import json

import pytest

from jietong.kernel.errors import InputError
from jietong.kernel.jsonlines import Case, serve


def double(case: Case) -> Case:
    if "n" not in case:
        raise InputError("n", "missing", "n is needed")
    return {"twice": case["n"] * 2}


def run(*lines: str) -> tuple[int, list[dict]]:
    sink = io.StringIO()
    status = serve(double, source=io.BytesIO("\n".join(lines).encode("utf-8", "surrogatepass")), sink=sink)
    return status, [json.loads(line) for line in sink.getvalue().splitlines()]


def test_answers_come_in_order_with_their_ids() -> None:
    assert run('{"id":"a","n":1}', "", '{"id":2,"n":3}') == (0, [{"id": "a", "twice": 2}, {"id": 2, "twice": 6}])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"id":"x"}', "missing"),
        ("[1]", "not_an_object"),
        ("{", "not_json"),
        ('{"id":NaN,"n":1}', "not_json"),
        ('{"id":"\\ud800","n":1}', "not_unicode"),
        ("[" * 100_000, "not_json"),
        ('{"n":' + "9" * 5000 + "}", "not_json"),
    ],
)
def test_a_senseless_line_is_answered_and_the_next_one_too(line: str, code: str) -> None:
    status, answers = run(line, '{"id":"next","n":1}')
    assert status == 1
    assert answers[0]["error"]["code"] == code
    assert answers[1] == {"id": "next", "twice": 2}
