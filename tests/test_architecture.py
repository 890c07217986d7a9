"""The rules of layout and layering, checked on the source itself."""

import ast
from pathlib import Path

from webapp.config import ROOT

ORDER = [
    "core", "web", "accounts", "auth", "wallet", "llm", "leads", "imports", "enrichment", "mail", "campaigns",
    "inbox", "rules", "onboarding", "home", "palette", "monitoring", "api", "admin",
]  # fmt: skip
EDGE = {
    "views",
    "forms",
    "cli",
}  # the only files (or folders) of a capability that may know Flask or click
WEB_LIBRARIES = {"flask", "flask_wtf", "flask_login", "flask_compress", "wtforms", "click", "werkzeug", "tasks"}
MAY_IMPORT_TASKS = {"webapp/__init__.py", "run.py"}


def sources():
    for path in sorted(ROOT.glob("webapp/**/*.py")):
        yield path.relative_to(ROOT), ast.parse(path.read_text())


def is_views(path):
    return "views" in (path.stem, path.parent.name)


def imports(tree, package):
    """The absolute name of every module imported anywhere in `tree`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parent = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*parent, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def test_every_capability_is_a_known_one():
    found = {path.parent.name for path in ROOT.glob("webapp/*/__init__.py")}
    assert found <= set(ORDER), found - set(ORDER)


def test_a_capability_looks_only_downwards_and_domain_code_knows_no_web():
    for path, tree in sources():
        if len(path.parts) < 3:
            continue
        capability, places = path.parts[1], {path.stem, path.parts[2]}
        edge = bool(places & EDGE) or capability == "web"
        for module in imports(tree, path.parent.parts):
            root, *rest = module.split(".")
            if not edge:
                assert root not in WEB_LIBRARIES, f"{path} imports {module}: that belongs at the edge"
            if root == "webapp" and rest and rest[0] in ORDER:
                if edge and rest[0] == "web":
                    continue
                assert ORDER.index(rest[0]) <= ORDER.index(capability), f"{path} imports {module}: not below it"
                assert edge or rest[0] != "web", f"{path} imports {module}: domain code knows no web"
                others_edge = rest[0] != capability and len(rest) > 1 and rest[1] in EDGE
                assert not others_edge or edge, f"{path} imports another capability's {rest[1]}"


def test_only_the_app_and_the_front_door_import_tasks():
    for path, tree in sources():
        if str(path) not in MAY_IMPORT_TASKS:
            assert "tasks" not in set(imports(tree, path.parent.parts)), path


def test_nothing_is_imported_inside_a_function_but_what_says_it_is_heavy():
    for path in [*ROOT.glob("webapp/**/*.py"), ROOT / "tasks.py", ROOT / "db.py", ROOT / "run.py"]:
        lines = path.read_text().splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.FunctionDef):
                for inner in ast.walk(node):
                    if isinstance(inner, (ast.Import, ast.ImportFrom)):
                        assert "# heavy:" in lines[inner.lineno - 1], f"{path}:{inner.lineno}"


def test_a_capability_says_in_one_docstring_what_it_owns():
    for path in ROOT.glob("webapp/*/__init__.py"):
        body = ast.parse(path.read_text()).body
        assert len(body) == 1 and isinstance(body[0], ast.Expr), f"{path}: one docstring, no code"


def test_files_and_functions_stay_short():
    for path, tree in sources():
        assert len((ROOT / path).read_text().splitlines()) <= 300, f"{path} is over 300 lines"
        limit = 20 if is_views(path) else 50
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                first = node.body[0]
                docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
                start = (node.body[1] if docstring and len(node.body) > 1 else first).lineno
                assert node.end_lineno - start < limit, f"{path}: {node.name} is over {limit} lines"


def test_views_never_query():
    for path, tree in sources():
        if not is_views(path):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr not in {"select", "get_by_id", "get_or_none"}, f"{path}:{node.lineno} queries"
                assert not node.attr.startswith("HX-"), path
        assert "HX-" not in (ROOT / path).read_text(), f"{path} reads an HX- header"


def test_templates_have_no_inline_script_style_or_unescaped_output():
    for path in ROOT.glob("templates/**/*.html"):
        if path.is_relative_to(ROOT / "templates/mail"):
            continue  # what goes out by mail is styled inline; no browser page
        text = path.read_text()
        for forbidden in (
            ' style="',
            "<style",
            " onclick=",
            " onchange=",
            " onsubmit=",
            "javascript:",
            "|safe",
            "hx-on",
        ):
            assert forbidden not in text, f"{path} has {forbidden!r}"
        for part in text.split("<script")[1:]:
            assert part.lstrip().startswith("src="), f"{path} has an inline script"


def test_the_top_level_is_the_fixed_one():
    fixed = {
        "webapp", "templates", "static", "tasks.py", "db.py", "migrations", "tests", "run.py", "requirements.txt",
        "README.md", "requirements-dev.txt", "pyproject.toml", "Makefile", "CHANGELOG.md", "LICENSE", ".ci",
        ".gitignore", "docs", "bench",
    }  # fmt: skip
    made_here = {".git", ".venv", "var", ".env", ".pytest_cache", ".ruff_cache", "__pycache__", ".hypothesis"}
    assert {path.name for path in Path(ROOT).iterdir()} <= fixed | made_here
