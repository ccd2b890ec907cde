"""How the web server runs, under `manage.py up` and in the container alike; gunicorn reads this file by itself.

One process with threads is the default: the tagger is loaded once per process. More processes: WEB_CONCURRENCY.
"""

import os
import tempfile

from annotator.settings.env import env

bind = env.str("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = env.int("WEB_CONCURRENCY", 1)
threads = env.int("WEB_THREADS", 8)
timeout = env.int("WEB_TIMEOUT_SECONDS", 120)
graceful_timeout = 5
# The longest address that gunicorn takes: titles come in it, too (POST /extract_from_realtime?data=…).
limit_request_line = 8190
loglevel = env.str("LOG_LEVEL", "info").lower()
# A control socket would be shared by all desks of a user.
control_socket_disable = True
# Times of answers are added up over all processes, in files that they share (annotator/request_times.py).
if workers > 1:
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="lineup-metrics-"))
