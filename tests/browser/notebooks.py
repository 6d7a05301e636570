"""Runs a notebook in JupyterLab as a reader does: open it, wait for its kernel, run all cells."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import nbformat
from playwright.sync_api import Page, expect

from .figures import until
from .servers import KERNEL, Server

_numbers = itertools.count()
START_MS = 90_000
RUN_SECONDS = 120
# The indicator alone says "idle" before the notebook is bound to its kernel.
READY = """() => {
  const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
  return context?.isReady && context.session?.kernel?.status === "idle";
}"""


def open_notebook(page: Page, lab: Server, cells: Sequence[str]) -> None:
    """Write a notebook, open it in JupyterLab, run all its cells, and fail if one of them raises."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": KERNEL, "display_name": KERNEL, "language": "python"}},
    )
    path = Path(lab.log).parent / "notebooks" / f"test{next(_numbers)}.ipynb"
    nbformat.write(notebook, path)

    page.goto(f"{lab.url}lab/tree/{path.name}?reset")
    page.wait_for_selector(".jp-Notebook", timeout=START_MS)
    idle = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator[data-status='idle']")
    expect(idle).to_have_count(1, timeout=START_MS)
    page.wait_for_function(READY, timeout=START_MS)
    # Not awaited: `evaluate` has no time limit, the prompts below have one.
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    # an error of displaying comes as a text
    errors = page.locator(".jp-OutputArea-output[data-mime-type$='jupyter.error'], [data-mime-type$='jupyter.stderr']")
    done = [f"[{number + 1}]:" for number in range(len(cells))]
    # an error ends the run: no need to wait for the cells behind it
    until(page, lambda: errors.count() > 0 or prompts.all_inner_texts() == done, "all cells to be run", RUN_SECONDS)
    said = errors.all_inner_texts()
    assert not said, "\n".join(said)


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
