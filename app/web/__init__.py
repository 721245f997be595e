"""The pages: Jinja templates on nhsuk-frontend's components, small ES modules, page routers.

`frame` renders a page, `refusals` an error page, `assets` serves files; the rest are routers.
"""
