"""Uploads that are too large are read to their end, so that the browser gets an answer, but stored nowhere."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class QuotaUploadHandler(FileUploadHandler):
    """Drops a request's files when they pass UPLOAD_MAX_BYTES together; the request then says so in `META["UPLOAD_DROPPED"]`."""

    def __init__(self, request: object = None) -> None:
        super().__init__(request)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002  Django's signature
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_MAX_BYTES:
            self.request.META["UPLOAD_DROPPED"] = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002  the next handler keeps the file
        return None
