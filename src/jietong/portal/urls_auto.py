"""Addresses of 自动扣款, under auto/."""

from __future__ import annotations

from django.urls import path

from jietong.portal.views import auto, mandates

urlpatterns = [
    path("", auto.auto, name="auto"),
    path("order/", auto.order, name="auto_order"),
    path("well/", auto.well, name="auto_well"),
    path("off/", auto.off, name="auto_off"),
    path("on/", auto.on, name="auto_on"),
    path("again/", auto.again, name="auto_again"),
    path("paid/", auto.paid, name="auto_paid"),
    path("sign/<int:card_id>/", mandates.sign, name="auto_sign"),
    path("card/<int:mandate_id>/", mandates.card, name="auto_card"),
    path("card/<int:mandate_id>/end/", mandates.end, name="auto_end"),
]
