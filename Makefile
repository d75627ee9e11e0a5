# SPDX-License-Identifier: GPL-2.0
#
# vmq: build, install, test.  "make help" lists the targets.

KVER		?= $(shell uname -r)
KDIR		?= /lib/modules/$(KVER)/build
# a root that is not this machine's, as for a package; absolute, because make
# runs in other directories too
DESTDIR		?=
override DESTDIR := $(if $(DESTDIR),$(abspath $(DESTDIR)))
PREFIX		?= /usr/local
# where modules_install puts the modules below /lib/modules/<release>
INSTALL_MOD_DIR	?= updates

TESTBED		:= tools/testbed/testbed
TOP		:= $(CURDIR)

# make V=1: the commands; make C=2 W=1: as the kernel's own
ifneq ($(V),1)
MAKEFLAGS	+= --no-print-directory
Q		:= @
endif

# The kernel's release names the build directory, so that objects of different
# kernels never meet; it is empty when there is no kernel to build for.  Not
# include/config/kernel.release: Debian 12's headers have another name there.
KREL		:= $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' \
			$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
BUILD		:= $(TOP)/build/$(KREL)
SOURCES		:= drivers include Kbuild
KMAKE		= $(MAKE) -C $(KDIR) M=$(BUILD)

.DEFAULT_GOAL	:= all
.PHONY: all
all: modules tools

.PHONY: modules
modules: $(BUILD)/.kdir
	$(Q)+$(KMAKE) modules

# The build directory mirrors the sources with symbolic links (6.1 has no MO=),
# dead links removed.  Another kernel tree of the same release starts afresh.
.PHONY: FORCE
FORCE:
$(BUILD)/.kdir: FORCE | kdir
	$(Q)set -e; \
	id="$$(readlink -f $(KDIR)) $$(cksum <$(KDIR)/.config)"; \
	if [ "$$(cat $@ 2>/dev/null)" != "$$id" ]; then rm -rf $(BUILD); fi; \
	mkdir -p $(BUILD); \
	find $(BUILD) -xtype l -delete; \
	cp -rsf $(addprefix $(TOP)/,$(SOURCES)) $(BUILD)/; \
	echo "$$id" >$@

.PHONY: kdir
kdir:
ifeq ($(KREL),)
	@echo "vmq: no kernel to build for at $(KDIR)." >&2
	@echo "Install the headers of the running kernel:" >&2
	@echo "  Debian, Ubuntu:  apt install linux-headers-$(KVER)" >&2
	@echo "  Fedora, RHEL:    dnf install kernel-devel-$(KVER)" >&2
	@echo "  Arch:            pacman -S linux-headers" >&2
	@echo "or name another kernel's build directory: make KDIR=/lib/modules/<release>/build" >&2
	@exit 1
endif

# User space: every directory below tools/ that has a Makefile.
TOOL_DIRS	:= $(patsubst %/Makefile,%,$(wildcard tools/*/Makefile))

.PHONY: tools
tools:
	$(Q)+set -e; for d in $(TOOL_DIRS); do $(MAKE) -C $$d all || { \
		echo "$$d was not built; it may miss libmnl's headers:" \
			"apt install libmnl-dev, or dnf install libmnl-devel" >&2; exit 1; }; done

.PHONY: install install-modules install-tools
install: install-modules install-tools

install-modules: modules
	$(Q)+$(KMAKE) modules_install KERNELRELEASE=$(KREL) \
		INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=$(INSTALL_MOD_DIR) \
		$(if $(wildcard $(KDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=)
# The kernel's own leaves it out without a System.map beside the headers. A
# package has it done where it is installed.
	$(Q)$(if $(DESTDIR),:,depmod $(KREL))

install-tools: tools
	$(Q)+set -e; for d in $(TOOL_DIRS); do \
		$(MAKE) -C $$d install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX); done

.PHONY: uninstall
uninstall: kdir
	$(Q)d=$(DESTDIR)/lib/modules/$(KREL)/$(INSTALL_MOD_DIR); \
	if [ -d $$d ]; then \
		find $$d \( -name 'vmq.ko*' -o -name 'vmqsim.ko*' \) -delete; \
		find $$d -depth -type d \( -name vmq -o -name vmqsim \) -empty -delete; \
	fi
	$(Q)$(if $(DESTDIR),:,depmod $(KREL))
	$(Q)+set -e; for d in $(TOOL_DIRS); do \
		$(MAKE) -C $$d uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX); done

.PHONY: clean clean-modules
clean-modules:
	$(Q)rm -rf build

clean: clean-modules
	$(Q)+set -e; for d in $(TOOL_DIRS); do $(MAKE) -C $$d clean; done

# Everything below runs in guests that the test bed makes: see
# Documentation/process/contributing.rst.  KERNEL is one of 6.1 6.12 7.3 debug.
export KERNEL TESTS HOOKS ONLY TIME SEED PLANTS

.PHONY: testbed
testbed:
	$(Q)$(TESTBED) prepare $(KERNEL)

.PHONY: demo
demo:
	$(Q)$(TESTBED) demo

.PHONY: check
check:
	$(Q)$(TESTBED) check

.PHONY: kunit
kunit:
	$(Q)$(TESTBED) kunit

.PHONY: selftest
selftest:
	$(Q)$(TESTBED) selftest

.PHONY: twin twin-plants
twin twin-plants:
	$(Q)$(TESTBED) $@

.PHONY: drivers scenarios
drivers scenarios:
	$(Q)$(TESTBED) $@

.PHONY: kselftest-bridge
kselftest-bridge:
	$(Q)$(TESTBED) $@

.PHONY: bench bench-spread
bench bench-spread:
	$(Q)$(TESTBED) $@

.PHONY: style
style:
	$(Q)$(TESTBED) style

.PHONY: shell
shell:
	$(Q)$(TESTBED) shell

.PHONY: testbed-clean
testbed-clean:
	$(Q)$(TESTBED) clean

.PHONY: help
help:
	@echo "Build:"
	@echo "  all              modules for the running kernel, or KDIR=<build dir>; tools (default)"
	@echo "  modules          the modules only"
	@echo "  tools            the vmq tool only"
	@echo "  install          modules, tool, man page, completion, systemd unit; DESTDIR=, PREFIX=$(PREFIX)"
	@echo "  install-modules  the modules only"
	@echo "  install-tools    tool, man page, completion and unit only"
	@echo "  uninstall        take them away again"
	@echo "  clean            remove everything built here"
	@echo "  clean-modules    remove the modules built here"
	@echo "  help             this"
	@echo "Try:"
	@echo "  demo             a bridge, a multi-queue NIC and four VMs in a guest, in two minutes"
	@echo "  shell            a guest to play in, modules loaded on demand; KERNEL=6.12"
	@echo "Test (in guests; nothing on this machine is touched):"
	@echo "  check            style + kunit + selftest on all kernels"
	@echo "  style            checkpatch, W=1, sparse, kernel-doc, shellcheck, yamllint, tree rules"
	@echo "  kunit            the KUnit suites in the debug kernel"
	@echo "  selftest         selftests/ on KERNEL= (default: 6.1 6.12 7.3 debug); TESTS='a.sh b.sh'"
	@echo "  twin             two bridges, one with vmq, under random frames; TIME= seconds a hook, SEED="
	@echo "  twin-plants      does the twin find the bugs of selftests/plants/list?"
	@echo "  drivers          vmq on the emulator's NICs with their own drivers, on all kernels"
	@echo "  scenarios        whole Debian hosts with networkd, ifupdown2, NetworkManager; KERNEL=, TESTS="
	@echo "  kselftest-bridge the kernel's own tests of the bridge, with vmq beside plain ports; KERNEL=, TESTS=, HOOKS="
	@echo "  bench            instructions a frame (6.12, -icount)"
	@echo "  bench-spread     which CPUs receive for four VMs (6.12)"
	@echo "  testbed          make the guests now (others make them when needed); KERNEL="
	@echo "  testbed-clean    remove the guests' cache"
	@echo "Knobs: V=1 shows commands, W=1 C=2 as in the kernel, KDIR=, KVER=, ONLY=vmq or vmqsim,"
	@echo "       INSTALL_MOD_DIR=$(INSTALL_MOD_DIR), VMQ_TESTBED_CACHE="
