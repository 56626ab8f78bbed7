"""Opens a door when its library is there: at once, or as soon as the target imports it. Nothing is imported for its sake."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.abc import MetaPathFinder
from importlib.util import find_spec
from typing import Any


@contextmanager
def when_imported(library: str, door: Callable[[], AbstractContextManager[None]]) -> Iterator[None]:
    """`door()` is entered when the package `library` has been imported, and left at the end of the block."""
    with ExitStack() as stack:
        if library in sys.modules:
            stack.enter_context(door())
            yield
            return
        coming = _Coming(library, lambda: stack.enter_context(door()))
        sys.meta_path.insert(0, coming)
        stack.callback(coming.give_up)
        yield


class _Coming(MetaPathFinder):
    """Finds nothing itself: it asks the others, and has its say after the package has run."""

    def __init__(self, library: str, then: Callable[[], object]) -> None:
        self._library, self._then = library, then

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname != self._library:
            return None
        self.give_up()
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            run, then = spec.loader.exec_module, self._then

            def exec_module(module: Any) -> None:
                run(module)
                then()

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # this loader is this spec's own
        return spec

    def give_up(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
