"""Noise as in real input: case, blanks, punctuation, decoration. Works on pieces, so that labels stay on their text."""

import random

from ner_core.synthetic.grammar import Piece

_DECORATION = ["🎉 ", "★ ", "🔥 ", "🎶 ", "► ", "☆ ", "* ", "** ", "🎃 ", "🎄 ", "♫ ", "• "]
_ENDINGS = ["!", "!!", "...", "…", ".", " 🎉", " 🔥", " ★", " *", " !", " ❤️", " 🎶", "*", " -"]


def tidy(pieces: list[Piece]) -> list[Piece]:
    """Joins text outside of spans, moves blanks at the edges of labelled pieces outside, and drops what is empty."""
    result: list[Piece] = []
    for piece in pieces:
        text = piece.text
        if piece.label is None:
            parts = [piece]
        else:
            bare = text.strip()
            lead = text[: len(text) - len(text.lstrip())]
            parts = [Piece(lead, None), Piece(bare, piece.label), Piece(text[len(lead) + len(bare) :], None)]
        for part in parts:
            if not part.text:
                continue
            if result and part.label is None and result[-1].label is None:
                result[-1] = Piece(result[-1].text + part.text, None)
            else:
                result.append(part)
    return result


def add_noise(pieces: list[Piece], rng: random.Random, amount: float = 1.0) -> list[Piece]:
    """amount: 0 leaves the title as it is, 1 is the rate found in real titles."""
    if rng.random() < 0.13 * amount:
        pieces = _change_case(pieces, rng)
    if rng.random() < 0.04 * amount:
        pieces = _change_blanks(pieces, rng)
    if rng.random() < 0.02 * amount:
        pieces = _swap_letters(pieces, rng)
    if rng.random() < 0.04 * amount:
        pieces = [Piece(_plain_quotes(piece.text, rng), piece.label) for piece in pieces]
    if rng.random() < 0.02 * amount:
        pieces = [Piece(rng.choice(_DECORATION), None), *pieces]
    if rng.random() < 0.05 * amount:
        pieces = [*pieces, Piece(rng.choice(_ENDINGS), None)]
    return pieces


def _change_case(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    draw = rng.random()
    if draw < 0.32:
        return [Piece(piece.text.upper(), piece.label) for piece in pieces]
    if draw < 0.44:
        return [Piece(piece.text.lower(), piece.label) for piece in pieces]
    if draw < 0.80:
        labels = {piece.label for piece in pieces if piece.label}
        chosen = rng.choice(sorted(labels)) if labels else None
        return [
            Piece(piece.text.upper(), piece.label) if piece.label == chosen and chosen else piece for piece in pieces
        ]
    if draw < 0.92:
        return [Piece(piece.text.upper(), piece.label) if rng.random() < 0.4 else piece for piece in pieces]
    return [Piece(piece.text.title() if "'" not in piece.text else piece.text, piece.label) for piece in pieces]


def _change_blanks(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    result = []
    for piece in pieces:
        text = piece.text
        if piece.label is None and text.strip() and rng.random() < 0.5:
            text = rng.choice([text.lstrip(), text.rstrip(), text.strip()]) if not text.strip()[:1].isalnum() else text
        result.append(Piece(text, piece.label))
    return result


def _swap_letters(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    index = rng.randrange(len(pieces))
    text = pieces[index].text
    if len(text) < 6:
        return pieces
    at = rng.randrange(1, len(text) - 3)
    if not text[at : at + 2].isalpha():
        return pieces
    swapped = rng.choice([text[:at] + text[at + 1] + text[at] + text[at + 2 :], text[:at] + text[at + 1 :]])
    return [*pieces[:index], Piece(swapped, pieces[index].label), *pieces[index + 1 :]]


def _plain_quotes(text: str, rng: random.Random) -> str:
    return text.replace("'", "’") if rng.random() < 0.8 else text.replace("’", "'").replace("–", "-")
