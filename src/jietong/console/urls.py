"""Addresses of the board, the operator's pages and the demo's own two pages."""

from __future__ import annotations

from django.urls import include, path

from jietong.console import (
    views,
    views_acts,
    views_classes,
    views_credit,
    views_demo,
    views_money,
    views_opening,
    views_products,
    views_surge,
)
from jietong.console.urls_reporting import urlpatterns as reporting

app_name = "console"
urlpatterns = [
    path("console/links/", include("jietong.console.urls_links")),
    *reporting,
    path("board/", views.board, name="board"),
    path("board/surge/", views_surge.page, name="surge"),
    path("board/surge/set/", views_surge.hold, name="surge-set"),
    path("board/live/", views.board_live, name="board-live"),
    path("board/c/<str:ref>/", views.contact, name="contact"),
    path("board/c/<str:ref>/take-over/", views_acts.take_over, name="take-over"),
    path("board/c/<str:ref>/assign/", views_acts.assign, name="assign"),
    path("console/", views.home, name="home"),
    path("console/opening/", views_opening.page, name="opening"),
    path("console/opening/day/", views_opening.day, name="opening-day"),
    path("console/opening/<int:team_id>/", views_opening.hours, name="opening-hours"),
    path("console/rules/", views.rules, name="rules"),
    path("console/classes/", views_classes.migration, name="classes"),
    path("console/loans/<str:ref>/class/", views_classes.loan, name="loan-class"),
    path("console/loans/<str:ref>/class/override/", views_classes.override, name="loan-class-override"),
    path("console/loans/<str:ref>/class/end/", views_classes.end, name="loan-class-end"),
    path("console/products/", views_products.overview, name="products"),
    path("console/products/<str:code>/", views_products.product, name="product"),
    path("console/products/<str:code>/<int:number>/", views_products.version, name="product-version"),
    path("console/products/<str:code>/<int:number>/put/", views_products.put_in_force, name="product-put"),
    path("console/products/<str:code>/<int:number>/take-back/", views_products.take_back, name="product-take-back"),
    path("console/limits/", views_credit.limits, name="limits"),
    path("console/limits/find/", views_credit.find, name="limit-find"),
    path("console/limits/list/", views_credit.by_list, name="limit-list"),
    path("console/limits/watch/", views_credit.watch, name="limit-watch"),
    path("console/limits/b/<str:number>/", views_credit.limit, name="limit"),
    path("console/limits/b/<str:number>/change/", views_credit.change, name="limit-change"),
    path("console/applications/", views_credit.applications, name="applications"),
    path("console/applications/<str:ref>/decide/", views_credit.decide, name="application-decide"),
    path("console/suspense/", views_money.suspense, name="suspense"),
    path("console/suspense/bank-file/", views_money.bank_file, name="bank-file"),
    path("console/suspense/credit/<int:order_id>/", views_money.credit_paid, name="credit-paid"),
    path("console/suspense/<int:item_id>/", views_money.suspense_item, name="suspense-item"),
    path("console/suspense/<int:item_id>/<slug:act>/", views_money.suspense_act, name="suspense-act"),
    path("console/loans/<str:ref>/money/", views_money.loan, name="loan-money"),
    path("console/loans/<str:ref>/money/repayment/", views_money.repayment, name="loan-repayment"),
    path("console/loans/<str:ref>/money/reversal/", views_money.reversal, name="loan-reversal"),
    path("console/loans/<str:ref>/money/replan/", views_money.replan, name="loan-replan"),
    path("console/loans/<str:ref>/money/<slug:act>/", views_money.change, name="loan-change"),
    path("console/debits/", include("jietong.console.urls_debits")),
    path("demo/", views_demo.start, name="demo"),
    path("demo/core/", views_demo.core, name="demo-core"),
    path("demo/phone/", views_demo.phone, name="demo-phone"),
]
