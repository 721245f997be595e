"""Which modules a page names at once."""

from app.web.modules import STATIC, imports_of, kept, module


def test_all_that_a_call_needs_is_named_once() -> None:
    found = imports_of("/static/visit/call.js")

    assert "/static/call/connection.js" in found
    assert len(found) == len(set(found))
    assert all((STATIC / path.removeprefix("/static/")).is_file() for path in found)


def test_what_a_call_does_not_need_is_not_named() -> None:
    assert "/static/call/linecheck.js" not in imports_of("/static/visit/call.js")


def test_types_in_comments_are_no_imports() -> None:
    assert "/static/call/messages.js" not in imports_of("/static/visit/call.js")


def test_the_script_stands_after_its_preloads() -> None:
    lines = str(module("/static/call/signalling.js")).splitlines()

    assert lines == [
        f'<link rel="modulepreload" href="{kept("/static/call/socket.js")}">',
        f'<link rel="modulepreload" href="{kept("/static/call/attempts.js")}">',
        f'<link rel="modulepreload" href="{kept("/static/call/tokens.js")}">',
        f'<link rel="modulepreload" href="{kept("/static/clock.js")}">',
        f'<script type="module" src="{kept("/static/call/signalling.js")}"></script>',
    ]


def test_no_page_names_a_module_by_hand() -> None:
    templates = STATIC.parent / "templates"

    by_hand = [path for path in templates.rglob("*.html") if "<script" in path.read_text("utf-8")]

    assert by_hand == []
