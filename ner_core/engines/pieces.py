"""Texts to SentencePiece ids with offsets, by the `tokenizers` library."""

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ner_core.artifacts import TOKENIZERS, ArtifactCorrupt, ArtifactIncompatible

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_PLAIN = "("  # takes the place of the first sign of a special token that a text spells out


class Pieces(NamedTuple):
    """ids and code-point ranges, without special tokens."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class PieceEncoder:
    """A tokenizer whose special tokens cannot be typed: "<s>" or "<mask>" in a title is text like any other.

    prefix and suffix are the special ids that frame every input. Runs no threads of its own, so that forking stays safe.
    """

    def __init__(self, backend: "Tokenizer") -> None:
        backend.no_truncation()
        backend.no_padding()
        self._backend = backend
        special = {key: token.content for key, token in backend.get_added_tokens_decoder().items() if token.special}
        self._special_texts = set(special.values())
        unknown = {key for key, content in special.items() if content == "<unk>"}
        self._special_ids = set(special) - unknown
        self.prefix, self.suffix = self._find_frame()

    @classmethod
    def load(cls, directory: Path) -> "PieceEncoder":
        """Reads tokenizer.json, or builds a tokenizer from a bare sentencepiece.bpe.model through transformers.

        Raises ArtifactCorrupt or ArtifactIncompatible.
        """
        from tokenizers import Tokenizer

        path = directory / TOKENIZERS[0]
        if not path.exists():
            return cls(_from_sentencepiece(directory))
        try:
            backend = Tokenizer.from_file(str(path))
        except Exception as error:  # the Rust library raises nothing narrower
            raise ArtifactCorrupt(f"{path} is not a tokenizer: {error}") from error
        return cls(backend)

    @property
    def frame_size(self) -> int:
        return len(self.prefix) + len(self.suffix)

    def frame(self, ids: list[int]) -> list[int]:
        return [*self.prefix, *ids, *self.suffix]

    def encode(self, text: str) -> Pieces:
        """Pieces of the whole text, however long. The text must hold no lone surrogates."""
        readable = text
        while True:
            found = self._backend.encode(readable, add_special_tokens=False)
            typed = [
                offset
                for piece, offset in zip(found.ids, found.offsets, strict=True)
                if piece in self._special_ids or readable[slice(*offset)].strip() in self._special_texts
            ]
            if not typed:
                return Pieces(found.ids, found.offsets)
            readable = _spell_out(readable, typed)

    def _find_frame(self) -> tuple[list[int], list[int]]:
        framed = self._backend.encode("a")
        text = [index for index, special in enumerate(framed.special_tokens_mask) if not special]
        if not text:
            raise ArtifactIncompatible("the tokenizer cannot read the letter a")
        return framed.ids[: text[0]], framed.ids[text[-1] + 1 :]


def _spell_out(text: str, ranges: list[tuple[int, int]]) -> str:
    chars = list(text)
    for start, end in ranges:
        at = next((index for index in range(start, end) if not _is_harmless(chars[index])), start)
        chars[at] = _PLAIN
    return "".join(chars)


def _is_harmless(char: str) -> bool:
    return char.isspace() or unicodedata.normalize("NFKC", char) == _PLAIN


def _from_sentencepiece(directory: Path) -> "Tokenizer":
    from ner_core.engines.torch import import_transformers

    try:
        transformers = import_transformers()
    except ModuleNotFoundError as error:
        raise ArtifactIncompatible(
            f"{directory / TOKENIZERS[1]} needs the package {error.name}, which is not installed here (the images web and worker hold none "
            f"of it): save the tokenizer as {TOKENIZERS[0]} with transformers, and take that"
        ) from error
    try:
        return transformers.AutoTokenizer.from_pretrained(directory, local_files_only=True).backend_tokenizer
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        raise ArtifactCorrupt(
            f"{directory / TOKENIZERS[1]} cannot be read as a SentencePiece model: {error}"
        ) from error
