"""What the desk answers. Each class takes the JSON of the schema of the same name; fields that it does not know are ignored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

Label = Literal["PER", "LOC", "ORG", "MISC", "DATE"]
Band = Literal["high", "middle", "low"]
TitleState = Literal["new", "waiting", "settled", "flagged"]


@dataclass(frozen=True, slots=True)
class Span:
    """`title[start:end]`, counted in Unicode code points as Python does; the end is exclusive. score: 0 to 1."""

    start: int
    end: int
    label: Label
    score: float
    text: str

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(data["start"], data["end"], data["label"], data["score"], data["text"])


@dataclass(frozen=True, slots=True)
class Lineup:
    """What the routes of the earlier system answer."""

    event_name: str
    artists: list[str]
    event_info: list[str]
    location: list[str]
    date: list[str]
    related_keywords: list[str]

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(**{name: data[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a title holds.

    confidence: probability that all of it is right; 1 where people decided. model_version: None where they did.
    """

    text: str
    spans: list[Span]
    confidence: float
    band: Band
    source: Literal["annotation", "model"]
    annotation_source: str | None
    model_version: str | None
    lineup: Lineup

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(
            text=data["text"],
            spans=[Span.of(span) for span in data["spans"]],
            confidence=data["confidence"],
            band=data["band"],
            source=data["source"],
            annotation_source=data.get("annotation_source"),
            model_version=data["model_version"],
            lineup=Lineup.of(data["lineup"]),
        )


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """`read` rows are `new` or `repeated`; `rejected` ones could not be read. `tagged` of `total` distinct titles were read by a model."""

    read: int
    new: int
    repeated: int
    rejected: int
    tagged: int
    total: int

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(**{name: data[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Batch:
    """Titles that are stored and read in the background."""

    id: str
    name: str
    source: str
    state: Literal["receiving", "tagging", "done", "failed"]
    counts: BatchCounts
    created_at: datetime
    results: str

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(
            id=data["id"],
            name=data["name"],
            source=data["source"],
            state=data["state"],
            counts=BatchCounts.of(data["counts"]),
            created_at=datetime.fromisoformat(data["created_at"]),
            results=data["results"],
        )

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed")


@dataclass(frozen=True, slots=True)
class Result:
    """One row of a batch. `id`: your own; `prediction`: None until a model has read the title."""

    row: int
    id: str
    title_id: int
    state: TitleState
    prediction: Prediction | None

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        found = data["prediction"]
        return cls(data["row"], data["id"], data["title_id"], data["state"], Prediction.of(found) if found else None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An artist that a name may mean. `score`: 1 for the same name; `how`: key, letters or near."""

    id: int
    name: str
    note: str
    kind: str
    country: str
    state: str
    spelling: str
    score: float
    how: str

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(**{name: data[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Match:
    name: str
    candidates: list[Candidate]

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(data["name"], [Candidate.of(found) for found in data["candidates"]])


@dataclass(frozen=True, slots=True)
class ModelVersion:
    id: int
    name: str
    state: Literal["candidate", "active", "retired"]
    digest: str
    calibrated: bool
    metrics: dict[str, Any]

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        return cls(**{name: data[name] for name in cls.__slots__})
