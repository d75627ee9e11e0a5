/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drift in linux/irqnr.h: 6.13 hid nr_irqs behind a function.
 */
#ifndef _COMPAT_LINUX_IRQNR_H
#define _COMPAT_LINUX_IRQNR_H

#include_next <linux/irqnr.h>
#include "vmq_conftest.h"

#ifndef HAVE_IRQ_GET_NR_IRQS
static inline unsigned int irq_get_nr_irqs(void)
{
	return nr_irqs;
}
#endif

#endif
