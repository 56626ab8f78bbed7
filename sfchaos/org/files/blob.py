"""A file's bytes on their way into the store, and the address that stands for them in a row."""

from __future__ import annotations

import base64
import binascii

from sfchaos.core.canonical import sha256_hex


class Blob(str):
    """A blob's address, `sha256:<hex>:<bytes>`, which is what a row stores; `data` are its bytes."""

    __slots__ = ("data",)
    data: bytes

    def __new__(cls, data: bytes) -> Blob:
        made = super().__new__(cls, f"sha256:{sha256_hex(data)}:{len(data)}")
        made.data = data
        return made


def blob_of(value: str | bytes) -> Blob:
    """From base64 text (white space allowed), or from the bytes themselves. Raises ValueError for text that is no base64."""
    if isinstance(value, bytes):
        return Blob(value)
    try:
        return Blob(base64.b64decode("".join(value.split()), validate=True))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from None
