"""Book a lender's loan tape: all good loans of the file in one transaction, each bad one named, none half-booked."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from jietong.kernel import journal
from jietong.kernel.errors import InputError
from jietong.loans import booking
from jietong.loans.commands.products import version_of_tapes
from jietong.loans.importing import parties as importing_parties
from jietong.loans.importing import people as importing_people
from jietong.loans.importing import receipts as importing_receipts
from jietong.loans.models import ImportRun, Loan, ProductVersion, Repayment
from jietong.loans.queries.book import penalty_fen
from jietong.loans.rules.opening import COMPONENTS, Open, Received, receive
from jietong.loans.rules.schedule import build
from jietong.loans.rules.terms import Terms
from jietong.loans.tape import InstalmentRow, LoanRow, RepaymentRow, RowError, Tape

BATCH_LOANS = 5000

Told = Callable[[str, int, int], None]


@dataclass(slots=True)
class Imported:
    """What became of a tape. `totals_fen`: sums over the loans booked by this run, for comparing with the lender's."""

    already_known: bool = False
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    totals_fen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    errors: list[RowError] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return sum(1 for error in self.errors if not error.note)


class _UndoError(Exception):
    """Ends a dry run: everything was tried, nothing stays."""


def import_tape(
    tape: Tape,
    *,
    file_name: str,
    as_of: date,
    actor: str,
    now: datetime,
    dry_run: bool = False,
    told: Told | None = None,
    only_new: bool = False,
) -> Imported:
    """Book the tape as of a date. The same file again changes nothing, nor do loans that are booked already.

    only_new: of loans that are booked nothing is looked at, not even receipts: the caller sees to them. A dry run
    does the same work and undoes it. `told(what, done, of)` hears of progress.
    """
    result = Imported()
    try:
        with transaction.atomic():
            if ImportRun.objects.filter(sha256=fingerprint(tape)).exists():
                result.already_known = True
                return result
            booking_of = _Booking(tape, result, as_of=as_of, now=now, told=told or (lambda *_: None))
            booking_of.only_new = only_new
            booking_of.run(file_name)
            journal.record(
                "loans.tape_imported",
                subject=f"tape:{tape.sha256[:16]}",
                actor=actor,
                at=now,
                data={"file": file_name, "counts": dict(result.counts), "as_of": as_of.isoformat()},
            )
            if dry_run:
                raise _UndoError
    except _UndoError:
        pass
    return result


def fingerprint(tape: Tape) -> str:
    """One digest over all files of the tape: the same loans with a new file of receipts is another tape."""
    parts = sorted((kind, table.facts.sha256) for kind, table in tape.files.items())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class _Booking:
    def __init__(self, tape: Tape, result: Imported, *, as_of: date, now: datetime, told: Told) -> None:
        self.tape, self.result, self.as_of, self.now, self.told = tape, result, as_of, now, told
        self.zone = ZoneInfo(settings.LENDER_TIME_ZONE)
        self.instalments: dict[str, list[InstalmentRow]] = defaultdict(list)
        self.repayments: dict[str, list[RepaymentRow]] = defaultdict(list)
        self.products: dict[str, ProductVersion] = {}
        self.ready: tuple[booking.Batch, importing_people.People] | None = None
        self.people: importing_people.Known = {}
        self.arrangements = importing_parties.Arrangements()
        self.writer = ThreadPoolExecutor(max_workers=1)
        self.writing: Future[None] | None = None
        self.seen: set[str] = set()
        self.known_loans: set[str] = set()
        self.taken_back: list[RepaymentRow] = []
        self.only_new = False

    def run(self, file_name: str) -> None:
        self._read_companions()
        source = ImportRun.objects.create(
            sha256=fingerprint(self.tape),
            file_name=file_name[:200],
            as_of=self.as_of,
            started_at=self.now,
            finished_at=self.now,
        )
        self.source_id = source.pk
        total = self.tape.rows.get("loans", 0)
        waiting: list[LoanRow] = []
        for count, row in enumerate(self.tape.loan_rows(), start=1):
            if isinstance(row, RowError):
                self.result.errors.append(row)
            else:
                waiting.append(row)
            if len(waiting) >= BATCH_LOANS:
                self._book(waiting)
                waiting = []
                self.told("loans", count, total)
        self._book(waiting)
        self._finish()
        self._receipts_of_known_loans()
        self.told("loans", total, total)
        self._name_orphans()
        source.counts = dict(self.result.counts)
        source.save(update_fields=["counts"])

    def _read_companions(self) -> None:
        for row in self.tape.instalment_rows():
            if isinstance(row, RowError):
                self.result.errors.append(row)
            else:
                self.instalments[row.loan_no].append(row)
        for receipt in self.tape.repayment_rows():
            if isinstance(receipt, RowError):
                self.result.errors.append(receipt)
            elif receipt.reversed:
                self.taken_back.append(receipt)
            else:
                self.repayments[receipt.loan_no].append(receipt)
        self.told("companions", 1, 1)

    def _book(self, rows: list[LoanRow]) -> None:
        """One batch: leave out what is known, find or make the borrowers, then loans and all that hangs on them.

        One transaction has one connection, so the order is: ask the database all that this batch needs to know, send
        the batch before on its way (a thread of its own writes it), and meanwhile work this one out.
        """
        self._written()
        known = self._known(rows)
        fresh = [row for row in rows if not self._is_known(row, known)]
        people = importing_people.borrowers_for(fresh, self.people, self._refuse, now=self.now)
        keys = booking.keys("loans_loan", len(fresh))
        taken = self._taken_receipts(fresh)
        for code in {row.product for row in fresh} - self.products.keys():
            self.products[code] = version_of_tapes(code, now=self.now)
        refused = self.arrangements.prepare(fresh, self._refuse, now=self.now)
        self._send()
        batch = booking.Batch()
        for row in fresh:
            if row.borrower_no in people.by_number and row.loan_no not in refused:
                self._book_one(row, next(keys), people, batch, taken)
        self.result.counts["borrowers"] += people.made
        self.ready = (batch, people)

    def _finish(self) -> None:
        self._written()
        self._send()
        self._written()
        self.writer.shutdown()

    def _send(self) -> None:
        """Start writing the batch that has been worked out."""
        if self.ready is None:
            return
        batch, people = self.ready
        self.ready = None
        connection.ensure_connection()
        raw = connection.connection

        def write() -> None:
            with raw.cursor() as cursor:
                batch.write(cursor)
                importing_people.write_ways(cursor, people)

        self.writing = self.writer.submit(write)

    def _written(self) -> None:
        """Wait for the batch on its way; its error, if any, ends the import here."""
        if self.writing is not None:
            self.writing.result()
            self.writing = None

    def _known(self, rows: list[LoanRow]) -> dict[str, Loan]:
        refs = [row.loan_no for row in rows]
        found = Loan.objects.filter(ref__in=refs).select_related("borrower")
        return {loan.ref: loan for loan in found}

    def _is_known(self, row: LoanRow, known: dict[str, Loan]) -> bool:
        self.seen.add(row.loan_no)
        loan = known.get(row.loan_no)
        if loan is None:
            return False
        told = (row.borrower_no, row.principal_fen, row.disbursed_on, row.instalments, row.rate)
        if self.only_new:
            self.result.counts["loans_known"] += 1
            self.known_loans.add(row.loan_no)
        elif told != (loan.borrower.number, loan.principal_fen, loan.disbursed_on, loan.instalment_count, loan.rate):
            self._refuse(row, "loan_no", "loan_booked_with_other_terms", "this loan is in the book with other terms")
        else:
            self.result.counts["loans_known"] += 1
            self.known_loans.add(row.loan_no)
        return True

    def _taken_receipts(self, rows: list[LoanRow]) -> set[str]:
        wanted = [receipt.receipt for row in rows for receipt in self.repayments.get(row.loan_no, ())]
        return set(Repayment.objects.filter(receipt__in=wanted).values_list("receipt", flat=True)) if wanted else set()

    def _book_one(
        self, row: LoanRow, key: int, people: importing_people.People, batch: booking.Batch, taken: set[str]
    ) -> None:
        try:
            rows, received = self._state(row, taken)
        except InputError as error:
            self._refuse(row, error.field, error.code, error.message)
            return
        product = self.products[row.product]
        borrower_id = people.by_number[row.borrower_no]
        people.admit(row, batch, now=self.now)
        standing = booking.Standing(rows, self.as_of)
        batch.rows["loans_loan"].append(
            booking.loan_row(
                key, row, borrower_id, product, len(rows), standing, now=self.now, source_id=self.source_id
            )
        )
        self.arrangements.write(key, row, batch, now=self.now)
        batch.rows["loans_instalment"].extend(booking.instalment_rows(key, rows, standing))
        batch.rows["loans_loanhead"].append(
            booking.head_row(key, borrower_id, standing, as_of=self.as_of, now=self.now)
        )
        batch.rows["loans_posting"].extend(
            booking.opening_postings(
                key,
                standing,
                received,
                principal_fen=row.principal_fen,
                disbursed_on=row.disbursed_on,
                as_of=self.as_of,
                now=self.now,
            )
        )
        for receipt, money in zip(self._in_order(row.loan_no), received, strict=True):
            at = self._paid_at(receipt)
            batch.rows["loans_repayment"].append(booking.repayment_row(key, money, paid_at=at, now=self.now))
        self._count(row, standing, len(rows), received)

    def _count(self, row: LoanRow, standing: booking.Standing, instalments: int, received: list[Received]) -> None:
        counts, totals = self.result.counts, self.result.totals_fen
        counts["loans"] += 1
        counts["instalments"] += instalments
        counts["repayments"] += len(received)
        totals["principal"] += row.principal_fen
        totals["repaid"] += sum(money.amount_fen for money in received)
        totals["outstanding_principal"] += standing.principal_left
        totals["outstanding"] += standing.left

    def _in_order(self, loan_no: str) -> list[RepaymentRow]:
        rows = self.repayments.get(loan_no)
        if not rows:
            return []
        return sorted(rows, key=lambda r: (r.paid_on, r.paid_at.timestamp() if r.paid_at else 0.0, r.line))

    def _state(self, row: LoanRow, taken: set[str]) -> tuple[list[Open], list[Received]]:
        """The instalments of the loan after its repayments. Raises InputError with what does not add up."""
        given = self.instalments.get(row.loan_no)
        receipts = self._in_order(row.loan_no)
        for receipt in receipts:
            if receipt.receipt in taken:
                raise InputError("receipt", "receipt_booked", f"receipt {receipt.receipt} is booked on another loan")
            if receipt.paid_on < row.disbursed_on or receipt.paid_on > self.as_of:
                raise InputError("paid_on", "out_of_order", "a repayment lies before the loan or after the tape's date")
        rows = self._given(given) if given else self._generated(row)
        product = self.products[row.product]
        order = [COMPONENTS.index(name) for name in product.allocation_order]
        if given and any(sum(i.paid) or i.owed[3] for i in rows):
            return self._with_own_figures(rows, receipts, order)
        rate_of = partial(_penalty, rate=row.rate, rate_unit=row.rate_unit, multiple=product.penalty_multiple)
        received = [
            receive(rows, r.receipt, r.paid_on, r.amount_fen, order=order, penalty_of=rate_of) for r in receipts
        ]
        return rows, received

    def _with_own_figures(
        self, rows: list[Open], receipts: list[RepaymentRow], order: list[int]
    ) -> tuple[list[Open], list[Received]]:
        """The lender's own paid and penalty figures stand; receipts explain them and may not say more than they do."""
        final = [Open(i.n, i.due_on, list(i.paid)) for i in rows]
        received = [receive(final, r.receipt, r.paid_on, r.amount_fen, order=order, penalty_of=None) for r in receipts]
        if receipts and any(i.left for i in final):
            raise InputError(
                "amount", "repayments_do_not_match", "the receipts do not add up to what the instalments say is paid"
            )
        for row in rows:
            if row.due_on < self.as_of:
                row.penalty_through_on = self.as_of  # theirs up to the tape's date, ours from then on
        return rows, received

    def _given(self, rows: list[InstalmentRow]) -> list[Open]:
        found = []
        for row in sorted(rows, key=lambda r: r.n):
            owed = [row.principal_fen, row.interest_fen, row.fee_fen, row.penalty_fen]
            paid = [row.paid_principal_fen, row.paid_interest_fen, row.paid_fee_fen, row.paid_penalty_fen]
            if any(p > o for p, o in zip(paid, owed, strict=True)):
                raise InputError("paid", "paid_more_than_owed", f"instalment {row.n} is paid beyond what it asks for")
            found.append(Open(row.n, row.due_on, owed, paid))
        return found

    def _generated(self, row: LoanRow) -> list[Open]:
        terms = Terms(
            row.principal_fen,
            row.rate,
            row.instalments,
            row.disbursed_on,
            rate_unit=row.rate_unit,
            day_count=row.day_count or "period",
            method=row.method,
            every=row.every,
            unit=row.unit,
            first_due_on=row.first_due_on,
        )
        return [Open(r.n, r.due_on, [r.principal_fen, r.interest_fen, 0, 0]) for r in build(terms).rows if r.total_fen]

    def _refuse(self, row: LoanRow, column: str, code: str, message: str) -> None:
        label = self.tape.files["loans"].source.label
        self.result.errors.append(RowError(label, row.line, column, code, message, ""))
        self.result.counts["loans_refused"] += 1

    def _receipts_of_known_loans(self) -> None:
        """Receipts for loans that were in the book before: through the ordinary command, each once."""
        ours = self.known_loans if not self.only_new else set()
        moneys = [receipt for loan_no in sorted(ours & self.repayments.keys()) for receipt in self._in_order(loan_no)]
        back = [receipt for receipt in self.taken_back if receipt.loan_no in ours]
        book = importing_receipts.Known(self.tape, self.result.counts, self.result.errors, now=self.now)
        for receipt in moneys:
            book.pay(receipt, paid_at=self._paid_at(receipt))
        for receipt in back:
            book.take_back(receipt)

    def _paid_at(self, receipt: RepaymentRow) -> datetime:
        return receipt.paid_at or datetime.combine(receipt.paid_on, time(12), self.zone)

    def _name_orphans(self) -> None:
        """Companion rows of loans that the tape does not have are named: nothing is dropped silently."""
        for kind, rows in (("instalments", self.instalments), ("repayments", self.repayments)):
            table = self.tape.files.get(kind)
            for loan_no, found in rows.items():
                if loan_no not in self.seen and table is not None:
                    self.result.errors.append(
                        RowError(
                            table.source.label,
                            found[0].line,
                            "loan_no",
                            "loan_unknown",
                            f"{len(found)} row(s) of a loan that is not booked from this tape",
                            "",
                        )
                    )


def _penalty(principal_fen: int, days: int, *, rate: object, rate_unit: str, multiple: object) -> int:
    return penalty_fen(principal_fen, rate=rate, rate_unit=rate_unit, multiple=multiple, days=days)  # type: ignore[arg-type]
