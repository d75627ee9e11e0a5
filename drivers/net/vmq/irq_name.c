// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: which receive queue does an interrupt's name speak of?
 *
 * Pure string work. Where the kernel does not link queues to interrupts, the
 * name that the driver gave to request_irq() is all there is.
 */
#include <linux/ctype.h>
#include <linux/string.h>

#include "nic.h"

/* What stands between the device's name and the number of a receive queue. */
static const char *const vmq_irq_name_tags[] = {
	"txrx-",	/* igb, ice, hns3, bnxt: eth0-TxRx-3 */
	"rxtx-",	/* otx2: eth0-rxtx-3 */
	"rxtx",		/* enetc: eth0-rxtx3 */
	"rx-",		/* igb, tg3: eth0-rx-3 */
	"rx",		/* eth0-rx3 */
	"input.",	/* virtio_net: virtio0-input.3 */
	"comp",		/* mlx5: mlx5_comp3@pci:0000:01:00.0 */
	"fp-",		/* bnx2x: eth0-fp-3 */
};

static bool vmq_irq_name_sep(char c)
{
	return c == '-' || c == '_' || c == '.' || c == ':';
}

/* Does the name start with this word? Returns what follows it, or NULL. */
static const char *vmq_irq_name_after(const char *name, const char *word)
{
	size_t len = strlen(word);

	if (!len || strncmp(name, word, len) || !vmq_irq_name_sep(name[len]))
		return NULL;
	return name + len + 1;
}

/**
 * vmq_irq_name_queue - receive queue that an interrupt's name speaks of
 * @name: name of the interrupt's action
 * @ifname: name of the netdev
 * @parent: name of the netdev's parent device, "" without one
 * @ours: the interrupt is known to be the NIC's (a rename of the netdev does not
 *	rename its interrupts); else the name must begin with @ifname or @parent,
 *	or with the driver's name before @ifname
 *
 * Context: any.
 * Return: queue, or -1 when it is not the name of a receive queue's interrupt.
 */
int vmq_irq_name_queue(const char *name, const char *ifname,
		       const char *parent, bool ours)
{
	const char *at = strchrnul(name, '@');
	const char *digits = at, *rest, *p;
	unsigned int queue = 0, i;

	while (digits > name && isdigit(digits[-1]))
		digits--;
	if (digits == at || at - digits > 4)
		return -1;
	for (p = digits; p < at; p++)
		queue = queue * 10 + *p - '0';

	rest = vmq_irq_name_after(name, ifname);
	if (rest == digits)
		return queue;	/* sfc: eth0-3 */
	if (!rest)
		rest = vmq_irq_name_after(name, parent);
	if (!rest) {
		p = strchr(name, '-');	/* ice: ice-eth0-TxRx-3 */
		rest = p ? vmq_irq_name_after(p + 1, ifname) : NULL;
	}
	if (!rest && !ours)
		return -1;
	if (!rest)
		rest = name;

	for (i = 0; i < ARRAY_SIZE(vmq_irq_name_tags); i++) {
		size_t len = strlen(vmq_irq_name_tags[i]);

		if (digits - rest < len ||
		    strncasecmp(digits - len, vmq_irq_name_tags[i], len))
			continue;
		if (digits - len == rest || vmq_irq_name_sep(digits[-len - 1]))
			return queue;
	}
	return -1;
}
