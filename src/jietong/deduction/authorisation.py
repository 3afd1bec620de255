"""The text of a mandate as the borrower reads and signs it; hours and attempts in it are the policy's."""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.utils.translation import gettext as _

from jietong.deduction.rules.policy import Policy
from jietong.kernel.money import show_yuan


def paragraphs(*, bank: str, tail: str, policy: Policy) -> list[str]:
    """What is agreed, in the reader's language. Only the end of the card's number stands in it."""
    told = {
        "lender": settings.LENDER_NAME, "bank": bank or _("银行卡"), "tail": tail, "n": policy.attempts_a_day,
        "opens": f"{policy.opens:%H:%M}", "closes": f"{policy.closes:%H:%M}", "days": policy.days_after_due,
    }  # fmt: skip
    return [
        _("我同意%(lender)s从我的%(bank)s（尾号 %(tail)s）里扣到期应还的本金、利息、罚息和约定的费用，不扣别的。")
        % told,
        _("从还款日当天起最多 %(days)d 天内扣，只在 %(opens)s 到 %(closes)s 之间，一笔借款一天最多试 %(n)d 次。")
        % told,
        _("每一笔只扣一次。结果不明时先向银行核对，核对清楚前不再扣；扣重的、多扣的当天原路退回。"),
        _("协商还款、异议没处理完、我说已经还了、或有需要照顾的情形时，不扣。"),
        _("我可以随时改限额、改顺序、暂停或解除，马上生效，不收费；解除前已经送到银行的那一笔仍会有结果。"),
        _("解除后我自己还款，借款合同不变。"),
    ]


def with_limits(text: list[str], limit_fen: int | None, day_limit_fen: int | None) -> list[str]:
    """The same with the limits that were chosen below it."""
    none = _("不另设，最多扣到期应还的")
    limits = [show_yuan(fen) if fen is not None else none for fen in (limit_fen, day_limit_fen)]
    told = {"single": limits[0], "day": limits[1]}
    return [*text, _("我设的限额：每次 %(single)s；每天 %(day)s。") % told]


def fingerprint(text: list[str]) -> str:
    return hashlib.sha256(json.dumps(text, ensure_ascii=False).encode()).hexdigest()
