"""Where the embedded broker listens. Every process of the desk must come to the same path by itself."""

import hashlib
import os
import tempfile
from pathlib import Path

LONGEST_SOCKET_PATH = 100  # bytes; sockaddr_un holds 104 on macOS and 108 on Linux, the final zero included


def short_socket_path(path: Path) -> Path:
    """`path`, or for a directory too deep for a unix socket, a short path that is always the same for the same directory."""
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"lineup-{digest}" / path.name
