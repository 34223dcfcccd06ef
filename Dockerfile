# One image for web, worker and beat. Servers of your own: no embedded PostgreSQL or Valkey in it.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --require-hashes -r requirements.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BACKOFFICE_MODE=production \
    BACKOFFICE_DATA=/data
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin backoffice \
    && install -d -o backoffice -g backoffice /data
COPY --from=build /venv /venv
WORKDIR /house
COPY . .
# Static files are gathered once, with a key that signs nothing and is not kept.
RUN BACKOFFICE_MODE=demo BACKOFFICE_SERVERS=address SECRET_KEY=only-for-collectstatic \
    python manage.py collectstatic --noinput && python -m compileall -q .
USER backoffice
VOLUME /data
EXPOSE 8000
# The first allowed host stands in the request, or Django would refuse the question.
HEALTHCHECK --interval=15s --timeout=10s --start-period=40s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/readyz', headers={'Host': os.environ['ALLOWED_HOSTS'].split(',')[0]}), timeout=8)"]
CMD ["gunicorn", "backoffice.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--graceful-timeout", "10", "--access-logfile", "-", "--no-control-socket"]
