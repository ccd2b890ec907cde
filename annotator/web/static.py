"""Static files of production: compressed, and named by their content so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also rewrites the imports between ES modules: a changed module gets a new name in the modules that import it."""

    support_js_module_import_aggregation = True
