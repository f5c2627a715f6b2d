"""What an image, a compose file, units and a deploy button hold, as far as a machine without Docker can say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from bridge.settings import BY_NAME
from tests.processes import open_site

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = ("release", "web", "worker")
# What a deploy button need not ask: the platform gives it, or its default does. A new setting goes there, or here.
NOT_ASKED = {
    "DATABASE_URL",
    "DATABASE_DIRECT_URL",
    "PORT",
    "BIND",
    "WEB_CONCURRENCY",
    "WORKER_THREADS",
    "BRIDGE_LANG",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "VBOT_TRUST_SILENCE",
    "VBOT_HISTORY",
    "OIDC_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OIDC_ROLE_CLAIM",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
}


def test_the_deploy_button_asks_for_every_setting_but_those_that_it_need_not() -> None:
    asked = set(json.loads((ROOT / "app.json").read_text())["env"])
    assert (BY_NAME.keys() - asked, asked & NOT_ASKED) == (NOT_ASKED, set())


def test_the_files_of_the_image_are_enough_to_migrate_serve_and_be_healthy(tmp_path: Path) -> None:
    image = tmp_path / "image"
    for source, target in _copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, image / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            image.mkdir(exist_ok=True)
            shutil.copy(ROOT / source, image / target)
    with open_site(image, f"sqlite:///{tmp_path / 'bridge.db'}", PYTHONPATH=str(image)) as site:
        assert site.run("migrate").returncode == 0
        assert site.run("check", "--help").returncode == 0
        web = site.start("gunicorn")
        site.wait_until_it_answers(web)
        assert "worker" in site.ask("GET", "/readyz").json()
        check = json.loads(re.findall(r"^    CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[0])
        for port, code in ((str(site.port), 0), ("9", 1)):
            asked = subprocess.run([sys.executable, *check[1:]], env={"PORT": port}, capture_output=True, check=False)
            assert asked.returncode == code


def test_the_image_is_pinned_small_and_of_no_rights() -> None:
    python = (ROOT / ".python-version").read_text().strip()
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {f"python:{python}-slim-bookworm"}
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.findall(r"^USER (\S+)", last, re.MULTILINE) == ["10001"]
    assert "pip install" not in last and "apt-get" not in DOCKERFILE
    assert "--require-hashes" in DOCKERFILE
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert kept == {source for source, _ in _copied()}


def test_compose_starts_each_process_of_the_procfile_after_the_release_step() -> None:
    services = COMPOSE["services"]
    procfile = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert services["release"]["command"] == ["sh", "-c", procfile["release"]]
    assert {name: " ".join(services[name]["command"]) for name in ("web", "worker")} == {
        name: procfile[name] for name in ("web", "worker")
    }
    assert services["release"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"release": {"condition": "service_completed_successfully"}}
        assert services[name]["restart"] == "unless-stopped"
    assert services["worker"]["stop_grace_period"] == "30s"  # of which a worker may need 25
    given = {name for service in OURS for name in services[service]["environment"]}
    assert given <= BY_NAME.keys()
    assert all(services[name]["read_only"] and services[name]["cap_drop"] == ["ALL"] for name in OURS)
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]


def test_what_compose_wants_in_env_is_documented_in_both_languages() -> None:
    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    for page in ("docs/deploy.md", "docs/vi/deploy.md"):
        assert wanted <= set(re.findall(r"^(\w+)=", (ROOT / page).read_text(), re.MULTILINE))


def test_caddy_takes_its_file(program: Callable[[str], str], tmp_path: Path) -> None:
    file = str(ROOT / "deploy/caddy/Caddyfile")
    environment = {"HOME": str(tmp_path), "BRIDGE_HOST": "bridge.example.com", "PATH": os.environ["PATH"]}
    command = [program("caddy"), "validate", "--adapter", "caddyfile", "--config", file]
    judged = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr
    assert f"reverse_proxy web:{COMPOSE['services']['web']['environment']['PORT']}" in Path(file).read_text()


def test_systemd_takes_the_units(program: Callable[[str], str], tmp_path: Path) -> None:
    for unit in (ROOT / "deploy/systemd").glob("*.service"):
        text = unit.read_text()
        command = re.findall(r"^ExecStart=/srv/vbot-bridge/\.venv/bin/(.*)$", text, re.MULTILINE)
        assert command[0] in ("python -m bridge run", "python -m bridge worker", "gunicorn")
        own = text.replace("/srv/vbot-bridge/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(own.replace("/srv/vbot-bridge/.venv/bin/gunicorn", sys.executable))
    units = sorted(str(path) for path in tmp_path.glob("*.service"))
    assert len(units) == 3
    judged = subprocess.run([program("systemd-analyze"), "verify", *units], capture_output=True, text=True, check=False)
    assert (judged.returncode, judged.stderr) == (0, "")


def _copied() -> list[tuple[str, str]]:
    """What the build takes from the project: each (source, target)."""
    lines = re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
    return [
        (source, "." if target == "./" else target) for *sources, target in map(str.split, lines) for source in sources
    ]
