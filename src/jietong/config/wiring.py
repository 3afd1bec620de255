"""The one table "when this happens, call that". News travels upward only here; handlers may be called twice."""

from __future__ import annotations

WIRING: dict[str, tuple[str, ...]] = {
    "loans.creditor_changed": ("jietong.contacts.commands.notices.on_creditor_changed",),
    "loans.creditor_change_undone": ("jietong.contacts.commands.notices.on_creditor_change_undone",),
    "contacts.contact_settled": ("jietong.deduction.commands.on_contact_settled",),
    "loans.repayment_booked": ("jietong.recovery.commands.on_repayment_booked",),
    "loans.repayment_reversed": (
        "jietong.bureau.commands.on_repayment_reversed",
        "jietong.origination.commands.on_repayment_reversed",
        "jietong.recovery.commands.on_repayment_reversed",
    ),
    "loans.history_rewritten": ("jietong.bureau.commands.on_history_rewritten",),
}
