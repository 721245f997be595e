"""Serves `/assets` (installed at set-up) and `/static` (our own), compressed and checked anew."""

import gzip
from functools import lru_cache
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web.modules import KEPT, fingerprint

_WEB = Path(__file__).parent
_COMPRESSED = {".css", ".js", ".svg", ".json"}


class Files(StaticFiles):
    """Text is compressed once and kept; no page's secret is in it, so BREACH finds nothing."""

    def __init__(self, folder: Path, *, cache_control: str) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._cache_control = cache_control

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; 304 when the browser has it."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = self._cache_control
        file = Path(getattr(response, "path", ""))
        accepts = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if response.status_code == 200 and accepts and file.suffix in _COMPRESSED:
            return _compressed(response, file)
        return response


class OwnFiles(Files):
    """Our own files, asked for anew each time, or kept for good under their fingerprint."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file. An older page's fingerprint finds today's, but it is not kept."""
        first, _, rest = path.partition("/")
        if not first.startswith(KEPT):
            return await super().get_response(path, scope)
        response = await super().get_response(rest, scope)
        if first == KEPT + fingerprint():
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _compressed(response: Response, file: Path) -> Response:
    kept = {
        name: response.headers[name]
        for name in ("content-type", "etag", "last-modified", "cache-control")
    }
    body = _gzip(str(file), file.stat().st_mtime_ns)
    extra = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, headers={**kept, **extra})


@lru_cache(maxsize=256)
def _gzip(file: str, _changed_at: int) -> bytes:
    return gzip.compress(Path(file).read_bytes(), 9)


def serve_files(app: FastAPI) -> None:
    """Our own files are asked for anew each time (an answer of 304); installed ones keep a day."""
    app.mount("/static", OwnFiles(_WEB / "static", cache_control="no-cache"), name="static")
    kept = "public, max-age=86400"
    app.mount("/assets", Files(_WEB / "assets", cache_control=kept), name="assets")
