"""`jietong rules schedule | allocate | age`: the pure loan rules, JSON lines in and out. No Django, no database."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from jietong.kernel.errors import InputError
from jietong.kernel.jsonlines import serve
from jietong.kernel.money import yuan
from jietong.loans.rules.fields import Case, amount, day, flag, names, number, require, rows, text, whole
from jietong.loans.rules.terms import DECIMALS_MAX, Terms

PROFILES = {"loan": "class.loan", "card": "class.card"}


def schedule(arguments: list[str]) -> int:
    """Instalment schedules; returns the exit status."""
    return _serve("schedule", arguments, answer_schedule)


def allocate(arguments: list[str]) -> int:
    """Repayments onto instalments; returns the exit status."""
    return _serve("allocate", arguments, answer_allocate)


def age(arguments: list[str]) -> int:
    """Days past due, bucket and class; returns the exit status."""
    return _serve("age", arguments, answer_age)


def _serve(name: str, arguments: list[str], answer: Any) -> int:
    if not arguments:
        return serve(answer)
    print(f"usage: jietong rules {name} < cases.jsonl > answers.jsonl")
    return 0 if arguments[0] in {"-h", "--help"} else 2


def answer_schedule(case: Case) -> Case:
    from jietong.loans.rules.apr import schedule_apr
    from jietong.loans.rules.schedule import build

    terms = read_terms(case)
    plan = build(terms)
    places = terms.decimals
    return {
        "rows": [
            {
                "n": row.n,
                "due_on": row.due_on.isoformat(),
                "days": row.days,
                "principal": yuan(row.principal_fen, decimals=places),
                "interest": yuan(row.interest_fen, decimals=places),
                "total": yuan(row.total_fen, decimals=places),
                "balance": yuan(row.balance_fen, decimals=places),
            }
            for row in plan.rows
        ],
        "total_interest": yuan(plan.total_interest_fen, decimals=places),
        "apr": schedule_apr(terms, plan),
    }


def read_terms(case: Case) -> Terms:
    """The terms of a schedule case; raises InputError for what is missing or of the wrong kind."""
    places = whole(case["decimals"], "decimals") if case.get("decimals") is not None else 2
    if places > DECIMALS_MAX:
        raise InputError("decimals", "too_large", f"decimals must be at most {DECIMALS_MAX}")
    first_due_on = case.get("first_due_on")
    options: dict[str, Any] = {}
    for name, read in (
        ("principal_grace", whole),
        ("interest_grace", whole),
        ("smooth_last", flag),
        ("month_end", text),
        ("rounding", text),
    ):
        if case.get(name) is not None:
            options[name] = read(case[name], name)
    return Terms(
        principal_fen=amount(require(case, "principal"), "principal", places),
        rate=number(require(case, "rate"), "rate"),
        rate_unit=text(require(case, "rate_unit"), "rate_unit"),
        day_count=text(require(case, "day_count"), "day_count"),
        method=text(require(case, "method"), "method"),
        every=whole(require(case, "every"), "every"),
        unit=text(require(case, "unit"), "unit"),
        instalments=whole(require(case, "instalments"), "instalments"),
        disbursed_on=day(require(case, "disbursed_on"), "disbursed_on"),
        first_due_on=None if first_due_on is None else day(first_due_on, "first_due_on"),
        multiple_fen=_multiple(case.get("instalment_multiple"), places),
        decimals=places,
        **options,
    )


def _multiple(value: object, places: int) -> int:
    """`instalment_multiple` in minor units, default 0.01; finer than the currency means the currency's own unit."""
    field = "instalment_multiple"
    multiple = Decimal("0.01") if value is None else number(value, field)
    if multiple < 0:
        raise InputError(field, "negative", "the multiple must not be negative")
    if multiple == 0:
        raise InputError(field, "zero", "the multiple must be greater than zero")
    scaled = Fraction(multiple) * 10**places
    if scaled.denominator == 1:
        return scaled.numerator
    if scaled.numerator == 1:
        return 1
    raise InputError(field, "too_precise", f"an instalment with {places} decimals cannot be a multiple of {multiple}")


def answer_allocate(case: Case) -> Case:
    from jietong.loans.rules.allocate import COMPONENTS, DEFAULT_ORDER, Instalment, Repayment
    from jietong.loans.rules.allocate import allocate as spread

    instalments = [
        Instalment(
            day(require(row, "due_on", f"instalments.{k}."), f"instalments.{k}.due_on"),
            *(_optional_amount(row, name, f"instalments.{k}.") for name in COMPONENTS),
        )
        for k, row in enumerate(rows(case, "instalments"))
    ]
    repayments = [Repayment(*pair) for pair in _repayments(case)]
    order = names(case, "order")
    as_of = case.get("as_of")
    done = spread(
        instalments,
        repayments,
        order=DEFAULT_ORDER if order is None else order,
        order_in_advance=names(case, "order_in_advance"),
        as_of=None if as_of is None else day(as_of, "as_of"),
    )
    return {
        "repayments": [
            {
                "on": split.repayment.on.isoformat(),
                "amount": yuan(split.repayment.amount_fen),
                "split": {name: yuan(fen) for name, fen in split.split().items()},
                "left_over": yuan(split.left_over_fen),
            }
            for split in done.repayments
        ],
        "instalments": [
            {
                "due_on": state.instalment.due_on.isoformat(),
                "paid": yuan(state.paid_fen),
                "in_advance": yuan(state.in_advance_fen),
                "late": yuan(state.late_fen),
                "outstanding": yuan(state.outstanding_fen),
                "outstanding_split": {name: yuan(state.outstanding[name]) for name in DEFAULT_ORDER},
            }
            for state in done.instalments
        ],
    }


def _optional_amount(row: Case, name: str, path: str) -> int:
    return 0 if row.get(name) is None else amount(row[name], path + name)


def _repayments(case: Case) -> list[tuple[Any, int]]:
    found = []
    for k, row in enumerate(rows(case, "repayments")):
        path = f"repayments.{k}."
        on = day(require(row, "on", path), path + "on")
        found.append((on, amount(require(row, "amount", path), path + "amount")))
    return found


def answer_age(case: Case) -> Case:
    from jietong.loans.rules import ageing

    instalments = [
        ageing.Due(
            day(require(row, "due_on", f"instalments.{k}."), f"instalments.{k}.due_on"),
            amount(require(row, "amount", f"instalments.{k}."), f"instalments.{k}.amount"),
        )
        for k, row in enumerate(rows(case, "instalments"))
    ]
    found = ageing.age(
        instalments,
        [ageing.Paid(*pair) for pair in _repayments(case)],
        as_of=day(require(case, "as_of"), "as_of"),
        grace_days=_grace_days(case),
        buckets=_buckets(case),
        pauses=_pauses(case),
    )
    answer: Case = {
        "days_past_due": found.days_past_due,
        "delinquent_on": None if found.delinquent_on is None else found.delinquent_on.isoformat(),
        "delinquent_days": found.delinquent_days,
        "overdue_amount": yuan(found.overdue_fen),
        "bucket": found.bucket,
    }
    if case.get("pack") is not None and case.get("profile") is not None:
        answer["asset_class"] = ageing.asset_class(found.days_past_due, _bands(case))
    return answer


def _grace_days(case: Case) -> int:
    grace_days = 0 if case.get("grace_days") is None else whole(case["grace_days"], "grace_days")
    if grace_days > 36_500:
        raise InputError("grace_days", "too_large", "a grace of a century is no grace")
    return grace_days


def _buckets(case: Case) -> list[Any]:
    from jietong.loans.rules.ageing import Bucket

    found = []
    for k, row in enumerate(rows(case, "buckets")):
        path = f"buckets.{k}."
        name = text(require(row, "name", path), path + "name")
        least = 0 if row.get("min") is None else whole(row["min"], path + "min")
        most = None if row.get("max") is None else whole(row["max"], path + "max")
        if most is not None and most < least:
            raise InputError(path + "max", "out_of_order", f"bucket {name!r} ends before it begins")
        found.append(Bucket(name, least, most))
    return found


def _pauses(case: Case) -> list[Any]:
    from jietong.loans.rules.ageing import Pause

    found = []
    for k, row in enumerate(rows(case, "pauses")):
        path = f"pauses.{k}."
        start = day(require(row, "from", path), path + "from")
        end = None if row.get("to") is None else day(row["to"], path + "to")
        if end is not None and end < start:
            raise InputError(path + "to", "out_of_order", "a pause must not end before it begins")
        found.append(Pause(start, end))
    return found


def _bands(case: Case) -> Any:
    """The class bands of a rule pack's profile; asked for only where both are given."""
    name = text(require(case, "pack"), "pack")
    profile = text(require(case, "profile"), "profile")
    if profile not in PROFILES:
        raise InputError("profile", "unknown", f"{profile!r} is neither loan nor card")
    from jietong.packs.queries import pack

    rule = pack(name).rules.get(f"{name}.{PROFILES[profile]}")
    if rule is None:
        raise InputError("pack", "no_classification", f"the pack {name!r} classifies no {profile}")
    return rule.value
