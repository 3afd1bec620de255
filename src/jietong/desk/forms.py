"""What the desk's forms read. They only parse; what is allowed is the commands' to say."""

from __future__ import annotations

from datetime import date

from django import forms

from jietong.desk import words
from jietong.kernel.errors import InputError
from jietong.kernel.money import parse_yuan
from jietong.routing.commands.presence import OUTCOMES


class PromiseForm(forms.Form):
    """Amount in yuan as typed, day as the browser sends it (ISO)."""

    amount = forms.CharField(max_length=20, error_messages={"required": words.INPUT["amount.required"]})
    due_on = forms.DateField(
        error_messages={"required": words.INPUT["due_on.required"], "invalid": words.INPUT["due_on.invalid"]}
    )

    def clean_amount(self) -> int:
        """Whole fen."""
        try:
            return parse_yuan(self.cleaned_data["amount"])
        except InputError as error:
            raise forms.ValidationError(words.refused(error)) from error

    @property
    def amount_fen(self) -> int:
        return int(self.cleaned_data["amount"])

    @property
    def day(self) -> date:
        found: date = self.cleaned_data["due_on"]
        return found


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(
        choices=[(code, words.OUTCOMES[code]) for code in OUTCOMES],
        error_messages={"required": words.INPUT["outcome.required"], "invalid_choice": words.INPUT["outcome.required"]},
    )
    note = forms.CharField(required=False, max_length=4000)
