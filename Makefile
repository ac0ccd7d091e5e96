# Two commands do everything: `make quickstart` and `make test`.
# `make docs` builds the site of the documentation in an environment without torch.
# PYTHON picks the interpreter (3.10 or newer), VENV the folder of the environment.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DOCS_VENV ?= .venv-docs
DOCS_STAMP := $(DOCS_VENV)/.installed

.PHONY: quickstart test test-wheel test-originals lint docs env clean

quickstart: $(STAMP)
	$(BIN)/python tools/quickstart.py

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

# Makes an environment of its own, outside the repository; of this one, if it is there, it takes torch
# only. With VENV= it installs torch too.
test-wheel:
	PYTHON=$(PYTHON) VENV=$(VENV) .ci/test_wheel.sh

test-originals: $(STAMP)
	VENV=$(VENV) .ci/test_originals.sh

lint: $(STAMP)
	$(BIN)/ruff check ltplug tools tests examples setup.py

# Fails where a link or a reference leads nowhere.
docs: $(DOCS_STAMP)
	NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build

env: $(STAMP)

# Made anew only when a requirement changes. torch and torchvision come first and together:
# torchvision's compiled operators fit exactly one torch build.
$(STAMP): setup.py requirements/runtime.txt requirements/mminstall.txt requirements/tests.txt requirements/constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "ltplug needs Python 3.10 or newer; name one: make PYTHON=python3.11 ..." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c requirements/constraints.txt torch torchvision
	$(BIN)/python -m pip install --quiet -c requirements/constraints.txt -r requirements/mminstall.txt
	$(BIN)/python -m pip install --quiet -c requirements/constraints.txt -e '.[tests]'
	touch $(STAMP)

$(DOCS_STAMP): requirements/docs.txt requirements/constraints.txt
	test -x $(DOCS_VENV)/bin/python || $(PYTHON) -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install --quiet -c requirements/constraints.txt -r requirements/docs.txt
	touch $(DOCS_STAMP)

clean:
	rm -rf $(VENV) $(DOCS_VENV) site
