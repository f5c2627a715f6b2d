"""Orders."""

from bridge.web.console.visit import Page, Visit, get


def show(visit: Visit) -> str:
    return visit.show("error.html", sentence="…")


PAGE = Page("orders", ("Đơn hàng", "Orders"), place=20, routes=(get("/console/orders", show),))
