FROM python:3.12-slim-bookworm AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
COPY requirements-build.txt requirements-runtime.txt ./
RUN python -m venv tools \
 && tools/bin/pip install --no-deps --require-hashes -r requirements-build.txt \
 && python -m venv --without-pip /opt/hainan \
 && tools/bin/pip --python /opt/hainan/bin/python install --no-deps --require-hashes -r requirements-runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY alembic alembic
COPY data data
COPY locales locales
COPY app app
RUN tools/bin/python -m hatchling build -t wheel \
 && tools/bin/pip --python /opt/hainan/bin/python install --no-deps --no-index dist/*.whl

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Hainan tracker" org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 hainan \
 && useradd --uid 10001 --gid hainan --no-create-home --home-dir /data --shell /usr/sbin/nologin hainan \
 && install --directory --owner=hainan --group=hainan --mode=0700 /data \
 && python -m pip uninstall --yes --quiet --root-user-action=ignore pip
COPY --from=builder /opt/hainan /opt/hainan
ENV PATH=/opt/hainan/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HAINAN_DATABASE_URL=sqlite:////data/hainan.db
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["hainan"]
CMD ["serve", "--host", "0.0.0.0"]
