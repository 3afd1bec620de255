"""The policy in force, read once. One that cannot be read debits nothing, and says why where people look."""

from __future__ import annotations

import logging
import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import Path

from django.conf import settings

from jietong.deduction.rules import policy as rules
from jietong.kernel.errors import InputError

log = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def _load(path: str) -> rules.Policy:
    text = (
        Path(path).read_text("utf-8")
        if path
        else resources.files(__package__).joinpath("policy.toml").read_text("utf-8")
    )
    return rules.read(tomllib.loads(text))


def policy() -> rules.Policy:
    """The policy. Raises InputError, OSError or TOMLDecodeError when the site's file is not a policy."""
    return _load(settings.DEDUCTION_POLICY)


def policy_or_none() -> tuple[rules.Policy | None, str]:
    """The policy, or None and what is wrong with it: then every debit is refused."""
    try:
        return policy(), ""
    except (InputError, OSError, tomllib.TOMLDecodeError) as error:
        log.error("the deduction policy cannot be read, nothing is debited: %s", error)
        return None, str(error)
