# Two sets of packages, one program:
#   docker build --target web     -t lineup-desk-web .      web server, migrations; no torch
#   docker build --target worker  -t lineup-desk-worker .   reads titles, beat; no torch
#   docker build --target trainer -t lineup-desk-trainer .  trains models, imports and exports files; torch, pyarrow, spaCy
# Every image runs as user 10001 on a read-only root: it writes to /var/lib/lineup (a volume) and /tmp only.

# Pin it to a digest where builds must repeat to the byte: --build-arg PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:…
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS light-packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements-web.txt .
RUN /opt/venv/bin/python -m pip install --requirement requirements-web.txt

FROM light-packages AS all-packages
# An index with CPU builds of torch makes the image several GB smaller: --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL
COPY requirements.txt .
RUN /opt/venv/bin/python -m pip install --requirement requirements.txt

FROM ${PYTHON_IMAGE} AS system
# tini is process 1: it hands signals on and collects what is left of dead children.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/lineup --create-home lineup
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=annotator.settings.prod \
    OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false MALLOC_ARENA_MAX=2 \
    VAR_DIR=/var/lib/lineup STATIC_ROOT=/srv/static BIND=0.0.0.0:8000
WORKDIR /srv/lineup
ENTRYPOINT ["tini", "--"]

FROM system AS program
COPY --from=light-packages /opt/venv /opt/venv
COPY manage.py gunicorn.conf.py ./
COPY locale locale
COPY static static
COPY templates templates
COPY ner_core ner_core
COPY annotator annotator
# Nothing can be written at run time, so that modules are compiled here. Static files are the same everywhere; the values below are thrown away.
RUN python -m compileall -q manage.py gunicorn.conf.py annotator ner_core \
    && SECRET_KEY=build-build-build-build-build-build-build-build-build-build DATABASE_URL=sqlite:////tmp/build.sqlite3 REDIS_URL=redis://build \
        ALLOWED_HOSTS=build VAR_DIR=/tmp/var python manage.py collectstatic --no-input --verbosity 0

FROM system AS light
COPY --from=light-packages /opt/venv /opt/venv
COPY --from=program /srv /srv
USER 10001
VOLUME /var/lib/lineup

FROM light AS web
EXPOSE 8000
CMD ["gunicorn", "annotator.wsgi"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/v1/health/live', timeout=4)"]

FROM light AS worker
ENV WORKER_STOP_SECONDS=25 WORKER_ALIVE_FILE=/tmp/worker-alive
CMD ["celery", "--quiet", "--app", "annotator.celery_app", "worker", "--queues", "tag", "--hostname", "tag@%h", "--loglevel", "INFO"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, sys, time; sys.exit(time.time() - os.path.getmtime('/tmp/worker-alive') > 90)"]

FROM system AS trainer
COPY --from=all-packages /opt/venv /opt/venv
COPY --from=program /srv /srv
ENV WORKER_STOP_SECONDS=25 WORKER_ALIVE_FILE=/tmp/worker-alive
USER 10001
VOLUME /var/lib/lineup
CMD ["celery", "--quiet", "--app", "annotator.celery_app", "worker", "--queues", "train", "--hostname", "train@%h", "--concurrency", "1", "--loglevel", "INFO"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, sys, time; sys.exit(time.time() - os.path.getmtime('/tmp/worker-alive') > 90)"]
