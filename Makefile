# SPDX-License-Identifier: GPL-2.0-only
include Config.mk

# A developer may try the demo, the shell and the tests on Debian's own hypervisor: HYPERVISOR=debian.
HYPERVISOR ?= ours
# Words that choose tests by name: make test T='guest/mmu system/boot'.
T ?=
# What to measure, groups or words of rows: make bench ROWS=boot,fork. QUICK=1: without what takes long.
ROWS ?=
QUICK ?=
# Options of test/fuzz: make fuzz FUZZ='--calls 5000000 --seeds 20'.
FUZZ ?=
comma := ,

.PHONY: world xen tools extras/mini-os install uninstall clean distclean help setup-build demo qemu gdb
.PHONY: test test-kernels check bench bench-compare fuzz
world: xen tools extras/mini-os

xen tools extras/mini-os:
	$(Q)$(MAKE) -C $@ install DESTDIR=$(DIST)

# Where a system is already: its folders stay as they are (/lib is a link on Debian), running programs are replaced, not
# written to, and settings that somebody may have changed are left alone. Modes don't depend on anybody's umask.
SETTINGS := etc/default/xen
install: world
	$(Q)[ -d $(DESTDIR)/ ] || install -d $(DESTDIR)/
	$(Q)settings=; [ ! -e $(DESTDIR)/$(SETTINGS) ] || settings=--exclude=./$(SETTINGS); \
	    tar -C $(DIST) -c --mode=u=rwX,go=rX $$settings . | \
	    tar -C $(DESTDIR)/ -xp --no-same-owner --no-overwrite-dir --keep-directory-symlink

# All of it but the settings, and folders that are empty then.
uninstall:
	$(Q)[ -d $(DIST) ] || { echo 'make uninstall: what to remove is known from dist/install: make world' >&2; exit 1; }
	$(Q)cd $(DIST) && find . ! -type d ! -path ./$(SETTINGS) -printf '$(abspath $(DESTDIR))/%P\0' | xargs -0 rm -f
	$(Q)cd $(DIST) && find . -mindepth 1 -depth -type d \( -path '*/xen' -o -path '*/xen/*' \) \
	    -printf '$(abspath $(DESTDIR))/%P\0' | xargs -0 rmdir --ignore-fail-on-non-empty 2>/dev/null || true

# Each of these works from nothing but make on Debian 12: packages first, then the build, then the thing itself.
demo:
	$(Q)test/setup build demo
	$(Q)$(MAKE) world
	$(Q)test/demo --hypervisor $(HYPERVISOR)

qemu:
	$(Q)test/setup build demo
	$(Q)$(MAKE) world
	$(Q)test/qemu --hypervisor $(HYPERVISOR)

gdb:
	$(Q)test/setup build demo debug
	$(Q)$(MAKE) world
	$(Q)test/gdb

test:
	$(Q)test/setup build test check
	$(Q)$(MAKE) world test-kernels
	$(Q)test/run --hypervisor $(HYPERVISOR) $(T)

test-kernels:
	$(Q)$(MAKE) -C test/guest

check:
	$(Q)test/setup build check
	$(Q)test/run check/

bench:
	$(Q)test/setup build test
	$(Q)$(MAKE) world test-kernels
	$(Q)test/bench/run $(if $(filter-out 0 n,$(QUICK)),--quick) $(subst $(comma), ,$(ROWS))

# make bench-compare OLD.json NEW.json: the files stand where goals do, and there is nothing to be done for them.
ifeq ($(firstword $(MAKECMDGOALS)),bench-compare)
COMPARED := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
.PHONY: $(COMPARED)
$(COMPARED): bench-compare ; @:
endif
bench-compare:
	$(Q)test/bench/compare.py $(COMPARED)

fuzz:
	$(Q)test/setup build test
	$(Q)test/fuzz $(FUZZ)

# Packages that were fetched stay; distclean takes them too.
clean:
	$(Q)rm -rf $(ROOT)/dist && if [ -d $(BUILD) ]; then \
	    find $(BUILD) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +; fi

distclean:
	$(Q)rm -rf $(BUILD) $(ROOT)/dist

help:
	@echo 'make world       build everything into dist/install'
	@echo 'make install     copy dist/install to $$(DESTDIR)/; /etc/default/xen stays if there is one'
	@echo 'make uninstall   remove that again, but for /etc/default/xen'
	@echo 'make demo        a machine in QEMU: GRUB, hypervisor, domain 0, a guest; ends at domain 0'"'"'s shell'
	@echo 'make qemu        the same machine without GRUB and guest: domain 0'"'"'s shell at once'
	@echo 'make gdb         the same, stopped at the hypervisor'"'"'s entry under gdb, symbols loaded'
	@echo 'make test        every test; T="words" chooses by name: make test T=guest/mmu'
	@echo 'make check       what needs no machine: compilers, cppcheck, shellcheck over the sources; part of make test'
	@echo 'make bench       instructions, beside Debian'"'"'s Xen and without a hypervisor; ROWS=boot,fork for a part; QUICK=1'
	@echo 'make bench-compare OLD.json NEW.json   what moved by more than 1%; results are in build/bench/bench.json'
	@echo 'make fuzz        random hypercalls on a hypervisor that checks itself; FUZZ="--minutes 60" and other options: test/README'
	@echo 'make clean       remove what was built; distclean: what was fetched too'
	@echo 'make -C xen, make -C tools, make -C extras/mini-os, make -C test/guest: one part'
	@echo 'Variables, explained in Config.mk: verbose=y debug=y ubsan=y DESTDIR= prefix= CROSS='
