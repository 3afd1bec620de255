"""Every address of the product."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path
from django.views.i18n import set_language

from jietong.config.health import healthz
from jietong.kernel.permissions import permit_public

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("console/dayend/", include("jietong.console.urls.dayend")),
    path("", include("jietong.portal.urls")),
    path("", include("jietong.portal.urls_papers")),
    path("console/parties/", include("jietong.console.urls.parties")),
    path("console/approvals/", include("jietong.console.urls.approving")),
    path("i18n/setlang/", permit_public("everybody chooses a language")(set_language), name="set_language"),
    path("api/hooks/", include("jietong.connectors.urls")),
    path("staff/", include("jietong.staff.urls")),
    path("desk/", include("jietong.desk.urls")),
    path("orders/", include("jietong.desk.urls_orders")),
    path("channel/", include("jietong.deduction.urls")),
    path("", include("jietong.console.urls")),
]

if settings.DEMO:
    urlpatterns.append(path("ui/", include("jietong.ui.urls")))
