# Openconsult. `make` says what there is; the work is in deploy/, app/cli/ and bench/.
PYTHON ?= $(firstword $(foreach v,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(v) -c 'import sys; sys.version_info >= (3, 11) and print("$(v)")' 2>/dev/null)) python3)
VENV = .venv/bin/python
# HOST=0.0.0.0 serves phones on the same network, over HTTPS. DEMO=anywhere shows demo accounts there.
HOST ?=
PORT ?=
DEMO ?= yes
# Test files run side by side, each process with servers of its own. 0 runs all in this one, as --pdb needs.
PROCESSES ?= 2
# A run is many short processes: what Python has compiled is kept for the next, whatever is set here.
export PYTHONDONTWRITEBYTECODE =
SERVE = $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) \
	$(if $(filter no,$(DEMO)),,--demo) $(if $(filter anywhere,$(DEMO)),--demo-anywhere) --log-to-file

.DEFAULT_GOAL := help
.PHONY: run test check bench lock clean help

run: ## start Openconsult with demo data (HOST=0.0.0.0 PORT=8443 DEMO=no or anywhere)
	@$(PYTHON) deploy/setup.py run && exec $(VENV) -m app.cli serve $(SERVE)

test: ## run every test, and install what the tests need (ARGS="-k booking" PROCESSES=0)
	@$(PYTHON) deploy/setup.py test && exec $(VENV) -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

check: ## check format, style, types, import contracts and generated files
	@$(PYTHON) deploy/setup.py test && exec $(VENV) deploy/check.py

bench: ## measure, into bench/results (NAME=join for one)
	@$(PYTHON) deploy/setup.py bench && exec $(VENV) -m bench.run $(NAME)

lock: ## pin the dependencies again after a change of pyproject.toml or package.json
	@$(PYTHON) deploy/setup.py test && exec $(VENV) deploy/lock.py

clean: ## remove what was built; the data in var/ stays
	rm -rf .venv app/web/assets .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

help: ## say this
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'
