"""Runs first in every Python process under `sfchaos run`. Whatever goes wrong here is told and leaves the program alone."""

from __future__ import annotations

import os
import sys
from typing import Any


def _load(name: str, path: str) -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _begin(here: str) -> None:
    """Two modules by their files: the child's own Python need not have sfchaos."""
    if "SFCHAOS_CHILD" in os.environ:
        above = os.path.dirname(here)
        _load("_sfchaos_line", os.path.join(above, "line.py"))
        _load("_sfchaos_route", os.path.join(above, "route.py")).begin()


def _continue(here: str) -> None:
    """Ours hides the sitecustomize that the program would have had."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("sitecustomize", [place for place in sys.path if os.path.realpath(place or ".") != here])
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


_here = os.path.dirname(os.path.realpath(__file__))
try:
    _begin(_here)
except Exception as error:
    sys.stderr.write(f"sfchaos: this Python goes its own way: {type(error).__name__}: {error}\n")
_continue(_here)
