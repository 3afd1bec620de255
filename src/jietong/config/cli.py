"""`jietong`: the one command-line program. Thin: each command is a function of its own room.

A name is looked up in COMMANDS and only then imported, so that a pure rule answers in well under a
second and never loads Django, NumPy or a database driver it does not need.
"""

from __future__ import annotations

import importlib
import sys

#: words of the command → (module:function taking the remaining arguments and returning an exit status, help line)
COMMANDS: dict[tuple[str, ...], tuple[str, str]] = {
    ("rules", "schedule"): ("jietong.loans.cli.rules:schedule", "instalment schedules, JSON lines"),
    ("rules", "allocate"): ("jietong.loans.cli.rules:allocate", "repayments onto instalments, JSON lines"),
    ("rules", "age"): ("jietong.loans.cli.rules:age", "days past due and bucket, JSON lines"),
    ("rules", "contact"): ("jietong.compliance.cli:contact", "may we contact this borrower now, JSON lines"),
    ("rules", "staffing"): ("jietong.workforce.cli:staffing", "Erlang staffing, JSON lines"),
    ("simulate", "queue"): ("jietong.simulator.cli:queue", "a queue under a discipline, JSON lines"),
    ("workforce", "forecast"): ("jietong.workforce.cli:forecast", "forecast of calls from a history, CSV"),
    ("analytics", "roll-rates"): ("jietong.analytics.cli:roll_rates", "roll rates of an account-month file, JSON"),
    ("analytics", "vintages"): ("jietong.analytics.cli:vintages", "vintage curves of an account-month file, JSON"),
    ("assistant", "understand"): ("jietong.assistant.cli:understand", "what a borrower means, JSON lines"),
    ("loans", "import"): ("jietong.loans.cli.tapes:import_tape", "book a lender's loan tape"),
    ("loans", "bank-file"): ("jietong.loans.cli.bank_file:bank_file", "book a bank's statement of transfers"),
    ("loans", "show"): ("jietong.loans.cli.show:show", "a loan's life as text"),
    ("loans", "snapshot"): ("jietong.loans.cli.rebuild:snapshot", "the book as Parquet files"),
    ("loans", "rebuild"): ("jietong.loans.cli.rebuild:rebuild", "the whole book's state anew, here or on Spark"),
    ("dayend", "run"): ("jietong.dayend.cli:run", "close a business date, or several in their order"),
    ("dayend", "catch-up"): ("jietong.dayend.cli:catch_up", "close every date that was missed"),
    ("connect",): ("jietong.connectors.cli:main", "pull, files, reconcile, open: links to a lender's core"),
    ("bureau", "prepare"): ("jietong.bureau.cli:prepare", "write a month's credit reports, once"),
    ("bureau", "corrections"): ("jietong.bureau.cli:corrections", "write what has to be corrected"),
    ("bureau", "export"): ("jietong.bureau.cli:export", "a batch as file and control file"),
    ("bureau", "acknowledge"): ("jietong.bureau.cli:acknowledge", "take in the bureau's answer"),
    ("run",): ("jietong.config.supervisor:run", "start everything (what `make run` calls)"),
    ("db",): ("jietong.config.database_cli:main", "prepare, url, shell: the database behind it all"),
    ("manage",): ("jietong.config.manage:main", "Django's own commands"),
}


def main(argv: list[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    for length in (2, 1):
        entry = COMMANDS.get(tuple(words[:length]))
        if entry is not None and len(words) >= length:
            module_name, _, function_name = entry[0].partition(":")
            function = getattr(importlib.import_module(module_name), function_name)
            return int(function(words[length:]) or 0)
    asked_for_help = not words or words[0] in {"-h", "--help", "help"}
    print(usage(), file=sys.stdout if asked_for_help else sys.stderr)
    return 0 if asked_for_help else 2


def usage() -> str:
    rows = [f"  jietong {' '.join(words):<24}{line}" for words, (_, line) in COMMANDS.items()]
    return "jietong: no borrower meets a dead end\n\n" + "\n".join(rows)
