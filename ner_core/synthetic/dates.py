"""Dates and times as titles write them, in every style and language that the generator knows."""

import json
import random
import unicodedata
from functools import lru_cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"
_HOLIDAYS = {
    "en": ["Halloween", "New Year's Eve", "NYE", "Christmas Eve", "Boxing Day", "Easter Sunday", "Easter Monday", "Good Friday",
    "Valentine's Day",
           "St. Patrick's Day", "Memorial Day", "Memorial Day Weekend", "Labor Day Weekend", "4th of July", "Thanksgiving",
           "Thanksgiving Eve",
           "Mother's Day", "Father's Day", "Bank Holiday", "Bank Holiday Sunday", "MLK Weekend", "Cinco de Mayo", "Australia Day",
           "Black Friday",
           "Christmas", "Easter", "Mardi Gras", "Super Bowl Sunday", "Presidents Day Weekend", "Canada Day", "Easter Weekend", "Xmas"],
    "nl": ["Koningsdag", "Koningsnacht", "Bevrijdingsdag", "Oud en Nieuw", "Kerst", "Tweede Kerstdag", "Pasen", "Tweede Paasdag",
    "Hemelvaartsdag",
           "Pinksteren", "Sinterklaas", "Valentijnsdag", "Oudejaarsavond", "Moederdag"],
    "de": ["Silvester", "Heiligabend", "Ostern", "Ostersonntag", "Karfreitag", "Pfingsten", "Pfingstsonntag", "Tag der Arbeit",
    "Nikolaus",
           "Rosenmontag", "Weiberfastnacht", "Tanz in den Mai", "Weihnachten", "Muttertag", "Christi Himmelfahrt", "Vatertag"],
    "fr": ["Noël", "Pâques", "Toussaint", "Saint-Valentin", "14 juillet", "Nouvel An", "Pentecôte", "Saint-Sylvestre",
    "Fête nationale", "Ascension"],
    "es": ["Nochevieja", "Navidad", "Semana Santa", "Día de los Muertos", "San Valentín", "Reyes", "Viernes Santo"],
    "it": ["Capodanno", "Natale", "Pasqua", "Pasquetta", "Ferragosto", "San Valentino", "Epifania"],
    "pt": ["Natal", "Ano Novo", "Páscoa", "Réveillon"],
    "pl": ["Sylwester", "Wielkanoc", "Walentynki", "Boże Narodzenie"],
    "hu": ["Szilveszter", "Húsvét", "Karácsony", "Valentin nap"],
    "sv": ["Midsommar", "Nyårsafton", "Valborg", "Påsk"],
    "da": ["Nytår", "Jul", "Påske", "Grundlovsdag"],
    "ru": ["Новый год", "Рождество", "8 марта"],
}  # fmt: skip
_SEPARATORS = ("/", ".", "-")


@lru_cache
def _names() -> dict[str, dict[str, list[str]]]:
    return json.loads((_DATA / "dates.json").read_text(encoding="utf-8"))


@lru_cache
def date_words() -> frozenset[str]:
    """Names of months and weekdays in every language here, small and without accents."""
    words = (word for names in _names().values() for listed in names.values() for word in listed)
    folded = (unicodedata.normalize("NFKD", word.casefold()) for word in words)
    return frozenset("".join(char for char in word if char.isalpha()) for word in folded)


def _capital(rng: random.Random, text: str) -> str:
    return text[:1].upper() + text[1:] if rng.random() < 0.7 else text


class DateWriter:
    """Draws dates for one title from `rng`; the month comes before the day in titles of US shape."""

    def __init__(self, rng: random.Random, language: str) -> None:
        self._rng = rng
        self._language = language if language in _names() else "en"
        self._names = _names()[self._language]
        self._month_first = self._language == "en" and rng.random() < 0.55
        self._separator = rng.choice(_SEPARATORS)

    def month(self) -> str:
        key = "months" if self._rng.random() < 0.75 else "months_short"
        return _capital(self._rng, self._rng.choice(self._names[key]))

    def weekday(self) -> str:
        if self._rng.random() < 0.6:
            return _capital(self._rng, self._rng.choice(self._names["days"]))
        return _capital(self._rng, self._rng.choice(self._names["days_short"])) + self._rng.choice(["", "", ".", "."])

    def year(self) -> str:
        year = int(min(max(self._rng.gauss(2019.5, 3.5), 2009), 2029))
        return str(year) if self._rng.random() < 0.97 else f"{year}/{(year + 1) % 100:02d}"

    def time(self) -> str:
        rng = self._rng
        hour, minute = (
            rng.choice([12, 14, 15, 16, 17, 18, 19, 20, 20, 21, 22, 23]),
            rng.choice(["00", "00", "30", "15", "45"]),
        )
        small = (hour - 1) % 12 + 1
        english = [
            f"{small}pm",
            f"{small}PM",
            f"{small}:{minute}pm",
            f"{small} pm",
            f"{small}.{minute}pm",
            f"{small}:{minute} PM",
            "midnight",
            "noon",
        ]
        clock = [f"{hour}:{minute}", f"{hour}.{minute}", f"{hour}:{minute}"]
        local = {
            "fr": [f"{hour}h", f"{hour}h{minute}", f"{hour} h {minute}", f"{hour}H{minute}"],
            "de": [f"{hour} Uhr", f"{hour}:{minute} Uhr", f"{hour}h"],
            "nl": [f"{hour}u", f"{hour}:{minute}u", f"{hour}.{minute} uur", f"{hour} uur"],
            "pt": [f"{hour}h", f"{hour}h{minute}"],
            "es": [f"{hour}h", f"{hour}:{minute}h"],
            "da": [f"kl. {hour}", f"kl. {hour}.{minute}"],
            "sv": [f"kl {hour}", f"kl. {hour}:{minute}"],
        }.get(self._language, [])
        return rng.choice(english if self._language == "en" and rng.random() < 0.75 else [*clock, *local, *local])

    def holiday(self) -> str:
        pool = _HOLIDAYS.get(self._language, _HOLIDAYS["en"])
        return self._rng.choice(pool if self._rng.random() < 0.75 else _HOLIDAYS["en"])

    def date(self) -> str:
        """One contiguous date expression, with or without weekday, year and clock time."""
        draw = self._rng.random()
        if draw < 0.07:
            return self.holiday()
        if draw < 0.12:
            return self.year()
        if draw < 0.14:
            return self.weekday()
        if draw < 0.18:
            return f"{self.month()} {self.year()}"
        if draw < 0.20:
            return self.month()
        body = self._numeric() if draw < 0.58 else self._written()
        return self._with_extras(body)

    def _with_extras(self, body: str) -> str:
        rng = self._rng
        if rng.random() < 0.2:
            body = f"{self.weekday()}{rng.choice([' ', ' ', ', '])}{body}"
        if rng.random() < 0.08:
            body = f"{body}{rng.choice([' ', ', ', ' ' + self._at() + ' '])}{self.time()}"
        if rng.random() < 0.03:
            body = f"{self.holiday()} ({body})"
        return body

    def _at(self) -> str:
        return {"fr": "à", "de": "um", "nl": "om", "es": "a las", "it": "ore", "pt": "às"}.get(self._language, "at")

    def _numeric(self) -> str:
        rng = self._rng
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), self.year()[:4]
        first, second = (month, day) if self._month_first else (day, month)
        separator = "/" if self._month_first and rng.random() < 0.8 else self._separator
        padded = rng.random() < (0.2 if self._month_first else 0.75)
        left, right = (f"{first:02d}", f"{second:02d}") if padded else (str(first), str(second))
        draw = rng.random()
        if draw < 0.42:
            separator = separator if separator != "-" else "."
            end = "." if separator == "." and rng.random() < 0.25 else ""
            return f"{left}{separator}{right}{end}"
        if draw < 0.93:
            return f"{left}{separator}{right}{separator}{year if rng.random() < 0.5 else year[2:]}"
        if draw < 0.96:
            return f"{year}{separator}{month:02d}{separator}{day:02d}"
        return f"{left}{separator}{right}{rng.choice(['-', ' - ', ' & ', '+'])}{first + 1:02d}{separator}{right}"

    def _written(self) -> str:
        rng = self._rng
        day, month = rng.randint(1, 30), self.month()
        if self._language == "en":
            body = self._written_english(day, month)
        else:
            dot = {"de": ".", "da": ".", "no": ".", "cs": ".", "fi": ".", "hu": ".", "hr": "."}.get(self._language, "")
            link = {"es": " de ", "pt": " de "}.get(self._language, " ") if rng.random() < 0.8 else " "
            body = f"{month} {day}." if self._language == "hu" else f"{day}{dot}{link}{month}"
            if self._language == "fr" and rng.random() < 0.15:
                body = f"le {body}" if rng.random() < 0.2 else f"1er {month}"
        if rng.random() < 0.3:
            body += f"{', ' if self._month_first and rng.random() < 0.7 else ' '}{self.year()[:4]}"
        return body

    def _written_english(self, day: int, month: str) -> str:
        rng = self._rng
        ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        number = f"{day}{ending}" if rng.random() < 0.5 else str(day)
        dotted = f"{month}." if len(month) < 5 and rng.random() < 0.15 else month
        if self._month_first or rng.random() < 0.3:
            return f"{dotted} {number}"
        return f"{number} of {month}" if ending in number and rng.random() < 0.1 else f"{number} {dotted}"
