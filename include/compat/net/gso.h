/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in net/gso.h: split off linux/skbuff.h and linux/netdevice.h in 6.5.
 */
#ifndef _COMPAT_NET_GSO_H
#define _COMPAT_NET_GSO_H

#include <linux/skbuff.h>
#include "vmq_conftest.h"
#ifdef HAVE_NET_GSO_H
#include_next <net/gso.h>
#endif

#endif
