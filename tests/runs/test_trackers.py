"""Logs of trackers: trainer_state.json as it is saved, TensorBoard and Weights & Biases by way of their packages."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from scalewidgets.errors import RunsError
from scalewidgets.runs import read_logs

HISTORY = [
    {"epoch": 0.1, "grad_norm": 2.1, "learning_rate": 1e-3, "loss": 5.2, "step": 100},
    {"epoch": 0.1, "eval_loss": 5.1, "eval_runtime": 3.2, "step": 100},
    {"epoch": 0.2, "grad_norm": 1.4, "learning_rate": 5e-4, "loss": 4.4, "step": 200},
    {"epoch": 0.2, "eval_loss": 4.3, "eval_runtime": 3.1, "step": 200},
    {"epoch": 0.2, "step": 200, "train_loss": 6.0, "train_runtime": 99.0},
]


def trainer_state(folder: Path, state: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "trainer_state.json"
    path.write_text(state if isinstance(state, str) else json.dumps(state), encoding="utf-8")
    return path


@pytest.mark.parametrize(("loss", "losses"), [("loss", [5.2, 4.4]), ("eval_loss", [5.1, 4.3])])
@pytest.mark.parametrize("folder", ["baseline", "baseline/checkpoint-200"])
def test_trainer_state_gives_either_loss_with_what_was_logged_at_its_step(
    folder: str, loss: str, losses: list[float], tmp_path: Path
) -> None:
    path = trainer_state(tmp_path / folder, {"global_step": 200, "log_history": HISTORY})
    runs = read_logs(path, loss=loss, tokens_per_step="512 x 2048", N=7e7, lr="learning_rate")
    assert runs.loss.tolist() == losses
    assert runs["step"].tolist() == [100, 200]
    assert runs["lr"].tolist() == [1e-3, 5e-4]
    assert runs.D.tolist() == [100 * 512 * 2048, 200 * 512 * 2048]
    assert runs.names == ("baseline", "baseline")
    assert read_logs(path.parent, loss=loss).loss.tolist() == losses


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("{", "not the trainer_state.json of a Trainer"),
        ([], "not the trainer_state.json"),
        ({"global_step": 5}, "not the trainer_state.json"),
        ({"log_history": [1, 2]}, "not a list of records"),
        ({"log_history": []}, "no column for the loss"),
        ({"log_history": HISTORY}, "could be any of 'loss', 'eval_loss'"),
        ({"log_history": [{"step": 1, "loss": "a lot"}]}, "none of its 1 rows has a loss"),
    ],
)
def test_a_trainer_state_that_cannot_be_used_is_refused(state: Any, reason: str, tmp_path: Path) -> None:
    with pytest.raises(RunsError, match=reason):
        read_logs(trainer_state(tmp_path, state))


class Events:
    """Stand in for TensorBoard's reader: two tags, one logged at every step and one at every other."""

    def __init__(self, path: str, size_guidance: dict[str, int]) -> None:
        assert size_guidance == {"scalars": 0}, "TensorBoard samples 10,000 events unless told to keep all"
        self.offset = 1.0 if path.endswith("second") else 0.0
        self.read = False

    def Reload(self) -> None:
        self.read = True

    def Tags(self) -> dict[str, list[str]]:
        assert self.read
        return {"scalars": ["train/loss", "lr"], "images": ["sample"]}

    def Scalars(self, tag: str) -> list[SimpleNamespace]:
        steps = range(10, 50, 10) if tag == "lr" else range(10, 50, 20)
        return [SimpleNamespace(step=step, value=self.offset + 3 - step / 100) for step in steps]


@pytest.fixture
def tensorboard(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "tensorboard"
    for part in ("", ".backend", ".event_processing", ".event_accumulator"):
        name = name + part
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules[name], "EventAccumulator", Events, raising=False)


@pytest.mark.usefixtures("tensorboard")
def test_each_folder_of_tensorboard_is_a_run(tmp_path: Path) -> None:
    for run in ("first", "group/second"):
        (tmp_path / run).mkdir(parents=True)
        (tmp_path / run / "events.out.tfevents.1.host").touch()
    runs = read_logs(tmp_path, tokens_per_step="1M", lr="lr")
    assert runs.names == ("first", "first", "group/second", "group/second")
    assert runs.loss.tolist() == [2.9, 2.7, 3.9, 3.7]
    assert runs["step"].tolist() == [10, 30, 10, 30]
    one = read_logs(tmp_path / "first" / "events.out.tfevents.1.host", thin="last")
    assert (one.names, one.loss.tolist()) == (("first",), [2.7])


@pytest.mark.usefixtures("tensorboard")
def test_a_folder_without_event_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunsError, match="holds no event file of TensorBoard"):
        read_logs(tmp_path)


class Project:
    """Stand in for the API of Weights & Biases: two runs, whose history comes row by row with the keys asked for."""

    def run(self, path: str) -> SimpleNamespace:
        name = path.rpartition("/")[2]

        def scan_history(keys: list[str]) -> Iterator[dict[str, float]]:
            rows = ({"_step": float(step), "train/loss": 5 - step / 10, "lr": 1e-3} for step in range(1, 4))
            return ({key: row[key] for key in keys} for row in rows)

        return SimpleNamespace(name=name, summary={"train/loss": 4.7, "lr": 1e-3}, scan_history=scan_history)

    def runs(self, path: str) -> list[SimpleNamespace]:
        assert path == "us/scaling"
        return [self.run(f"{path}/{name}") for name in ("a", "b")]


@pytest.mark.parametrize(("address", "names"), [("wandb:us/scaling/a", ("a",)), ("wandb:us/scaling", ("a", "b"))])
def test_weights_and_biases_is_read_run_by_run(
    address: str, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", ModuleType("wandb"))
    monkeypatch.setattr(sys.modules["wandb"], "Api", Project, raising=False)
    runs = read_logs(address, tokens_per_step=1e6, thin="last", lr="lr")
    assert runs.names == names
    assert runs.loss.tolist() == [4.7] * len(names)
    assert runs["step"].tolist() == [3.0] * len(names)


@pytest.mark.parametrize("address", ["wandb:project", "wandb:a/b/c/d", "wandb:a//c"])
def test_an_address_of_another_form_is_refused(address: str) -> None:
    with pytest.raises(RunsError, match="is not 'wandb:entity/project' or 'wandb:entity/project/run'"):
        read_logs(address)


@pytest.mark.parametrize(
    ("package", "source"), [("tensorboard", "logs"), ("wandb", "wandb:us/scaling"), ("pyarrow", "log.csv")]
)
def test_a_missing_package_is_named(package: str, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "events.out.tfevents.1").touch()
    (tmp_path / "log.csv").write_text("step,loss\n1,3\n")
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RunsError, match=f"needs the package {package}; install it"):
        read_logs(source)
