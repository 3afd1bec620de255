"""Addresses of the staff's door, under /staff/."""

from __future__ import annotations

from django.urls import path

from jietong.staff import views

app_name = "staff"
urlpatterns = [
    path("", views.home, name="home"),
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
]
