// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: KUnit suite for names of interrupts
 */
#include <kunit/test.h>

/* Pure code: the suite has its own copy and needs no symbols of vmq.ko. */
#include "irq_name.c"

/**
 * struct vmq_irq_name_case - a name and the queue that it speaks of
 * @name: name of the interrupt's action
 * @ifname: name of the netdev
 * @parent: name of the parent device
 * @ours: the interrupt is known to be the NIC's
 * @queue: what is expected
 */
struct vmq_irq_name_case {
	const char *name;
	const char *ifname;
	const char *parent;
	bool ours;
	int queue;
};

static const struct vmq_irq_name_case vmq_irq_name_cases[] = {
	{ "eth0-TxRx-3", "eth0", "", false, 3 },
	{ "eth0-rx-0", "eth0", "", false, 0 },
	{ "eth0-rx12", "eth0", "", false, 12 },
	{ "eth0-rxtx-5", "eth0", "", false, 5 },
	{ "eth0-rxtx5", "eth0", "", false, 5 },
	{ "eth0-fp-2", "eth0", "", false, 2 },
	{ "eth0-7", "eth0", "", false, 7 },
	{ "ice-eth0-TxRx-9", "eth0", "0000:01:00.0", false, 9 },
	{ "virtio3-input.1", "eth0", "virtio3", false, 1 },
	{ "mlx5_comp4@pci:0000:01:00.0", "eth0", "0000:01:00.0", true, 4 },
	{ "hns3-0000:bd:00.0-TxRx-6", "eth0", "0000:bd:00.0", true, 6 },
	/* renamed since: only where it is known to be the NIC's */
	{ "eth0-TxRx-3", "lan0", "0000:01:00.0", true, 3 },
	{ "eth0-TxRx-3", "lan0", "", false, -1 },
	/* another netdev's */
	{ "eth01-TxRx-3", "eth0", "", false, -1 },
	{ "eth1-TxRx-3", "eth0", "", false, -1 },
	{ "virtio33-input.1", "eth0", "virtio3", false, -1 },
	{ "mlx5_comp4@pci:0000:01:00.0", "eth0", "0000:02:00.0", false, -1 },
	/* no receive queue's */
	{ "eth0-tx-3", "eth0", "", false, -1 },
	{ "eth0-tx-3", "eth0", "", true, -1 },
	{ "virtio3-output.1", "eth0", "virtio3", true, -1 },
	{ "virtio3-config", "eth0", "virtio3", true, -1 },
	{ "mlx5_async0@pci:0000:01:00.0", "eth0", "", true, -1 },
	{ "eth0", "eth0", "", false, -1 },
	{ "eth0", "eth0", "", true, -1 },
	{ "", "eth0", "", true, -1 },
	{ "3", "eth0", "", true, -1 },
	{ "eth0-TxRx-99999", "eth0", "", false, -1 },
	{ "eth0-TxRx-", "eth0", "", false, -1 },
};

static void vmq_irq_name_test(struct kunit *test)
{
	const struct vmq_irq_name_case *c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vmq_irq_name_cases); i++) {
		c = &vmq_irq_name_cases[i];
		KUNIT_EXPECT_EQ_MSG(test, c->queue,
				    vmq_irq_name_queue(c->name, c->ifname,
						       c->parent, c->ours),
				    "%s of %s", c->name, c->ifname);
	}
}

static struct kunit_case vmq_irq_name_kunit_cases[] = {
	KUNIT_CASE(vmq_irq_name_test),
	{}
};

static struct kunit_suite vmq_irq_name_suite = {
	.name = "vmq_irq_name",
	.test_cases = vmq_irq_name_kunit_cases,
};

kunit_test_suite(vmq_irq_name_suite);
