"""The API's own pages: Swagger UI from our address, and problem documents in OpenAPI."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse

from app.routers.problems import EVERYWHERE, Problem, problems

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Openconsult API</title>
<link rel="stylesheet" href="/assets/swagger-ui/swagger-ui.css">
<script src="/assets/swagger-ui/swagger-ui-bundle.js" defer></script>
<script src="/static/api-documentation.js" type="module"></script>
</head>
<body><main id="api"><h1>Openconsult API</h1><p>Loading the documentation…</p></main></body>
</html>
"""


# An operation that needs none of them says `security: []` itself (OPEN_TO_ALL).
_CREDENTIALS = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token from /api/v1/sign-in, for people.",
    },
    "client": {
        "type": "oauth2",
        "description": "A client id and its secret, for schedulers' systems.",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/api/v1/token",
                "scopes": {"booking": "See free times, book, change and cancel"},
            }
        },
    },
}
OPEN_TO_ALL: dict[str, Any] = {"security": []}
"""The `openapi_extra` of an operation that asks for no credential."""


@router.get("/docs")
async def page() -> HTMLResponse:
    """Swagger UI, served by us: nothing is fetched from elsewhere."""
    return HTMLResponse(_PAGE)


def document_problems(app: FastAPI) -> None:
    """Add to OpenAPI, once, what every operation may refuse with."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _with_problems(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas["Problem"] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    common = {str(status): value for status, value in problems(*EVERYWHERE).items()}
    for path, operations in document["paths"].items():
        if path.startswith("/api/"):
            for operation in operations.values():
                operation["responses"] = {**operation["responses"], **common}
                operation.setdefault("security", [{"bearer": []}, {"client": []}])
    document["components"]["securitySchemes"] = _CREDENTIALS
    return document
