"""The steps of an import as a browser sends them."""

import io
import re

from webapp.imports.matched import shape_of
from webapp.imports.models import Import

BASIS = {"basis": "interest", "basis_note": "Trade fair in Berlin"}


def send(client, content, name="people.csv", **headers):
    return client.post("/imports/new", data={"file": (io.BytesIO(content), name)}, headers=headers)


def at(imported, step=""):
    return f"/imports/{imported.id}{'/' if step else ''}{step}"


def fresh(imported):
    """The import as it stands by now."""
    return Import.get_by_id(imported.id)


def columns_form(imported, *targets, **more):
    """The form of the second step: per column a target, "-" for left out, "new" for a field of its own, or ""."""
    chosen = targets or [target or "-" for target in imported.mapping]
    return {
        "shape": shape_of(imported),
        **{f"columns-{number}": target for number, target in enumerate(chosen)},
        **more,
    }


def options_form(imported, **more):
    """The form of the third step, as it is when it opens but for the basis."""
    opened = {
        "key": "email",
        "policy": "fill",
        "create": "y",
        "owner": "",
        "center_id": "",
        "country": "",
        "clean_names": "y",
    }
    return {"shape": shape_of(imported), **opened, **BASIS, **more}


def checked(client, imported, **options):
    """`imported` matched as it is, with options, and checked; as it then is."""
    client.post(at(imported, "columns"), data=columns_form(imported))
    answer = client.post(at(imported, "options"), data=options_form(imported, **options))
    assert answer.status_code == 303 and answer.location == at(imported, "check"), answer.text[-3000:]
    return Import.get_by_id(imported.id)


def version_on(page):
    return int(re.search(r'name="version" value="(\d+)"', page).group(1))


def start(client, imported):
    """Press the button that says what the import does."""
    return client.post(at(imported, "start"), data={"version": version_on(client.get(at(imported, "check")).text)})
