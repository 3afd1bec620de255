"""Addresses of the board, the operator's pages and the demo's own two pages."""

from __future__ import annotations

from django.urls import include, path

from jietong.console.urls.reporting import urlpatterns as reporting
from jietong.console.views import acts, classes, credit, demo, floor, money, opening, payouts, products, surge

app_name = "console"
urlpatterns = [
    path("console/links/", include("jietong.console.urls.links")),
    *reporting,
    path("board/", floor.board, name="board"),
    path("board/surge/", surge.page, name="surge"),
    path("board/surge/set/", surge.hold, name="surge-set"),
    path("board/orders/", floor.late_orders, name="late-orders"),
    path("board/live/", floor.board_live, name="board-live"),
    path("board/c/<str:ref>/", floor.contact, name="contact"),
    path("board/c/<str:ref>/take-over/", acts.take_over, name="take-over"),
    path("board/c/<str:ref>/assign/", acts.assign, name="assign"),
    path("console/", floor.home, name="home"),
    path("console/opening/", opening.page, name="opening"),
    path("console/opening/day/", opening.day, name="opening-day"),
    path("console/opening/<int:team_id>/", opening.hours, name="opening-hours"),
    path("console/rules/", floor.rules, name="rules"),
    path("console/classes/", classes.migration, name="classes"),
    path("console/loans/<str:ref>/class/", classes.loan, name="loan-class"),
    path("console/loans/<str:ref>/class/override/", classes.override, name="loan-class-override"),
    path("console/loans/<str:ref>/class/end/", classes.end, name="loan-class-end"),
    path("console/products/", products.overview, name="products"),
    path("console/products/<str:code>/", products.product, name="product"),
    path("console/products/<str:code>/<int:number>/", products.version, name="product-version"),
    path("console/products/<str:code>/<int:number>/put/", products.put_in_force, name="product-put"),
    path("console/products/<str:code>/<int:number>/take-back/", products.take_back, name="product-take-back"),
    path("console/limits/", credit.limits, name="limits"),
    path("console/limits/find/", credit.find, name="limit-find"),
    path("console/limits/list/", credit.by_list, name="limit-list"),
    path("console/limits/watch/", credit.watch, name="limit-watch"),
    path("console/limits/b/<str:number>/", credit.limit, name="limit"),
    path("console/limits/b/<str:number>/change/", credit.change, name="limit-change"),
    path("console/applications/", credit.applications, name="applications"),
    path("console/applications/<str:ref>/decide/", credit.decide, name="application-decide"),
    path("console/payouts/<str:ref>/<slug:act>/", payouts.answer, name="payout"),
    path("console/suspense/", money.suspense, name="suspense"),
    path("console/suspense/bank-file/", money.bank_file, name="bank-file"),
    path("console/suspense/credit/<int:order_id>/", money.credit_paid, name="credit-paid"),
    path("console/suspense/<int:item_id>/", money.suspense_item, name="suspense-item"),
    path("console/suspense/<int:item_id>/<slug:act>/", money.suspense_act, name="suspense-act"),
    path("console/loans/<str:ref>/money/", money.loan, name="loan-money"),
    path("console/loans/<str:ref>/money/repayment/", money.repayment, name="loan-repayment"),
    path("console/loans/<str:ref>/money/reversal/", money.reversal, name="loan-reversal"),
    path("console/loans/<str:ref>/money/replan/", money.replan, name="loan-replan"),
    path("console/loans/<str:ref>/money/<slug:act>/", money.change, name="loan-change"),
    path("console/debits/", include("jietong.console.urls.debits")),
    path("demo/", demo.start, name="demo"),
    path("demo/core/", demo.core, name="demo-core"),
    path("demo/phone/", demo.phone, name="demo-phone"),
]
