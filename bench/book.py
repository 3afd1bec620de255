"""An invented book for measurements: N loans of twelve instalments, sent by COPY into the bench's own database.

The schedules are the engine's own. Four loans in a hundred are late by one to seven instalments; the others have paid
what fell due before. `pay` lets money come in, set-based: what a day of a lender does to the book between two day-ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

PRINCIPALS = (3_000_00, 12_000_00, 36_000_00)
LENT_DAYS = 340  # lent over so many days before the opening
CHUNK = 5_000
WHO = ("id", "number", "name", "id_type", "region", "language", "time_zone", "created_at")
LOAN = (
    "id", "ref", "borrower_id", "product_id", "creditor", "principal_fen", "rate", "rate_unit", "day_count", "method",
    "instalment_count", "disbursed_on", "status", "booked_at",
)  # fmt: skip


def superuser() -> psycopg.Connection[Any]:
    """A connection to the throw-away site's database that may do everything."""
    from jietong.config.prepare import DATABASE
    from jietong.config.supervisor_database import data_folder, embedded_server

    server = embedded_server(data_folder())
    assert server is not None
    return psycopg.connect(server.url("postgres", DATABASE), autocommit=True)


def build(loans: int, *, on: date, now: datetime) -> None:
    """Fill the empty book as it stood in the evening before `on`; `on` is the first date to close."""
    from jietong.loans.booking import COLUMNS

    templates = Templates(on, now)
    with superuser() as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # invented rows refer to each other by construction
        cursor.execute("TRUNCATE borrowers_borrower, loans_product CASCADE")
        cursor.execute("TRUNCATE dayend_stepmark, dayend_catchup, loans_book, kernel_event, procrastinate_jobs CASCADE")
        cursor.execute(
            "INSERT INTO loans_product (id, code, name, penalty_multiple, grace_days, allocation_order)"
            ' SELECT n, \'P\' || n, \'消费贷\', 1.5, 0, \'["fee", "penalty", "interest", "principal"]\''
            " FROM generate_series(1, 5) AS n"
        )
        for table, place in (
            ("borrowers_borrower", 0),
            ("loans_loan", 1),
            ("loans_instalment", 2),
            ("loans_loanhead", 3),
            ("loans_posting", 4),
        ):
            columns = {"borrowers_borrower": WHO, "loans_loan": LOAN}.get(table) or COLUMNS[table]
            names = ", ".join(f'"{name}"' for name in columns)
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for block in blocks(loans, templates, place):
                    copy.write(block)
        for table in ("borrowers_borrower", "loans_loan"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), %s)", [loans])
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


class Templates:
    """The rows of one kind of loan, with @ in place of its number."""

    def __init__(self, on: date, now: datetime) -> None:
        self.on, self.now = on, now
        self._made: dict[tuple[int, int, int], tuple[str, ...]] = {}

    def of(self, k: int) -> tuple[str, ...]:
        late = 1 + k // 25 % 7 if k % 25 == 0 else 0
        key = (k * 7 % LENT_DAYS, k % len(PRINCIPALS), late)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(self, age: int, size: int, late: int) -> tuple[str, ...]:
        from jietong.loans.booking import Standing, head_row, instalment_rows, opening_postings
        from jietong.loans.rules.opening import Open
        from jietong.loans.rules.schedule import build as schedule
        from jietong.loans.rules.terms import Terms

        lent_on = self.on - timedelta(days=age + 1)
        terms = Terms(PRINCIPALS[size], Decimal("0.144"), 12, lent_on)
        rows = [Open(row.n, row.due_on, [row.principal_fen, row.interest_fen, 0, 0]) for row in schedule(terms).rows]
        eve = self.on - timedelta(days=1)
        came = [row for row in rows if row.due_on <= eve]
        for row in came[: max(len(came) - late, 0)]:
            row.paid = list(row.owed)
        standing = Standing(rows, eve)
        who = ("@", "B@", "张伟", "resident_id", "", "zh-hans", "Asia/Shanghai", self.now)
        loan = (
            "@", "JT@", "@", 1 + size, "青禾消费金融有限公司", PRINCIPALS[size], terms.rate, "year", "period",
            terms.method, 12, lent_on, "active" if standing.left else "settled", self.now,
        )  # fmt: skip
        lines = [("@", *row[1:]) for row in instalment_rows(0, rows, standing)]
        head = ("@", "@", *head_row(0, 0, standing, as_of=eve, now=self.now)[2:])
        postings = opening_postings(
            0, standing, (), principal_fen=PRINCIPALS[size], disbursed_on=lent_on, as_of=eve, now=self.now
        )
        booked = [(row[0], "@", *row[2:]) for row in postings]
        return _text([who]), _text([loan]), _text(lines), _text([head]), _text(booked)


def _text(rows: list[tuple[Any, ...]]) -> str:
    cells = {None: "\\N", True: "t", False: "f"}
    return "".join(
        "\t".join(cells[v] if v is None or isinstance(v, bool) else str(v) for v in row) + "\n" for row in rows
    )


def blocks(loans: int, templates: Templates, place: int) -> Iterator[str]:
    for start in range(1, loans + 1, CHUNK):
        last = min(start + CHUNK, loans + 1)
        yield "".join(templates.of(k)[place].replace("@", str(k)) for k in range(start, last))


def open_all() -> None:
    """Every loan has its Opening, as after its first money of ours."""
    with superuser() as connection, connection.cursor() as cursor:
        cursor.execute(_OPEN_ALL)
        cursor.execute("VACUUM (ANALYZE) loans_opening")


_OPEN_ALL = """
INSERT INTO loans_opening (loan_id, "on", start_bucket, through_repayment_id, instalments)
SELECT h.loan_id, h.aged_on, h.bucket, 0, i.rows FROM loans_loanhead h CROSS JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_array(n, due_on,
    jsonb_build_array(principal_fen, interest_fen, fee_fen, penalty_fen),
    jsonb_build_array(principal_paid_fen, interest_paid_fen, fee_paid_fen, penalty_paid_fen), NULL) ORDER BY n) AS rows
  FROM loans_instalment WHERE loan_id = h.loan_id
) i
"""


def pay(first: date, last: date, *, now: datetime) -> int:
    """What falls due from `first` to `last` is paid by 97 of 100 borrowers who are not late; answers how many paid."""
    with superuser() as connection, connection.cursor() as cursor:
        cursor.execute(_PAY, {"first": first, "last": last, "now": now})
        row = cursor.fetchone()
        assert row is not None
        cursor.execute("CHECKPOINT")
        return int(row[0])


_PAY = """
WITH paying AS (
  SELECT h.loan_id FROM loans_loanhead h
  WHERE h.oldest_unpaid_due_on BETWEEN %(first)s AND %(last)s AND h.loan_id %% 33 <> 0
), paid AS (
  UPDATE loans_instalment i SET principal_paid_fen = i.principal_fen, interest_paid_fen = i.interest_fen,
    interest_booked = true
  FROM paying p, loans_instalment old WHERE i.loan_id = p.loan_id AND i.due_on <= %(last)s AND old.id = i.id
    AND i.principal_paid_fen < i.principal_fen
  RETURNING i.loan_id, i.due_on, i.principal_fen, i.interest_fen, old.interest_booked AS was_booked
), posted AS (
  INSERT INTO loans_posting (entry, loan_id, kind, booked_on, at, debit, credit, amount_fen)
  SELECT gen_random_uuid(), loan_id, kind, due_on, %(now)s, debit, credit, fen FROM paid, LATERAL (VALUES
    ('interest', 'interest_receivable', 'interest_income', CASE WHEN was_booked THEN 0 ELSE interest_fen END),
    ('repayment', 'cash', 'interest_receivable', interest_fen), ('repayment', 'cash', 'loan_principal', principal_fen)
  ) AS step(kind, debit, credit, fen) WHERE fen > 0
), sums AS (
  SELECT loan_id, sum(principal_fen) AS principal, sum(principal_fen + interest_fen) AS fen FROM paid GROUP BY loan_id
), heads AS (
  UPDATE loans_loanhead h SET accrual_stale = true, oldest_unpaid_due_on = f.next, next_due_on = f.next,
    next_change_on = f.next, outstanding_fen = h.outstanding_fen - s.fen,
    outstanding_principal_fen = h.outstanding_principal_fen - s.principal
  FROM sums s CROSS JOIN LATERAL (
    SELECT min(i.due_on) AS next FROM loans_instalment i WHERE i.loan_id = s.loan_id AND i.due_on > %(last)s
  ) f WHERE h.loan_id = s.loan_id
)
SELECT count(*) FROM sums
"""
