"""What web and worker write while all that can go wrong does: events and ids, and nothing of anybody."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import text

from bridge.store import Store
from tests.collector import collecting
from tests.processes import HOTLINE, KEY, SECRETS, configure, exchange, open_site, order, phone, start_fake, wait_for

API_TOKEN = "token-of-the-api"
FAULTS = ["system_error", "bad_gateway", "reset_after", "cut_json", "html", "refuse"]


def test_no_secret_phone_name_query_or_body_is_in_any_log(store: Store, migrated_url: str, tmp_path: Path) -> None:
    configure(migrated_url)
    password = "password-of-the-database"
    url = migrated_url.replace("//root@", f"//root:{password}@") if "@" in migrated_url else migrated_url
    is_json = store.is_postgres  # each of the two forms once
    with collecting() as collector, start_fake(tmp_path) as fake:
        settings = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "SENTRY_DSN": collector.dsn,
            "LOG_FORMAT": "json" if is_json else "text",
        }
        with open_site(tmp_path, url, fake.url, API_TOKEN=API_TOKEN, **settings) as site:
            web, worker = site.start_web(), site.start_worker()
            # Each is followed by a good answer, or the line to VBot would be held.
            fake.fault(*({"fault": name, "times": 1} for fault in FAULTS for name in (fault, "delay")))
            for number in range(2 * len(FAULTS)):
                assert site.send("shop", order(number)).status == 200
            site.ask("POST", f"/hooks/tokens?token={SECRETS['tokens']}", order(50))
            site.ask("POST", f"/hooks/tokens/{SECRETS['tokens']}", order(50))
            site.ask("POST", "/hooks/tokens?token=SESAME", b"SESAME", [("Authorization", "Bearer SESAME")])
            site.ask("GET", f"/hooks/haravan?hub.mode=subscribe&hub.verify_token=SESAME&hub.challenge={phone(1)}")
            site.ask("GET", f"/api/v1/calls?order={phone(1)}", None, [("Authorization", f"Bearer {API_TOKEN}")])
            site.ask("GET", f"/api/v1/orders/shop/{phone(1)}", None, [("Authorization", "Bearer SESAME")])
            exchange(site.port, b"POST /hooks/shop?SESAME HTTP/1.1\r\nHost: SESAME\r\nSESAME\r\n\r\n")
            site.send("shop", b'{"order": "SESAME", "topic": "SESAME"')
            site.send("shop", order(60, total="SESAME", created_at="SESAME"))
            wait_for("all decided and attempted", lambda: len(fake.requests()) >= 2 * len(FAULTS))
            wait_for("all outcomes", lambda: worker.said().count("call attempted") >= 2 * len(FAULTS))
            worker.end()
            assert site.send("shop", order(70)).status == 200
            with store.write() as conn:  # neither the web nor the next worker can read its catalog any more
                conn.execute(text('UPDATE sources SET document = \'{"id": "SESAME"}\''))
                conn.execute(text("UPDATE state SET value = '99' WHERE key = 'catalog'"))
            wait_for("the catalog to be read anew", lambda: site.send("shop", order(71)).status == 500)
            broken = site.start("bridge", "worker")
            wait_for("an error of the worker", lambda: "KeyError" in broken.said())
            for one in (broken, web):
                one.signal()
                one.process.wait(30)
            log = web.said() + worker.said() + broken.said()
    assert "KeyError" in log
    lines = [json.loads(line) for line in log.splitlines()] if is_json else []
    if is_json:
        (stored,) = [line for line in lines if line["event"] == "delivery stored" and line["order"] == "id-1"]
        (decided,) = [line for line in lines if line.get("delivery") == stored["delivery"] and "decision" in line]
        attempted = [line for line in lines if line["event"] == "call attempted" and line["call"] == decided["call"]]
        assert {line["order"] for line in attempted} == {"id-1"}
        assert {line["outcome"] for line in lines if "outcome" in line} >= {"accepted", "unsure"}
        assert any(line["event"] == "request" and line["path"] == "/hooks/shop" for line in lines)
    else:
        assert "delivery stored source=shop" in log and "outcome=accepted" in log and "outcome=unsure" in log
    assert {span.name for span in collector.spans()} == {"receive", "decide", "place"}
    failures = [event for event in collector.events() if event.get("exception")]
    assert {event["exception"]["values"][-1]["type"] for event in failures} == {"KeyError"}
    assert failures[0]["exception"]["values"][-1]["stacktrace"]["frames"]
    allowed = {
        "event_id",
        "timestamp",
        "level",
        "platform",
        "logger",
        "release",
        "sdk",
        "logentry",
        "tags",
        "exception",
    }
    assert {name for event in collector.events() for name in event} - {"fingerprint"} <= allowed
    private = ["SESAME", KEY, "fake-token", API_TOKEN, password, HOTLINE, "Ví Dụ", "V\\u00ed", "Đặng", "hub.", "?"]
    private += [*SECRETS.values(), *(phone(number) for number in range(71)), "DH-"]
    assert {word: line for line in log.splitlines() for word in private if word in line} == {}
    sent = b"".join(one.body for one in collector.taken)
    assert [word for word in private if word != "?" and word.encode() in sent] == []
