"""A rendered chart as an SVG picture, for places where no script runs: plain geometry, read off the Bokeh figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from bokeh.models import ColorBar, LogScale

from scalewidgets.views.style import AXIS, GRID, TEXT

WIDTH, HEIGHT = 520, 320
LEFT, RIGHT, TOP, BOTTOM = 74, 14, 34, 48
# What a bar of colours takes beside a chart, and its width in that.
BESIDE, BAR = 60, 10
BASELINES = {"top": "hanging", "middle": "central", "bottom": "auto"}
ANCHORS = {"left": "start", "center": "middle", "right": "end"}


@dataclass(frozen=True)
class Track:
    """One axis of the picture: values to pixels."""

    low: float
    high: float
    log: bool
    start: float
    end: float

    @classmethod
    def of(cls, limits: Any, scale: Any, start: float, end: float) -> Track:
        """Return the track of a figure's range."""
        log = isinstance(scale, LogScale)
        return cls(float(limits.start), float(limits.end), log, start, end)

    def pixels(self, values: Any) -> np.ndarray:
        """Return the places of some values; NaN where they have none."""
        with np.errstate(all="ignore"):
            place = (self._flat(np.asarray(values, dtype=float)) - self._flat(self.low)) / (
                self._flat(self.high) - self._flat(self.low)
            )
        # far outside is as good as just outside, and viewers stumble over huge numbers
        return np.asarray(self.start + np.clip(place, -3, 4) * (self.end - self.start))

    def _flat(self, values: Any) -> Any:
        return np.log10(values) if self.log else values

    @property
    def ticks(self) -> list[float]:
        """About five round values."""
        if not all(map(math.isfinite, (self.low, self.high))) or self.low == self.high:
            return []
        low, high = sorted((self.low, self.high))
        if self.log:
            first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
            every = max(1, round((last - first) / 6))
            if last - first >= 2:
                return [float(f"1e{power}") for power in range(first, last + 1, every)]
            near = [float(f"{m}e{p}") for p in range(first - 1, last + 1) for m in (1, 2, 5)]
            return [tick for tick in near if low <= tick <= high]
        rough = (high - low) / 5
        power = 10.0 ** math.floor(math.log10(rough))
        step = power * min((1, 2, 5, 10), key=lambda factor: abs(factor * power - rough))
        return [round(i * step, 12) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def svg(figure: Any) -> str:
    """Return a figure of a `scalewidgets.views.board.Board` as SVG text."""
    bars = [each for each in figure.right if isinstance(each, ColorBar)]
    x = Track.of(figure.x_range, figure.x_scale, LEFT, WIDTH - RIGHT - (BESIDE if bars else 0))
    y = Track.of(figure.y_range, figure.y_scale, HEIGHT - BOTTOM, TOP)
    marks = "".join(mark for each in figure.renderers if each.visible for mark in _glyph(each, x, y))
    # several pictures may stand in one document, some with a narrower frame
    frame = f"frame{x.end:g}"
    beside = "".join(mark for each in bars for mark in _bar(each, x.end + 6))
    title = escape(figure.title.text or "")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="sans-serif" font-size="11" fill="{TEXT}" role="img"><title>{title}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="bold">{title}</text>'
        f"{''.join(_axes(figure, x, y))}"
        f'<clipPath id="{frame}"><rect x="{LEFT}" y="{TOP}" width="{x.end - LEFT:g}" '
        f'height="{HEIGHT - TOP - BOTTOM}"/></clipPath><g clip-path="url(#{frame})">{marks}</g>{beside}</svg>'
    )


def _axes(figure: Any, x: Track, y: Track) -> Iterator[str]:
    bottom, middle = HEIGHT - BOTTOM, (TOP + HEIGHT - BOTTOM) / 2
    for tick, place in zip(x.ticks, x.pixels(x.ticks), strict=True):
        yield f'<path d="M{place:.1f} {TOP}V{bottom}" stroke="{GRID}"/>'
        yield _words(place, bottom + 16, _label(figure.xaxis[0], tick), "middle")
    ticks = y.ticks if figure.yaxis[0].visible else []
    for tick, place in zip(ticks, y.pixels(ticks), strict=True):
        yield f'<path d="M{LEFT} {place:.1f}H{x.end:g}" stroke="{GRID}"/>'
        yield _words(LEFT - 6, place + 4, _label(figure.yaxis[0], tick), "end")
    yield f'<path d="M{LEFT} {TOP}V{bottom}H{x.end:g}" fill="none" stroke="{AXIS}"/>'
    yield _words((LEFT + x.end) / 2, HEIGHT - 12, figure.xaxis[0].axis_label or "", "middle")
    turn = f' transform="rotate(-90 14 {middle:.0f})"'
    yield _words(14, middle, figure.yaxis[0].axis_label or "", "middle", turn)


def _bar(bar: Any, left: float) -> Iterator[str]:
    """Yield a bar of colours with what its levels stand for."""
    mapper, bottom = bar.color_mapper, HEIGHT - BOTTOM
    height = (bottom - TOP) / len(mapper.palette)
    for i, color in enumerate(mapper.palette, 1):
        place = f'x="{left:g}" y="{bottom - i * height:.1f}" width="{BAR}" height="{height:.1f}"'
        yield f'<rect {place} fill="{escape(color)}"/>'
    for level in bar.ticker.ticks:
        share = (level - mapper.low) / (mapper.high - mapper.low)
        yield _words(left + BAR + 4, bottom - share * (bottom - TOP) + 4, _label(bar, level), "start")


def _label(axis: Any, tick: float) -> str:
    found = axis.major_label_overrides.get(tick)
    return found if isinstance(found, str) else f"{tick:.6g}".replace("e+", "e")


def _words(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(str(text))}</text>'


def _glyph(renderer: Any, x: Track, y: Track) -> Iterator[str]:
    """Yield the marks of one renderer; a kind of glyph that no chart has so far is left out."""
    draw = DRAWN.get(type(renderer.glyph).__name__)
    if draw is not None:
        yield from draw(renderer.glyph, _reader(renderer), x, y)


def _reader(renderer: Any) -> Callable[[str], np.ndarray]:
    """Return what reads a property of the glyph, one value a row."""
    data = renderer.data_source.data
    length = max((len(column) for column in data.values()), default=0)
    given = renderer.glyph.properties_with_values(include_defaults=True)

    def read(name: str) -> np.ndarray:
        value = given[name]
        field, fixed = getattr(value, "field", None), getattr(value, "value", value)
        return np.asarray(data[field]) if isinstance(field, str) else np.full(length, fixed, dtype=object)

    return read


def _stroke(read: Callable[[str], np.ndarray], dash: Any, row: int = 0) -> str:
    color, width, alpha = (read(f"line_{part}")[row] for part in ("color", "width", "alpha"))
    if color is None:
        return 'stroke="none"'
    dashes = f' stroke-dasharray="{" ".join(map(str, dash))}"' if isinstance(dash, list | tuple) and dash else ""
    return f'stroke="{escape(str(color))}" stroke-width="{float(width):g}" stroke-opacity="{float(alpha):g}"{dashes}'


def _fill(read: Callable[[str], np.ndarray], row: int = 0) -> str:
    color, alpha = read("fill_color")[row], read("fill_alpha")[row]
    return 'fill="none"' if color is None else f'fill="{escape(str(color))}" fill-opacity="{float(alpha):g}"'


def _line(glyph: Any, read: Any, x: Track, y: Track, close: str = "") -> Iterator[str]:
    across, down = x.pixels(read("x")), y.pixels(read("y"))
    parts: list[str] = []
    for here, known in zip(zip(across, down, strict=True), np.isfinite(across) & np.isfinite(down), strict=True):
        parts.append(f"{'L' if parts and parts[-1] else 'M'}{here[0]:.1f} {here[1]:.1f}" if known else "")
    path = "".join(parts)
    if path:
        looks = _fill(read) if close else 'fill="none"'
        yield f'<path d="{path}{close}" {looks} {_stroke(read, glyph.line_dash)}/>'


def _patch(glyph: Any, read: Any, x: Track, y: Track) -> Iterator[str]:
    yield from _line(glyph, read, x, y, "Z")


def _points(glyph: Any, read: Any, x: Track, y: Track) -> Iterator[str]:
    sizes = read("size")
    for i, (across, down) in enumerate(zip(x.pixels(read("x")), y.pixels(read("y")), strict=True)):
        if np.isfinite([across, down]).all():
            looks = f"{_fill(read, i)} {_stroke(read, None, i)}"
            yield f'<circle cx="{across:.1f}" cy="{down:.1f}" r="{float(sizes[i]) / 2:g}" {looks}/>'


def _segments(glyph: Any, read: Any, x: Track, y: Track) -> Iterator[str]:
    ends = np.stack([x.pixels(read("x0")), y.pixels(read("y0")), x.pixels(read("x1")), y.pixels(read("y1"))], axis=1)
    for i, (a, b, c, d) in enumerate(ends):
        if np.isfinite(ends[i]).all():
            yield f'<path d="M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" {_stroke(read, None, i)}/>'


def _across(glyph: Any, read: Any, x: Track, y: Track) -> Iterator[str]:
    for i, down in enumerate(y.pixels(read("y"))):
        if np.isfinite(down):
            yield f'<path d="M{x.start:g} {down:.1f}H{x.end:g}" {_stroke(read, glyph.line_dash, i)}/>'


def _upright(glyph: Any, read: Any, x: Track, y: Track) -> Iterator[str]:
    for i, across in enumerate(x.pixels(read("x"))):
        if np.isfinite(across):
            yield f'<path d="M{across:.1f} {y.start:g}V{y.end:g}" {_stroke(read, glyph.line_dash, i)}/>'


def _quads(glyph: Any, read: Any, x: Track, y: Track) -> Iterator[str]:
    left, right = x.pixels(read("left")), x.pixels(read("right"))
    bottom, top = y.pixels(read("bottom")), y.pixels(read("top"))
    mapper = getattr(glyph.fill_color, "transform", None)
    for i, places in enumerate(np.stack([left, right, bottom, top], axis=1)):
        if not np.isfinite(places).all():
            continue
        looks = _fill(read, i)
        if mapper is not None:
            share = (float(read("fill_color")[i]) - mapper.low) / (mapper.high - mapper.low)
            step = min(max(int(share * len(mapper.palette)), 0), len(mapper.palette) - 1)
            looks = f'fill="{escape(mapper.palette[step])}"'
        size = f'width="{places[1] - places[0]:.1f}" height="{places[2] - places[3]:.1f}"'
        yield f'<rect x="{places[0]:.1f}" y="{places[3]:.1f}" {size} {looks}/>'


def _texts(glyph: Any, read: Any, x: Track, y: Track) -> Iterator[str]:
    across, down = x.pixels(read("x")), y.pixels(read("y"))
    for i, text in enumerate(read("text")):
        if not np.isfinite([across[i], down[i]]).all():
            continue
        place = across[i] + float(read("x_offset")[i]), down[i] + float(read("y_offset")[i])
        anchor = ANCHORS.get(str(read("text_align")[i]), "start")
        base = BASELINES.get(str(read("text_baseline")[i]), "auto")
        color, size = read("text_color")[i], read("text_font_size")[i]
        looks = f' dominant-baseline="{base}" fill="{escape(str(color))}" style="font-size:{escape(str(size))}"'
        yield _words(*place, text, anchor, looks)


DRAWN: dict[str, Callable[[Any, Any, Track, Track], Iterator[str]]] = {
    "Line": _line,
    "Patch": _patch,
    "Scatter": _points,
    "Segment": _segments,
    "HSpan": _across,
    "VSpan": _upright,
    "Quad": _quads,
    "Text": _texts,
}
