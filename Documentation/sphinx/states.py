#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Draws the state diagram of what runs have shown.

    states.py OUT JSON...    JSON: what toyscope --json wrote. Makes OUT.json, a list of all changes of state, and OUT.svg.

An arrow is a change of state that some run has made; its words are the module's own. Only where the boxes stand was chosen by
hand. A state that no run was in is an error: all eleven must be shown.
"""

import html
import json
import pathlib
import sys

# Where the middle of each box is. CLOSED is the first state and the last, so it is drawn twice.
PLACES = {
    "CLOSED": (450, 36), "LISTEN": (200, 130), "SYN-SENT": (700, 130), "SYN-RECEIVED": (200, 270), "ESTABLISHED": (450, 380),
    "FIN-WAIT-1": (210, 500), "CLOSE-WAIT": (700, 500), "FIN-WAIT-2": (110, 640), "CLOSING": (370, 640), "LAST-ACK": (700, 640),
    "TIME-WAIT": (240, 780), "closed": (700, 780),
}
WIDTH, HEIGHT = 900, 880
BOX = (128, 34)

STYLE = """
.states{--bg:#fff;--fg:#1c2127;--dim:#667080;--box:#eef2f6;--left:#14608f;--right:#2c8a4b}
@media (prefers-color-scheme:dark){.states{--bg:#15181c;--fg:#e4e7eb;--dim:#98a2b0;--box:#232930;--left:#7cc0ee;--right:#5cc07c}}
.states{background:var(--bg)}
.states text{fill:var(--fg);font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;text-anchor:middle;
paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}
.states text.name{font-weight:bold;stroke:none}
.states text.dim{fill:var(--dim);font-size:11px}
.states rect{fill:var(--box);stroke:var(--fg)}
.states path{fill:none;stroke:var(--fg);stroke-width:1.2}
.states path.left{stroke:var(--left);stroke-width:3}
.states path.right{stroke:var(--right);stroke-width:3}
.states text.left{fill:var(--left)}
.states text.right{fill:var(--right)}
"""

# What ends a connection before its time: told in a line under the state, not by an arrow across the picture.
FAILURES = {"RCVD_RST", "REFUSED", "USER_ABORT", "DATA_AFTER_CLOSE", "TIMEOUT", "USER_TIMEOUT", "KEEPALIVE", "FIN_WAIT_2_TIMEOUT",
            "TIME_WAIT_RST", "ICMP_ERROR", "NO_MEMORY", "NETNS_EXIT"}
SHORT = {"RCVD_RST": "RST", "REFUSED": "RST", "USER_ABORT": "abort", "DATA_AFTER_CLOSE": "late data", "TIMEOUT": "timeout",
         "USER_TIMEOUT": "user timeout", "KEEPALIVE": "keepalive", "FIN_WAIT_2_TIMEOUT": "orphan's timeout", "TIME_WAIT_RST": "RST",
         "ICMP_ERROR": "ICMP", "NO_MEMORY": "no memory", "NETNS_EXIT": "namespace goes"}


def changes(paths):
    """[{from, to, why, text, section, runs, demo}], in the order of the states. demo: which ends of the demo made it."""
    found = {}
    for path in paths:
        name = pathlib.Path(path).stem
        with open(path, encoding="utf-8") as file:
            for event in map(json.loads, file):
                if event.get("type") != "state":
                    continue
                key = event["from"], event["to"], event["why"]
                change = found.setdefault(key, {
                    "from": event["from"], "to": event["to"], "why": event["why"], "text": event["text"],
                    "section": event["section"], "runs": [], "demo": []})
                if name not in change["runs"]:
                    change["runs"].append(name)
                if name == "demo" and event["side"] not in change["demo"]:
                    change["demo"].append(event["side"])
    order = list(PLACES)
    return sorted(found.values(), key=lambda c: (order.index(c["from"]), order.index(c["to"]), c["why"]))


def border(centre, towards):
    """The point of a box's border on the line from its middle."""
    dx, dy = towards[0] - centre[0], towards[1] - centre[1]
    scale = min(BOX[0] / 2 / abs(dx) if dx else 9e9, BOX[1] / 2 / abs(dy) if dy else 9e9)
    return centre[0] + dx * scale, centre[1] + dy * scale


def arrow(start, end, label, css):
    """A line with a head from box to box, its words across the middle."""
    a, b = border(start, end), border(end, start)
    length = ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) ** 0.5
    ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    head = (f"M{b[0] - 9 * ux - 5 * uy:.0f} {b[1] - 9 * uy + 5 * ux:.0f}L{b[0]:.0f} {b[1]:.0f}"
            f"L{b[0] - 9 * ux + 5 * uy:.0f} {b[1] - 9 * uy - 5 * ux:.0f}")
    out = [f'<path class="{css}" d="M{a[0]:.0f} {a[1]:.0f}L{b[0]:.0f} {b[1]:.0f}{head}"/>']
    y = (a[1] + b[1]) / 2 - 7 * (len(label) - 1) + 4
    for line in label:
        out.append(f'<text class="{css}" x="{(a[0] + b[0]) / 2:.0f}" y="{y:.0f}">{html.escape(line)}</text>')
        y += 14
    return out


def picture(all_changes):
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" class="states" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
           "<title>The states of a connection, and what was seen to change them</title>", f"<style>{STYLE}</style>"]
    edges, failures = {}, {}
    for change in all_changes:
        if change["why"] in FAILURES:
            said = failures.setdefault(change["from"], [])
            if SHORT[change["why"]] not in said:
                said.append(SHORT[change["why"]])
        else:
            edges.setdefault((change["from"], change["to"]), []).append(change)
    for (source, target), group in edges.items():
        demo = group[0]["demo"] if len(group) == 1 else sum((c["demo"] for c in group), [])
        css = "left" if "left" in demo else "right" if "right" in demo else ""
        label = [f'{c["text"]} §{c["section"]}' for c in group]
        out += arrow(PLACES[source], PLACES["closed" if target == "CLOSED" else target], label, css)
    for name, (x, y) in PLACES.items():
        out.append(f'<rect x="{x - BOX[0] / 2:.0f}" y="{y - BOX[1] / 2:.0f}" width="{BOX[0]}" height="{BOX[1]}" rx="5"/>')
        out.append(f'<text class="name" x="{x}" y="{y + 5}">{name.upper()}</text>')
        if name in failures:
            out.append(f'<text class="dim" x="{x}" y="{y + BOX[1] / 2 + 14:.0f}">✗ {html.escape(", ".join(failures[name]))}</text>')
    for y, css, words in ((840, "left", "thick: the way of the demo's client, which closes first"),
                          (856, "right", "thick: the way of the demo's server"),
                          (872, "dim", "✗: went from here to CLOSED before its time, because of")):
        out.append(f'<text class="{css}" x="{WIDTH / 2:.0f}" y="{y}">{words}</text>')
    out.append("</svg>\n")
    return "\n".join(out)


def main(argv):
    if len(argv) < 2:
        print("usage: states.py OUT JSON...", file=sys.stderr)
        return 2
    found = changes(argv[1:])
    unseen = {name for name in PLACES if name.isupper()} - {change[end] for change in found for end in ("from", "to")}
    if unseen:
        print(f"states.py: no run was in {', '.join(sorted(unseen))}", file=sys.stderr)
        return 1
    pathlib.Path(argv[0] + ".json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    pathlib.Path(argv[0] + ".svg").write_text(picture(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
