# The project's vocabulary: CI and people run the same targets. `make` alone lists them.
PYTHON ?= python3
PY := .venv/bin/python

# The recipes quote these values, and a stack's name becomes part of a file's name.
$(foreach name,BASE NAME PORT PYTHON SCOPE SEED STACK UPGRADE URL,\
  $(if $(and $(filter command,$(origin $(name))),$(findstring ',$($(name)))),$(error $(name): has a quote, got $($(name)). Remove it)))
$(if $(findstring /,$(STACK))$(word 2,$(STACK)),$(error STACK: is not the name of a stack, got $(STACK). Use the one in Pulumi.NAME.yaml: make ... STACK=dev))

# Without bytecode, each of the hundreds of processes that the tests start would compile the SDK and the program again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: $(shell grep -oE '^[a-z-]+:' $(firstword $(MAKEFILE_LIST)) | tr -d :)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/installed-demo .venv-ministack/installed-ministack ## Install the packages of the demo and the tools; all other targets run this first

demo: setup ## Deploy to an embedded AWS, call the routes and show the results
	@$(PY) -m tools demo

up: setup ## Keep the API running, with a page to call it; redeploy when a file changes: make up PORT=8080
	@$(PY) -m tools up $(if $(PORT),--port '$(PORT)')

emulator: setup ## Run only the embedded AWS, for `pulumi up -s local`
	@$(PY) -m tools emulator

token: setup ## Print an access token of the issuer that `make up` runs: make token SCOPE=create:pets
	@$(PY) -m tools token $(if $(SCOPE),--scope '$(SCOPE)')

# In random order, which SEED=... repeats.
pytest = $(PY) -m pytest -n auto --dist loadgroup --no-loadscope-reorder $(if $(SEED),--randomly-seed='$(SEED)')

test: setup .venv/installed-test ## Run the tests that take seconds: two to four minutes
	@$(pytest) -m 'not slow'

test-rest: setup .venv/installed-test ## Run the slow tests, which `make test` omits
	@$(pytest) -m slow

test-all: setup .venv/installed-test ## Run all tests
	@$(pytest)

browser: setup .venv/installed-test ## Find a Chromium for the tests of the page, or install one
	@$(PY) -m tools browser

pictures: setup .venv/installed-test ## Draw the pictures of the demo, a preview and the page
	@$(PY) -m tools pictures

coverage: setup .venv/installed-test ## Run the authorizer's tests; fail if they miss a branch
	@.venv/bin/coverage run -m pytest tests/authorizer
	@.venv/bin/coverage report

doctor: setup ## Check a stack's issuer: make doctor STACK=dev
	@$(PY) -m tools doctor $(if $(STACK),'$(STACK)')

smoke: setup ## Check that a deployed stack answers 401, 200 and 403; needs CLIENT_ID and CLIENT_SECRET: make smoke STACK=dev
	@$(PY) -m tools smoke --stack '$(stack)'

preview: setup ## Show what this branch would change, without AWS: make preview BASE=main
	@$(PY) -m tools preview $(if $(STACK),--stack '$(STACK)') $(if $(BASE),--base '$(BASE)') $(foreach page,$(GITHUB_STEP_SUMMARY) $(MARKDOWN),--markdown '$(page)')

scaling: setup .venv/installed-scaling ## Model capacity and cost; writes docs/scaling.md
	@$(PY) -m lab.scaling

explain: setup ## Explain each route's response to a token: make explain STACK=dev < token.txt
	@$(PY) -m tools explain $(if $(STACK),--stack '$(STACK)') || { status=$$?; test $$status = 1 || exit $$status; } # 1: refused, an answer

revoke: setup ## Flush a stage's authorizer cache: make revoke STACK=prod
	@$(PY) -m tools revoke '$(stack)'

openapi: setup ## Write the API as an OpenAPI document into .build: make openapi STACK=dev URL=https://...
	@$(PY) -m tools openapi $(if $(STACK),'$(STACK)') $(if $(URL),--url '$(URL)')

rename: ## Rename the project in Pulumi.yaml, the stack files and all other places: make rename NAME=shop
	@$(is_new)
	@$(PYTHON) -m tools rename '$(or $(NAME),$(error which name? make rename NAME=shop))'

is_new = { $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 2))'; } 2>/dev/null || { \
  echo 'error: PYTHON: is not Python 3.11.2 or newer, got $(PYTHON). Run make PYTHON=python3.13' >&2; exit 1; }

# A target that changes or reads a stack needs its name: a default could be the wrong stack.
stack = $(or $(STACK),$(error which stack? make $@ STACK=dev))
# Fails, and says what to install, if there is no Pulumi CLI, or an old one.
cli = $(PY) -m tools check-cli

package: setup ## Write the package's schema and, into .build/sdk, its SDKs for Node.js, Python and Go
	@$(PY) -m component.schema
	@$(cli)
	@for language in nodejs python go; do \
	  pulumi package gen-sdk component/schema.json --language $$language --out .build/sdk || exit 1; done

plan: setup ## Run `pulumi preview` with the policies; save the plan for `make apply`: make plan STACK=dev
	@mkdir -p .build
	@rm -f '.build/$(stack).plan.json' # an old plan must not be applied if this one fails
	@: >'.build/$(stack).preview.txt'
	@{ $(cli) && pulumi preview --stack '$(stack)' --diff --policy-pack policy --save-plan '.build/$(stack).plan.json' \
	  --non-interactive --color never; } >'.build/$(stack).preview.txt' 2>&1; \
	  status=$$?; cat '.build/$(stack).preview.txt'; \
	  printf '\nmake plan: exit status %s\n' "$$status" >>'.build/$(stack).preview.txt'; exit $$status

# A plan is applied once: after an update, even one that failed, it no longer describes the stack. Of two runs at once,
# one renames the plan, and the other finds none. The shell outlives Ctrl-C to remove the plan when the CLI has ended.
apply: setup ## Run `pulumi up` with the plan of `make plan`, once: make apply STACK=dev
	@$(cli)
	@plan='.build/$(stack).plan.'$$$$'.json'; mv '.build/$(stack).plan.json' "$$plan" 2>/dev/null || { \
	  echo "error: $(stack): there is no plan, or it was applied already. Run \`make plan STACK=$(stack)\`." >&2; exit 1; }; \
	  trap : INT TERM; \
	  pulumi up --stack '$(stack)' --plan "$$plan" --policy-pack policy --skip-preview --yes --non-interactive; \
	  status=$$?; rm -f "$$plan"; test $$status = 0 || \
	  echo "error: $(stack): the update failed, and its plan is used up. Run \`make plan STACK=$(stack)\` for a new one." >&2; \
	  exit $$status

drift: setup ## Fail if AWS has drifted from the program: make drift STACK=dev
	@$(cli)
	@pulumi preview --stack '$(stack)' --refresh --expect-no-changes --diff --non-interactive

destroy: setup ## Run `pulumi destroy`, which asks first, except in CI: make destroy STACK=dev
	@$(cli)
	@pulumi destroy --stack '$(stack)' $(if $(filter true,$(CI)),--yes --non-interactive)

report: setup ## Show the output of `make plan` as Markdown, in CI as a comment or summary; fail if a plan failed
	@$(PY) -m tools report $(or $(PREVIEWS),.build)

# Prints the tool's name, runs it, and prints its time.
step = @echo '== $(1)'; begun=$$(date +%s); .venv/bin/$(1) || exit; echo "   $$(($$(date +%s) - begun)) s"

check: setup .venv/installed-check lint audit sbom policy prose ## Check code, English, links, workflows, policies, advisories and the SBOM
	$(call step,ruff check .)
	$(call step,ruff format --check .)
	$(call step,basedpyright --warnings)
	$(call step,python -m pytest tests/test_structure.py tests/docs/test_links.py)

lint: setup .venv/installed-check ## Check the workflows with actionlint and zizmor
	$(call step,actionlint)
	$(call step,zizmor --offline --quiet .)

policy: setup ## Check every stack against the policy pack, without the Pulumi CLI
	$(call step,python -m tools policy)

prose: setup .venv/installed-test ## Check the English of pages, docstrings, comments and messages
	$(call step,python -m tools prose)

audit: setup .venv/installed-check ## Look up known vulnerabilities of the locked packages
	$(call step,python -m tools audit)

sbom: setup .venv/installed-test ## List the packages in the function's zip, as CycloneDX: .build/authorizer.cdx.json
	$(call step,python -m tools sbom)

mutants: setup .venv-mutants/installed-mutants ## Run mutation tests of the authorizer, some 3,000 mutants: more than an hour; MODULE=policy for one module
	@PYTHONHASHSEED=0 .venv-mutants/bin/python -m lab.mutation $(MODULE)

fuzz: setup .venv/installed-fuzz ## Fuzz the authorizer for a minute
	@$(PY) -m lab.fuzz --seconds 60

bench: setup ## Compare the authorizer with its peers, and count resources; writes docs/benchmarks.md
	@$(PY) -m lab.benchmarks bench
	@$(PY) -m lab.benchmarks resources

load: setup ## Make 200,000 decisions and 20,000 requests; fail on a wrong answer or growing memory
	@$(PY) -m lab.benchmarks load

aws-contract: setup ## Test undocumented answers of AWS, with an API that exists for some minutes in your account
	@$(PY) -m lab.aws_contract

format: setup .venv/installed-check ## Format the code, and fix what ruff can fix
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

# With another index than the public one, uv would write that index's addresses into uv.lock.
UV_PUBLIC := env -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS .venv/bin/uv --no-config
EXPORT := .venv/bin/uv --no-config export --quiet --frozen --no-emit-project --no-annotate
lock: setup ## Write uv.lock and each requirements.txt, after a change of pyproject.toml
	@$(UV_PUBLIC) lock $(if $(UPGRADE),--upgrade-package '$(UPGRADE)')
	@$(EXPORT) --output-file requirements.txt >/dev/null
	@for group in authorizer policy tenant; do \
	  $(EXPORT) --only-group $$group --output-file $$group/requirements.txt >/dev/null || exit 1; \
	done

clean: ## Remove everything that make made
	rm -rf .venv .venv-ministack .venv-mutants .build .pytest_cache .ruff_cache .hypothesis .coverage tenant/.venv component/.venv policy/.venv ci/bootstrap/.venv

# Each dependency group of pyproject.toml is installed when a target first needs it, from uv.lock.
.venv/installed-%: uv.lock tools/install.py | .venv/bin/python
	@$(PY) -I tools/install.py $*

.venv-ministack/installed-ministack .venv-mutants/installed-mutants: uv.lock tools/install.py | .venv/installed-demo
	@$(PY) -I tools/install.py $(patsubst installed-%,%,$(@F))

.venv/installed-test: .venv/installed-demo
.venv/installed-check .venv/installed-fuzz .venv/installed-scaling: .venv/installed-test

.venv/bin/python:
	@$(is_new)
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "error: $(PYTHON) cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@echo "Installing what the demo needs into .venv and .venv-ministack: 350 MB on disk, 75 MB to download, some 30 s"
	@$(PYTHON) -c 'import signal; signal.signal(signal.SIGINT, signal.SIG_DFL); import venv; venv.main(["--clear", "--without-pip", ".venv"])'
