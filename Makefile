.PHONY: install test cover lint types structure docs site bench fixtures fuzz all

install:
	python -m pip install -e '.[dev]'

test: install
	pytest

cover:
	pytest -q -n 2 --cov --cov-report=term-missing:skip-covered

lint:
	ruff check .
	ruff format --check .

types:
	mypy

structure:
	lint-imports

docs:
	python tools/generate_docs.py

site: docs
	mkdocs build --strict

bench:
	python benchmarks/run.py

fixtures:
	python fixtures/make.py

fuzz:
	python tools/fuzz.py --seconds $(or $(SECONDS),300)

all: lint types structure cover
	python tools/generate_docs.py --check
