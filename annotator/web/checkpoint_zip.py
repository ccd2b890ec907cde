"""A checkpoint as one file for the browser."""

from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_STORED, ZipFile

from annotator.domain.model_versions import checkpoint_directory
from annotator.models import ModelVersion
from ner_core.artifacts import KNOWN_FILES, MANIFEST


def zipped_checkpoint(version: ModelVersion) -> IO[bytes]:
    """Weights hardly shrink, so nothing is compressed. The file is on disk and goes when it is closed."""
    directory = checkpoint_directory(version)
    file = TemporaryFile()  # noqa: SIM115  the response closes it
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for name in (*KNOWN_FILES, MANIFEST):
            if (directory / name).is_file():
                archive.write(directory / name, name)
    file.seek(0)
    return file
