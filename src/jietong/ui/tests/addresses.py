"""The gallery's addresses, for these tests only."""

from django.urls import include, path

urlpatterns = [path("ui/", include("jietong.ui.urls")), path("i18n/", include("django.conf.urls.i18n"))]
