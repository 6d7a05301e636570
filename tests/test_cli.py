"""The command line prints what the library says, as text and as valid JSON, and explains bad input in one line."""

from __future__ import annotations

import json
import math
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from scalewidgets import __version__
from scalewidgets.catalog import catalogue
from scalewidgets.cli import main
from scalewidgets.fits.fit import Fit
from scalewidgets.planning.plan import plan
from scalewidgets.published_fits.loading import published
from scalewidgets.registry import law
from scalewidgets.runs import simulate

Printed = pytest.CaptureFixture[str]


def printed(capsys: Printed, *arguments: str) -> str:
    """Run the command line, which must succeed in silence on stderr, and return what it printed."""
    code = main(arguments)
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def data(capsys: Printed, *arguments: str) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(printed(capsys, *arguments, "--json"), parse_constant=refuse)


@pytest.fixture(scope="module")
def runs_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of simulated runs, in bits, with their own column names."""
    sizes = [[1e8], [3e8], [1e9], [3e9]]
    runs = simulate(published("hoffmann2022"), N=sizes, D=[2e9, 1e10, 5e10, 2e11], noise=0.002, seed=1)
    lines = ["run,size,seen,bits"]
    lines += [
        f"r{i},{N!r},{D!r},{loss / math.log(2)!r}"
        for i, (N, D, loss) in enumerate(zip(runs.N.tolist(), runs.D.tolist(), runs.loss.tolist(), strict=True))
    ]
    path = tmp_path_factory.mktemp("runs") / "runs.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def columns(runs_csv: Path) -> list[str]:
    return [str(runs_csv), "--N", "size", "--D", "seen", "--loss", "bits", "--loss-unit", "bits"]


class TestLaws:
    def test_without_a_key_it_prints_the_catalogue(self, capsys: Printed) -> None:
        assert printed(capsys, "laws") == f"{catalogue()!r}\n"
        assert data(capsys, "laws") == catalogue().to_dicts()

    @pytest.mark.parametrize("row", catalogue().rows, ids=lambda row: row.key)
    def test_every_entry_can_be_shown(self, row: Any, capsys: Printed) -> None:
        text, shown = printed(capsys, "laws", row.key), data(capsys, "laws", row.key)
        assert row.title in text
        assert row.source in text
        assert shown["key"] == row.key

    def test_a_law_shows_its_formula_names_and_published_fits(self, capsys: Printed) -> None:
        text, shown = printed(capsys, "laws", "chinchilla"), data(capsys, "laws", "chinchilla")
        assert law("chinchilla").latex() in text
        assert shown["latex"] == law("chinchilla").latex()
        assert [v["symbol"] for v in shown["variables"]] == ["N", "D"]
        assert [c["name"] for c in shown["coefficients"]] == ["E", "A", "B", "alpha", "beta"]
        assert shown["fits"] == [row.key for row in catalogue(kind="fit") if row.law == "chinchilla"]
        assert all(key in text for key in shown["fits"])

    def test_a_law_without_published_fits_says_so(self, capsys: Printed) -> None:
        assert "Published fits: none" in printed(capsys, "laws", "power-d")

    def test_a_published_fit_shows_its_values_and_intervals(self, capsys: Printed) -> None:
        fit = published("besiroglu2024")
        shown = data(capsys, "laws", "besiroglu2024")
        assert shown["values"] == fit.values
        assert shown["intervals"] == {name: list(bounds) for name, bounds in fit.interval().items()}
        assert printed(capsys, "laws", "besiroglu2024") == fit.summary() + "\n"


class TestFit:
    def test_it_fits_saves_and_prints(self, runs_csv: Path, tmp_path: Path, capsys: Printed) -> None:
        out = tmp_path / "fit.json"
        shown = data(
            capsys, "fit", "chinchilla", *columns(runs_csv), "--bootstrap", "20", "--seed", "3", "--out", str(out)
        )
        fit = Fit.load(out)
        assert shown["values"] == fit.values
        assert shown["intervals"]["alpha"] == list(fit.interval()["alpha"])
        assert shown["record"]["rows"] == 16
        assert (shown["record"]["bootstrap"], shown["record"]["seed"]) == (20, 3)
        assert fit.values["alpha"] == pytest.approx(published("hoffmann2022").values["alpha"], abs=0.05)

    def test_it_reports_in_text(self, runs_csv: Path, capsys: Printed) -> None:
        text = printed(capsys, "fit", "chinchilla", *columns(runs_csv), "--bootstrap", "0", "--objective", "squared")
        assert "16 runs, squared objective" in text
        assert "point estimate" in text

    def test_a_dash_leaves_a_column_out(self, tmp_path: Path, capsys: Printed) -> None:
        rows = [f"one,{N},{20 * N},{N},{2 + 50 / N**0.25}" for N in (10**7, 10**8, 10**9, 10**10, 10**11)]
        path = tmp_path / "runs.csv"
        path.write_text("\n".join(["run,N,D,C,loss", *rows]), encoding="utf-8")
        arguments = ["fit", "power-constant-n", str(path), "--bootstrap", "0"]
        assert main(arguments) == 2
        assert "look like intermediate checkpoints" in capsys.readouterr().err
        shown = data(capsys, *arguments, "--name", "-", "--C", "-")
        assert shown["values"]["E"] == pytest.approx(2, abs=1e-3)

    def test_checkpoints_are_chosen(self, tmp_path: Path, capsys: Printed) -> None:
        rows = [
            f"{N},{N},{D},{1.7 + 400 / N**0.34 + 2000 / D**0.36}"
            for N in (10**8, 10**9, 10**10)
            for D in (10**9, 10**11)
        ]
        path = tmp_path / "runs.csv"
        path.write_text("\n".join(["run,N,D,loss", *rows]), encoding="utf-8")
        arguments = ["fit", "power-n", str(path), "--bootstrap", "0", "--checkpoints"]
        assert data(capsys, *arguments, "last")["record"]["rows"] == 3
        assert data(capsys, *arguments, "all")["record"]["rows"] == 6


class TestPlan:
    def test_it_prints_what_the_library_plans(self, capsys: Printed) -> None:
        arguments = ["plan", "hoffmann2022-rounded3", "--loss", "1.947", "--inference-tokens", "2T"]
        best = plan("hoffmann2022-rounded3", loss=1.947, inference_tokens=2e12)
        assert printed(capsys, *arguments) == best.summary() + "\n"
        shown = data(capsys, *arguments)
        assert (f"{shown['N']:.4g}", f"{shown['D']:.4g}") == ("2.418e+10", "2.657e+12")

    @pytest.mark.parametrize("hold", ["quality", "training", "total"])
    def test_every_option_reaches_the_plan(self, hold: str, capsys: Printed) -> None:
        asked = ["--compute", "1e22", "--inference-tokens", "200B", "--unique-tokens", "100B", "--near-optimal", "0.02"]
        shown = data(capsys, "plan", "besiroglu2024", *asked, "--hold", hold)
        best = plan(
            "besiroglu2024", compute=1e22, inference_tokens=2e11, unique_tokens=1e11, near_optimal=0.02, hold=hold
        )
        assert shown == json.loads(json.dumps(best.to_dict()))

    def test_a_recommended_plan_comes_with_its_reason(self, capsys: Printed) -> None:
        best = plan("hoffmann2022", compute=1e22).recommend()
        shown = data(capsys, "plan", "hoffmann2022", "--compute", "1e22", "--recommend")
        assert (shown["N"], shown["reason"]) == (best.N, best.reason)
        assert best.reason in printed(capsys, "plan", "hoffmann2022", "--compute", "1e22", "--recommend")

    def test_a_saved_fit_is_planned_like_a_published_one(self, tmp_path: Path, capsys: Printed) -> None:
        path = tmp_path / "fit.json"
        published("besiroglu2024").save(path)
        assert data(capsys, "plan", str(path), "--compute", "1e22") == data(
            capsys, "plan", "besiroglu2024", "--compute", "1e22"
        )


BAD = {
    "no command": ([], "the following arguments are required"),
    "an unknown command": (["lawz"], "invalid choice: 'lawz'"),
    "an unknown option": (["laws", "--yaml"], "unrecognized arguments: --yaml"),
    "an unknown entry": (["laws", "chinchila"], "Did you mean 'chinchilla'?"),
    "no question": (["plan", "hoffmann2022"], "--compute --loss"),
    "two questions": (["plan", "hoffmann2022", "--compute", "1e22", "--loss", "2"], "not allowed with argument"),
    "an unknown fit": (["plan", "hofmann2022", "--compute", "1e22"], "Did you mean 'hoffmann2022'"),
    "a missing fit": (["plan", "no.json", "--compute", "1e22"], "no.json can't be read: No such file"),
    "a bad quantity": (["plan", "hoffmann2022", "--compute", "lots"], "compute: 'lots' is not a quantity"),
    "a negative budget": (["plan", "hoffmann2022", "--compute=-1e22"], "compute: "),
    "a bad number": (["plan", "hoffmann2022", "--compute", "1e22", "--near-optimal", "x"], "invalid float value: 'x'"),
    "an unknown hold": (["plan", "hoffmann2022", "--compute", "1e22", "--hold", "all"], "hold = 'all' is not known"),
    "a loss out of reach": (["plan", "hoffmann2022", "--loss", "1.0"], "reaches no loss of 1"),
    "a law of N alone": (["plan", "kaplan2020-n", "--compute", "1e22"], "law of N and D"),
    "an unknown law": (["fit", "chinchila", "no.csv"], "Did you mean 'chinchilla'"),
    "no runs": (["fit", "chinchilla", "no.csv"], "there is no file 'no.csv'"),
    "no loss column": (["fit", "chinchilla", "{runs}", "--N", "size", "--D", "seen"], "say which with loss="),
    "an unknown column": (["fit", "chinchilla", "{runs}", "--N", "sizes"], "sizes"),
    "an unknown unit": (["fit", "chinchilla", "{runs}", "--loss-unit", "dB"], "dB"),
    "nowhere to save": (["fit", "chinchilla", "{fittable}", "--bootstrap", "0", "--out", "no/fit.json"], "no/fit.json"),
    "a fit that can't be served": (["serve", "--fit", "no.json"], "no.json can't be read"),
    "a bad port": (["serve", "--port", "http"], "'http' is not a port"),
    "a port beyond all": (["serve", "--port", "99999"], "give a number from 0 to 65535"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_gets_exit_code_2_and_one_line(what: str, runs_csv: Path, capsys: Printed) -> None:
    template, sentence = BAD[what]
    arguments: list[str] = []
    for argument in template:
        arguments += columns(runs_csv) if argument == "{fittable}" else [argument.replace("{runs}", str(runs_csv))]
    code = main(arguments)
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert sentence in err


@pytest.mark.parametrize("command", [[], ["laws"], ["fit"], ["plan"], ["serve"]], ids=lambda c: " ".join(c) or "none")
def test_every_command_explains_itself(command: list[str], capsys: Printed) -> None:
    assert "usage: scalewidgets" in printed(capsys, *command, "--help")


@pytest.mark.parametrize("module", ["scalewidgets", "scalewidgets.cli"])
def test_it_runs_as_a_module_and_tells_its_version(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"scalewidgets {__version__}\n", "")


def test_listing_the_catalogue_loads_no_solver_and_no_interface() -> None:
    script = (
        "import sys; from scalewidgets.cli import main; main(['laws']);"
        "sys.exit(bool({'scipy', 'sympy', 'panel', 'holoviews', 'bokeh', 'pandas', 'param'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_a_reader_that_stops_early_is_no_error() -> None:
    script = f"{sys.executable} -m scalewidgets laws | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_number_that_json_lacks_is_printed_as_null(capsys: Printed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "scalewidgets.planning.plan.Plan.to_dict", lambda self: {"N": math.inf, "rows": (math.nan, 1.0)}
    )
    assert data(capsys, "plan", "hoffmann2022", "--compute", "1e22") == {"N": None, "rows": [None, 1.0]}


class TestServe:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """Stand in for the server, and keep what it was asked."""
        seen: list[Any] = []

        class Server:
            def __init__(self) -> None:
                self.io_loop = self

            def add_callback(self, function: Any, *arguments: Any) -> None:
                function(*arguments)

            def show(self, path: str) -> None:
                seen.append(f"opened {path}")

            def start(self) -> None:
                seen.append("started")

        def serve(port: int, fit: Any, **options: Any) -> Server:
            seen.append((port, fit and fit.key, options))
            return Server()

        monkeypatch.setattr("scalewidgets.faces.serving.serve", serve)
        return seen

    def test_it_serves_what_is_asked(self, asked: list[Any], capsys: Printed) -> None:
        printed(capsys, "serve", "--port", "0", "--fit", "hoffmann2022", "--origin", "example.org")
        assert asked == [(0, "hoffmann2022", {"origins": ["example.org"], "start": False}), "started", "started"]

    def test_it_answers_on_this_machine_until_interrupted(self) -> None:
        command = [sys.executable, "-m", "scalewidgets", "serve", "--port", "0", "--fit", "hoffmann2022"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout
                address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
                assert address
                with urlopen(address[0], timeout=60) as page:
                    assert page.status == 200
                process.send_signal(signal.SIGINT)
                assert (process.wait(timeout=60), process.stderr and process.stderr.read()) == (0, "")
            finally:
                process.kill()

    def test_a_port_that_is_taken_is_named(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            command = [sys.executable, "-m", "scalewidgets", "serve", "--port", str(port)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"port {port} can't be used (" in done.stderr

    def test_it_opens_a_browser_only_when_told(self, asked: list[Any], capsys: Printed) -> None:
        printed(capsys, "serve")
        printed(capsys, "serve", "--no-open")
        assert "opened /" not in asked
        printed(capsys, "serve", "--open")
        assert asked.count("opened /") == 1
        assert asked[0] == (5006, None, {"origins": [], "start": False})


class TestExport:
    def test_it_writes_a_page_with_the_options_of_its_author(self, capsys: Printed, tmp_path: Path) -> None:
        (tmp_path / "steps.json").write_text('{"Large": {"compute": "1e24", "note": "*Far*"}}')
        (tmp_path / "notes.md").write_text("# Read me")
        options = [
            "--fit",
            "hoffmann2022",
            "--compute",
            "1e22",
            "--title",
            "A page",
            "--charts",
            "sizes",
            "--draws",
            "0",
        ]
        files = ["--steps", str(tmp_path / "steps.json"), "--notes", str(tmp_path / "notes.md")]
        out = printed(capsys, "export", str(tmp_path / "page.html"), *options, *files, "--lock", "fit", "hold")
        assert "steps: Large" in out
        assert "no joint draws" in out
        assert "<h1>Read me</h1>" in (tmp_path / "page.html").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--compute", "plenty"], "not a quantity"),
            (["--lock", "speed"], "no group or control"),
            (["--draws", "-1"], "no count"),
        ],
    )
    def test_bad_input_is_one_line(self, arguments: list[str], words: str, capsys: Printed, tmp_path: Path) -> None:
        assert main(["export", str(tmp_path / "page.html"), *arguments]) == 2
        assert words in capsys.readouterr().err
