# SPDX-License-Identifier: GPL-2.0-only
# What a builder may set, on the command line (`make verbose=y`) or in the environment.

verbose ?= n                 # y: print every command as it is run
debug   ?= n                 # y: assertions, lock checks, no optimisation that hinders gdb
ubsan   ?= n                 # y: the hypervisor tells of undefined behaviour that it runs into; with debug=y, to test
DESTDIR ?=                   # prefix of `make install`, empty for the running system
prefix  ?= /usr              # where programs, libraries and manuals are installed
CROSS   ?=                   # tool chain prefix, e.g. x86_64-linux-gnu-

# A value ends at its last letter, not at the comment after it.
override verbose := $(strip $(verbose))
override debug   := $(strip $(debug))
override ubsan   := $(strip $(ubsan))
override DESTDIR := $(strip $(DESTDIR))
override prefix  := $(strip $(prefix))
override CROSS   := $(strip $(CROSS))
export verbose debug ubsan DESTDIR prefix CROSS

CC      := $(CROSS)gcc
LD      := $(CROSS)ld
AR      := $(CROSS)ar
NM      := $(CROSS)nm
OBJCOPY := $(CROSS)objcopy
PYTHON  ?= python3

ROOT  := $(patsubst %/,%,$(dir $(realpath $(lastword $(MAKEFILE_LIST)))))
BUILD := $(ROOT)/build
DIST  := $(ROOT)/dist/install

XEN_VERSION      := 4
XEN_SUBVERSION   := 17
XEN_EXTRAVERSION := .0-pure

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            -Wno-unused-parameter -Werror
# More of them, and another BUILD: make check.
ifeq ($(check),y)
include $(ROOT)/test/check/warnings.mk
endif
ifeq ($(debug),y)
OPT := -O1 -g -DDEBUG
else
OPT := -O2 -g -DNDEBUG
endif

# $(call say,CC,file): one short line a step, unless verbose.
ifeq ($(verbose),y)
Q   :=
say :=
else
Q   := @
say = @printf '  %-8s%s\n' $(1) $(patsubst $(ROOT)/%,%,$(2));
MAKEFLAGS += --no-print-directory
endif
