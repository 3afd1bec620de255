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
from jietong.loans.models.classes import AssetClassMove, ClassOverride
from jietong.loans.models.mirror import Mirror, MirrorVersion
from jietong.loans.models.products import ProductVersion

__all__ = [
    "AssetClassMove",
    "Book",
    "BucketMove",
    "ClassOverride",
    "ImportRun",
    "Instalment",
    "Loan",
    "LoanHead",
    "Mirror",
    "MirrorVersion",
    "Opening",
    "Posting",
    "Product",
    "ProductVersion",
    "Repayment",
    "default_allocation_order",
]
