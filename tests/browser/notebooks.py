"""Runs a notebook in JupyterLab as a reader does: open it, wait for its kernel, run all cells."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import nbformat
from playwright.sync_api import Locator, Page, expect

from .figures import until
from .servers import KERNEL, Server

_numbers = itertools.count()
START_MS = 90_000
RUN_SECONDS = 120
# The indicator alone says "idle" before the notebook is bound to its kernel.
READY = """(name) => {
  const { context, sessionContext } = window.jupyterapp?.shell.currentWidget ?? {};
  return context?.path === name && sessionContext.isReady && sessionContext.session?.kernel?.status === "idle";
}"""


def open_notebook(page: Page, lab: Server, cells: Sequence[str]) -> Locator:
    """Write a notebook, open it in JupyterLab, run all its cells, and fail if one of them raises; return its panel."""
    name = _written(lab, cells)
    page.goto(f"{lab.url}lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook", timeout=START_MS)
    return _run(page, name, len(cells))


def open_beside(page: Page, lab: Server, cells: Sequence[str]) -> Locator:
    """Open and run another notebook to the right of what JupyterLab shows; return its panel."""
    name = _written(lab, cells)
    open_it = "(path) => void jupyterapp.commands.execute('docmanager:open', {path, options: {mode: 'split-right'}})"
    page.evaluate(open_it, name)
    return _run(page, name, len(cells))


def close_notebook(page: Page, panel: Locator) -> None:
    """Close a notebook as it stands."""
    script = """async (id) => {
      const widget = [...window.jupyterapp.shell.widgets("main")].find((each) => each.id === id);
      await widget.context.save();
      widget.close();
    }"""
    page.evaluate(script, panel.get_attribute("id"))
    expect(panel).to_have_count(0)


def _written(lab: Server, cells: Sequence[str]) -> str:
    """Write a notebook and return its name."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": KERNEL, "display_name": KERNEL, "language": "python"}},
    )
    name = f"test{next(_numbers)}.ipynb"
    nbformat.write(notebook, Path(lab.log).parent / "notebooks" / name)
    return name


def _run(page: Page, name: str, cells: int) -> Locator:
    """Run all cells of the notebook of that name once it is there, and return its panel."""
    page.wait_for_function(READY, arg=name, timeout=START_MS)
    panel = page.locator(f"[id='{page.evaluate('window.jupyterapp.shell.currentWidget.id')}']")
    expect(panel.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")).to_have_count(1, timeout=START_MS)
    # Not awaited: `evaluate` has no time limit, the prompts below have one.
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    prompts = panel.locator(".jp-CodeCell .jp-InputPrompt")
    # an error of displaying comes as a text
    errors = panel.locator(".jp-OutputArea-output[data-mime-type$='jupyter.error'], [data-mime-type$='jupyter.stderr']")
    done = [f"[{number + 1}]:" for number in range(cells)]
    # an error ends the run: no need to wait for the cells behind it
    until(page, lambda: errors.count() > 0 or prompts.all_inner_texts() == done, "all cells to be run", RUN_SECONDS)
    said = errors.all_inner_texts()
    assert not said, "\n".join(said)
    return panel


def ask_kernel(page: Page, code: str, expression: str = "None") -> str:
    """Run code in the kernel of the open notebook and return the repr of an expression, as a new cell would."""
    script = """async ([code, expression]) => {
      const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
      const { done } = kernel.requestExecute({ code, user_expressions: { asked: expression } });
      const { content } = await done;
      return content.user_expressions?.asked?.data?.["text/plain"] ?? `${content.ename}: ${content.evalue}`;
    }"""
    return page.evaluate(script, [code, expression])


def end_kernels(page: Page) -> None:
    """End the kernels of this page, so that the next notebook starts with a new one."""
    page.evaluate(
        """() => Promise.race([
          window.jupyterapp?.serviceManager.sessions.shutdownAll(),
          new Promise((resolve) => setTimeout(resolve, 5000)),
        ]).then(() => null)"""
    )


def set_theme(page: Page, name: str) -> None:
    """Switch JupyterLab's theme: "JupyterLab Dark" or "JupyterLab Light"."""
    page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", name)
    light = "false" if "Dark" in name else "true"
    page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
