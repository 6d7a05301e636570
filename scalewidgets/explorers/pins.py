"""Compare a frame with a pinned one, A: what of a frame is kept, and what is shown of A beside the present.

Everything kept is an array of a fixed shape, whatever the fit, and comes back as an input ``pin.<name>``; so a browser
pins by copying outputs to inputs. While nothing is pinned these inputs are NaN, and so is all that follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scalewidgets import ops

# By view, then table of A: its columns, and the tables that hold them: of a curve in two parts, each where it has one.
KEPT: Mapping[str, Mapping[str, tuple[tuple[str, str], tuple[str, ...]]]] = {
    "allocation": {
        "curve": (("N", "loss"), ("bowl", "bowl_beyond")),
        "point": (("N", "loss"), ("plan",)),
        "above": (("N", "excess"), ("above", "above_beyond")),
    },
    "frontier": {
        "sizes": (("C", "N"), ("sizes", "sizes_beyond")),
        "sizes_point": (("C", "N"), ("sizes_plan",)),
        "tokens": (("C", "D"), ("tokens", "tokens_beyond")),
        "tokens_point": (("C", "D"), ("tokens_plan",)),
    },
    "lifetime": {"curve": (("N", "cost"), ("total",)), "point": (("N", "cost"), ("cheapest",))},
    "bits": {"curve": (("bits", "loss"), ("curve",)), "point": (("bits", "loss"), ("plan",))},
    "training": {
        "loss": (("share", "loss"), ("loss_this",)),
        "rate": (("share", "rate"), ("rate_this",)),
        "point": (("share", "loss"), ("end",)),
    },
}
# What lies on the edge of a chart: view, table, column, and the end of the range that it follows.
EDGES = (
    ("allocation", "near", "loss", ("y", "low")),
    ("allocation", "near", "loss_high", ("y", "low")),
    ("allocation", "waste", "N", ("x", "high")),
    ("allocation", "beyond", "N", ("x", "low")),
    ("allocation", "beyond", "loss", ("y", "low")),
    ("frontier", "sizes_factor", "C", ("x", "high")),
    ("frontier", "sizes_factor", "N", ("sizes.y", "low")),
    ("frontier", "tokens_factor", "C", ("x", "high")),
    ("frontier", "tokens_factor", "D", ("tokens.y", "low")),
    ("allocation", "band_new_run_name", "loss", ("y", "high")),
    ("allocation", "band_mean_name", "loss", ("y", "high")),
)
# Marks on an edge closer than this share of its length would lie over each other, or so near its end over the corner.
CLOSE, CORNER = 0.05, 0.09
# Draws of a card that are kept.
DRAWS = 200
MARKS = ("mark.fit", "mark.corpus")


def table_of(name: str) -> str:
    """Return the table in which A is shown."""
    return f"a_{name}"


def compared(frames: dict[str, Any], draws: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Add to a frame what is kept of it, and where the inputs have a pinned one, A and the change against it.

    Parameters
    ----------
    frames : dict
        As `BaseExplorer.frame_function` returns it.
    draws : mapping
        Draws of the cards that have any.
    inputs : mapping
        With ``mark.fit`` and ``mark.corpus``, numbers that differ where fits and corpora do, and ``pin.<name>``.

    Returns
    -------
    dict
        With ``pins``; tables ``a_<name>``; ranges that hold both; of cards ``pinned, change, change_low,
        change_high``; and the notes ``pinned``, ``unpaired`` and ``other_corpus``, which are positive where they
        apply. A change of the loss is NaN where the corpora differ.
    """
    kept = _kept(frames, draws, inputs)
    if "pin.mark.fit" not in inputs:
        return {**frames, "pins": kept}
    a = {name: inputs[f"pin.{name}"] for name in kept}
    tables = {view: {**of_view, **_tables(view, a)} for view, of_view in frames["tables"].items()}
    ranges = {
        view: {axis: _both(view, axis, ends, a) for axis, ends in r.items()} for view, r in frames["ranges"].items()
    }
    for view, table, column, (axis, end) in EDGES:
        if table in tables.get(view, {}):
            values = tables[view][table][column]
            tables[view][table] = {**tables[view][table], column: 0.0 * values + ranges[view][axis][end]}
    pinned = ops.isfinite(a["mark.fit"])
    if "waste" in tables.get("allocation", {}):
        waste, height = tables["allocation"]["waste"], ranges["allocation"]["y"]
        length = height["high"] - height["low"]
        high = ops.where(waste["loss"] < height["low"] + CORNER * length, float("nan"), waste["N"])
        tables["allocation"]["waste"] = {**waste, "N": high + 0.0 * _spaced(waste["loss"], CLOSE * length)}
    other_fit = ops.where(ops.equal(a["mark.fit"], kept["mark.fit"]), 0.0, pinned)
    other_corpus = ops.where(ops.equal(a["mark.corpus"], kept["mark.corpus"]), 0.0, pinned)
    cards = {name: {**card, **_change(name, kept, a, other_fit)} for name, card in frames["cards"].items()}
    if "loss" in cards:
        for part in ("change", "change_low", "change_high"):
            cards["loss"][part] = ops.where(other_corpus > 0, float("nan"), cards["loss"][part])
    notes = {"pinned": pinned, "unpaired": other_fit, "other_corpus": other_corpus}
    return {"tables": tables, "ranges": ranges, "cards": cards, "notes": {**frames["notes"], **notes}, "pins": kept}


def _spaced(places: Any, room: Any) -> Any:
    """Return rising places, with NaN for those that stand too close above the one before."""
    above = ops.part(places, 1)
    kept = ops.where(above - ops.part(places, 0, -1) < room, float("nan"), above)
    return ops.concatenate(ops.part(places, 0, 1), kept)


def _kept(frames: Mapping[str, Any], draws: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: 1.0 * inputs[name] for name in MARKS}
    for view, tables in KEPT.items():
        of_view = frames["tables"].get(view, {})
        for name, (columns, sources) in tables.items():
            if sources[0] not in of_view:
                continue
            for column in columns:
                values = of_view[sources[0]][column]
                for other in sources[1:]:
                    values = ops.where(ops.isfinite(values), values, of_view[other][column])
                kept[f"{view}.{name}.{column}"] = values
        if view in frames["ranges"] and of_view:
            for axis, ends in frames["ranges"][view].items():
                kept |= {f"{view}.range.{axis}.{end}": limit for end, limit in ends.items()}
    for name, card in frames["cards"].items():
        kept[f"cards.{name}"] = card["value"]
        kept[f"draws.{name}"] = _first(draws[name]) if name in draws else ops.arange(DRAWS) + float("nan")
    return kept


def _first(draws: Any) -> Any:
    """Return as many draws as are kept, beginning again where there are fewer."""
    (count,) = draws.shape
    places = ops.arange(DRAWS)
    return ops.take(draws, places - count * ops.floor(places / count))


def _tables(view: str, a: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (columns, _) in KEPT.get(view, {}).items():
        if f"{view}.{name}.{columns[0]}" in a:
            found[table_of(name)] = {column: a[f"{view}.{name}.{column}"] for column in columns}
            if name.endswith("point"):
                # a mark and its name are two elements, each with a table of its own
                found[table_of(f"{name}_name")] = dict(found[table_of(name)])
    return found


def _both(view: str, axis: str, ends: Mapping[str, Any], a: Mapping[str, Any]) -> dict[str, Any]:
    low, high = (a.get(f"{view}.range.{axis}.{end}") for end in ("low", "high"))
    if low is None or high is None:
        return dict(ends)
    return {
        "low": ops.where(ops.isfinite(low), ops.minimum(ends["low"], low), ends["low"]),
        "high": ops.where(ops.isfinite(high), ops.maximum(ends["high"], high), ends["high"]),
    }


def _change(name: str, kept: Mapping[str, Any], a: Mapping[str, Any], other_fit: Any) -> dict[str, Any]:
    """Return the change of a card, with an interval from the differences of draws.

    Draws of one fit belong together, one by one; those of two fits are independent, so any pairing will do but that
    by their numbers, which may come from one seed.
    """
    theirs = a[f"draws.{name}"]
    turned = ops.concatenate(ops.part(theirs, DRAWS // 2), ops.part(theirs, 0, DRAWS // 2))
    differences = kept[f"draws.{name}"] - ops.where(other_fit > 0, turned, theirs)
    return {
        "pinned": a[f"cards.{name}"],
        "change": kept[f"cards.{name}"] - a[f"cards.{name}"],
        "change_low": ops.quantile(differences, 0.025),
        "change_high": ops.quantile(differences, 0.975),
    }
