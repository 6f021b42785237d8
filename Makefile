# The one door for contributors; `make` alone lists what it opens.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .cache/venv
COLLECTION := .cache/collections/ansible_collections/longshore/fleet
READY := $(VENV)/.installed $(COLLECTION)

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/collections


.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

include molecule/shared/lab.mk

# --- Tests

# Three rows go side by side in `make test`. The stages of a row that needs a lab take turns there, and the second of these
# rows has a lab of its own: a second checkout, as what belongs to a lab is named after its checkout. It has some of the
# targets too, so that both take as long.
LAB_STAGES := integration
SECOND_STAGES := molecule faults integration-second
SECOND_TARGETS := code instances prune registry_ssh reload rollout service_info sidecars
OTHER_STAGES := lint sanity unit
REPORT := benchmark-quick
SECOND := $(CURDIR)/.cache/second
STAGE := tests/stages.py run

# `make test-all` runs the labs' stages on this Consul too, as stages of their own, such as molecule-1.13.9.
OTHER_CONSUL := 1.13.9
STAGES_ON_OTHER_CONSUL := $(patsubst %,%-$(OTHER_CONSUL),$(LAB_STAGES) $(SECOND_STAGES))
HAS_OTHER_CONSUL = $(or $(wildcard $(SHARED_CACHE)/consul-$(OTHER_CONSUL)),$(shell command -v go))

# What `make test` runs of the scenarios and of the faults, and the long targets that it leaves out: what they show in whole
# flows, the quick faults and the target reload show in part. Of a target with a file quick.yml it runs the cases listed
# there. `make test-all` runs every one.
SCENARIOS := default
QUICK := -m quick
LONG := code_rollout fleet gate_redis gateway leave order promote sources tutorial view

.PHONY: test test-all lint unit versions cores sanity integration molecule faults status-page

test: $(READY) engine ## Run every test that fits into half an hour, and count
	@rm -rf .cache/results
	@export CAPTURE=1 RESULTS='$(CURDIR)/.cache/results'; \
	  set -m; trap 'kill -INT $$(jobs -p | sed s/^/-/); wait; exit 130' INT TERM; \
	  $(MAKE) --keep-going $(OTHER_STAGES) </dev/null & \
	  $(MAKE) --keep-going $(LAB_STAGES) TARGETS='$(filter-out $(SECOND_TARGETS),$(TARGETS))' </dev/null & \
	  $(MAKE) second-row FAULTS='$(QUICK)' </dev/null & \
	  wait; $(if $(REPORT),$(MAKE) $(REPORT) || true)
	@$(if $(SKIPPED),echo 'Skipped: $(SKIPPED)')
	@tests/stages.py sum $(LAB_STAGES) $(SECOND_STAGES) $(REPORT) $(OTHER_STAGES)

# After a run that was interrupted the second lab may still be there; `make lab-down` removes both.
.PHONY: second-row
second-row:
	@[ ! -e $(SECOND)/Makefile ] || $(MAKE) -C $(SECOND) lab-down >/dev/null
	@rm -rf $(SECOND)
	@git clone --quiet --no-checkout . $(SECOND)
	@$(call copy_to,$(SECOND)) # with what is not committed yet
	@mkdir -p $(SECOND)/.cache
	@ln -s $(CURDIR)/$(VENV) $(SECOND)/$(VENV)
	@$(MAKE) -C $(SECOND) --keep-going $(SECOND_STAGES) || true
	@$(MAKE) -C $(SECOND) lab-down >/dev/null
	@rm -rf $(SECOND)

test-all: SCENARIOS := $(patsubst molecule/%/molecule.yml,%,$(wildcard molecule/*/molecule.yml))
test-all: ALL_STAGES = $($(1)) $(if $(HAS_OTHER_CONSUL),$($(1):%=%-$(OTHER_CONSUL)))
test-all: $(READY) ## Run every test on two versions of Consul, however long it takes, and count
	@trap '$(MAKE) lab >/dev/null' EXIT; $(MAKE) test QUICK= LONG= REPORT= OTHER_STAGES='$(OTHER_STAGES) versions docs' \
	  SCENARIOS='$(if $(HAS_OTHER_CONSUL),$(SCENARIOS),$(filter-out upgrade,$(SCENARIOS)))' \
	  LAB_STAGES='$(call ALL_STAGES,LAB_STAGES) cores demo-stack status-page' SECOND_STAGES='$(call ALL_STAGES,SECOND_STAGES)' \
	  $(if $(HAS_OTHER_CONSUL),,SKIPPED='the scenario upgrade, and the lab on Consul $(OTHER_CONSUL) ($(NO_GO))')

.PHONY: $(STAGES_ON_OTHER_CONSUL)
$(STAGES_ON_OTHER_CONSUL): %-$(OTHER_CONSUL):
	@$(MAKE) $* CONSUL=$(OTHER_CONSUL) SUFFIX=-$(OTHER_CONSUL)

lint: $(READY) copy ## Check style, types, documentation and what Galaxy asks
	@$(STAGE) lint \
	  'ruff check' \
	  'ruff format --check' \
	  'mypy --package ansible_collections.longshore.fleet.plugins.module_utils' \
	  'ansible-lint' \
	  'antsibull-changelog lint' \
	  'antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .' \
	  'tests/galaxy-import $(COPY)' \
	  'ansible-builder introspect .cache/copy | grep "^- .py-consul>="'

unit: $(READY) ## Run the unit tests
	@$(STAGE) unit 'pytest --junitxml=$$JUNIT_OUTPUT_DIR/pytest.xml'

# The oldest versions that README names, and the newest of the same packages on the newest Python of this machine.
OLDEST := ansible-core==2.19.0 docker==7.1.0 dnspython==2.9.2 py-consul==1.8.0
NEWEST := ansible-core docker dnspython py-consul
versions: $(READY) ## Run the unit tests with the oldest and the newest versions of what Longshore needs
	@$(STAGE) versions 'tests/versions oldest $(VENV)/bin/python $(OLDEST)' \
	  'tests/versions newest $(or $(NEW_PYTHON),$(VENV)/bin/python) $(NEWEST)'

# The newest Python of this machine, where it has one that ansible-core 2.20 and newer take.
NEW_PYTHON = $(shell for python in python3.{12..15} ~/.pyenv/versions/3.1[2-5].*/bin/python; do \
  "$$python" -c '' 2>/dev/null && echo "$$python"; done | tail -n 1)

# Each ansible-core that README names: the unit tests in an environment of its own, and with that sanity, and a target on the lab.
CORES = 2.19 $(if $(NEW_PYTHON),2.20 2.21)
CORE_TARGET := deploy
CORES_COPY := .cache/copy-cores/ansible_collections/longshore/fleet
python_of = $(if $(filter 2.19,$(1)),$(VENV)/bin/python,$(NEW_PYTHON))
on_core = PATH=$(CURDIR)/.cache/venv-core-$(1)/bin:$$PATH
cores: $(READY) lab ## Run the unit tests, sanity and a target on the lab with each ansible-core that is supported
	@rm -rf .cache/copy-cores
	@git init --quiet .cache/copy-cores
	@$(call copy_to,$(CORES_COPY))
	@$(if $(NEW_PYTHON),,echo 'Skipped: ansible-core 2.20 and newer, as there is no Python 3.12 or newer here')
	@$(COUNT_ASSERTS) $(STAGE) cores $(foreach core,$(CORES), \
	  'tests/versions core-$(core) $(call python_of,$(core)) ansible-core~=$(core).0 $(wordlist 2,9,$(NEWEST))' \
	  '$(call on_core,$(core)) tests/sanity $(CORES_COPY)' \
	  '$(call on_core,$(core)) ansible-playbook -i inventories/lab/hosts.yml tests/integration/run.yml \
	    -e target=$(CORE_TARGET) -e @tests/integration/targets/$(CORE_TARGET)/quick.yml')

sanity: $(READY) copy ## Run ansible-test sanity
	@$(STAGE) sanity 'tests/sanity $(COPY)'

# Of a playbook, every task named "Assert ..." is a case, and every task that failed.
COUNT_ASSERTS := ANSIBLE_CALLBACKS_ENABLED=ansible.builtin.junit JUNIT_TEST_CASE_PREFIX=Assert JUNIT_HIDE_TASK_ARGUMENTS=true

TARGETS := $(filter-out $(LONG),$(patsubst tests/integration/targets/%/tasks/main.yml,%,$(wildcard tests/integration/targets/*/tasks/main.yml)))
cases_of = -e target=$(1)$(if $(LONG),$(patsubst %, -e @%,$(wildcard tests/integration/targets/$(1)/quick.yml)))
integration: $(READY) lab ## Run every module's cases on the lab, with LONG= also those that `make test` leaves out
	@$(COUNT_ASSERTS) $(STAGE) integration$(SUFFIX) \
	  $(foreach target,$(TARGETS),'ansible-playbook -i inventories/lab/hosts.yml tests/integration/run.yml $(call cases_of,$(target))')

.PHONY: integration-second
integration-second:
	@$(MAKE) integration TARGETS='$(SECOND_TARGETS)' SUFFIX=-second$(SUFFIX)

molecule: $(READY) lab lab-artifacts $(if $(filter upgrade,$(SCENARIOS)),$(UPGRADE_STEPS:%=$(SHARED_CACHE)/consul-%)) ## Run the molecule scenarios on the lab
	@$(COUNT_ASSERTS) $(STAGE) molecule$(SUFFIX) $(SCENARIOS:%='molecule test --scenario-name %')

# A fault takes as long as a session of Consul lives and its lock is kept back.
faults: $(READY) lab ## Strike rollouts on the lab with every fault, and show what a steady client saw
	@$(STAGE) faults$(SUFFIX) 'pytest tests/faults $(FAULTS) -o faulthandler_timeout=900 --junitxml=$$JUNIT_OUTPUT_DIR/pytest.xml; \
	  code=$$?; cat .cache/faults.md; exit $$code'

# Chromium is for this alone. The agents are Debian's, as the lab's nodes have it, and another.
status-page: $(READY) $(DEBIAN_CONSUL_BINARY) $(if $(HAS_OTHER_CONSUL),$(SHARED_CACHE)/consul-$(OTHER_CONSUL)) /usr/bin/chromedriver ## Look at the status page in Chromium
	@$(if $(HAS_OTHER_CONSUL),,echo 'Skipped: the page on Consul $(OTHER_CONSUL) ($(NO_GO))')
	@CONSULS='$(filter %/consul-$(DEBIAN_CONSUL) %/consul-$(OTHER_CONSUL),$^)' $(STAGE) status-page \
	  'pytest tests/status_page -rP --show-capture=stdout --junitxml=$$JUNIT_OUTPUT_DIR/pytest.xml'

/usr/bin/chromedriver:
	@echo 'Installing Chromium'
	@molecule/shared/apt-install chromium chromium-driver

# --- The documentation's site

.PHONY: docs

# Its tools have an environment of their own, as `make test` does not need them. The source is a copy of the tree, so that
# links between its files hold, with the reference beside them.
DOCS_VENV := .cache/docs-venv
SITE := .cache/docs
docs: $(READY) $(DOCS_VENV)/.installed ## Build the site of the guides and the reference, with a warning as an error
	@rm -rf $(SITE)
	@$(call copy_to,$(SITE)/source)
	@cp docs/site/index.md $(SITE)/source/
	@install --directory --mode=755 $(SITE)/source/reference
	@PATH=$(CURDIR)/$(DOCS_VENV)/bin:$$PATH $(STAGE) docs \
	  'antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --dest-dir $(SITE)/source/reference longshore.fleet' \
	  'sphinx-build --jobs auto --nitpicky --fail-on-warning --keep-going --conf-dir docs/site $(SITE)/source $(SITE)/html'
	@echo 'The site begins at $(SITE)/html/index.html'

$(DOCS_VENV)/.installed: docs/requirements.txt | $(READY)
	@echo "Installing the tools of the site into $(DOCS_VENV)"
	@$(PYTHON) -m venv --clear $(DOCS_VENV)
	@UV_SYSTEM_CERTS=1 uv pip install --quiet --python $(DOCS_VENV) --requirement $< || $(DOCS_VENV)/bin/pip install --quiet --requirement $<
	@touch $@

# --- The main job, shown and measured

.PHONY: demo demo-django demo-stack benchmark benchmark-quick benchmark-reload

# On a bare machine nearly all of the time is for fetching and for images. So that goes side by side: first the Python tools,
# the engine with its base image, and Elasticsearch, then the lab and the image of the example, which the deploy finds in the
# engine's cache.
demo: ## Take Elasticsearch from a Dockerfile to a cluster of three on the lab
	@$(PYTHON) tests/progress.py $(MAKE) --silent demo-steps

.PHONY: demo-steps demo-image
demo-steps: READY_TO_SHOW = $(if $(wildcard $(VENV)/.installed),$(READY),$(VENV)/.controller $(COLLECTION))
demo-steps:
	@$(MAKE) --jobs=3 $(READY_TO_SHOW) base-image $(ELASTICSEARCH_CONTEXT)/$(ELASTICSEARCH)
	@$(MAKE) --jobs=2 lab demo-image READY='$(READY_TO_SHOW)'
	@$(LAB) playbooks/config.yml
	@ANSIBLE_STDOUT_CALLBACK=longshore.fleet.rollout $(LAB) playbooks/deploy.yml -e service=elasticsearch
	@$(LAB) inventories/lab/show.yml

demo-image: $(ELASTICSEARCH_CONTEXT)/$(ELASTICSEARCH)
	@echo 'Building the image of Elasticsearch'
	@DOCKER_BUILDKIT=0 docker build --quiet --network=host $(ELASTICSEARCH_CONTEXT) >/dev/null

BENCHMARKS := python -m tests.benchmark
benchmark: $(READY) lab ## Compare Longshore on the lab with what one would take instead, into docs/benchmark.md
	@$(if $(BENCHMARK),$(BENCHMARKS).compare $(BENCHMARK),$(if $(GROWTH),$(BENCHMARKS).growth $(GROWTH),\
	  $(BENCHMARKS).compare; $(BENCHMARKS).growth; $(BENCHMARKS).steps; $(BENCHMARKS).report))

# A report and no verdict: only what keeps it from measuring fails it.
benchmark-quick: $(READY) lab ## Compare a few works on the lab in one round, in three minutes
	@$(STAGE) benchmark-quick 'set -o pipefail; $(BENCHMARKS).compare --quick | tee $$JUNIT_OUTPUT_DIR/report.md'

DEMO_SITE := $(foreach service,database web front,$(LAB) playbooks/deploy.yml -e service=$(service);)

demo-django: $(READY) lab lab-artifacts ## Take new code of a Django site live on three hosts under load, and back
	@$(LAB) playbooks/config.yml
	@set -e; $(DEMO_SITE)
	@tests/benchmark/reload.py demo

STACK := ansible-playbook -i inventories/stack/hosts.yml
demo-stack: $(READY) lab ## Take clusters, several instances and sidecars to the lab as one stack, in one command
	@ln --symbolic --force ../lab/group_vars ../lab/images inventories/stack/ # sanity wants no links to folders in git
	@$(STAGE) demo-stack '$(STACK) longshore.fleet.stack' '$(STACK) inventories/stack/show.yml'

benchmark-reload: $(READY) lab lab-artifacts ## Measure 20 reloads of a Django site under load, into tests/benchmark/README.md
	@set -e; $(DEMO_SITE)
	@tests/benchmark/reload.py measure

# --- What the targets above need

.PHONY: copy clean requirements

# ansible-test wants a real folder of the collection's name under version control, Galaxy an artefact without leftovers.
COPY := .cache/copy/ansible_collections/longshore/fleet
copy_to = mkdir -p $(1) && git ls-files -z --cached --others --exclude-standard \
  | tar -c --null --files-from=- --ignore-failed-read | tar -x -C $(1)
copy:
	@rm -rf .cache/copy
	@git init --quiet .cache/copy
	@$(call copy_to,$(COPY))

# Ansible finds a collection by the names of its folders.
$(COLLECTION):
	@mkdir -p $(@D)
	@ln -sfn $(CURDIR) $@

COMPILE := python -m compileall -q -j 0 -x 'ansible_collections/(?!community/docker)' $(VENV)/lib

# uv trusts whom the machine trusts; where that won't do, pip installs. Compiled here, because a machine may be set to never
# write bytecode, and then every call of Ansible would compile all of it.
$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || molecule/shared/apt-install python3-venv
	@echo "Installing the Python tools into $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@pip install --quiet --disable-pip-version-check "$$(grep '^uv==' $<)"
	@UV_SYSTEM_CERTS=1 uv pip install --quiet --python $(VENV) --requirement $< || pip install --quiet --requirement $<
	@$(COMPILE)
	@touch $@

# Of these tools only what a controller needs, for the demo on a machine that has none of them yet.
$(VENV)/.controller: requirements.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || molecule/shared/apt-install python3-venv
	@echo "Installing Ansible and what the modules import into $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@pip install --quiet --disable-pip-version-check "$$(grep '^uv==' $<)"
	@packages=$$(sed -n '/^# The controller/,/^$$/s/^[a-z].*/&/p' $<); \
	  UV_SYSTEM_CERTS=1 uv pip install --quiet --python $(VENV) --constraint $< $$packages || pip install --quiet --constraint $< $$packages
	@$(COMPILE)
	@touch $@

requirements: ## Pin anew what the pinned tools bring along
	@for file in requirements.txt docs/requirements.txt; do \
	  sed -i '/^# brought along/q' $$file; \
	  UV_SYSTEM_CERTS=1 uv pip compile --quiet --no-header --no-annotate $$file | grep -vxFf $$file >>$$file; \
	done

clean: lab-down ## Remove all that make made
	@rm -rf .cache .ansible
