"""Where the payment channel reaches us."""

from __future__ import annotations

from django.urls import path

from jietong.deduction import views

app_name = "deduction"
urlpatterns = [path("notice/", views.notice, name="notice")]
