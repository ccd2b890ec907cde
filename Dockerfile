# One image for web, worker and beat: what differs is the command, chosen by the build target.
#   docker build --target web -t lineup-desk-web .      docker build --target worker -t lineup-desk-worker .
# The web target holds torch too: POST /api/v1/predict reads titles in the web process.

FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# An index with CPU builds of torch makes the image several GB smaller: --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL
RUN python -m venv /opt/venv
COPY requirements.txt .
RUN /opt/venv/bin/python -m pip install --requirement requirements.txt

FROM python:3.11-slim-bookworm AS desk
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=annotator.settings.prod \
    OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false \
    VAR_DIR=/var/lib/lineup STATIC_ROOT=/srv/static BIND=0.0.0.0:8000
RUN useradd --system --uid 10001 --home-dir /var/lib/lineup --create-home lineup
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/lineup
COPY manage.py gunicorn.conf.py ./
COPY locale locale
COPY static static
COPY templates templates
COPY ner_core ner_core
COPY annotator annotator
# Static files are the same everywhere; the values below are thrown away with this layer.
RUN SECRET_KEY=build DATABASE_URL=sqlite:////tmp/build.sqlite3 REDIS_URL=redis://build ALLOWED_HOSTS=build VAR_DIR=/tmp/var \
    python manage.py collectstatic --no-input --verbosity 0
USER lineup
VOLUME /var/lib/lineup

FROM desk AS worker
CMD ["celery", "--quiet", "--app", "annotator.celery_app", "worker", "--pool", "prefork", "--queues", "tag,import,train,export", "--loglevel", "INFO"]
HEALTHCHECK --interval=60s --timeout=20s --start-period=30s --retries=3 \
    CMD celery --quiet --app annotator.celery_app inspect ping --destination "celery@$(hostname)" --timeout 10 > /dev/null

FROM desk AS web
EXPOSE 8000
CMD ["gunicorn", "annotator.wsgi"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/v1/health/live', timeout=4)"]
