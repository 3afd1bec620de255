"""Addresses of the page of links to cores, under console/links/; names in the console's own namespace."""

from __future__ import annotations

from django.urls import path

from jietong.console import views_links

urlpatterns = [
    path("", views_links.links, name="links"),
    path("letters/replay/", views_links.replay_all, name="letters-replay"),
    path("letters/<int:event_id>/replay/", views_links.replay, name="letter-replay"),
    path("letters/<int:event_id>/take/", views_links.take, name="letter-take"),
    path("letters/<int:event_id>/dismiss/", views_links.dismiss, name="letter-dismiss"),
    path("runs/<int:run_id>/", views_links.run, name="link-run"),
    path("<slug:code>/pull/", views_links.pull, name="link-pull"),
    path("<slug:code>/pause/", views_links.pause, name="link-pause"),
    path("<slug:code>/reconcile/", views_links.reconcile, name="link-reconcile"),
]
