/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/irq.h: up to 6.13 an interrupt that may be moved from any
 * context had to say so, since then it is the rule.
 */
#ifndef _COMPAT_LINUX_IRQ_H
#define _COMPAT_LINUX_IRQ_H

#include_next <linux/irq.h>
#include "vmq_conftest.h"

#ifdef HAVE_IRQ_MOVE_PCNTXT
#define COMPAT_IRQ_MOVE_PCNTXT	IRQ_MOVE_PCNTXT
#endif

#endif
