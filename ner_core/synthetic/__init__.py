"""Generated event titles with spans: what the starter model learns from before it sees a real one."""

from ner_core.synthetic.generate import Example, TitleGenerator, pieces_to_example
from ner_core.synthetic.material import Material

__all__ = ["Example", "Material", "TitleGenerator", "pieces_to_example"]
