# SPDX-License-Identifier: GPL-2.0-only
# What `make check` compiles with beyond the build's own warnings, in a folder of its own. Config.mk includes
# this when check=y. Each exception says why it is one.

BUILD    := $(ROOT)/build/check/objects
# The analyzer's paths fill screens; the line alone is often enough. Else: paths=inline-events.
paths    ?= none
WARNINGS += -fanalyzer -fdiagnostics-path-format=$(paths)

# Defines malloc() itself, out of an arena that is given back as a whole.
$(BUILD)/xen/arch/x86/setup/decompress.o: CFLAGS += -Wno-analyzer-malloc-leak

# An event belongs to the queue it is appended to through h->last_event, a pointer to the last one's pointer,
# which the analyzer doesn't follow.
$(BUILD)/tools/libxenstore/handle.o: CFLAGS += -Wno-analyzer-malloc-leak

# -Wconversion (without its part about signs: int and unsigned meet in every `1 << n`, errno and enum) where the code
# was written for it: what reads operators' files and other domains' nodes.
conversion := -Wconversion -Wno-sign-conversion
$(BUILD)/tools/xm/%.o $(BUILD)/tools/xenconsoled/%.o $(BUILD)/tools/xenstore/%.o: CFLAGS += $(conversion)
# Not in the others: xen/, libxc, libxenstore, xenstored, mini-os, test kernels. They put numbers into the fields of the
# hardware, of page tables and of the wire, narrower by definition, after having checked them: 250 places, each of
# which would need a cast, and a cast hides the next mistake from every other warning.
