"""python -m tests.bench.engines [CHECKPOINT]: titles a second of what one may read titles with, in one run.

Peers: the `ner` pipeline of transformers, one title at a time and batched at 64. Ours read whole: normal form, pieces, model, n best
readings, calibration. Another shape (--shape camembert-base) is measured with random weights, for its speed alone.
"""

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import quantiles

from ner_core.artifacts import load_artifact, write_manifest
from ner_core.engines import ENGINES
from ner_core.labels import LabelScheme
from ner_core.spans import triples
from ner_core.tagger import ModelTagger, load_tagger
from tests.bench.output import say
from tests.bench.peers import matmul_peak, pipeline_rates, spacy_rate

ROOT = Path(__file__).resolve().parents[2]
STARTER = ROOT / "ner_core" / "starter"
DEMO_TITLES = ROOT / "annotator" / "demo" / "titles.txt"
SINGLE_TITLES, ROUNDS = 150, 3
CAMEMBERT_BASE = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "vocab_size": 32005,
}


def main() -> None:
    options = _parser().parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    titles = _titles(options.titles)
    say(f"{platform.platform()}, {os.cpu_count()} cores, {options.threads} threads; {len(titles)} titles")
    with _checkpoint(options.checkpoint, options.shape) as directory:
        one_by_one, batched = pipeline_rates(directory, titles, threads=options.threads)
        _row("transformers pipeline, one title at a time", one_by_one, one_by_one, batched)
        _row("transformers pipeline, batches of 64", batched, one_by_one, batched)
        if not options.shape:
            _row("spaCy, fr_core_news_md, batches of 64", spacy_rate(titles), one_by_one, batched)
        taggers = {name: load_tagger(directory, threads=options.threads, engine=name) for name in ENGINES}
        for name, tagger in taggers.items():
            _measure(name, tagger, titles, one_by_one, batched)
        alone = _in_processes(directory, titles, options.threads)
        _row(f"Lineup Desk, {options.threads} processes of one thread", alone, one_by_one, batched)
        _compare(taggers, titles)
        say(
            f"forward pass of openvino: {_gemm_share(taggers['openvino'], titles, options.threads):.0%} of the measured GEMM peak"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", nargs="?", type=Path, default=STARTER)
    parser.add_argument("--shape", choices=["camembert-base"], help="random weights of this shape instead")
    parser.add_argument("--titles", type=Path, default=DEMO_TITLES, help="one a line, or JSONL with `text`")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser


def _titles(path: Path) -> list[str]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [json.loads(line)["text"] for line in lines] if path.suffix == ".jsonl" else lines


@contextmanager
def _checkpoint(directory: Path, shape: str | None) -> Iterator[Path]:
    if shape is None:
        yield directory
        return
    from transformers import CamembertConfig, CamembertForTokenClassification

    scheme = LabelScheme.bio()
    config = CamembertConfig(
        **CAMEMBERT_BASE,
        max_position_embeddings=514,
        type_vocab_size=1,
        pad_token_id=1,
        id2label=dict(enumerate(scheme.id2label)),
    )
    with tempfile.TemporaryDirectory() as home:
        CamembertForTokenClassification(config).save_pretrained(home)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(STARTER / name, home)
        write_manifest(home, name=shape, scheme=scheme)
        yield Path(home)


def _measure(name: str, tagger: ModelTagger, titles: Sequence[str], one_by_one: float, batched: float) -> None:
    tagger.tag(titles)  # kernels are made for each shape once
    whole = len(titles) / min(_seconds(lambda: tagger.tag(titles)) for _ in range(ROUNDS))
    logits = len(titles) / min(_seconds(lambda: tagger.read_logits(titles)) for _ in range(ROUNDS))
    waits = quantiles([_seconds(lambda title=title: tagger.tag([title])) for title in titles[:SINGLE_TITLES]], n=20)
    _row(f"Lineup Desk, {name}", whole, one_by_one, batched)
    say(
        f"    {1 - whole / logits:.0%} of it for n best readings; one title: p50 {waits[9] * 1000:.1f} ms, p95 {waits[18] * 1000:.1f} ms"
    )


def _in_processes(directory: Path, titles: Sequence[str], count: int) -> float:
    """Titles a second of as many processes as threads, as a worker runs them."""
    context = multiprocessing.get_context("spawn")
    ready, told = context.Barrier(count), context.SimpleQueue()
    processes = [context.Process(target=_read_alone, args=(directory, titles, ready, told)) for _ in range(count)]
    for process in processes:
        process.start()
    rates = [told.get() for _ in processes]
    for process in processes:
        process.join()
    return sum(rates)


def _read_alone(directory: Path, titles: Sequence[str], ready: Barrier, told: SimpleQueue) -> None:
    tagger = load_tagger(directory, threads=1)
    tagger.tag(titles)
    ready.wait()
    seconds = _seconds(lambda: [tagger.tag(titles) for _ in range(ROUNDS)])
    told.put(ROUNDS * len(titles) / seconds)


def _compare(taggers: dict[str, ModelTagger], titles: Sequence[str]) -> None:
    reference, fast = (taggers[name].tag(titles) for name in ("torch", "openvino"))
    same = sum(triples(one.spans) == triples(other.spans) for one, other in zip(reference, fast, strict=True))
    moved = max(abs(one.confidence - other.confidence) for one, other in zip(reference, fast, strict=True))
    say(f"the same spans by both engines: {same} of {len(titles)}; confidences differ by {moved:.3f} at the most")


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _gemm_share(tagger: ModelTagger, titles: Sequence[str], threads: int) -> float:
    """Multiply-adds of the matrix products of all pieces, by those that the machine makes in the time of reading the logits."""
    config = load_artifact(tagger.artifact.directory, verify=False).config
    hidden, wide = config["hidden_size"], config["intermediate_size"]
    pieces = sum(len(one.offsets) + 2 for one in tagger.read_logits(titles))
    work = pieces * config["num_hidden_layers"] * (4 * hidden * hidden + 2 * hidden * wide)
    taken = min(_seconds(lambda: tagger.read_logits(titles)) for _ in range(ROUNDS))
    return work / taken / matmul_peak(2048, hidden, wide, threads=threads)


def _row(what: str, rate: float, one_by_one: float, batched: float) -> None:
    say(f"{what:<44}{rate:>8.0f} titles/s{rate / one_by_one:>8.1f} x alone{rate / batched:>8.1f} x batched")


if __name__ == "__main__":
    main()
