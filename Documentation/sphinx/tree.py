#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the pages and their test both have to know of the tree: the runs that pictures are made of."""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCS = TOP / "Documentation"


class Wrong(Exception):
    """What is wrong, in words for whoever wrote it."""


def scenarios():
    """The names of all scenarios of toylab."""
    return sorted(path.stem for path in (TOP / "userspace" / "lab" / "scenarios").glob("*.sh"))


def runs():
    """The names of all runs that a picture or a drawing may be of."""
    return ["demo", *scenarios()]


def pages():
    """All pages, as paths."""
    return sorted(DOCS.rglob("*.rst"))


def asked_for():
    """{run: [page, ...]}: what the pages want to show."""
    wanted = {}
    for page in pages():
        for name in re.findall(r"^ *\.\. (?:picture|ladder):: +(\S+)", page.read_text(encoding="utf-8"), re.M):
            wanted.setdefault(name, []).append(page)
    return wanted


def main(argv):
    """For scripts: see Documentation/render."""
    try:
        if argv[:1] == ["wanted"]:  # wanted: the runs that the pages show
            known = set(runs())
            for name, where in sorted(asked_for().items()):
                if name not in known and name != "states":
                    raise Wrong(f"{where[0].relative_to(TOP)} wants the run {name}, which is neither demo nor a scenario")
                print(name)
        elif argv[:1] == ["runs"]:  # runs: the demo and all scenarios
            print("\n".join(["demo", *scenarios()]))
        else:
            raise Wrong("usage: tree.py wanted|runs")
    except Wrong as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
