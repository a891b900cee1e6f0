"""Builds wheels whose bytes depend on nothing but their source: `buildWheels.py SOURCE OUTPUT [SOURCE OUTPUT ...]`.

Beside each wheel, `package.json` says its name and version as indexes write them (PEP 503, PEP 440).

hatchling fixes times and order; members are stored uncompressed here, since compressed bytes differ between zlib
versions, and a wheel of this size gains nothing from it.
"""

import json
import os
import sys
import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder
from packaging.utils import parse_wheel_filename

MOMENT = (2020, 2, 2, 0, 0, 0)
REGULAR_FILE = 0o100644


def store(wheel: Path) -> None:
    partial = wheel.with_suffix(".partial")
    with zipfile.ZipFile(wheel) as packed, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as stored:
        for name in packed.namelist():
            member = zipfile.ZipInfo(name, MOMENT)
            member.create_system = 3
            member.external_attr = REGULAR_FILE << 16
            stored.writestr(member, packed.read(name))
    partial.replace(wheel)


def main(arguments: list[str]) -> None:
    os.environ.pop("SOURCE_DATE_EPOCH", None)
    for source, output in zip(arguments[::2], arguments[1::2], strict=True):
        Path(output).mkdir(parents=True, exist_ok=True)
        for built in WheelBuilder(source).build(directory=output, versions=["standard"]):
            store(Path(built))
            name, version, _, _ = parse_wheel_filename(Path(built).name)
            text = json.dumps({"name": name, "version": str(version)})
            Path(output, "package.json").write_text(text, encoding="utf-8")


main(sys.argv[1:])
