# SPDX-License-Identifier: GPL-2.0-only
include Config.mk

.PHONY: world xen tools install clean help
world: xen tools

xen tools:
	$(Q)$(MAKE) -C $@ install DESTDIR=$(DIST)

install: world
	$(Q)mkdir -p $(DESTDIR)/ && cp -a $(DIST)/. $(DESTDIR)/

clean:
	rm -rf $(BUILD) $(ROOT)/dist

help:
	@echo 'world    build everything into dist/install'
	@echo 'install  copy dist/install to $$(DESTDIR)/'
	@echo 'clean    remove what was built'
