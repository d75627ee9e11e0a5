/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/hex.h: split off linux/kernel.h in 6.3.
 */
#ifndef _COMPAT_LINUX_HEX_H
#define _COMPAT_LINUX_HEX_H

#include "vmq_conftest.h"
#ifdef HAVE_LINUX_HEX_H
#include_next <linux/hex.h>
#else
#include <linux/kernel.h>
#endif

#endif
