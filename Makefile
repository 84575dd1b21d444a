# Short names for what start.py does. `make lock` needs uv.
COMPILE = uv pip compile --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-strip-extras

.PHONY: run test chaos lint format lock pictures

run:
	python3 start.py

test:
	python3 start.py test

# 2,000 notices under kills, crashes and cuts; about ten minutes.
chaos: export DERPORTAL_DEMO = 1
chaos:
	.venv/bin/python -m tests.faults.long --seed 1

lint: export DERPORTAL_DEMO = 1
lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports

format:
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lock:
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-embedded.in -o requirements-embedded.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt

# The README's pictures, of a demo that runs (python3 start.py) and was just loaded.
pictures:
	.venv/bin/python docs/pictures.py
