# SPDX-License-Identifier: GPL-2.0
#
# The face of the project. `make help` says what can be asked of it.

MAKEFLAGS += --no-print-directory
export LC_ALL := C

KERNEL := selftests/vm/kernel

# Which kernel: KDIR names a build tree, KREL a release; otherwise the running kernel where its headers are installed,
# and otherwise the newest that has both headers and an image that a VM can boot.
ifneq ($(KDIR),)
override KDIR := $(abspath $(KDIR))
KREL ?= $(shell cat $(KDIR)/include/config/kernel.release 2>/dev/null)
else
KREL ?= $(shell $(KERNEL) default 2>/dev/null)
KDIR := $(if $(KREL),/lib/modules/$(KREL)/build)
endif

# A User Mode Linux tree says so in its configuration; W=1 and C=2 pass through to the kernel's build system.
KARCH := $(if $(wildcard $(KDIR)/.config),$(if $(shell grep -s '^CONFIG_UML=y' $(KDIR)/.config),ARCH=um))
BUILD := $(CURDIR)/build/$(or $(KREL),no-kernel)
KO := $(BUILD)/toy.ko

.PHONY: all modules module userspace load unload demo lab check check-core check-vm check-debug check-matrix check-package fuzz model bench vm docs experiment lint \
	install-deps install install-tools uninstall deb clean help

all: userspace modules ## Build the module and the programs

# The module is built in a tree of links, one for each kernel: this folder stays clean, may be read-only to the VM that
# uses it, and what one kernel's build leaves never meets another's. Two builds for one kernel wait for each other.
modules: ## Build build/RELEASE/toy.ko                   [KDIR=TREE | KREL=RELEASE] [W=1] [C=2]
	@$(KERNEL) check-headers '$(KREL)' '$(KDIR)'
	@mkdir -p '$(BUILD)'
	@flock '$(BUILD)' selftests/vm/mirror '$(BUILD)' Kbuild module
	@flock '$(BUILD)' $(MAKE) -C '$(KDIR)' M='$(BUILD)' $(KARCH) modules
	@echo "built $(KO:$(CURDIR)/%=%)"

module: modules

userspace: ## Build the programs
	@$(if $(wildcard userspace/Makefile),$(MAKE) -C userspace,echo "userspace/: no programs here yet")

load: ## Load the module into the running kernel (root)
	@$(KERNEL) load '$(BUILD:%/$(KREL)=%)'

unload: ## Take it out again (root)
	@$(KERNEL) unload

# What a VM runs is built for the kernel that it boots, which may not be this machine's.
FOR_VM = $(MAKE) all $(if $(filter command line,$(origin KDIR) $(origin KREL)),,KREL=$$($(KERNEL) release))

demo: ## Install what is missing, build, boot a VM and watch one connection live and die
	@selftests/setup demo
	@$(FOR_VM)
	@selftests/vm/run --virtual-time -- userspace/demo/demo

# Steps wait for Enter, which no clock that skips idle time does.
lab: ## Scenarios: list them; LAB=NAME: run one in a VM     [LAB=NAME|all] [STEP=1] [INTO=DIR] [TOYLAB='-6 --ascii']
	@$(if $(LAB),:,userspace/lab/toylab list; echo; echo "make lab LAB=NAME runs one in a VM; Documentation/lab.rst tells more")
ifneq ($(LAB),)
	@selftests/setup demo
	@$(FOR_VM)
	@selftests/vm/run $(if $(STEP),--interactive,--virtual-time --timeout 3600) $(if $(INTO),--out '$(INTO)') -- userspace/lab/toylab run $(LAB) \
		$(if $(STEP),--step) $(if $(INTO),--into /out) $(TOYLAB)
endif

check: ## Install what is missing and run every test: the core on the host, the module in a VM
	@selftests/setup check
	@selftests/check $(CHECK)

check-core: ## The core's tests alone: no root, no VM
	@selftests/check core

check-vm: ## The module's tests alone, in a VM      [CHECK='--only NAME']
	@selftests/check vm $(CHECK)

check-matrix: ## The module's tests on the kernels of Debian 12, 13 and sid   [MATRIX='--release sid']
	@selftests/setup demo check matrix
	@selftests/check-matrix $(MATRIX)

check-debug: ## The tests on debug kernels, built once (25 minutes)    [DEBUG='--quick']
	@selftests/setup demo check debug
	@selftests/check-debug $(DEBUG)

fuzz: ## Look for inputs that break the core, with clang's libFuzzer      [FUZZ_SECONDS=60, for each target]
	@$(MAKE) -C selftests/fuzz -s fuzz

model: ## Check the model of handshake, close and TIME-WAIT with spin, about a minute
	@selftests/model/run.sh

bench: ## Speed and memory beside TCP's, in a VM; figures, no verdict [BENCH='--virtual-time --runs 5']
	@selftests/setup check
	@$(FOR_VM)
	@selftests/bench/bench $(BENCH)

vm: ## A shell in a VM with the module loaded                      [RUN='OPTIONS']
	@selftests/setup demo
	@$(FOR_VM)
	@selftests/vm/run $(RUN)

docs: ## Write the documents as HTML to build/docs; every picture is of a run in a VM   [DOCS='--keep']
	@selftests/setup demo docs
	@$(FOR_VM)
	@Documentation/render $(DOCS)

experiment: ## Try a change out of the lessons on a copy of the module; without a name, a list   [EXPERIMENT=NAME]
	@$(if $(EXPERIMENT),selftests/setup demo && $(FOR_VM))
	@Documentation/experiment $(or $(EXPERIMENT),list)

check-package: ## Debian's packages installed, booted in a VM, used and removed again   (root, 3 minutes)
	@selftests/setup demo check
	@$(MAKE) -s userspace
	@selftests/check-package

lint: ## checkpatch --strict, sparse, W=1, shellcheck, kernel-doc, licence lines: all quiet
	@selftests/setup lint
	@selftests/lint

install-deps: ## Install everything that any target needs, through apt
	@selftests/setup demo check docs lint matrix debug

deb: userspace ## Debian packages toy-tools and toy-dkms, in build/deb
	@userspace/packaging/deb

# What was built is put there, nothing is built here: root's part is to copy. For Debian's packages see deb.
INSTALL = userspace/packaging/install DESTDIR='$(DESTDIR)' prefix='$(prefix)' docdir='$(docdir)' wireshark='$(wireshark)' KREL='$(KREL)'

install: ## Install programs, manual pages and the module (root) [prefix=/usr/local] [DESTDIR=DIR] [KREL=RELEASE]
	@$(INSTALL) install tools module

install-tools: ## The same without the module
	@$(INSTALL) install tools

uninstall: ## Remove what install put there (root)               [prefix=/usr/local] [DESTDIR=DIR]
	@$(INSTALL) uninstall

clean: ## Remove what was built
	@rm -rf build
	@$(if $(wildcard userspace/Makefile),$(MAKE) -C userspace clean)
	@$(if $(wildcard selftests/core/Makefile),$(MAKE) -C selftests/core clean)
	@$(if $(wildcard selftests/fuzz/Makefile),$(MAKE) -C selftests/fuzz clean)
	@rm -rf selftests/model/build

help: ## This text
	@echo "make TARGET"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
	@echo
	@echo "Exit codes: 0 done, and no test failed; 2 otherwise (make's own); what it runs says more: selftests/check --help"
	@echo "Kernel: $(or $(KREL),none found; make install-deps)"
