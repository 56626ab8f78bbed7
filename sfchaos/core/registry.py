"""A registry is a dictionary with manners: one owner per name, and the nearest name for a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from sfchaos.core.errors import HarnessError, UnknownName

T = TypeVar("T")


class Registry(Generic[T]):
    """Names to things of one `kind` ("fault", "objective"). `listing` is the command that shows them all."""

    def __init__(self, kind: str, *, listing: str = "") -> None:
        self.kind, self.listing = kind, listing
        self._items: dict[str, T] = {}

    def add(self, name: str, item: T) -> T:
        held = self._items.setdefault(name, item)
        if held is not item:
            raise HarnessError(f"{self.kind} {name!r} is registered twice: {held!r} and {item!r}",
                               remedy=f"give one of the two {self.kind}s another name")  # fmt: skip
        return item

    def __getitem__(self, name: str) -> T:
        try:
            return self._items[name]
        except KeyError:
            remedy = f"`{self.listing}` shows all {len(self._items)}" if self.listing else ""
            raise UnknownName(self.kind, name, self._items, remedy=remedy) from None

    def get(self, name: str) -> T | None:
        return self._items.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._items))

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> list[tuple[str, T]]:
        return sorted(self._items.items())
