"""The command line: `scalewidgets laws | fit | plan | export | serve`, thin over the library.

Each subcommand imports what it needs when it runs, so that the light ones stay quick.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from scalewidgets import __version__
from scalewidgets.errors import ScalewidgetsError, UnknownName

if TYPE_CHECKING:
    from scalewidgets.declare import Law
    from scalewidgets.fits.fit import Fit

BAD_INPUT = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        The exit code: 0, or 2 for bad input, which one line on stderr explains.
    """
    try:
        args = _parser().parse_args(argv)
        args.run(args)
        sys.stdout.flush()
    except SystemExit as stop:  # argparse: 0 after --help and --version, 2 after its one line
        return stop.code if isinstance(stop.code, int) else BAD_INPUT
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ScalewidgetsError, OSError) as error:
        print(f"scalewidgets: {' '.join(str(error).split())}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


class _Parser(argparse.ArgumentParser):
    """An argument parser that explains a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(BAD_INPUT)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="scalewidgets", description="Scaling laws: look them up, fit, plan, export pages and serve the explorers."
    )
    parser.add_argument("--version", action="version", version=f"scalewidgets {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="laws | fit | plan | export | serve")
    for add in (_add_laws, _add_fit, _add_plan, _add_export, _add_serve):
        add(commands)
    return parser


def _add_laws(commands: Any) -> None:
    command = commands.add_parser("laws", help="list the catalogue, or show one entry of it")
    command.add_argument("key", nargs="?", metavar="KEY", help="a law or a published fit")
    command.add_argument("--search", default="", metavar="WORDS", help="list the entries that hold all of these words")
    command.add_argument("--topic", metavar="T", help="list the entries of a topic, such as precision")
    command.add_argument("--variable", metavar="V", help="list the entries whose form has a variable, such as U")
    command.add_argument("--level", metavar="L", help="list the fits that are this well verified, such as paper")
    _add_json(command)
    command.set_defaults(run=_laws)


def _add_fit(commands: Any) -> None:
    command = commands.add_parser("fit", help="fit a law to a table of runs")
    command.add_argument("law", metavar="LAW", help="key of a law, such as chinchilla")
    command.add_argument("runs", metavar="RUNS", help="CSV or Parquet file, one run a row")
    for symbol, what in (("N", "parameters"), ("D", "training tokens"), ("C", "training FLOP")):
        command.add_argument(f"--{symbol}", metavar="COL", help=f"column of {what}; - for none")
    command.add_argument("--loss", metavar="COL", help="column of the final loss")
    command.add_argument("--loss-unit", default="nats", metavar="U", help="nats, bits, 'bits per byte' or perplexity")
    command.add_argument("--bytes-per-token", type=float, metavar="X", help="for a loss in bits per byte")
    command.add_argument("--name", metavar="COL", help="column that names the run of a row; - for none")
    command.add_argument("--checkpoints", choices=("last", "all"), help="what to do with several rows of one run")
    command.add_argument("--objective", default="huber", metavar="O", help="huber, squared or absolute")
    command.add_argument("--delta", type=float, default=1e-3, metavar="X", help="threshold of the Huber loss")
    command.add_argument("--bootstrap", type=int, default=200, metavar="K", help="resamples of the runs; 0 for none")
    command.add_argument("--seed", type=int, default=0, metavar="K")
    command.add_argument("--out", type=Path, metavar="fit.json", help="save the fit there")
    _add_json(command)
    command.set_defaults(run=_fit)


def _add_plan(commands: Any) -> None:
    command = commands.add_parser("plan", help="find the best size and token count for a budget or a loss")
    command.add_argument("fit", metavar="FIT", help="key of a published fit, or a file that a fit was saved to")
    asked = command.add_mutually_exclusive_group(required=True)
    asked.add_argument("--compute", metavar="C", help="training budget in FLOP, such as 5.76e23")
    asked.add_argument("--loss", metavar="L", help="loss to reach at the least cost")
    command.add_argument("--inference-tokens", metavar="I", help="tokens served over the model's life, such as 2T")
    command.add_argument("--hold", default="quality", metavar="H", help="what stays fixed: quality, training or total")
    command.add_argument("--unique-tokens", metavar="U", help="training tokens that exist, such as 500B")
    command.add_argument("--near-optimal", type=float, default=0.01, metavar="X", help="extra cost that counts as near")
    command.add_argument("--recommend", action="store_true", help="round to a size that can be built, and say why")
    _add_json(command)
    command.set_defaults(run=_plan)


def _add_export(commands: Any) -> None:
    command = commands.add_parser("export", help="save an explorer as one page that stays live without Python")
    command.add_argument("path", type=Path, metavar="PAGE.html")
    command.add_argument("--fit", metavar="FIT", help="key of a published fit, or a file that a fit was saved to")
    command.add_argument("--compute", metavar="C", help="training budget in FLOP, such as 5.76e23")
    command.add_argument("--inference-tokens", metavar="I", help="tokens served over the model's life, such as 2T")
    command.add_argument("--hold", metavar="H", help="what stays fixed: quality, training or total")
    command.add_argument("--title", metavar="T")
    command.add_argument("--notes", type=Path, metavar="NOTES.md", help="words above the charts, a Markdown file")
    for name, what in (("show", "that readers see"), ("lock", "that they can't move")):
        command.add_argument(f"--{name}", nargs="+", metavar="NAME", help=f"groups and controls {what}")
    command.add_argument("--charts", nargs="+", metavar="NAME", help="charts on the page, all unless said")
    for name, what in (("steps", "named states to walk through"), ("questions", "what readers predict")):
        command.add_argument(f"--{name}", type=Path, metavar=f"{name.upper()}.json", help=f"{what}, a JSON file")
    command.add_argument("--projector", action="store_true", help="large type, thick lines, controls behind a button")
    command.add_argument("--include-runs", action="store_true", help="put the runs of the fit into the page")
    command.add_argument(
        "--draws", type=_draws, metavar="K", help="the most draws that go into the page; 0 for none, or 'bands'"
    )
    command.set_defaults(run=_export)


def _add_serve(commands: Any) -> None:
    command = commands.add_parser("serve", help="serve the explorers on this machine")
    command.add_argument("--port", type=_port, default=5006, metavar="K", help="5006 unless said; 0 takes a free one")
    command.add_argument("--fit", metavar="FIT", help="key of a published fit, or a file that a fit was saved to")
    command.add_argument("--origin", action="append", default=[], metavar="HOST", help="a proxy's host to accept")
    command.add_argument("--open", action=argparse.BooleanOptionalAction, default=False, help="open a browser on it")
    command.set_defaults(run=_serve)


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _laws(args: argparse.Namespace) -> None:
    from scalewidgets.catalog import catalogue
    from scalewidgets.planning.planner import planners
    from scalewidgets.published_fits.loading import published_fits
    from scalewidgets.registry import laws

    if args.key is None:
        rows = catalogue().search(args.search, topic=args.topic, variable=args.variable, level=args.level)
        print(_json(rows.to_dicts()) if args.json else rows)
    elif args.key in laws():
        law = laws()[args.key]
        print(_json(_law_data(law)) if args.json else _law_text(law))
    elif args.key in published_fits():
        fit = published_fits()[args.key]
        print(_json(_fit_data(fit)) if args.json else fit.summary())
    elif args.key in planners():
        law = planners()[args.key].law
        print(_json(_law_data(law)) if args.json else _law_text(law))
    else:
        known = [*laws(), *planners(), *published_fits()]
        raise UnknownName.among("the catalogue", "law, planner or published fit", args.key, known)


def _law_data(law: Law) -> dict[str, Any]:
    from scalewidgets.catalog import catalogue

    return {
        "key": law.key,
        "title": law.title,
        "latex": law.latex(),
        "response": vars(law.response),
        "variables": [vars(variable) for variable in law.variables],
        "coefficients": [vars(coefficient) for coefficient in law.coefficients],
        "citation": vars(law.citation),
        "notes": law.notes,
        "portable": law.portable,
        "fits": [row.key for row in catalogue(kind="fit") if row.law == law.key],
    }


def _law_text(law: Law) -> str:
    data = _law_data(law)
    lines = [law.title or law.key, "", f"  {data['latex']}", ""]
    lines += [f"  {v.symbol:<8}{v.label.lower()}, {v.unit}" for v in (*law.variables, law.response)]
    lines += [f"  {c.name:<8}{c.kind}{f', {c.unit}' if c.unit else ''}" for c in law.coefficients]
    lines += ["", f"Source: {law.citation}"]
    lines += [f"Published fits: {', '.join(data['fits'])}" if data["fits"] else "Published fits: none"]
    lines += [] if law.portable else [f"Not portable: {law.why_not_portable}"]
    return "\n".join([*lines, *(f"Note: {note}" for note in law.notes)])


def _fit(args: argparse.Namespace) -> None:
    from scalewidgets.fitting.surface import fit
    from scalewidgets.registry import law
    from scalewidgets.runs import read_runs

    def column(name: str | None) -> Any:
        return False if name == "-" else name

    form = law(args.law)
    runs = read_runs(
        args.runs,
        N=column(args.N),
        D=column(args.D),
        C=column(args.C),
        loss=args.loss,
        loss_unit=args.loss_unit,
        bytes_per_token=args.bytes_per_token,
        name=column(args.name),
        checkpoints=args.checkpoints,
    )
    fitted = fit(form, runs, objective=args.objective, delta=args.delta, bootstrap=args.bootstrap, seed=args.seed)
    if args.out:
        fitted.save(args.out)
    print(_json(_fit_data(fitted)) if args.json else fitted.summary())


def _fit_data(fit: Fit) -> dict[str, Any]:
    return {
        "key": fit.key,
        "title": fit.name,
        "law": fit.law.key,
        "values": fit.values,
        "intervals": {} if fit.draws is None else fit.interval(0.95),
        "source": fit.source.to_json(),
        "record": None if fit.record is None else vars(fit.record),
        "warnings": [str(warning) for warning in fit.warnings],
    }


def _plan(args: argparse.Namespace) -> None:
    from scalewidgets.planning.plan import plan

    best = plan(
        _fit_named(args.fit),
        compute=args.compute,
        loss=args.loss,
        inference_tokens=args.inference_tokens,
        hold=args.hold,
        unique_tokens=args.unique_tokens,
        near_optimal=args.near_optimal,
    )
    if args.recommend:
        best = best.recommend()
    print(_json(best.to_dict()) if args.json else best.summary())


def _export(args: argparse.Namespace) -> None:
    fit = _fit_named(args.fit) if args.fit else None
    from scalewidgets.faces.explore import explore

    settings = {name: getattr(args, name) for name in ("compute", "inference_tokens", "hold") if getattr(args, name)}
    try:
        ex = explore(fit, **settings)
    except ValueError as problem:
        raise ScalewidgetsError(str(problem)) from problem
    given = {name: getattr(args, name) for name in ("show", "lock", "charts") if getattr(args, name)}
    given |= {name: _json_file(getattr(args, name)) for name in ("steps", "questions") if getattr(args, name)}
    if args.notes:
        given["notes"] = args.notes.read_text(encoding="utf-8")
    try:
        saved = ex.save(
            args.path,
            title=args.title,
            projector=args.projector,
            include_runs=args.include_runs,
            draws=args.draws,
            **given,
        )
    except ValueError as problem:
        raise ScalewidgetsError(str(problem)) from problem
    print(saved)


def _draws(text: str) -> int | str:
    return text if text == "bands" else int(text)


def _json_file(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise ScalewidgetsError(f"{path} is no JSON file: {problem}") from problem


def _serve(args: argparse.Namespace) -> None:
    fit = _fit_named(args.fit) if args.fit else None
    from scalewidgets.faces.serving import serve

    try:
        server = serve(args.port, fit, origins=args.origin, start=False)
    except OSError as problem:
        reason = problem.strerror or problem
        raise ScalewidgetsError(f"port {args.port} can't be used ({reason}); choose another with --port") from problem
    if args.open:
        server.io_loop.add_callback(server.show, "/")
    server.start()
    with suppress(KeyboardInterrupt):  # ctrl+C is how one stops it
        server.io_loop.start()


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 2**16):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to 65535")
    return int(text)


def _fit_named(text: str) -> Fit:
    """Return the fit of a file, or the published one of a key."""
    from scalewidgets.fits.fit import Fit
    from scalewidgets.published_fits.loading import published

    return Fit.load(text) if text.endswith(".json") or os.path.isfile(text) else published(text)


def _json(data: Any) -> str:
    return json.dumps(_plain(data), allow_nan=False, indent=1, ensure_ascii=False)


def _plain(data: Any) -> Any:
    """Return data with None for numbers that JSON can't hold."""
    if isinstance(data, Mapping):
        return {name: _plain(item) for name, item in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(item) for item in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


if __name__ == "__main__":
    sys.exit(main())
