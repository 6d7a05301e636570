"""Colours and options that all charts share; nothing here changes a user's HoloViews or Bokeh settings."""

from __future__ import annotations

from typing import Any

# One strong colour for the user's scenario, one for what it is compared with, one for serving, greys for everything
# else (safe for colour-blind readers).
SCENARIO = "#0b62b8"
COMPARED = "#b0217a"
SERVING = "#b4530a"
REFERENCE = "#8b929c"
RUNS = "#5d6570"
TEXT = "#3a424c"
GRID = "#e3e6ea"
AXIS = "#9aa2ad"

# Parts of a whole side by side, the first the one that nothing changes.
PARTS = ("#a3abb5", "#3f86c9", "#d98a3d", "#6b9e52", "#8f78b8", "#c2668a")

# What each colour becomes on a dark page; those of parts suit both.
DARK = {
    SCENARIO: "#5cb0ff",
    COMPARED: "#f48ac6",
    SERVING: "#f2a057",
    REFERENCE: "#838c97",
    RUNS: "#aab2bd",
    TEXT: "#d3d9e0",
    GRID: "#2c333c",
    AXIS: "#6a737f",
}

HEIGHT = 320


def figure_options(title: str, height: int = HEIGHT, **more: Any) -> dict[str, Any]:
    """Return the options of a whole chart."""
    return {
        "title": title,
        "responsive": True,
        "height": height,
        "toolbar": "above",
        "default_tools": ["pan", "box_zoom", "wheel_zoom", "save", "reset"],
        "active_tools": [],
        "fontscale": 1.0,
        "show_legend": False,
        "backend": "bokeh",
        **more,
    }


def restyle(figure: Any) -> None:
    """Give a rendered figure the fonts, colours and margins of the house."""
    figure.title.text_color = TEXT
    figure.title.text_font_size = "14px"
    figure.title.text_font_style = "bold"
    figure.background_fill_color = None
    figure.border_fill_color = None
    figure.outline_line_color = None
    figure.toolbar.logo = None
    figure.toolbar.autohide = True
    # a fixed margin keeps the frame from moving when tick labels change their width
    figure.min_border_left = 64
    figure.min_border_right = 12
    for axis in figure.axis:
        axis.axis_label_text_color = axis.major_label_text_color = TEXT
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = axis.major_label_text_font_size = "12px"
        axis.axis_line_color = axis.major_tick_line_color = AXIS
        axis.minor_tick_line_color = None
    for grid in figure.grid:
        grid.grid_line_color = GRID
    # BokehJS throttles painting by default; the tools should wait for a click before they take the wheel
    figure.toolbar.active_scroll = None
    figure.toolbar.active_drag = None


# How much larger and thicker a chart is for a room.
ENLARGED = 2


def enlarge(figure: Any) -> None:
    """Make a rendered figure readable from the back of a room: larger type and points, thicker lines, more height."""
    figure.height = round(figure.height * ENLARGED) if figure.height else None
    figure.min_border_left = round((figure.min_border_left or 0) * ENLARGED)
    for model in figure.references():
        for name in model.properties_with_values(include_defaults=True):
            value = getattr(model, name)
            if name.endswith("line_width") and isinstance(value, int | float):
                setattr(model, name, value * ENLARGED)
            elif name.endswith("text_font_size") and isinstance(value, str) and value.endswith(("px", "pt")):
                setattr(model, name, f"{float(value[:-2]) * ENLARGED:.0f}{value[-2:]}")
            elif name == "size" and isinstance(value, int | float):
                setattr(model, name, value * ENLARGED)
