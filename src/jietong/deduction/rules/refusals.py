"""Why nothing is debited now, and why a debit did not succeed: named values, gravest first."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """Why we may not debit, gravest first: the first that holds is the one we keep and show."""

    CANNOT_EVALUATE = "cannot_evaluate"
    DECEASED = "deceased"
    NOT_THEIRS = "not_theirs"
    PROTECTED = "protected"
    DISPUTE = "dispute"
    PLAN = "plan"
    CLAIMS_PAID = "claims_paid"
    PROMISED = "promised"
    BY_STAFF = "by_staff"
    SWITCHED_OFF = "switched_off"
    NOTHING_DUE = "nothing_due"
    NO_MANDATE = "no_mandate"
    EXPIRED = "expired"
    ATTEMPTS_USED = "attempts_used"
    OUTSIDE_HOURS = "outside_hours"
    CHANNEL_NOT_SET = "channel_not_set"


#: refusals that a flag about the borrower may mean
FLAG_REFUSALS = (
    Refusal.DECEASED,
    Refusal.NOT_THEIRS,
    Refusal.PROTECTED,
    Refusal.DISPUTE,
    Refusal.PLAN,
    Refusal.CLAIMS_PAID,
    Refusal.PROMISED,
    Refusal.BY_STAFF,
    Refusal.SWITCHED_OFF,
)


class Reason(StrEnum):
    """Why the channel did not debit, in our own words for what channels call by numbers."""

    INSUFFICIENT = "insufficient"  # 余额不足
    CARD_ABNORMAL = "card_abnormal"  # 卡状态异常
    OVER_LIMIT = "over_limit"  # 超限额
    CHANNEL_TIMEOUT = "channel_timeout"  # 渠道超时, and nothing was debited
    MANDATE_ENDED = "mandate_ended"  # 授权失效
    BANK_REFUSED = "bank_refused"  # 银行未通过
    NEVER_ARRIVED = "never_arrived"  # the channel never received the request
    CHANNEL_DOWN = "channel_down"  # we could not even send it


#: answer codes of the channels we know (those of bank card switching), by our reasons
CODES = {
    "51": Reason.INSUFFICIENT,
    "14": Reason.CARD_ABNORMAL,
    "54": Reason.CARD_ABNORMAL,
    "62": Reason.CARD_ABNORMAL,
    "61": Reason.OVER_LIMIT,
    "65": Reason.OVER_LIMIT,
    "68": Reason.CHANNEL_TIMEOUT,
    "98": Reason.CHANNEL_TIMEOUT,
    "57": Reason.MANDATE_ENDED,
    "05": Reason.BANK_REFUSED,
}

#: after these the same card is not tried again until the borrower has seen to it
CARD_IS_OUT = frozenset({Reason.CARD_ABNORMAL, Reason.MANDATE_ENDED})
#: after these another try on the same day makes sense
WORTH_ANOTHER_TRY = frozenset(
    {Reason.INSUFFICIENT, Reason.CHANNEL_TIMEOUT, Reason.NEVER_ARRIVED, Reason.CHANNEL_DOWN, Reason.OVER_LIMIT}
)


def reason_of(code: str) -> Reason:
    """Our reason for a channel's code; a code that nobody has told us is a bank's refusal."""
    return CODES.get(code.strip(), Reason.BANK_REFUSED)
