# syntax=docker/dockerfile:1

# The wheel is built from the tree, by pinned tools.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements/build.txt requirements/build.txt
RUN python -m venv /tools && /tools/bin/pip install --no-cache-dir --require-hashes --requirement requirements/build.txt
COPY pyproject.toml hatch_build.py README.md CHANGELOG.md LICENSE ./
COPY src src
COPY lexicons lexicons
COPY migrations migrations
RUN /tools/bin/python -m build --wheel --no-isolation --outdir /wheels

# What runs: pinned libraries, and the wheel.
FROM python:3.11-slim AS environment
COPY requirements/image.txt /build/requirements.txt
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes --requirement /build/requirements.txt
COPY --from=build /wheels /wheels
RUN /app/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.11-slim
ENV INVITES_DATA_DIR=/data \
    PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1
COPY --from=environment /app /app
# A volume made from this folder belongs to the user that writes it.
RUN mkdir -p /data && chown 10001:10001 /data && chmod 700 /data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 2585
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import httpx; httpx.get('http://127.0.0.1:2585/xrpc/_health').raise_for_status()"]
CMD ["xrpc-invites", "serve", "--host", "0.0.0.0"]
