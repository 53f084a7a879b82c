#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the pages and their test both have to know of the tree: experiments, and runs that pictures are made of.

An experiment is a file Documentation/lessons/experiments/NAME.diff: a change of the source with no line of context that it
does not need, under a head of `Key: value` lines:

    Run: NAME	the run to look at: `demo`, or a scenario of toylab
    See: WORDS	what its drawing then says, and does not say without the change (may be given again)
    Gone: WORDS	what it says without the change only (may be given again)
    Limit: SECONDS	stop the run when it has not ended after that time of the VM's clock [600]; the drawing then closes with
			`It had not ended`, for See: to expect
"""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
DOCS = TOP / "Documentation"
EXPERIMENTS = DOCS / "lessons" / "experiments"

# The longest run is of a SYN that nobody answers, some minutes.
LIMIT = 600


class Wrong(Exception):
    """What is wrong, in words for whoever wrote it."""


class Experiment:
    """One experiment: .run, .limit, .see, .gone, .diff (its text), .hunks: [(file, old lines, new lines)]."""

    def __init__(self, name):
        path = EXPERIMENTS / f"{name}.diff"
        if not path.is_file():
            raise Wrong(f"there is no experiment {name}: {path.relative_to(TOP)}")
        self.name = name
        head, mark, body = path.read_text(encoding="utf-8").partition("\n--- ")
        if not mark:
            raise Wrong(f"{name}.diff holds no difference")
        self.diff = "--- " + body
        words = re.findall(r"^(\w+): (.*)$", head, re.M)
        self.see = [value for key, value in words if key == "See"]
        self.gone = [value for key, value in words if key == "Gone"]
        runs = [value for key, value in words if key == "Run"]
        if len(runs) != 1 or not self.see + self.gone:
            raise Wrong(f"{name}.diff must say one Run:, and a See: or a Gone:")
        self.run = runs[0]
        limits = [value for key, value in words if key == "Limit"]
        if len(limits) > 1 or not all(re.fullmatch(r"[1-9][0-9]*", value) for value in limits):
            raise Wrong(f"{name}.diff: Limit: is a number of seconds, and said once")
        self.limit = int(limits[0]) if limits else LIMIT
        self.hunks = []
        self._read()

    def _read(self):
        file = None
        for line in self.diff.splitlines():
            if line.startswith("--- "):
                continue
            if line.startswith("+++ "):
                file = re.sub(r"^b/", "", line[4:].split("\t")[0])
            elif line.startswith("@@"):
                self.hunks.append((file, [], []))
            elif self.hunks and line[:1] in (" ", "-", "+"):
                _, old, new = self.hunks[-1]
                if line[0] != "+":
                    old.append(line[1:])
                if line[0] != "-":
                    new.append(line[1:])
            else:
                raise Wrong(f"{self.name}.diff: cannot read the line {line!r}")

    def changed(self):
        """{file: its text after the change}. Fails where a line to be changed is not there, or is there twice."""
        texts = {}
        for file, old, new in self.hunks:
            path = TOP / file
            if not path.is_file():
                raise Wrong(f"{self.name}.diff: there is no file {file}")
            text = texts.get(file, path.read_text(encoding="utf-8"))
            block = "".join(line + "\n" for line in old)
            found = ("\n" + text).count("\n" + block)
            if found != 1:
                raise Wrong(f"{self.name}.diff: {file} has these lines {found} times:\n{block}")
            texts[file] = ("\n" + text).replace("\n" + block, "\n" + "".join(line + "\n" for line in new))[1:]
        return texts


def experiments():
    """The names of all."""
    return sorted(path.stem for path in EXPERIMENTS.glob("*.diff"))


def scenarios():
    """The names of all scenarios of toylab."""
    return sorted(path.stem for path in (TOP / "userspace" / "lab" / "scenarios").glob("*.sh"))


def runs():
    """The names of all runs that a picture or a drawing may be of."""
    return ["demo", *scenarios(), *(f"experiment-{name}" for name in experiments())]


def pages():
    """All pages, as paths."""
    return sorted(DOCS.rglob("*.rst"))


def asked_for():
    """{run: [page, ...]}: what the pages want to show."""
    wanted = {}
    for page in pages():
        for kind, name in re.findall(r"^ *\.\. (picture|ladder|experiment):: +(\S+)", page.read_text(encoding="utf-8"), re.M):
            wanted.setdefault(f"experiment-{name}" if kind == "experiment" else name, []).append(page)
    return wanted


def verdict(experiment, base, changed):
    """What is wrong with the outcome of an experiment: a list of words. base: the drawing without the change, or None."""
    wrong = []
    for words in experiment.see:
        if words not in changed:
            wrong.append(f"after the change the drawing does not say: {words}")
        if base is not None and words in base:
            wrong.append(f"without the change, too, the drawing says: {words}")
    for words in experiment.gone:
        if words in changed:
            wrong.append(f"after the change, too, the drawing says: {words}")
        if base is not None and words not in base:
            wrong.append(f"without the change the drawing does not say: {words}")
    return wrong


def excerpt(experiment, changed):
    """The parts of the drawing that an experiment is about: all of it where it is only about what is gone."""
    lines = changed.rstrip("\n").split("\n")
    shown = set()
    for words in experiment.see:
        found = [i for i, line in enumerate(lines) if words in line][:2]  # what comes over and over is seen as well in two
        for i in found:
            shown.update(range(max(i - 3, 0), min(i + 3, len(lines))))
    if not shown:
        shown = range(len(lines))
    text = []
    last = None
    for i in sorted(shown):
        if last is not None and i > last + 1:
            text.append("       ...")
        text.append(lines[i])
        last = i
    return "\n".join(text) + "\n"


def main(argv):
    """For scripts: see Documentation/render and Documentation/experiment."""
    try:
        if argv[:1] == ["wanted"]:  # wanted: the runs that the pages show, those of experiments without theirs
            known = set(runs())
            for name, where in sorted(asked_for().items()):
                if name not in known and name != "states":
                    raise Wrong(f"{where[0].relative_to(TOP)} wants the run {name}, which is neither demo nor a scenario")
                print(name)
        elif argv[:1] == ["runs"]:  # runs: the demo and all scenarios
            print("\n".join(["demo", *scenarios()]))
        elif argv[:1] == ["experiments"]:
            print("\n".join(experiments()))
        elif argv[:1] == ["run"]:  # run NAME: what an experiment looks at, and for how long
            experiment = Experiment(argv[1])
            print(experiment.run, experiment.limit)
        elif argv[:1] == ["apply"]:  # apply NAME DIR: put the changed files into DIR, in the place of links
            for file, text in Experiment(argv[1]).changed().items():
                path = pathlib.Path(argv[2]) / file
                path.unlink(missing_ok=True)
                path.write_text(text, encoding="utf-8")
                print(file)
        elif argv[:1] == ["judge"]:  # judge NAME DRAWING BASE: was seen what was to be seen? BASE may be missing
            experiment = Experiment(argv[1])
            changed = pathlib.Path(argv[2]).read_text(encoding="utf-8")
            base = pathlib.Path(argv[3])
            wrong = verdict(experiment, base.read_text(encoding="utf-8") if base.is_file() else None, changed)
            if wrong:
                raise Wrong(f"{argv[1]}: " + "; ".join(wrong))
            print(excerpt(experiment, changed), end="")
        else:
            raise Wrong("usage: tree.py wanted|runs|experiments|run NAME|apply NAME DIR|judge NAME DRAWING BASE")
    except Wrong as err:
        print(err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
