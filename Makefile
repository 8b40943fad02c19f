# `make serve` and `make test` do all their own set-up; nothing but Python 3.11 to 3.13 and make is needed.
V := .venv
PY := $(V)/bin/python
BOOTSTRAP ?= python3
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: serve test lint install lock messages samples screenshots wheel docker clean

install: $(V)/.installed

$(V)/.installed: requirements.txt
	@$(BOOTSTRAP) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python 3.11 to 3.13 is needed, this is {v[0]}.{v[1]}; name another with BOOTSTRAP=python3.12")'
	@test -x $(PY) || $(BOOTSTRAP) -m venv $(V)
	@if command -v uv >/dev/null 2>&1; then uv pip install -q --compile-bytecode --require-hashes --no-deps -p $(PY) -r requirements.txt; \
	 else $(PY) -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.txt; fi
	@printf '#!/bin/sh\nPYTHONPATH="%s$${PYTHONPATH:+:$$PYTHONPATH}" exec "%s" -m app "$$@"\n' "$(CURDIR)" "$(CURDIR)/$(PY)" > $(V)/bin/hainan
	@chmod +x $(V)/bin/hainan
	@touch $@

serve: install
	@$(V)/bin/hainan serve

# Here bytecode is kept: the tests start the program a hundred times, and compiling it takes longer than what most of those do.
test: export PYTHONDONTWRITEBYTECODE =
test: install
	@$(PY) -m pytest -n 2 --dist worksteal $(ARGS)
	@test -n "$(ARGS)" || $(PY) -m pytest tests/browser

lint: install
	@$(V)/bin/ruff check .
	@$(V)/bin/ruff format --check .
	@$(PY) -m mypy

# The locks name packages and hashes only, no address of an index. The image is made with the two small ones.
COMPILE = $(V)/bin/uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock"

lock: install
	@$(COMPILE) --group dev --upgrade pyproject.toml -o requirements.txt
	@$(COMPILE) -c requirements.txt --upgrade pyproject.toml -o requirements-runtime.txt
	@echo hatchling | $(COMPILE) -c requirements.txt --upgrade - -o requirements-build.txt

# Messages are marked with N_ in the code and with _ in the templates; whatever is new waits in locales/zh for its Chinese.
messages: install
	@$(V)/bin/pybabel -q extract -F pyproject.toml -k N_ -k _ --no-default-keywords --no-wrap --sort-output --no-location --omit-header -o locales/messages.pot .
	@for lang in zh en; do $(V)/bin/pybabel -q update -i locales/messages.pot -d locales -l $$lang --no-wrap --omit-header --ignore-obsolete --no-fuzzy-matching --ignore-pot-creation-date; done

# Two reports with made-up progress, the same bytes every time.
samples: install
	@PYTHONPATH=. $(PY) docs/samples.py

# Pictures of every page, from a register in which something has happened; needs Chromium and a Chinese font.
screenshots: install
	@$(PY) -m tests.browser.screenshots

wheel: install
	@$(PY) -m build -q --wheel --no-isolation

docker:
	@docker build -t hainan-tracker:$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) .

clean:
	rm -rf $(V) dist build .pytest_cache .mypy_cache .ruff_cache
