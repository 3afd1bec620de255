"""The form at the staff's door."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Username and password; one sentence for every kind of wrong, so that it tells nobody which names exist."""

    error_messages = {
        "invalid_login": _("用户名或密码不对，请再看一下大小写。"),
        "inactive": _("用户名或密码不对，请再看一下大小写。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("密码")
        self.label_suffix = ""
        if self.initial.get("username"):
            self.fields["username"].widget.attrs.pop("autofocus", None)
            self.fields["password"].widget.attrs["autofocus"] = True
