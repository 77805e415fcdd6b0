"""Prints the pinned packages that are shipped, a line each, for pip-audit."""

from __future__ import annotations

import re

from bundling import contents, environment, product


def shipped(text: str) -> list[str]:
    """Of the pins, those of packages that come into a bundle."""
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in contents.DISTRIBUTIONS}
    pins = [line.split(";")[0].strip() for line in environment.constraints(text).splitlines()]
    return [
        pin
        for pin in pins
        if not pin.startswith("#") and re.sub(r"[-_.]+", "-", pin.split("==")[0]).lower() in names
    ]


if __name__ == "__main__":
    print("\n".join(shipped((product.ROOT / "constraints.txt").read_text(encoding="utf-8"))))
