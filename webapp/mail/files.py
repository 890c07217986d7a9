"""Files that go with mails: which are taken, and how they stand in a mail."""

import mimetypes
import re
from dataclasses import dataclass, field
from email import policy
from email.message import MIMEPart
from functools import cached_property

from webapp.core.errors import Invalid

LARGEST = 5_000_000  # bytes, of all the files of one mail
# What mail servers refuse and nobody wants to get: programs, scripts, disk images, and pages that run where they open.
DANGEROUS = re.compile(r"""(?x)
    ade|adp|apk|app|appx|appxbundle|bat|cab|chm|cmd|com|command|cpl|diagcab|dll|dmg|docm|dotm|exe|hta|htm|html|img|inf
    |ins|iso|isp|jar|js|jse|lib|lnk|mde|msc|msi|msix|msixbundle|msp|mst|nsh|pif|pl|potm|ppsm|pptm|ps1|psm1|py|rb|reg|scf
    |scr|sct|sh|shb|shs|svg|sys|url|vb|vbe|vbs|vhd|vhdx|vxd|wsc|wsf|wsh|xhtml|xht|xlam|xll|xlsm|xltm
""")


@dataclass(frozen=True)
class File:
    """A file that goes with the mails of a message. `part` is its part of a mail, encoded once."""

    name: str
    mimetype: str
    data: bytes = field(repr=False)

    @cached_property
    def part(self):
        part = MIMEPart(policy=policy.SMTP)
        part.set_content(bytes(self.data), *self.mimetype.split("/", 1), filename=self.name, disposition="attachment")
        return part.as_bytes()


def checked_name(name):
    """The name that a file may go under. Raises Invalid for one that is dangerous or has none."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = " ".join("".join(character for character in name if character.isprintable()).split()).strip(". ")
    if not name:
        raise Invalid("That file has no name. Rename it and choose it again.", "files")
    for ending in name.lower().split(".")[1:]:
        if DANGEROUS.fullmatch(ending.strip()):
            raise Invalid(f"Mail servers refuse files such as {name}, because .{ending} can run. Send a PDF.", "files")
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: 120 - len(ending)]}{dot}{ending}" if dot and len(ending) < 20 else name[:120]


def mimetype_of(name):
    """By its name: what a browser says about a file is what its sender wants to be said."""
    return mimetypes.guess_type(name, strict=True)[0] or "application/octet-stream"
