# The production image: one image, several commands (api, worker, scheduler, migrate).
FROM python:3.12-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/opt/escale/.venv
WORKDIR /opt/escale
RUN pip install --no-cache-dir "uv>=0.9"
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-dev --no-install-project
COPY domain domain
COPY application application
COPY projections projections
COPY adapters adapters
COPY api api
COPY sdk/python sdk/python
RUN uv sync --frozen --no-dev --no-editable

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/escale escale \
  && install -d -o escale -m 0700 /var/lib/escale/seals
COPY --from=build /opt/escale/.venv /opt/escale/.venv
ENV PATH=/opt/escale/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ESCALE_ENV=production \
    ESCALE_HOST=0.0.0.0 \
    ESCALE_DATA_DIR=/var/lib/escale
USER escale
WORKDIR /var/lib/escale
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/live', timeout=2)"]
ENTRYPOINT ["escale"]
CMD ["api"]
