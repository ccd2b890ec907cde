"""What a lead may tell a training on the page; the shell can tell more."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotator.domain.training_options import DEFAULT_SOURCES, LIMITS
from annotator.enums import AnnotationSource


class TrainingForm(forms.Form):
    sources = forms.MultipleChoiceField(
        choices=[(source, AnnotationSource(source).label) for source in (*DEFAULT_SOURCES, AnnotationSource.AUTO)],
        initial=list(DEFAULT_SOURCES),
        widget=forms.CheckboxSelectMultiple,
        label=_("Titles settled in these ways"),
    )
    steps = forms.IntegerField(
        required=False,
        min_value=LIMITS["steps"][0],
        max_value=LIMITS["steps"][1],
        label=_("Steps"),
        help_text=_("Empty: by the number of titles."),
    )

    def options(self) -> dict:
        """As TrainingOptions takes them; what the model settled by itself counts little."""
        weights = {source: DEFAULT_SOURCES.get(source, 0.2) for source in self.cleaned_data["sources"]}
        return {"sources": weights, "steps": self.cleaned_data["steps"] or 0}
