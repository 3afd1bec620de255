"""The loan engine: schedules, annual cost, allocation, ageing, penalty, early repayment. Pure; money in whole fen."""

from jietong.loans.rules.ageing import (
    Ageing,
    Bucket,
    Due,
    Paid,
    Pause,
    age,
    age_from,
    asset_class,
    bucket_for,
    paused_days,
)
from jietong.loans.rules.allocate import Allocation, Instalment, Part, Repayment, allocate
from jietong.loans.rules.apr import apr, effective, schedule_apr
from jietong.loans.rules.penalty import accrued_penalty_fen, daily_penalty_rate
from jietong.loans.rules.prepayment import Payoff, Prepayment, payoff_quote, replan, split_prepayment
from jietong.loans.rules.schedule import Row, Schedule, build
from jietong.loans.rules.terms import Terms, validate

__all__ = [
    "Ageing",
    "Allocation",
    "Bucket",
    "Due",
    "Instalment",
    "Paid",
    "Part",
    "Pause",
    "Payoff",
    "Prepayment",
    "Repayment",
    "Row",
    "Schedule",
    "Terms",
    "accrued_penalty_fen",
    "age",
    "age_from",
    "allocate",
    "apr",
    "asset_class",
    "bucket_for",
    "build",
    "daily_penalty_rate",
    "effective",
    "paused_days",
    "payoff_quote",
    "replan",
    "schedule_apr",
    "split_prepayment",
    "validate",
]
