/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/neighbour.h, 6.1 .. 7.3: 6.2 brought locked FDB entries to user
 * space; older kernels never set the flag.
 */
#ifndef _COMPAT_LINUX_NEIGHBOUR_H
#define _COMPAT_LINUX_NEIGHBOUR_H

#include_next <linux/neighbour.h>

#ifndef NTF_EXT_LOCKED
#define NTF_EXT_LOCKED (1 << 1)
#endif

#endif
