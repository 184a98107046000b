# SPDX-License-Identifier: GPL-2.0-only
# Included by every folder of tools/ after its own settings:
#   LIB = name, LIB_SRCS, LIB_HEADERS   -> libname.a (linked into our programs), header(s) installed
#   PROGS = a b, a_SRCS, a_LIBS, SBIN = those that go to sbin
include $(dir $(lastword $(MAKEFILE_LIST)))../Config.mk

HERE  := $(notdir $(CURDIR))
O     := $(BUILD)/tools/$(HERE)
TLIB  := $(BUILD)/tools/lib

# For the _LIBS of programs that use libxc: itself, and what unpacks kernels.
XC_LIBS := -lxc -llzma -lz -lzstd -llz4 -lbz2

CPPFLAGS += -D_GNU_SOURCE -D__XEN_TOOLS__ -I$(ROOT)/tools/include -I$(ROOT)/xen/include \
            -I$(ROOT)/tools/libxc/include -I$(ROOT)/tools/libxenstore/include -I.
CFLAGS   += -std=gnu11 $(OPT) $(WARNINGS) -fPIC -MMD -MP

objs = $(patsubst %.c,$(O)/%.o,$(subst ../,__/,$(1)))

.PHONY: all install clean flags
all: $(if $(LIB),$(TLIB)/lib$(LIB).a) $(addprefix $(O)/,$(PROGS))

$(O)/%.o: %.c
	$(call say,CC,$(CURDIR)/$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(O)/__/%.o: ../%.c
	$(call say,CC,$(CURDIR)/$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
$(O)/__/__/%.o: ../../%.c
	$(call say,CC,$(CURDIR)/$<)
	$(Q)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

ifneq ($(LIB),)
$(TLIB)/lib$(LIB).a: $(call objs,$(LIB_SRCS))
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^
endif

define program
$(O)/$(1): $(call objs,$($(1)_SRCS)) $(wildcard $(TLIB)/*.a)
	$$(call say,LD,$$@)
	$(Q)$(CC) $(LDFLAGS) $(call objs,$($(1)_SRCS)) -L$(TLIB) $($(1)_LIBS) -o $$@
endef
$(foreach p,$(PROGS),$(eval $(call program,$(p))))

install: all install-headers
	$(Q)for p in $(PROGS); do case " $(SBIN) " in *" $$p "*) d=sbin;; *) d=bin;; esac; \
	    install -D $(O)/$$p $(DESTDIR)$(prefix)/$$d/$$p; done
	$(if $(LIB),$(Q)install -D -m 644 $(TLIB)/lib$(LIB).a $(DESTDIR)$(prefix)/lib/lib$(LIB).a)
	$(if $(MAN1),$(Q)install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man1 $(MAN1))
	$(if $(MAN5),$(Q)install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man5 $(MAN5))
	$(if $(MAN8),$(Q)install -D -m 644 -t $(DESTDIR)$(prefix)/share/man/man8 $(MAN8))

# The interface's headers are <public/...> in the tree and <xen/...> where they are installed.
.PHONY: install-headers
install-headers:
	$(if $(LIB_HEADERS),$(Q)mkdir -p $(DESTDIR)$(prefix)/include && for h in $(LIB_HEADERS); do \
	    sed 's|<public/|<xen/|' $$h > $(DESTDIR)$(prefix)/include/$${h##*/}; done)

clean:
	rm -rf $(O)

# For test/check: how sources are compiled here.
flags:
	@echo $(CPPFLAGS) $(CFLAGS)

-include $(wildcard $(O)/*.d $(O)/__/*/*.d $(O)/__/__/*/*/*.d)
