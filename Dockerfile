# One image for web, worker and commands: `gunicorn`, `python -m bridge worker`, `python -m bridge doctor`.
FROM python:3.14-slim-bookworm AS build
WORKDIR /srv/vbot-bridge
RUN python -m venv .venv
COPY requirements.txt ./
RUN .venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.txt
COPY pyproject.toml gunicorn.conf.py LICENSE ./
COPY schemas schemas
COPY bridge bridge
RUN .venv/bin/pip install --no-cache-dir --no-index --no-deps --no-build-isolation --editable . \
    && .venv/bin/python -m compileall -q bridge

FROM python:3.14-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --create-home bridge
COPY --from=build /srv/vbot-bridge /srv/vbot-bridge
ENV PATH=/srv/vbot-bridge/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/vbot-bridge
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/healthz', timeout=4)"]
CMD ["gunicorn"]
