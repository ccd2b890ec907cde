"""Static files of production: compressed, and named by their content so that browsers may keep them for ever."""

from collections.abc import Callable
from re import Match

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between our ES modules: a changed module gets a new name in the modules that import it."""

    support_js_module_import_aggregation = True

    def url_converter(self, name: str, hashed_files: dict, template: str | None = None) -> Callable[[Match[str]], str]:
        """Scripts of packages stay as they are: some name, in comments, modules that are not there."""
        if name.endswith(".js") and not name.startswith("js/"):
            return lambda found: found["matched"]
        return super().url_converter(name, hashed_files, template)
