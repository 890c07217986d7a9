"""Bodies of answers unpacked as they come (RFC 9110, section 8.4.1), never more than was asked for: 10 KB of gzip can
hold gigabytes.
"""

import zlib

import brotli

ACCEPTED = "gzip, deflate, br"


class Broken(Exception):
    """The body is not packed as its header says, or in a way that nobody asked for."""


def unpacker(coding):
    """A function (bytes, limit) → at most `limit` bytes more of the body. It takes no more bytes once it has given as
    many as the limit was. Raises Broken.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return lambda data, limit: data[:limit]
    if coding in ("gzip", "x-gzip"):
        return _Zlib(zlib.MAX_WBITS | 16)
    if coding == "deflate":
        return _Zlib(zlib.MAX_WBITS, -zlib.MAX_WBITS)
    if coding == "br":
        return _Brotli()
    raise Broken(coding)  # also one packing within another: no honest server needs it


class _Zlib:
    """`bits` as of zlib.decompressobj; when those do not fit, `others` are tried ("deflate" is sent with and without
    zlib's header).
    """

    def __init__(self, bits, others=None):
        self.bits, self.others = bits, others
        self.stream, self.given = zlib.decompressobj(bits), False

    def __call__(self, data, limit):
        parts, size = [], 0
        while data and size < limit:
            if self.stream.eof:
                if not data.startswith(b"\x1f\x8b"):  # what stands behind the last member is no one's
                    break
                self.stream = zlib.decompressobj(self.bits)
            part = self._unpacked(data, limit - size)
            parts.append(part)
            size += len(part)
            data = self.stream.unused_data if self.stream.eof else b""
        return b"".join(parts)

    def _unpacked(self, data, limit):
        try:
            part = self.stream.decompress(data, limit)
        except zlib.error as error:
            if self.others is None or self.given:
                raise Broken(str(error)) from error
            self.bits, self.others = self.others, None
            self.stream = zlib.decompressobj(self.bits)
            return self._unpacked(data, limit)
        self.given = True
        return part


class _Brotli:
    def __init__(self):
        self.stream = brotli.Decompressor()

    def __call__(self, data, limit):
        if self.stream.is_finished():
            return b""
        try:
            return self.stream.process(data, output_buffer_limit=limit)[:limit]
        except brotli.error as error:
            raise Broken(str(error)) from error
