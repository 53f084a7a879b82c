# SPDX-License-Identifier: GPL-2.0
"""The directives that the lessons are written with. None of them takes a picture that somebody drew.

    .. picture:: NAME		the drawing of a run, as SVG; below it the caption
       :graph:			its graph over time; NAME is a scenario with `curve`
    .. ladder:: NAME		the drawing of a run in characters, or a part of it:
       :from: WORDS			from the first line that holds WORDS
       :to: WORDS			to the first line after it that holds WORDS
    .. experiment:: NAME		a change of the source (experiments/NAME.diff) and how to try it
    .. transitions::		a table of every change of state that the runs have shown
    .. question:: WORDS		and its answer below, which a click shows

NAME is `demo` or a scenario of toylab, or experiment-NAME: the run of an experiment. A run that does not exist is an error, and so is
one that `make docs` has not made; without any runs at all (`make check`) a placeholder stands for it.
"""

import html
import json
import os
import re

from docutils import nodes
from docutils.parsers.rst import Directive, directives

import tree

# Words that the directives write, by language.
WORDS = {
    "en": {
        "other": "中文", "run": "the run", "none": "(The picture of {} stands here after <code>make docs</code>.)",
        "change": "The change ({}):", "try": "Try it", "from": "from", "to": "to", "event": "event", "rule": "rule",
        "seen": "seen in", "more": "and {} more",
    },
    "zh_CN": {
        "other": "English", "run": "运行", "none": "(执行 <code>make docs</code> 之后,这里是 {} 的图。)",
        "change": "改动({}):", "try": "动手", "from": "原状态", "to": "新状态", "event": "事件", "rule": "依据",
        "seen": "见于", "more": "等 {} 个场景",
    },
}


def language_of(docname):
    return "zh_CN" if docname.startswith("translations/zh_CN/") else "en"


class Base(Directive):
    """What all of them need."""

    @property
    def env(self):
        return self.state.document.settings.env

    @property
    def runs(self):
        return self.env.config.lessons_runs

    @property
    def words(self):
        return WORDS[language_of(self.env.docname)]

    def file(self, name, suffix):
        """The text of a file that a run has made; None: nothing was run. Fails if there is no such run."""
        if name not in tree.runs() and name != "states":
            raise self.error(f"there is no run {name}: neither demo nor a scenario of toylab")
        if not self.runs:
            return None
        path = os.path.join(self.runs, name + suffix)
        self.env.note_dependency(path)
        try:
            with open(path, encoding="utf-8") as file:
                return file.read()
        except OSError as err:
            raise self.error(f"the run {name} has left no {path}: {err.strerror}; next: make docs") from err

    def placeholder(self, name):
        return nodes.raw("", f'<p class="no-run">{self.words["none"].format(name)}</p>', format="html")

    def parsed(self):
        box = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, box)
        return box.children


class Picture(Base):
    required_arguments = 1
    option_spec = {"graph": directives.flag}
    has_content = True

    def run(self):
        name = self.arguments[0]
        svg = self.file(name, "-graph.svg" if "graph" in self.options else ".svg")
        if svg is None:
            picture = self.placeholder(name)
        else:
            svg = svg[svg.index("<svg"):]	# without the XML declaration
            picture = nodes.raw("", f'<div class="run-picture">{svg}</div>', format="html")
        figure = nodes.container(classes=["run"])
        figure += picture
        if self.content:
            caption = nodes.container(classes=["run-caption"])
            caption += self.parsed()
            figure += caption
        return [figure]


class Ladder(Base):
    required_arguments = 1
    option_spec = {"from": directives.unchanged_required, "to": directives.unchanged_required}

    def run(self):
        name = self.arguments[0]
        text = self.file(name, ".txt")
        if text is None:
            return [self.placeholder(name)]
        lines = text.rstrip("\n").split("\n")
        start = self.find(lines, "from", 0, 0)
        end = self.find(lines, "to", start, len(lines) - 1)
        text = "\n".join(lines[start:end + 1])
        return [nodes.literal_block(text, text, language="none", classes=["run-ladder"])]

    def find(self, lines, option, start, default):
        words = self.options.get(option)
        if words is None:
            return default
        for i in range(start, len(lines)):
            if words in lines[i]:
                return i
        raise self.error(f"the drawing of {self.arguments[0]} has no line with {words!r}")


class Experiment(Base):
    required_arguments = 1

    def run(self):
        try:
            experiment = tree.Experiment(self.arguments[0])
            experiment.changed()
        except tree.Wrong as err:
            raise self.error(str(err)) from err
        name = experiment.name
        path = tree.EXPERIMENTS / f"{name}.diff"
        self.env.note_dependency(str(path))
        files = ", ".join(dict.fromkeys(file for file, _, _ in experiment.hunks))
        box = nodes.container(classes=["experiment"])
        box += nodes.paragraph("", self.words["change"].format(files))
        # The lines with their signs: names and numbers of lines are noise to a reader.
        body = "\n".join(line for line in experiment.diff.splitlines() if not re.match(r"---|\+\+\+|@@", line))
        box += nodes.literal_block(body, body, language="diff")
        command = f"make experiment EXPERIMENT={name}"
        box += nodes.literal_block(command, command, language="sh")
        text = self.file(f"experiment-{name}", ".seen")
        if text is None:
            box += self.placeholder(f"experiment-{name}")
        else:
            box += nodes.literal_block(text, text, language="none", classes=["run-ladder"])
        return [box]


class Question(Base):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        text, messages = self.state.inline_text(" ".join(self.arguments[0].split()), self.lineno)
        box = nodes.container(classes=["question"])
        box += nodes.raw("", "<details><summary>", format="html")
        box += nodes.inline("", "", *text)
        box += nodes.raw("", "</summary>", format="html")
        box += self.parsed()
        box += nodes.raw("", "</details>", format="html")
        return [box, *messages]


class Transitions(Base):
    def run(self):
        text = self.file("states", ".json")
        if text is None:
            return [self.placeholder("states")]
        words = self.words
        heads = [words[key] for key in ("from", "to", "event", "rule", "seen")]
        rows = []
        for change in json.loads(text):
            seen = change["runs"][0]
            if len(change["runs"]) > 1:
                seen += " " + words["more"].format(len(change["runs"]) - 1 if words["other"] == "中文" else len(change["runs"]))
            rows.append([change["from"], change["to"], change["text"], "RFC 9293 §" + change["section"], seen])
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in heads)
        table = f'<div class="table-wrapper"><table class="docutils transitions"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        return [nodes.raw("", table, format="html")]


def other_language(app, pagename, templatename, context, doctree):
    """A link at the top of each page to the same page in the other language."""
    if doctree is None or "body" not in context:
        return
    prefix = "translations/zh_CN/"
    language = language_of(pagename)
    other = pagename[len(prefix):] if language == "zh_CN" else prefix + pagename
    if language == "zh_CN":
        context["language"] = "zh-CN"
    if other in app.env.all_docs:
        link = html.escape(context["pathto"](other))
        context["body"] = f'<p class="other-language"><a href="{link}">{WORDS[language]["other"]}</a></p>\n' + context["body"]


# Han, kana, and the signs that go with them.
WIDE = r"[\u2014\u2018-\u201d\u2026\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"


def join_lines(app, doctree):
    """In Chinese a line ends where it is full; the blank that HTML would make of that belongs between words of other scripts only."""
    if language_of(app.env.docname) != "zh_CN":
        return
    for text in list(doctree.findall(nodes.Text)):
        if isinstance(text.parent, (nodes.literal_block, nodes.raw)):
            continue
        joined = re.sub(rf"(?<={WIDE})\n(?={WIDE})", "", text.astext())
        if joined != text.astext():
            text.parent.replace(text, nodes.Text(joined))


def setup(app):
    app.add_config_value("lessons_runs", "", "env")
    for name, directive in (("picture", Picture), ("ladder", Ladder), ("experiment", Experiment), ("question", Question),
                ("transitions", Transitions)):
        app.add_directive(name, directive)
    app.connect("doctree-read", join_lines)
    app.connect("html-page-context", other_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
