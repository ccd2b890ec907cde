"""The annotation guidelines as far as a machine can check them. The rules themselves: templates/review/_guidelines.html, by number."""

from ner_core.guidelines.lint import CODES, Finding, edition, lint_reading, load_rules

__all__ = ["CODES", "Finding", "edition", "lint_reading", "load_rules"]
