"""List every law, planner and published fit as one table, to read, search and filter; none of it is kept by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from scalewidgets.declare import Law
from scalewidgets.errors import ScalewidgetsError, UnknownName
from scalewidgets.fits.fit import Fit
from scalewidgets.fits.source import LEVELS
from scalewidgets.planning.planner import Planner, planners
from scalewidgets.published_fits.loading import published_fits
from scalewidgets.registry import laws

__all__ = ["Catalogue", "Row", "catalogue"]

KINDS = ("law", "planner", "fit")
# The topic of a law whose declaration names none.
OTHER = "other"
COLUMNS = ("kind", "key", "title", "topic", "variables", "level", "source")


@dataclass(frozen=True)
class Row:
    """Describe a law, a planner or a published fit in one line.

    Parameters
    ----------
    kind : {"law", "planner", "fit"}
        A form, a question whose answer is computed from laws, or a form with a paper's values.
    key : str
        What `scalewidgets.law`, `scalewidgets.planner` or `scalewidgets.published` takes; `scalewidgets.explore` takes
        all three.
    title : str
    law : str
        Key of the form; of a law or a planner, its own.
    variables : tuple of str
        Symbols of the form's variables, or of what a planner asks for.
    level : str
        How well the numbers are verified; empty for a law and a planner, which have none.
    source : str
        Where the form or the numbers come from.
    topic : str
        The shelf that the form stands on ("precision"); "other" where its declaration names none.
    """

    kind: str
    key: str
    title: str
    law: str
    variables: tuple[str, ...]
    level: str
    source: str
    topic: str

    def cells(self) -> tuple[str, ...]:
        """Return the texts of the row's columns."""
        return self.kind, self.key, self.title, self.topic, ", ".join(self.variables), self.level, self.source


@dataclass(frozen=True, repr=False)
class Catalogue:
    """Hold rows of laws, planners and published fits.

    Parameters
    ----------
    rows : tuple of Row

    Examples
    --------
    >>> import scalewidgets as sw
    >>> [row.key for row in sw.catalogue().search("replication")]
    ['besiroglu2024']
    >>> print(repr(sw.catalogue(kind="fit", topic="precision").search("kumar bits training")))
    kind  key        title                        topic      variables           level
    fit   kumar2024  Kumar 2024, bits of training  precision  N, D, P_w, P_a, P_kv  paper
    """

    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the rows, in alphabetical order."""
        return tuple(sorted({row.topic for row in self.rows}))

    def search(
        self,
        text: str = "",
        *,
        kind: str | None = None,
        topic: str | None = None,
        variable: str | None = None,
        level: str | None = None,
    ) -> Catalogue:
        """Return the rows that hold every word of a text and pass the filters.

        Parameters
        ----------
        text : str
            Words to find in any column, letter case aside.
        kind : {"law", "planner", "fit"}, optional
        topic : str, optional
            One of `topics`.
        variable : str, optional
            Symbol of a variable that the form must have.
        level : str, optional
            How well the numbers must be verified: "paper", "repository", "second-hand", "recomputed".

        Raises
        ------
        UnknownName
            For a kind, a topic, a variable or a level that nothing could have.
        """
        variables = {s for row in self.rows for s in row.variables}
        known = {"kind": KINDS, "topic": self.topics, "variable": variables, "level": LEVELS}
        for name, wanted in {"kind": kind, "topic": topic, "variable": variable, "level": level}.items():
            if wanted is not None and wanted not in known[name]:
                raise UnknownName.among("the catalogue", name, wanted, known[name])
        words = text.casefold().split()
        return Catalogue(
            tuple(
                row
                for row in self.rows
                if kind in (None, row.kind)
                and topic in (None, row.topic)
                and (variable is None or variable in row.variables)
                and level in (None, row.level)
                and all(word in " ".join((*row.cells(), row.law)).casefold() for word in words)
            )
        )

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as plain data."""
        return [{**asdict(row), "variables": list(row.variables)} for row in self.rows]

    def to_frame(self) -> Any:
        """Return the rows as a pandas DataFrame.

        Raises
        ------
        ScalewidgetsError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError as problem:
            raise ScalewidgetsError(
                f"a data frame needs pandas, which can't be imported ({problem}); install it, or use to_dicts()"
            ) from problem
        return pandas.DataFrame(self.to_dicts(), columns=list(Row.__dataclass_fields__))

    def __repr__(self) -> str:
        if not self.rows:
            return "Nothing in the catalogue matches."
        table = [COLUMNS, *(row.cells() for row in self.rows)]
        shown = [cells[: COLUMNS.index("source")] for cells in table]
        widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in shown
        )

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{self!r}</p>"
        left = " style='text-align:left'"
        head = "".join(f"<th{left}>{column}</th>" for column in COLUMNS)
        body = "".join(
            "<tr>" + "".join(f"<td{left}>{escape(cell)}</td>" for cell in row.cells()) + "</tr>" for row in self.rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def catalogue(
    *, kind: str | None = None, topic: str | None = None, variable: str | None = None, level: str | None = None
) -> Catalogue:
    """Return every law, planner and published fit, those in the folders of SCALEWIDGETS_PATH included.

    Parameters
    ----------
    kind, topic, variable, level : str, optional
        As in `Catalogue.search`.

    Returns
    -------
    Catalogue
        Laws first, then planners and published fits, each by key.

    Raises
    ------
    UnknownName
        For a kind, a topic, a variable or a level that nothing could have.

    Examples
    --------
    >>> "precision" in catalogue().topics
    True
    >>> [row.key for row in catalogue(kind="planner", topic="vocabulary")]
    ['best-vocabulary', 'cheapest-vocabulary', 'vocabulary-by-derivative']
    """
    answers = map(_of_planner, planners().values())
    rows = (*map(_of_law, laws().values()), *answers, *map(_of_fit, published_fits().values()))
    return Catalogue(rows).search(kind=kind, topic=topic, variable=variable, level=level)


def _of_law(law: Law) -> Row:
    return Row("law", law.key, law.title or law.key, law.key, law.symbols, "", str(law.citation), law.topic or OTHER)


def _of_planner(planner: Planner) -> Row:
    symbols = tuple(variable.symbol for variable in planner.variables)
    return Row("planner", planner.key, planner.title, planner.key, symbols, "", str(planner.citation), planner.topic)


def _of_fit(fit: Fit) -> Row:
    source = fit.source
    topic = fit.law.topic or OTHER
    return Row("fit", fit.key, fit.name, fit.law.key, fit.law.symbols, source.verified, str(source.citation), topic)
