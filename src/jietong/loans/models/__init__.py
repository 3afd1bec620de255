"""The room's tables, a module a subject."""

from __future__ import annotations

from jietong.loans.models.book import (
    Book,
    BucketMove,
    ImportRun,
    Instalment,
    Loan,
    LoanHead,
    Opening,
    Posting,
    Product,
    Repayment,
    default_allocation_order,
)
from jietong.loans.models.changes import CreditOrder, PlanChange, PrepayOrder
from jietong.loans.models.classes import AssetClassMove, ClassOverride
from jietong.loans.models.clearing import PayoutCleared
from jietong.loans.models.closing import AccrualCohort, AccrualStand, ProductAccrual, SetAside
from jietong.loans.models.mirror import Mirror, MirrorVersion
from jietong.loans.models.parties import (
    Arrangement,
    ArrangementMember,
    Certificate,
    ChangeNotice,
    ClaimChange,
    LoanArrangement,
    Party,
    PartyPoint,
)
from jietong.loans.models.products import ProductVersion
from jietong.loans.models.suspense import BankFile, SuspenseItem

__all__ = [
    "AccrualCohort",
    "AccrualStand",
    "Arrangement",
    "ArrangementMember",
    "AssetClassMove",
    "BankFile",
    "Book",
    "BucketMove",
    "Certificate",
    "ChangeNotice",
    "ClaimChange",
    "ClassOverride",
    "CreditOrder",
    "ImportRun",
    "Instalment",
    "Loan",
    "LoanArrangement",
    "LoanHead",
    "Mirror",
    "MirrorVersion",
    "Opening",
    "Party",
    "PartyPoint",
    "PayoutCleared",
    "PlanChange",
    "Posting",
    "PrepayOrder",
    "Product",
    "ProductAccrual",
    "ProductVersion",
    "Repayment",
    "SetAside",
    "SuspenseItem",
    "default_allocation_order",
]
