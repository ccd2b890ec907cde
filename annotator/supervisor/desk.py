"""The running desk: what starts, in which order, and how it ends."""

import http.client
import os
import subprocess
import time
from dataclasses import dataclass, field

import redis
from django.conf import settings
from django.db import connections
from kombu.exceptions import OperationalError

from annotator.celery_app import app
from annotator.supervisor import broker, first_start, locks
from annotator.supervisor.address import Address
from annotator.supervisor.children import make_broker, make_web, make_worker, start_undertaker
from annotator.supervisor.errors import DeskError
from annotator.supervisor.log import Console
from annotator.supervisor.process import Child, stop_children
from annotator.supervisor.stops import StopRequests

TICK_SECONDS = 0.1
ORPHAN_PATIENCE = 2.0  # the undertaker of a killed supervisor needs a moment
READY_PATH = "/api/v1/health/live"


@dataclass
class Desk:
    """Broker (unless REDIS_URL names one), worker and web server as children of this process."""

    address: Address
    grace: float
    demo: bool
    console: Console
    stops: StopRequests
    children_lock: locks.FileLock
    undertaker: subprocess.Popen[bytes] | None = None
    broker: Child | None = None
    others: list[Child] = field(default_factory=list)
    sign_in: first_start.SignIn | None = None
    announced: bool = False

    def run(self) -> None:
        """Returns when asked to stop. Whatever happens, no child is alive afterwards."""
        try:
            self._open()
            while not self.stops:
                self._watch()
                time.sleep(TICK_SECONDS)
        finally:
            self._close()

    def _open(self) -> None:
        self.undertaker = start_undertaker(self.children_lock)
        if settings.REDIS_URL:
            broker.require_broker(settings.REDIS_URL)
        else:
            self.broker = make_broker(console=self.console, lock_fd=self.children_lock.fd)
            self._start(self.broker)
            self._wait_for_broker()
        self._say("Preparing the database")
        first_start.prepare_database(verbosity=0)
        self.sign_in = first_start.ensure_first_user(settings.VAR_DIR / "first-sign-in.txt")
        if self.demo and first_start.load_demo_once():
            self._say("Demo titles are loaded; the worker tags them now.")
        connections.close_all()  # the supervisor needs none for the days to come
        if not self.stops:
            self._start_others()

    def _start_others(self) -> None:
        fd = self.children_lock.fd
        worker = make_worker(console=self.console, lock_fd=fd, grace=self.grace, may_start=self._restore_lost_work)
        self.others = [worker, make_web(console=self.console, lock_fd=fd, address=self.address)]
        self._watch()

    def _watch(self) -> None:
        if self.undertaker.poll() is not None:
            self.undertaker = start_undertaker(self.children_lock)
        for child in self._children():
            if child.tend():
                self._note_groups()
        if not self.announced and self._site_answers():
            self.announced = True
            self._announce()

    def _close(self) -> None:
        if self.others:
            self._say(f"Stopping; running tasks get {self.grace:g} seconds. Ctrl-C again stops at once.")
        asked = max(self.stops.count, 1)
        stop_children(self.others, hurry=lambda: self.stops.count > asked)
        if self.broker:
            stop_children([self.broker], hurry=lambda: False)
        locks.note_groups(self.children_lock, [])
        if self.undertaker:
            self.undertaker.communicate()  # closes its input: it finds nothing to do and ends
        if self.others:
            self._say("Stopped.")

    def _children(self) -> list[Child]:
        return [self.broker, *self.others] if self.broker else self.others

    def _start(self, child: Child) -> None:
        child.start()
        self._note_groups()

    def _note_groups(self) -> None:
        locks.note_groups(self.children_lock, [child.process.pid for child in self._children() if child.process])

    def _wait_for_broker(self) -> None:
        directory = settings.VAR_DIR / "broker"
        broker.wait_for_broker(socket=settings.BROKER_SOCKET, directory=directory, alive=lambda: self.broker.alive)

    def _restore_lost_work(self) -> bool:
        """Returns whether a worker may start. A shared broker has other workers, whose tasks must stay with them."""
        if settings.REDIS_URL:
            return True
        try:
            restored = broker.restore_unacked(app)
        except (redis.exceptions.ConnectionError, OperationalError):  # the broker is being started again
            return False
        if restored:
            self._say(f"Interrupted tasks that will be run again: {restored}")
        return True

    def _site_answers(self) -> bool:
        connection = http.client.HTTPConnection(self.address.reachable_host, self.address.port, timeout=1)
        try:
            connection.request("GET", READY_PATH)
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _announce(self) -> None:
        self._say(f"Lineup Desk is open at {self.address.url}")
        if self.sign_in is None:
            return
        if self.sign_in.fresh:
            self._say(f"Sign in as {self.sign_in.username} with the password {self.sign_in.password}")
            self._say(f"(kept in {self.sign_in.path}; delete the file when you have changed the password)")
        else:
            self._say(f"Sign in as {self.sign_in.username}; the password is in {self.sign_in.path}")

    def _say(self, text: str) -> None:
        self.console.write("desk", text)


def run_desk(*, address: Address, grace: float, demo: bool, with_parent: bool, console: Console) -> None:
    """Runs the desk until it is told to stop. Raises DeskError, before anything is started, when it cannot run here."""
    desk_lock = locks.FileLock(settings.VAR_DIR / "desk.lock")
    if not desk_lock.acquire():
        message = f"A desk is already running in {settings.VAR_DIR}: {desk_lock.read_note()}."
        raise DeskError(message)
    with StopRequests(with_parent=with_parent) as stops:
        children_lock = _take_children_lock(console)
        address.check_free()
        desk_lock.note(f"{address.url}, process {os.getpid()}")
        Desk(address, grace, demo, console, stops, children_lock).run()


def _take_children_lock(console: Console) -> locks.FileLock:
    lock = locks.FileLock(settings.VAR_DIR / "children.lock")
    try:
        killed = locks.acquire_from_orphans(lock, patience=ORPHAN_PATIENCE)
    except TimeoutError as error:
        raise DeskError(str(error)) from error
    if killed:
        console.write("desk", f"Ended what an earlier run had left behind: {len(killed)} process groups.")
    return lock
