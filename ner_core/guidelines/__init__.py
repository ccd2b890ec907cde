"""The annotation guidelines as far as a machine can check them. The rules themselves: templates/review/_guidelines.html, by number."""

from ner_core.guidelines.lint import CODES, Finding, lint_reading, load_rules

__all__ = ["CODES", "Finding", "lint_reading", "load_rules"]
