"""Line-ups from event titles: the API of a Lineup Desk, typed."""

from lineup_desk_client.desk import Desk
from lineup_desk_client.errors import DeskError, DeskUnreachable, ErrorItem
from lineup_desk_client.models import (
    Batch,
    BatchCounts,
    Candidate,
    Lineup,
    Match,
    ModelVersion,
    Prediction,
    Result,
    Span,
)
from lineup_desk_client.webhooks import ForgedMessage, Message, verified_message

__all__ = [
    "Batch",
    "BatchCounts",
    "Candidate",
    "Desk",
    "DeskError",
    "DeskUnreachable",
    "ErrorItem",
    "ForgedMessage",
    "Lineup",
    "Match",
    "Message",
    "ModelVersion",
    "Prediction",
    "Result",
    "Span",
    "verified_message",
]
