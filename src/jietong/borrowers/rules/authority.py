"""What somebody who speaks for a firm may know and do, as codes; and who of them speaks for it on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

REPRESENTATIVE, CONTACT = "representative", "contact"
ROLES = (REPRESENTATIVE, CONTACT)
#: nothing: may only be asked to pass on that we called. due: what is due and when. everything: all of the loan.
KNOWS = ("nothing", "due", "everything")
#: pay; agree on a date or another arrangement; ask for certificates; open the borrower's pages
DOES = ("pay", "arrange", "documents", "sign_in")


@dataclass(frozen=True, slots=True)
class Scope:
    """One of KNOWS, and some of DOES."""

    knows: str
    does: frozenset[str]

    def fault(self) -> tuple[str, str] | None:
        """Field and code of what does not hold together; None when it does."""
        if self.knows not in KNOWS:
            return "knows", "unknown"
        if not self.does <= set(DOES):
            return "does", "unknown"
        if "sign_in" in self.does and self.knows != "everything":
            return "does", "sign_in_shows_everything"
        if "arrange" in self.does and self.knows == "nothing":
            return "does", "arranges_what_they_do_not_know"
        return None


#: The law's representative (法定代表人), and the operator of a shop (经营者), speak for it in everything.
WHOLE = Scope("everything", frozenset(DOES))


def may_sign_in(role: str, scope: Scope) -> bool:
    """Whose ID number's tail opens the firm's pages."""
    return role == REPRESENTATIVE or "sign_in" in scope.does


def is_in_force(since_on: date, until_on: date | None, on: date) -> bool:
    """[since, until): on the day it ends another may begin."""
    return since_on <= on and (until_on is None or on < until_on)


def scope_of(knows: str, does: Iterable[str]) -> Scope:
    return Scope(knows, frozenset(does))
