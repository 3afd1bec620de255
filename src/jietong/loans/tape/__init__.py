"""The reading half of `jietong loans import`: a lender's files in, checked and typed rows out; no database."""

from jietong.loans.tape.control import Control
from jietong.loans.tape.report import write_error_report
from jietong.loans.tape.rows import InstalmentRow, LoanRow, Phone, Progress, RepaymentRow, RowError, TapeRefused
from jietong.loans.tape.tape import Tape, read

__all__ = [
    "Control",
    "InstalmentRow",
    "LoanRow",
    "Phone",
    "Progress",
    "RepaymentRow",
    "RowError",
    "Tape",
    "TapeRefused",
    "read",
    "write_error_report",
]
