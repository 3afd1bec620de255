"""Invented people and figures for the gallery. No page that a borrower or a specialist works with reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from jietong.ui import components as c

MORNING = datetime(2026, 11, 19, 1, 41, tzinfo=UTC)  # 09:41 in Shanghai, as on the borrower's sketches
AFTERNOON = datetime(2026, 11, 23, 6, 32, 8, tzinfo=UTC)  # 14:32:08, as on the desk's


def _at(now: datetime, **ago: float) -> datetime:
    return now - timedelta(**ago)


def promises(now: datetime) -> dict[str, c.Promise]:
    """One promise in each of its states, seen at `now`."""
    base: dict[str, Any] = {"owner_role": "贷后二组，负责这件事", "next_step": "王专员打给您，一起定延到哪天"}
    latest = now + timedelta(minutes=19)
    return {
        "queued": c.Promise(
            owner_name="王专员 0372",
            reply_by_at=latest,
            takeover="李主管",
            busy="正在通话，结束后先看您的事",
            estimate_low_at=now + timedelta(minutes=6),
            estimate_high_at=now + timedelta(minutes=10),
            **base,
        ),
        "callback": c.Promise(
            owner_name="王专员 0372",
            owner_role="贷后二组",
            state="callback",
            reply_by_at=now + timedelta(hours=1, minutes=19),
            next_step="王专员打到 138 **** 2046，不用守着手机",
            takeover="李主管",
        ),
        "near": c.Promise(
            owner_name="林芳（你）",
            owner_role="M1 二组",
            state="owned",
            reply_by_at=now + timedelta(minutes=8),
            next_step="确认 11-26 的承诺，给出改还款日方案",
        ),
        "missed": c.Promise(
            owner_name="李主管 0108",
            owner_role="接手处理",
            state="owned",
            reply_by_at=_at(now, minutes=12),
            missed=True,
            next_step="李主管在 15 分钟内打给您",
            takeover="李主管",
        ),
        "settled": c.Promise(
            owner_name="王专员 0372",
            owner_role="贷后二组",
            state="settled",
            reply_by_at=_at(now, hours=1),
            next_step="还款日已改到每月 30 日。没解决的话，点“还没解决”，回到同一位专员",
        ),
    }


def figure(now: datetime) -> c.Figure:
    return c.Figure(
        title="第 5、6 期，今天还清",
        amount_fen=214129,
        as_of_at=_at(now, minutes=12),
        tag="已过还款日 9 天",
        how_url="#how",
        parts=(c.FigurePart("本金", 197907), c.FigurePart("利息", 15331), c.FigurePart("罚息，9 天", 891)),
    )


def lateness() -> c.Lateness:
    return c.Lateness(
        due_on=date(2026, 11, 10),
        today=date(2026, 11, 19),
        next_due_on=date(2026, 12, 10),
        due_label="第 5、6 期到期",
        next_label="第 7 期到期",
        reason="12 月 10 日前还上，就不会和第 7 期叠在一起。",
    )


def offer(now: datetime) -> c.Offer:
    return c.Offer(
        urgency="A",
        borrower="赵*强",
        channel="网页会话",
        channel_icon="message",
        guarantee="3 分内",
        waiting_since_at=_at(now, seconds=108),
        lease_ends_at=now + timedelta(seconds=27),
        lease_seconds=45,
        why_you="案件归你，先派你 45 秒；之后转 M1 二组。排在冯*玲（B，等 6 分）之前：拥堵时 A 类先派。",
        accept_url="#accept",
        decline_url="#decline",
        factors=(
            c.Factor("承诺今天到期，扣款失败", 35),
            c.Factor("24 小时内第 4 次找我们", 22),
            c.Factor("上次答复晚了 12 分钟", 16),
            c.Factor("逾期 30 天，明天进入 M2", 13),
        ),
    )


def rules() -> list[c.ContactRule]:
    return [
        c.ContactRule(channel="短信", icon="smartphone", allowed=False, reason="今日已发 1/1", note="明天 09:00 起可"),
        c.ContactRule(channel="电话", icon="phone", allowed=True, note="今日通话 1/3"),
        c.ContactRule(channel="微信", icon="messages", allowed=True, note="她发起，不计次"),
        c.ContactRule(channel="邮件", icon="mail", allowed=False, reason="地址退信", note="请她补一个"),
        c.ContactRule(channel="信函", icon="file-text", allowed=True, note="需主管复核"),
        c.ContactRule(channel="联系人", icon="user", allowed=False, reason="本人可接通", note="不得联系"),
    ]


def instalments() -> list[c.Instalment]:
    """Twenty-four equal instalments of 1,156.85 yuan: eleven paid (the eighth late), the twelfth overdue."""
    rows = []
    for number in range(1, 25):
        interest = 28000 - number * 1100
        month, year = (10 + number) % 12 + 1, 2025 + (10 + number) // 12
        rows.append(
            c.Instalment(
                number=number,
                due_on=date(year, month, 27),
                principal_fen=115685 - interest,
                interest_fen=interest,
                state="paid" if number < 12 else "overdue" if number == 12 else "open",
                paid_fen=30000 if number == 12 else 0,
                late=number == 8,
            )
        )
    return rows


def desk_timeline(now: datetime) -> list[c.TimelineEntry]:
    e = c.TimelineEntry
    return [
        e(at=_at(now, minutes=4), icon="phone", title="来电，林芳接听，等 38 秒", outcome="通话中", tone="good"),
        e(at=_at(now, minutes=23), icon="messages", title="微信来询，助理答 2 问后交接", outcome="处理中", tone="info"),
        e(at=_at(now, hours=4.5), icon="smartphone", title="到期提醒，已送达（备用通道）", outcome="已送达"),
        e(
            at=_at(now, days=3, hours=5.5),
            icon="smartphone",
            title="第二条短信未发出",
            outcome="不可联系 · 日上限",
            tone="bad",
        ),
        e(
            at=_at(now, days=18, hours=2),
            icon="check",
            title="还款 ¥300.00，入第 12 期",
            outcome="承诺已守",
            tone="good",
        ),
        e(
            at=_at(now, days=19.8),
            icon="phone",
            title="外呼接通 3 分，答应 11-05 还 ¥300.00",
            outcome="承诺",
            tone="info",
        ),
        e(
            at=_at(now, days=20.7),
            icon="phone",
            title="外呼未拨出，她约定 20 点后不便",
            outcome="不可联系 · 约定时段",
            tone="bad",
        ),
        e(at=_at(now, days=22.8), icon="messages", title="逾期 4 天提醒，附延期申请链接", outcome="已读"),
    ]


def lanes(now: datetime) -> c.Lanes:
    def days(*ago: float) -> tuple[datetime, ...]:
        return tuple(_at(now, days=one) for one in ago)

    return c.Lanes(
        start_at=_at(now, days=30),
        end_at=now,
        late_since_at=_at(now, days=27),
        lanes=(
            c.Lane(label="来询", shape="dot", at=days(18, 11, 0.4, 0)),
            c.Lane(label="我方触达", shape="triangle", at=days(27, 26, 23, 20, 13, 7, 3, 0.2)),
            c.Lane(label="不可联系", shape="cross", at=days(21, 16, 3.2)),
            c.Lane(
                label="承诺",
                shape="bar",
                at=days(
                    19,
                ),
            ),
            c.Lane(label="还款", shape="diamond", at=days(18)),
        ),
    )


def borrower_timeline(now: datetime) -> list[c.TimelineEntry]:
    e = c.TimelineEntry
    return [
        e(at=now, icon="clock", title="等王专员接听", detail="电话、聊天、表单合成一件事，按 09:24 排队"),
        e(
            at=_at(now, minutes=5),
            icon="file-text",
            title="您填了“我有困难”",
            detail="工资改到月底发，附了 2 张照片",
            url="#form",
        ),
        e(
            at=_at(now, minutes=12),
            icon="message",
            title="您在网页上问了欠款",
            detail="助手答了金额，延期的事转给了王专员",
            url="#chat",
        ),
        e(
            at=_at(now, minutes=17),
            icon="phone-missed",
            title="您打来电话，没等到人",
            detail="等了 3 分钟断线，位置给您留下了",
        ),
    ]


def chat(now: datetime) -> list[c.ChatMessage]:
    m = c.ChatMessage
    return [
        m(body="林晓您好，我是智能助手。借款的事可以问我，想找人随时说。", at=_at(now, minutes=12), machine=True),
        m(body="现在一共欠多少，工资要月底才发", at=_at(now, minutes=12), mine=True),
        m(
            body="逾期的 2 期，今天还清是 ¥2,141.29。没到期的还有 6 期，共 ¥6,397.09。",
            at=_at(now, minutes=12),
            machine=True,
        ),
        m(body="想延到下个月，罚息能不能少一点", at=_at(now, minutes=10), mine=True),
        m(body="减罚息要由专员定。您说的话我都转过去了，不用再讲一遍。", at=_at(now, minutes=10), machine=True),
    ]


def desk_chat(now: datetime) -> list[c.ChatMessage]:
    m = c.ChatMessage
    return [
        m(body="上个月的还没还完，这个月 27 号又到了，能不能晚几天", at=_at(now, minutes=23), author="王*霞 · 微信"),
        m(
            body="王女士您好，我是专员林芳。先把第 12 期定下来，再看怎么改日子。",
            at=_at(now, minutes=16),
            mine=True,
            status="林芳 · 14:16 · 已读",
        ),
        m(body="我打电话说吧，打字慢", at=_at(now, minutes=13), author="王*霞 · 微信"),
    ]


def desk_list(now: datetime) -> dict[str, Any]:
    def row(
        urgency: str, name: str, icon: str, text: str, at: str, by_minutes: float, owner: str = "你", new: int = 0
    ) -> Any:
        promise = c.Promise(
            owner_name=owner,
            owner_role="",
            next_step=text,
            state="owned",
            reply_by_at=now + timedelta(minutes=by_minutes),
        )
        return {"urgency": urgency, "name": name, "icon": icon, "text": text, "at": at, "promise": promise, "new": new}

    return {
        "open": [
            row("B", "王*霞", "phone", "通话 + 微信，同一件来访", "04:12", 28),
            row("B", "孙*东", "message", "好的，我找一下还款截图", "1 分前", 8, new=2),
            row("D", "郑*涛", "pencil", "缺处置结果，到时自动存草稿", "整理 1:10", 50),
        ],
        "kept": [
            row("C", "吴*", "phone-incoming", "回拨 · 提前结清试算", "今天 15:10", 53),
            row("C", "陈*丽", "file-text", "延期材料复核 · 等主管签批", "今天 17:30", 178, "郭敏"),
            row("D", "何*丽", "mail", "结清证明寄送邮箱", "明天 10:00", 1168),
            row("C", "马*文", "scale", "争议：重复扣款 ¥460.00", "第 11/15 天", 5700),
        ],
    }


def board() -> dict[str, Any]:
    """Figures of the floor board: percentages are whole, times are worded."""
    return {
        "classes": [
            ("A", "承诺今日到期 · 诈骗 · 心理危机", 2, "1:48", 60, "3:00", "赵*强 → 林芳，27 秒内应答", ""),
            ("B", "3 天内进入下一阶段 · 投诉临期", 7, "6:12", 62, "10:00", "冯*玲 → 许静，下一个", ""),
            ("C", "延期 · 争议 · 结清试算", 14, "27:05", 90, "30:00", "邓* → 周凯，14:35 前", "near"),
            ("D", "证明 · 流水 · 一般咨询", 26, "1:52", 47, "4:00", "唐* → 书面组，17:00 前", ""),
        ],
        "hours": [("8", 92), ("9", 88), ("10", 87), ("11", 88), ("12", 90), ("13", 80), ("14", 72)],
        "people": [
            ("call", "phone", "通话中", 19),
            ("chat", "message", "会话中", 9),
            ("write", "mail", "写答复", 5),
            ("wrap", "pencil", "整理", 4),
            ("free", "check", "可接", 3),
            ("rest", "coffee", "休息", 2),
            ("away", "x", "未到岗", 4),
        ],
        "health": [
            ("phone", "电话", "ok", "正常", "接通 99.6%", "g" * 30),
            ("smartphone", "短信 · 主", "broken", "故障", "失败 41%", "g" + "b" * 29),
            ("smartphone", "短信 · 备", "ok", "使用中", "送达 98.7%", "g" * 30),
            ("messages", "微信", "ok", "正常", "延迟 0.8 秒", "ggwwgggggw" + "g" * 20),
            ("mail", "邮件", "ok", "正常", "退信 0.4%", "g" * 30),
            ("database", "借贷核心", "near", "偏慢", "数据 4 分钟前", "g" * 26 + "wwww"),
            ("bot", "智能助手", "ok", "正常", "转人工 22%", "g" * 30),
        ],
    }


def components(now: datetime) -> dict[str, Any]:
    fresh = [
        c.Freshness(as_of_at=_at(now, minutes=4), words="与核心一致"),
        c.Freshness(as_of_at=_at(now, hours=3), state="stale"),
        c.Freshness(as_of_at=_at(now, hours=3), state="failed"),
        c.Freshness(as_of_at=_at(now, hours=3), state="offline"),
    ]
    return {
        "now": now,
        "promises": promises(now),
        "figure": figure(now),
        "lateness": lateness(),
        "offer": offer(now),
        "rules": rules(),
        "instalments": instalments(),
        "lanes": lanes(now),
        "ladder": c.Ladder(dpd=27, next_step="11-27 进入 M2"),
        "desk_timeline": desk_timeline(now)[:4],
        "borrower_timeline": borrower_timeline(now),
        "messages_list": chat(now)[:2],
        "fresh": fresh,
        "urgencies": "ABCD",
        "factors": offer(now).factors,
    }


def page(name: str) -> dict[str, Any]:
    """Context of one whole layout, at the hour of its sketch."""
    now = MORNING if name.startswith("borrower") else AFTERNOON
    home = {"now": now, "promise": promises(now)["queued"], "back_url": "/ui/gallery/borrower-home/"}
    if name == "borrower-home":
        fresh = c.Freshness(as_of_at=_at(now, minutes=3), words="刚还的款约 10 分钟后显示")
        return {**home, "back_url": "", "lateness": lateness(), "fresh": fresh}
    if name == "borrower-matter":
        return {**home, "bar_title": "正在办的事", "timeline": borrower_timeline(now)}
    if name == "borrower-chat":
        return {
            **home,
            "bar_title": "问一问",
            "bar_hint": "智能助手，答的都来自您的借款",
            "person_url": "#person",
            "chat": chat(now),
            "figure": figure(now),
        }
    if name == "desk":
        promise = c.Promise(
            owner_name="林芳（你）",
            owner_role="M1 二组",
            state="owned",
            reply_by_at=now + timedelta(minutes=28),
            next_step="确认 11-26 的承诺，给出改还款日方案",
        )
        return {
            **components(now),
            "promise": promise,
            "timeline": desk_timeline(now),
            "chat": desk_chat(now),
            "lists": desk_list(now),
            "core": c.Freshness(as_of_at=_at(now, minutes=4), words="与核心一致"),
        }
    return {"now": now, **board()}
