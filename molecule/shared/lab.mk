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

.PHONY: engine lab lab-down

engine: ## Install and start a Docker Engine, where none answers
	@docker version >/dev/null 2>&1 || molecule/shared/start-engine

lab: $(READY) engine $(CONSUL_BINARY) ## Make the lab of three hosts, or mend it
	@$(LAB) molecule/shared/create.yml -e lab_consul=$(CONSUL) -e lab_consul_binary=$(CONSUL_BINARY)

lab-down: $(READY) engine ## Remove the lab
	@$(LAB) molecule/shared/destroy.yml

# Consul's own go.mod has replacements, with which `go install` does not build it.
$(SHARED_CACHE)/consul-%:
	@command -v go >/dev/null || { echo 'No Consul $*: $(NO_GO)' >&2; exit 1; }
	@echo 'Building Consul $* with Go, which takes some minutes'
	@rm -rf .cache/consul
	@mkdir -p .cache/consul $(@D)
	@cd .cache/consul && { go mod init lab && go get -tool github.com/hashicorp/consul@v$* \
	  && go build -ldflags='-s -w' -o $@ github.com/hashicorp/consul; } >log 2>&1 || { tail -n 5 log >&2; exit 1; }

# --- What the example image is made from

ELASTICSEARCH := elasticsearch-7.17.29
ELASTICSEARCH_CONTEXT := inventories/lab/images/elasticsearch
ELASTICSEARCH_ZIP := $(SHARED_CACHE)/$(ELASTICSEARCH).zip

.PHONY: lab-artifacts
lab-artifacts: $(ELASTICSEARCH_CONTEXT)/$(ELASTICSEARCH) ## Fetch what the example image is made from
	@:

$(ELASTICSEARCH_CONTEXT)/$(ELASTICSEARCH): | $(ELASTICSEARCH_ZIP)
	@command -v unzip >/dev/null || { apt-get update -qq && apt-get install -qq unzip; }
	@(cd $(SHARED_CACHE) && sha512sum --check --quiet $(CURDIR)/$(@D)/SHA512SUMS) || { rm $(ELASTICSEARCH_ZIP); exit 1; }
	@rm -rf .cache/unpacked
	@unzip -q $(ELASTICSEARCH_ZIP) -d .cache/unpacked
	@mv .cache/unpacked/$(@F) $@

$(ELASTICSEARCH_ZIP):
	@command -v mvn >/dev/null || { apt-get update -qq && apt-get install -qq --no-install-recommends maven; }
	@echo "Fetching $(@F)"
	@mvn --quiet --batch-mode -Dstyle.color=never dependency:copy -DoutputDirectory=$(@D) \
	  -Dartifact=org.elasticsearch.distribution.integ-test-zip:$(subst -,:,$(ELASTICSEARCH)):zip
