/* SPDX-License-Identifier: MIT */
/* The width that is being compiled for. All that depends on it is in the folder arch. */
#ifndef ARCH_H
#define ARCH_H

#ifdef __x86_64__
#include "arch64.h"
#else
#include "arch32.h"
#endif

#endif
