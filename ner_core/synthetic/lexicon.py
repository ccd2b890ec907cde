"""Providers: what a grammar rule may ask for that no rule can spell out (names, places, numbers, invented words)."""

import random
from collections.abc import Callable

from ner_core.synthetic.dates import DateWriter
from ner_core.synthetic.material import Material

_ONSETS = (
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
    "br",
    "cr",
    "dr",
    "fr",
    "gr",
    "kl",
    "kr",
    "pl",
    "pr",
    "sh",
    "sk",
    "sl",
    "sp",
    "st",
    "str",
    "th",
    "tr",
    "zh",
)
_VOWELS = (
    "a",
    "e",
    "i",
    "o",
    "u",
    "a",
    "e",
    "i",
    "o",
    "ai",
    "au",
    "ea",
    "ei",
    "io",
    "oo",
    "ou",
    "y",
    "é",
    "ö",
    "ü",
    "ø",
)
_CODAS = ["", "", "", "n", "r", "s", "l", "k", "x", "th", "m", "nd", "rk", "ss", "t"]
_TITLES = ["Dr.", "Prof.", "Sir", "Mr.", "Miss", "Little", "Big", "King", "Dr", "Lady"]
_ROMAN = ["II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XX"]
_LEET = str.maketrans({"a": "4", "e": "3", "o": "ø", "s": "$", "i": "!"})


def invented_word(rng: random.Random) -> str:
    syllables = rng.choice([1, 2, 2, 2, 3, 3])
    return "".join(
        rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS if index == syllables - 1 else [""])
        for index in range(syllables)
    )


class Lexicon:
    """All providers for one title. `table` maps their names to functions without arguments."""

    def __init__(self, material: Material, rng: random.Random, language: str) -> None:
        self._material = material
        self._rng = rng
        self._language = language
        dates = DateWriter(rng, language)
        self._state = ""
        self.table: dict[str, Callable[[], str]] = {
            "act_any": lambda: rng.choice(material.acts),
            "person": self._person,
            "person1": lambda: material.person(rng, language)[0],
            "firstname": lambda: material.person(rng, language)[0],
            "surname": lambda: material.person(rng, self._name_language())[1],
            "cityname": lambda: material.city(rng, language),
            "bigcity": lambda: rng.choice(material.facts["aliases"][15:] if rng.random() < 0.3 else self._largest()),
            "uscity": self._us_city,
            "state": lambda: rng.choice(material.states)[0],
            "statecode": self._state_code,
            "country": lambda: rng.choice(material.countries),
            "cc": lambda: rng.choice(material.country_codes),
            "region": lambda: rng.choice(material.facts["regions"]),
            "venue_fact": lambda: rng.choice(material.facts["venues"]),
            "night_any": lambda: rng.choice(material.facts["nights"]),
            "label_any": lambda: rng.choice(material.facts["labels"]),
            "festival_any": lambda: rng.choice(material.facts["festivals"]),
            "team": self._team,
            "company": lambda: rng.choice(material.companies),
            "word_any": self._word,
            "acronym": lambda: "".join(
                rng.choice("ABCDEFGHIJKLMNOPRSTUVWXYZ") for _ in range(rng.choice([2, 3, 3, 4, 4, 5]))
            ),
            "leet": lambda: invented_word(rng).translate(_LEET).upper(),
            "number": lambda: str(rng.choice([rng.randint(1, 12), rng.randint(1, 60), rng.randint(1, 300)])),
            "roman": lambda: rng.choice(_ROMAN),
            "day": lambda: str(rng.randint(1, 30)),
            "datetext": dates.date,
            "yeartext": dates.year,
            "month": dates.month,
            "weekday": dates.weekday,
            "time": dates.time,
        }

    def _name_language(self) -> str:
        return self._language if self._rng.random() < 0.7 else self._rng.choice(list(self._material.people))

    def _person(self) -> str:
        rng = self._rng
        language = self._name_language()
        first, last = self._material.person(rng, language)
        if language == "hu" and rng.random() < 0.8:
            return f"{last} {first}"
        draw = rng.random()
        if draw < 0.04:
            return f"{first[0]}. {last}"
        if draw < 0.07:
            return f"{rng.choice(_TITLES)} {rng.choice([first, last])}"
        if draw < 0.10:
            return f"{first} {self._material.person(rng, language)[0]} {last}"
        return f"{first} {last}"

    def _largest(self) -> list[str]:
        cities = self._material.cities
        return cities.get(self._rng.choice(["US", "GB", "DE", "NL", "FR"])) or next(iter(cities.values()))

    def _us_city(self) -> str:
        name, self._state = self._rng.choice(self._material.us_cities)
        return name

    def _state_code(self) -> str:
        """The code of the city drawn before it, written as titles write it."""
        code = self._state or self._rng.choice(self._material.states)[1]
        return code.capitalize() if self._rng.random() < 0.04 else code

    def _team(self) -> str:
        if self._rng.random() < 0.8:
            return self._rng.choice(self._material.facts["teams"])
        city = self._material.city(self._rng, self._language)
        return f"{self._rng.choice(['FC ', 'SC ', 'AS ', '', ''])}{city}{self._rng.choice(['', ' United', ' Tigers', ' City'])}"

    def _word(self) -> str:
        rng = self._rng
        draw = rng.random()
        if draw < 0.5:
            word = invented_word(rng).capitalize()
        elif draw < 0.8:
            words = rng.choice(self._material.acts).split()
            word = rng.choice(words)
            word = word if word[:1].isalpha() and len(word) > 2 else invented_word(rng).capitalize()
        else:
            word = self._material.person(rng, self._language)[1].split()[-1]
        return word.upper() if rng.random() < 0.06 else word
