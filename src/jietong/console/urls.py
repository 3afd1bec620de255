"""Addresses of the board, the operator's pages and the demo's own two pages."""

from __future__ import annotations

from django.urls import path

from jietong.console import views, views_acts, views_demo

app_name = "console"
urlpatterns = [
    path("board/", views.board, name="board"),
    path("board/live/", views.board_live, name="board-live"),
    path("board/c/<str:ref>/", views.contact, name="contact"),
    path("board/c/<str:ref>/take-over/", views_acts.take_over, name="take-over"),
    path("board/c/<str:ref>/assign/", views_acts.assign, name="assign"),
    path("console/", views.home, name="home"),
    path("console/rules/", views.rules, name="rules"),
    path("demo/", views_demo.start, name="demo"),
    path("demo/phone/", views_demo.phone, name="demo-phone"),
]
