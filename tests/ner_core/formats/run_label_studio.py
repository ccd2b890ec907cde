"""Runs in an environment of label-studio-sdk's own, see test_consumers.py: checks tasks against the labelling configuration, converts them.

    python run_label_studio.py tasks.json CONFIGURATION DIRECTORY

DIRECTORY then holds refused.json, a list of [task, kind] that its validators refuse, and min.json, the tasks as JSON_MIN.
"""

import json
import sys
from pathlib import Path

from label_studio_sdk.converter import Converter
from label_studio_sdk.label_interface import LabelInterface


def main(source: Path, configuration: str, directory: Path) -> None:
    found = LabelInterface(configuration)
    checks = {"annotations": found.validate_annotation, "predictions": found.validate_prediction}
    refused = [
        [task["id"], kind]
        for task in json.loads(source.read_text(encoding="utf-8"))
        for kind, check in checks.items()
        for item in task.get(kind, [])
        if check(item) is not True
    ]
    (directory / "refused.json").write_text(json.dumps(refused))
    converter = Converter(configuration, project_dir=None, download_resources=False)
    converter.convert(str(source), str(directory / "converted"), "JSON_MIN", is_dir=False)
    (directory / "converted" / "result.json").rename(directory / "min.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
