"""A desk in one file, and back: database, model files, snapshots, uploads and exports, with their hashes."""

from annotator.domain.backups.archive import Manifest, read_manifest, write_backup
from annotator.domain.backups.restoring import check_backup, restore_backup

__all__ = ["Manifest", "check_backup", "read_manifest", "restore_backup", "write_backup"]
