# The lab: three hosts and a registry, in containers. Included by the Makefile.

LAB := ansible-playbook -i inventories/lab/hosts.yml

# What takes long to fetch is shared by all checkouts.
SHARED_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/longshore

# --- The lab

# The nodes' image has Debian's Consul; `make lab CONSUL=1.13.9` gives the nodes another, `make lab` takes it away again.
DEBIAN_CONSUL := 1.8.7
CONSUL := $(DEBIAN_CONSUL)
NO_GO := it is built with Go, and there is no Go here
CONSUL_BINARY := $(if $(filter-out $(DEBIAN_CONSUL),$(CONSUL)),$(SHARED_CACHE)/consul-$(CONSUL))

.PHONY: engine base-image lab lab-down

engine: ## Install and start a Docker Engine, where none answers
	@docker version >/dev/null 2>&1 || molecule/shared/start-engine

base-image: engine
	@molecule/shared/base-image debian:bookworm-slim

# One lab after the other, as each takes addresses that nobody has yet, and makes images that others need too.
lab: $(READY) engine $(CONSUL_BINARY) ## Make the lab of three hosts, or mend it
	@mkdir -p $(SHARED_CACHE)
	@flock --close $(SHARED_CACHE)/lab.lock \
	  $(LAB) molecule/shared/create.yml -e lab_consul=$(CONSUL) -e lab_consul_binary=$(CONSUL_BINARY)

lab-down: $(READY) engine ## Remove the lab
	@$(LAB) molecule/shared/destroy.yml
	@[ ! -e $(SECOND)/Makefile ] || $(MAKE) -C $(SECOND) lab-down

# For tests that run an agent on this machine.
DEBIAN_CONSUL_BINARY := $(SHARED_CACHE)/consul-$(DEBIAN_CONSUL)
$(DEBIAN_CONSUL_BINARY): | lab
	@ansible node1 -i inventories/lab/hosts.yml -m ansible.builtin.fetch -a 'src=/usr/bin/consul dest=$@.new flat=true' >/dev/null
	@chmod +x $@.new
	@mv $@.new $@

# What the scenario upgrade goes through, from Debian's.
UPGRADE_STEPS := 1.10.12 1.12.9 1.13.9

# Consul's own go.mod has replacements, with which `go install` does not build it; without them, and with a newer Go, some versions need newer modules.
MODULES_OF_1.10.12 := github.com/hashicorp/consul/api@v1.13.1 github.com/hashicorp/consul/sdk@v0.10.0 golang.org/x/net@v0.7.0
$(SHARED_CACHE)/consul-%:
	@command -v go >/dev/null || { echo 'No Consul $*: $(NO_GO)' >&2; exit 1; }
	@echo 'Building Consul $* with Go, which takes some minutes'
	@rm -rf .cache/consul
	@mkdir -p .cache/consul $(@D)
	@cd .cache/consul && { go mod init lab && go get -tool github.com/hashicorp/consul@v$* $(MODULES_OF_$*) \
	  && go build -ldflags='-s -w' -o $@.new github.com/hashicorp/consul && mv $@.new $@; } >log 2>&1 || { tail -n 5 log >&2; exit 1; }

# --- What the example image is made from

ELASTICSEARCH := elasticsearch-7.17.29
ELASTICSEARCH_CONTEXT := inventories/lab/images/elasticsearch
ELASTICSEARCH_ZIP := $(SHARED_CACHE)/$(ELASTICSEARCH).zip

.PHONY: lab-artifacts
lab-artifacts: $(ELASTICSEARCH_CONTEXT)/$(ELASTICSEARCH) lab-code ## Fetch what the example images are made from
	@:

# --- The code of the examples, as git repositories, and what their images need of PyPI

CODE := inventories/lab/code
REPOSITORIES := $(patsubst $(CODE)/%,.cache/lab/code/%/.git,$(wildcard $(CODE)/*))
WHEELS := $(patsubst $(CODE)/%/requirements.txt,inventories/lab/images/%/wheels/.for-requirements,$(wildcard $(CODE)/*/requirements.txt))

.PHONY: lab-code
lab-code: $(REPOSITORIES) $(WHEELS)

.cache/lab/code/%/.git:
	@mkdir -p $(@D)
	@cp -r $(CODE)/$*/. $(@D)/
	@git -C $(@D) init --quiet --initial-branch=main
	@git -C $(@D) add --all
	@git -C $(@D) -c user.name=lab -c user.email=lab@example.com commit --quiet --message='The code of $*'

# For the Python of the images.
inventories/lab/images/%/wheels/.for-requirements: $(CODE)/%/requirements.txt
	@echo "Fetching the packages of $*"
	@$(VENV)/bin/python -m pip download --quiet --disable-pip-version-check --only-binary :all: --python-version 3.11 \
	  --dest $(@D) --requirement $<
	@touch $@

$(ELASTICSEARCH_CONTEXT)/$(ELASTICSEARCH): | $(ELASTICSEARCH_ZIP)
	@command -v unzip >/dev/null || molecule/shared/apt-install unzip
	@(cd $(SHARED_CACHE) && sha512sum --check --quiet $(CURDIR)/$(@D)/SHA512SUMS) || { rm $(ELASTICSEARCH_ZIP); exit 1; }
	@rm -rf .cache/unpacked
	@unzip -q $(ELASTICSEARCH_ZIP) -d .cache/unpacked
	@mv .cache/unpacked/$(@F) $@

$(ELASTICSEARCH_ZIP):
	@command -v mvn >/dev/null || { echo 'Installing Maven'; molecule/shared/apt-install maven; }
	@echo "Fetching $(@F)"
	@mkdir -p $(@D)
	@mvn --quiet --batch-mode -Dstyle.color=never dependency:copy -DoutputDirectory=$(@D) \
	  -Dartifact=org.elasticsearch.distribution.integ-test-zip:$(subst -,:,$(ELASTICSEARCH)):zip
