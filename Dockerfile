FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 ENV_FILE=""
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --quiet --require-hashes --requirement requirements.txt
COPY manage.py ./
COPY chatsite chatsite
COPY chat chat
COPY templates templates
COPY static static
RUN /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m compileall -q chat chatsite

FROM python:3.13-slim-bookworm
# Of the release that the line above names, whatever is newest.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends libjemalloc2 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/chat --create-home --skel /nonexistent chat \
    && chmod 755 /var/lib/chat
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
# All that is to be kept lies in one volume; nothing else is written, but for what is on its way, in /tmp.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ENV_FILE="" LOG_FORMAT=json \
    DATABASE_URL=sqlite:////var/lib/chat/db.sqlite3 MEDIA_ROOT=/var/lib/chat/media
VOLUME /var/lib/chat
EXPOSE 8000
STOPSIGNAL SIGTERM
# Past the proxy that an engine may name to all of its containers: that one does not reach 127.0.0.1.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["sh", "-c", "python manage.py setup && exec python manage.py serve --host 0.0.0.0 --port 8000"]
