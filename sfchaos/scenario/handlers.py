"""A team's own Apex, from Python: the functions that `[org] apexrest` names are called with the org and register handlers on it.

    def handlers(org):
        org.apexrest("POST", "orders/{number}", place)
        org.action("flow", "Place_Order", place_order)
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sfchaos.core.errors import UsageError

if TYPE_CHECKING:
    from sfchaos.org.org import Org


def register_handlers(org: Org, places: Sequence[str], root: Path) -> None:
    """Call each `module:function` with the org; modules are found in `root` first. Raises UsageError for one that is not there."""
    if not places:
        return
    sys.path.insert(0, str(root))
    try:
        for place in places:
            module, _, name = place.partition(":")
            try:
                function = getattr(importlib.import_module(module), name)
            except (ImportError, AttributeError, ValueError) as error:
                raise UsageError(f"org.apexrest: {place!r}: {error}", remedy='write "module:function"; the module is looked for in the folder of sfchaos.toml') from None
            function(org)
    finally:
        sys.path.remove(str(root))
