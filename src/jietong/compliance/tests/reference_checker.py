"""An independent reading of the contact rules of the reference, for comparison with `decide`.

Written from the text (items 13-16, 20 and 43-44 of the reference), with plain loops over the history and the
figures spelled out; it shares no code with the rules it checks and knows neither packs nor breakpoints.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo


def _wall(moment, zone):
    return moment.astimezone(ZoneInfo(zone))


def _minutes(moment, zone):
    local = _wall(moment, zone)
    return local.hour * 60 + local.minute


def _agreed(facts, zone):
    minute = _minutes(facts.now, zone)
    for start, end in facts.agreed_hours:
        first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        if last <= first:
            last += 24 * 60
        if first <= minute < last or first <= minute + 24 * 60 < last:
            return True
    return False


def _earlier(facts, zone, days):
    """The entries of the last `days` calendar days of the borrower, today the last of them."""
    today = _wall(facts.now, zone).date()
    wanted = {today - timedelta(days=back) for back in range(days)}
    return [each for each in facts.history if _wall(each.at, zone).date() in wanted]


def broken_in_china(facts):
    """The rules of the mainland text that a collection attempt to the borrower would break now, as a set of words."""
    zone, broken = facts.time_zone or "Asia/Shanghai", set()
    hour = _minutes(facts.now, zone) // 60
    if (hour >= 22 or hour < 8) and not _agreed(facts, zone):
        broken.add("between 22:00 and 08:00")
    today = [each for each in _earlier(facts, zone, 1) if not each.inbound]
    if facts.channel == "voice":
        calls = [each for each in today if each.channel == "voice"]
        if len([each for each in calls if each.outcome == "conversation"]) >= 3:
            broken.add("a fourth conversation")
        if len([each for each in calls if each.outcome in ("connected", "conversation")]) >= 3:
            broken.add("a fourth connected call")
        points = {each.contact_point for each in calls}
        for point in {facts.contact_point} if facts.contact_point else points:
            if len([each for each in calls if each.contact_point in (point, None)]) >= 6:
                broken.add("a seventh dial to one number")
    if facts.policy:
        broken |= _our_own_habits(facts, zone, today)
    return broken


def _our_own_habits(facts, zone, today):
    broken, local = set(), _wall(facts.now, zone)
    if facts.channel in ("voice", "visit") and not _agreed(facts, zone):
        first, last = (10, 19) if local.isoweekday() in (6, 7) else (9, 20)
        if not first <= local.hour < last:
            broken.add("outside preferred hours")
    if facts.channel in ("sms", "app", "wechat", "email") and any(each.channel == facts.channel for each in today):
        broken.add("a second message on this channel today")
    if len([each for each in _earlier(facts, zone, 7) if not each.inbound]) >= 10:
        broken.add("an eleventh touch in seven days")
    return broken


def broken_in_america(facts):
    """The same for Regulation F."""
    zone, broken = facts.time_zone, set()
    hour = _minutes(facts.now, zone) // 60
    if not 8 <= hour < 21 and not _agreed(facts, zone):
        broken.add("outside 08:00 to 21:00")
    week = [each for each in _earlier(facts, zone, 7) if each.channel == "voice"]
    if facts.channel == "voice":
        if len([each for each in week if not each.inbound]) >= 7:
            broken.add("an eighth call in seven days")
        if any(each.outcome == "conversation" for each in week):
            broken.add("within seven days of a conversation")
    if facts.policy and facts.channel in ("sms", "email"):
        sent = [each for each in _earlier(facts, zone, 1) if each.channel == facts.channel and not each.inbound]
        if sent:
            broken.add("a second message on this channel today")
    return broken
