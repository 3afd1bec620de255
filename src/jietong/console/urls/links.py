"""Addresses of the page of links to cores, under console/links/; names in the console's own namespace."""

from __future__ import annotations

from django.urls import path

from jietong.console.views import links

urlpatterns = [
    path("", links.links, name="links"),
    path("letters/replay/", links.replay_all, name="letters-replay"),
    path("letters/<int:event_id>/replay/", links.replay, name="letter-replay"),
    path("letters/<int:event_id>/take/", links.take, name="letter-take"),
    path("letters/<int:event_id>/dismiss/", links.dismiss, name="letter-dismiss"),
    path("differences/", links.differences, name="link-differences"),
    path("differences/<int:discrepancy_id>/", links.difference, name="link-difference"),
    path("runs/<int:run_id>/", links.run, name="link-run"),
    path("<slug:code>/pull/", links.pull, name="link-pull"),
    path("<slug:code>/pause/", links.pause, name="link-pause"),
    path("<slug:code>/reconcile/", links.reconcile, name="link-reconcile"),
]
