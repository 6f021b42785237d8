# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain charts as SVG, with the standard library."""

from __future__ import annotations

import math
import typing as t
from xml.sax.saxutils import escape

WIDTH = 820
LEFT, RIGHT, TOP = 250, 60, 40
BAR, GAP = 14, 18
# To be told apart by people who see fewer colours, too.
COLOURS = ("#999999", "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9")
# Series by name, each with a value per label; None where there is none.
Series = t.Mapping[str, t.Sequence[float | None]]


def text(x: float, y: float, content: str, anchor: str = "start") -> str:
    """Return a text at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def rectangle(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Return a filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str = "#dddddd") -> str:
    """Return a line between two places."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def legend(names: t.Iterable[str]) -> list[str]:
    """Return a row with the colour of each series."""
    parts, x = [], 10.0
    for name, colour in zip(names, COLOURS, strict=False):
        parts += [rectangle(x, 10, 12, 12, colour), text(x + 17, 20, name)]
        x += 40 + 7.2 * len(name)
    return parts


def step_of(largest: float) -> float:
    """Return the distance of the marks of an axis: 1, 2 or 5 times a power of ten, at most ten of them."""
    power = 10 ** math.floor(math.log10(largest / 10)) if largest > 0 else 1.0
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * 10 >= largest)


def document(height: float, parts: t.Iterable[str]) -> str:
    """Return the whole file."""
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif"'
        f' font-size="12">'
    )
    return "\n".join([opening, rectangle(0, 0, WIDTH, height, "#ffffff"), *parts, "</svg>\n"])


def bars(labels: t.Sequence[str], series: Series) -> str:
    """Return a chart with a group of horizontal bars per label."""
    largest = max((value for values in series.values() for value in values if value is not None), default=1.0)
    scale = (WIDTH - LEFT - RIGHT) / largest
    group = BAR * len(series) + GAP
    height = TOP + group * len(labels) + 30
    parts = legend(series)
    step = step_of(largest)
    for number in range(int(largest / step) + 1):
        x = LEFT + number * step * scale
        parts += [line(x, TOP, x, height - 30), text(x, height - 14, f"{number * step:g} s", "middle")]
    for row, label in enumerate(labels):
        y = TOP + row * group + GAP / 2
        parts.append(text(LEFT - 8, y + BAR * len(series) / 2 + 4, label, "end"))
        for number, (values, colour) in enumerate(zip(series.values(), COLOURS, strict=False)):
            if (value := values[row]) is not None:
                top = y + number * BAR
                parts.append(rectangle(LEFT, top, value * scale, BAR - 2, colour))
                parts.append(text(LEFT + value * scale + 4, top + BAR - 4, f"{value:.1f}"))
    return document(height, parts)


def lines(series: t.Mapping[str, t.Sequence[tuple[float, float]]], units: tuple[str, str]) -> str:
    """Return a chart with a line per series, each through its points."""
    points = [point for values in series.values() for point in values] or [(1.0, 1.0)]
    left, bottom, height = 60, 320, 370
    across = (WIDTH - left - RIGHT) / max(x for x, _y in points)
    up = (bottom - TOP) / max(y for _x, y in points)
    parts = legend(series)
    step = step_of(max(y for _x, y in points))
    for number in range(int(max(y for _x, y in points) / step) + 1):
        y = bottom - number * step * up
        parts += [line(left, y, WIDTH - RIGHT, y), text(left - 6, y + 4, f"{number * step:g} {units[1]}", "end")]
    for x in sorted({x for x, _y in points}):
        parts.append(text(left + x * across, bottom + 18, f"{x:g}", "middle"))
    parts.append(text((left + WIDTH - RIGHT) / 2, bottom + 36, units[0], "middle"))
    for values, colour in zip(series.values(), COLOURS, strict=False):
        places = [(left + x * across, bottom - y * up) for x, y in values]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    return document(height, parts)
