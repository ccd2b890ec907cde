"""A comparison of two models as lines for the terminal."""

from annotator.models import Comparison

_ECE = (("span ECE", "span_ece"), ("title ECE", "title_ece"), ("right in best 3", "best3"))


def comparison_lines(comparison: Comparison) -> str:
    report = comparison.report
    lines = [
        f"{comparison.candidate} against {comparison.against}, {comparison.titles} gold titles ({comparison.gold_digest[:12]})"
    ]
    lines += [_f1_line(name, difference) for name, difference in report["f1"].items()]
    lines += [f"  {name:16} {_number(report['before'][key])} -> {_number(report['after'][key])}" for name, key in _ECE]
    lines.append(f"  {'titles/s':16} {report['before']['speed']:.0f} -> {report['after']['speed']:.0f}")
    lines.append(f"  {report['changed']} titles are read differently")
    lines.append("passed" if comparison.passed else "did not pass: " + ", ".join(map(_reason, comparison.reasons)))
    return "\n".join(lines)


def _f1_line(name: str, found: dict) -> str:
    interval = f"[{found['low']:+.3f}, {found['high']:+.3f}]"
    return f"  {'F1 ' + name:16} {found['first']:.3f} -> {found['second']:.3f}  {found['change']:+.3f} {interval}  {found['gold']} spans"


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3f}"


def _reason(reason: dict) -> str:
    where = f" {reason['label']}" if reason["label"] else ""
    return f"{reason['code']}{where} ({reason['value']:g}, limit {reason['limit']:g})"
