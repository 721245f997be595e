"""What lets the crew's pages open without a signal: worker, manifest, and shells without anybody.

A shell is the same template as the page, with nobody's data in it: the browser fills it from what
it keeps sealed (static/offline/).
"""

import hashlib
import json
import re
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from app import referrals
from app.referrals.forms import CaseForm
from app.routers.dependencies import Config, Now, Session
from app.web import modules
from app.web.advice import shell_advice, specialty_words, vital_fields
from app.web.case_form import shown_form
from app.web.environment import TEMPLATES
from app.web.frame import SERVICE, PageFrame, bare_frame, render
from app.web.urgent import Crew

router = APIRouter(include_in_schema=False)

SHELLS = ("/offline/ask", "/offline/request")
LATER = (
    "/static/urgent/saving.js",
    "/static/live.js",
    "/static/banner.js",
    "/static/fragment.js",
    "/static/since.js",
    "/static/ring.js",
)
"""Modules that a page loads when it needs them: the worker must have them before."""
_WORKER = "/static/offline/worker.js"
_PUSHED = "/static/push-worker.js"
_LINKED = re.compile(r'(?:href|src)="(/(?:static|assets)/[^"#?]+)"')
_ICONS = (
    {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml"},
    {"src": "/static/icons/192.png", "sizes": "192x192", "type": "image/png"},
    {"src": "/static/icons/512.png", "sizes": "512x512", "type": "image/png"},
    {
        "src": "/static/icons/maskable.png",
        "sizes": "512x512",
        "type": "image/png",
        "purpose": "maskable",
    },
)


@router.get("/sw.js")
async def worker(request: Request, config: Config) -> Response:
    """The service worker: our module, told what to keep. It changes whenever a file does."""
    files = [*SHELLS, *files_of(_ask_shell(request, config), _request_shell(request, config))]
    release = json.dumps({"version": version(), "files": files})
    script = (
        f'import "{modules.kept(_PUSHED)}";\n'
        f'import {{ work }} from "{modules.kept(_WORKER)}";\nwork({release});\n'
    )
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/app.webmanifest")
async def manifest() -> JSONResponse:
    """What the installed app is called and where it opens (W3C Web Application Manifest)."""
    described = {
        "id": "/urgent",
        "name": f"{SERVICE}: ask for advice",
        "short_name": SERVICE,
        "start_url": "/urgent",
        "scope": "/",
        "display": "standalone",
        "lang": "en-GB",
        "theme_color": "#005eb8",
        "background_color": "#f0f4f5",
        "icons": list(_ICONS),
    }
    return JSONResponse(described, media_type="application/manifest+json")


@router.get("/offline/ask")
async def ask_shell(request: Request, config: Config) -> HTMLResponse:
    """The page to ask on, without tiles."""
    return _ask_shell(request, config)


@router.get("/offline/request")
async def request_shell(request: Request, config: Config) -> HTMLResponse:
    """A request's page, without a request."""
    return _request_shell(request, config)


@router.get("/offline/facts")
async def facts(frame: PageFrame, _: Crew, session: Session, now: Now) -> JSONResponse:
    """What a crew needs to ask without a signal: whom, and their telephone numbers."""
    lines = [
        {
            "id": str(line.id),
            "code": line.specialty,
            "specialty": specialty_words(line.specialty),
            "organization": line.organization_name,
            "phone": line.phone,
        }
        for line in await referrals.advice_lines(session, now=now)
    ]
    return JSONResponse({"organization": frame.organization, "phone": frame.phone, "lines": lines})


def _ask_shell(request: Request, config: Config) -> HTMLResponse:
    return render(
        request,
        "urgent/ask.html",
        bare_frame(config),
        served_at=None,
        is_shell=True,
        services=[],
        open_requests=[],
        values={"service_id": "", "question": ""},
        errors=[],
    )


def _request_shell(request: Request, config: Config) -> HTMLResponse:
    advice = shell_advice()
    return render(
        request,
        "urgent/request.html",
        bare_frame(config),
        served_at=None,
        is_shell=True,
        advice=advice,
        news2=None,
        vitals=vital_fields({}),
        form=shown_form(advice.request, CaseForm({}), config.time_zone),
        dictation="off",
        notes=[],
        pictures=[],
        is_late=referrals.is_late,
    )


def files_of(*shells: HTMLResponse) -> list[str]:
    """Everything that these pages link to or load, each once."""
    found: dict[str, None] = {}
    for shell in shells:
        found.update(dict.fromkeys(_LINKED.findall(bytes(shell.body).decode())))
    for entry in LATER:
        for path in (entry, *modules.imports_of(entry)):
            if path.startswith("/static/"):
                found[modules.kept(path)] = None
    return list(found)


@cache
def version() -> str:
    """Changes with any of our files, templates, or the installed style sheet."""
    digest = hashlib.sha256(modules.fingerprint().encode())
    installed = modules.STATIC.parent / "assets" / "nhsuk-frontend.min.css"
    for file in (*sorted(TEMPLATES.rglob("*.html")), installed):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
