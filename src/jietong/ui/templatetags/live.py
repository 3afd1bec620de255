"""`{% live_since %}`: where the live stream of the page that is being made begins. Beside `data-live` on the body."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from jietong.kernel.live import position_before_now

register = template.Library()


@register.simple_tag
def live_since() -> SafeString:
    """So that nothing between the reading of this page's rows and its connecting is missed."""
    return format_html('data-live-since="{}"', position_before_now())
