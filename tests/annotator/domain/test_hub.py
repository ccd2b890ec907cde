"""Pulling from a model hub: a small server speaks what huggingface_hub asks of the real one."""

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from annotator.domain.model_versions import checkpoint_directory, pull_checkpoint
from annotator.enums import ModelOrigin
from annotator.exceptions import HubUnreachable, InvalidCheckpoint
from annotator.models import ModelVersion
from ner_core.tagger import load_tagger
from tests.checkpoints import build_tiny_checkpoint

REPOSITORY = "Jean-Baptiste/camembert-ner-with-dates"
COMMIT = "a" * 40

pytestmark = pytest.mark.django_db


class Hub(BaseHTTPRequestHandler):
    """One repository, the files of `server.root`; remembers what was fetched."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        api, files = f"/api/models/{REPOSITORY}", f"/{REPOSITORY}/resolve/{COMMIT}/"
        if path == f"{api}/tree/{COMMIT}":
            self.answer(json.dumps(self.tree()).encode())
        elif path == api:
            siblings = [{"rfilename": entry["path"]} for entry in self.tree()]
            self.answer(json.dumps({"id": REPOSITORY, "sha": COMMIT, "siblings": siblings}).encode())
        elif path.startswith(files):
            self.server.fetched.add(path.removeprefix(files))
            self.answer((self.server.root / path.removeprefix(files)).read_bytes())
        else:
            self.send_error(404)

    def tree(self) -> list[dict]:
        return [
            {"type": "file", "path": path.name, "size": path.stat().st_size, "oid": "0" * 40}
            for path in self.server.root.iterdir()
        ]

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_checkpoint(tmp_path_factory.mktemp("hub") / "public", "IO", manifest=False)


@pytest.fixture
def root(public: Path, tmp_path: Path) -> Path:
    return shutil.copytree(public, tmp_path / "root")


@pytest.fixture
def hub(root: Path, monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    settings.MODELS_DIR = tmp_path / "models"
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        server.root, server.fetched = root, set()
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        endpoint = f"http://127.0.0.1:{server.server_port}"
        template = f"{endpoint}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_pull_fetches_what_a_checkpoint_needs_and_nothing_else(hub: ThreadingHTTPServer, root: Path):
    for name in ("pytorch_model.bin", "README.md", "training_args.bin"):
        (root / name).write_bytes(b"not wanted")
    version = pull_checkpoint(REPOSITORY)
    assert version.name.startswith("camembert-ner-with-dates@")
    assert (version.origin, version.calibrated) == (ModelOrigin.PULLED, False)
    assert hub.fetched == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert len(load_tagger(checkpoint_directory(version)).tag(["Marée Haute - Nîmes"])) == 1


def test_pull_twice_is_one_version(hub: ThreadingHTTPServer):
    assert pull_checkpoint(REPOSITORY) == pull_checkpoint(REPOSITORY)
    assert ModelVersion.objects.count() == 1


def test_pull_keeps_the_manifest_of_a_checkpoint_of_our_own(hub: ThreadingHTTPServer, root: Path, tmp_path: Path):
    shutil.rmtree(root)
    build_tiny_checkpoint(root, name="spring")
    assert pull_checkpoint(REPOSITORY).name == load_tagger(root).version


@pytest.mark.parametrize(
    ("repository", "code"),
    [(REPOSITORY, "no_safetensors"), ("nobody/nothing", "hub_refused"), ("not a name", "hub_refused")],
)
def test_pull_refuses_with_a_code_and_leaves_nothing(hub: ThreadingHTTPServer, root: Path, settings, repository, code):
    (root / "model.safetensors").rename(root / "pytorch_model.bin")
    with pytest.raises(InvalidCheckpoint) as caught:
        pull_checkpoint(repository)
    assert caught.value.code == code
    assert list(settings.MODELS_DIR.iterdir()) == []
    assert not ModelVersion.objects.exists()


def test_pull_from_a_hub_that_dies_half_way_leaves_nothing(hub: ThreadingHTTPServer, monkeypatch, settings):
    def die(handler: Hub) -> None:
        handler.connection.close()

    monkeypatch.setattr(Hub, "do_HEAD", die)
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _seconds: None)
    with pytest.raises(HubUnreachable):
        pull_checkpoint(REPOSITORY)
    assert list(settings.MODELS_DIR.iterdir()) == []
