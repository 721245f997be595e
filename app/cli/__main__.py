"""`python -m app.cli`, the same as `openconsult`."""

import sys

from app.cli import main

sys.exit(main())
