# The project's vocabulary: CI and people run the same targets. `make` alone lists them.
PYTHON ?= python3
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: $(shell grep -oE '^[a-z]+:' $(firstword $(MAKEFILE_LIST)) | tr -d :)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/installed .venv-ministack/installed ## Make the virtual environments (all other targets do)

demo: setup ## Deploy to an embedded AWS, make the tutorial's calls, show a table
	@$(PY) -m local demo

up: setup ## The same, kept running, with a page to try it; deploys again when a file changes
	@$(PY) -m local up

emulator: setup ## Only the embedded AWS, for `pulumi up -s local`
	@$(PY) -m local emulator

test: setup ## Run all tests
	@timeout --kill-after 10 1800 $(PY) -m pytest -n auto --dist loadgroup

browser: setup ## Find a Chromium for the tests of the page, or install one
	@$(PY) -m local.page.browser

pictures: setup ## Make the demo's calls and the page's again; writes docs/demo.svg and docs/page.png
	@$(PY) -m local.page.pictures

coverage: setup ## Run the authorizer's tests; every branch of it must be taken
	@.venv/bin/coverage run -m pytest tests/authorizer
	@.venv/bin/coverage report

doctor: setup ## Ask the stack's issuer whether its tokens could pass: make doctor STACK=dev
	@$(PY) -m tools.doctor $(if $(STACK),'$(STACK)')

smoke: setup ## Call a deployed stack: 401, 200, 403; with CLIENT_ID and CLIENT_SECRET: make smoke STACK=dev
	@$(PY) -m tools.smoke $(if $(STACK),--stack '$(STACK)')

preview: setup ## What this branch would change, without AWS: make preview BASE=main
	@$(PY) -m tools.preview $(if $(STACK),--stack '$(STACK)') $(if $(BASE),--base '$(BASE)') $(foreach page,$(GITHUB_STEP_SUMMARY) $(MARKDOWN),--markdown '$(page)')

scaling: setup .venv/scaling-installed ## How far it carries, what breaks first, what it costs; writes docs/scaling.md
	@$(PY) -m lab.scaling

explain: setup ## Why a token gets 200, 401, 403 or 500 on each route: make explain STACK=dev < token.txt
	@$(PY) -m tools.explain $(if $(STACK),--stack '$(STACK)')

revoke: setup ## Have every token judged anew: make revoke STACK=prod
	@$(PY) -m tools.revoke $(if $(STACK),'$(STACK)')

openapi: setup ## The API as an OpenAPI document, in .build: make openapi STACK=dev URL=https://...
	@$(PY) -m tools.openapi $(if $(STACK),'$(STACK)') $(if $(URL),--url '$(URL)')

# A target that changes or reads a stack is told which: there is no default to hit by accident.
stack = $(or $(STACK),$(error which stack? make $@ STACK=dev))
# Fails, and says what to install, if there is no Pulumi CLI, or an old one.
cli = $(PY) -m tools.pulumi_cli

plan: setup ## `pulumi preview` with the policies; keeps the plan for `make apply`: make plan STACK=dev
	@mkdir -p .build
	@rm -f '.build/$(stack).plan.json' # an old plan must not be applied if this one fails
	@{ $(cli) && pulumi preview --stack '$(stack)' --diff --policy-pack policy --save-plan '.build/$(stack).plan.json' \
	  --non-interactive --color never; } >'.build/$(stack).preview.txt' 2>&1; \
	  status=$$?; cat '.build/$(stack).preview.txt'; \
	  printf '\nmake plan: exit status %s\n' "$$status" >>'.build/$(stack).preview.txt'; exit $$status

# A plan is applied once: after an update, even one that failed, it no longer describes the stack. Of two runs at once,
# one renames the plan, and the other finds none. The shell outlives Ctrl-C to remove the plan when the CLI has ended.
apply: setup ## `pulumi up` of what `make plan` has shown, and of nothing else: make apply STACK=dev
	@$(cli)
	@plan='.build/$(stack).plan.'$$$$'.json'; mv '.build/$(stack).plan.json' "$$plan" 2>/dev/null || { \
	  echo "error: $(stack): there is no plan, or it was applied already. Run \`make plan STACK=$(stack)\`." >&2; exit 1; }; \
	  trap : INT TERM; \
	  pulumi up --stack '$(stack)' --plan "$$plan" --policy-pack policy --skip-preview --yes --non-interactive; \
	  status=$$?; rm -f "$$plan"; test $$status = 0 || \
	  echo "error: $(stack): the update failed, and its plan is used up. Run \`make plan STACK=$(stack)\` for a new one." >&2; \
	  exit $$status

drift: setup ## Does AWS have what the program says? Fails where it has not: make drift STACK=dev
	@$(cli)
	@pulumi preview --stack '$(stack)' --refresh --expect-no-changes --diff --non-interactive

destroy: setup ## `pulumi destroy`, which asks first, but in CI: make destroy STACK=dev
	@$(cli)
	@pulumi destroy --stack '$(stack)' $(if $(filter true,$(CI)),--yes --non-interactive)

report: setup ## What `make plan` has shown, as Markdown; in CI a comment or the job's summary; fails if a plan did
	@$(PY) -m tools.report $(or $(PREVIEWS),.build)

check: setup lint audit sbom guard ## Lint, format, types, the walls between the rooms, workflows, policies, advisories, the SBOM
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright --warnings
	@$(PY) -m pytest tests/test_structure.py

lint: setup ## The workflows: actionlint, zizmor
	@.venv/bin/actionlint
	@.venv/bin/zizmor --offline --quiet .

guard: setup ## The rules of policy/ over every stack's configuration, without the Pulumi CLI
	@$(PY) -m tools.policy_check

audit: setup ## Known vulnerabilities of the locked packages
	@$(PY) -m tools.audit

sbom: setup ## What is in the function's zip, as CycloneDX: .build/authorizer.cdx.json
	@$(PY) -m tools.sbom

mutants: setup .venv-mutants/installed ## Change the authorizer some 2,000 times: each must be noticed or explained; an hour
	@PYTHONHASHSEED=0 .venv-mutants/bin/python -m lab.mutation

fuzz: setup .venv/fuzz-installed ## Look for a minute for an input that breaks a promise
	@$(PY) -m lab.fuzz --seconds 60

bench: setup ## Measure the authorizer beside its peers; writes docs/benchmarks.md
	@$(PY) -m lab.benchmarks bench

load: setup ## 200,000 decisions, 20,000 requests: no wrong answer, flat memory
	@$(PY) -m lab.benchmarks load

format: setup ## Format the code and mend what ruff can
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

LOCKS := requirements requirements-dev authorizer/requirements local/ministack \
  lab/benchmarks/requirements lab/fuzz/requirements lab/mutation/requirements lab/scaling/requirements policy/requirements tenant/requirements \
  ci/bootstrap/requirements
lock: setup ## Lock the requirements anew, with hashes, after editing a .in file
	@for lock in $(LOCKS); do \
	  .venv/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 $$lock.in -o $$lock.txt || exit 1; \
	done

clean: ## Remove everything that make made
	rm -rf .venv .venv-ministack .venv-mutants .build .pytest_cache .ruff_cache .hypothesis .coverage tenant/.venv policy/.venv ci/bootstrap/.venv

.venv/installed: requirements-dev.txt
.venv-ministack/installed: local/ministack.txt
.venv-mutants/installed: lab/mutation/requirements.txt
.venv/installed .venv-ministack/installed .venv-mutants/installed:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $(PYTHON) is older than 3.11; say make PYTHON=python3.13" >&2; exit 1; }
	@echo "Installing $< into $(@D) ..."
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

.venv/fuzz-installed: lab/fuzz/requirements.txt .venv/installed
.venv/scaling-installed: lab/scaling/requirements.txt .venv/installed
.venv/fuzz-installed .venv/scaling-installed:
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	@touch $@
