// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq: Virtual Machine Queues for the Linux bridge
 *
 * Order of init and exit, nothing else. Loading the module changes nothing on
 * the host: everything starts with "ip link add link UPLINK type vmq".
 */
#include <linux/module.h>
#include <net/rtnetlink.h>

#include "nic.h"
#include "vmq.h"

/*
 * Unbound: the work must not run on isolated CPUs; all of it can sleep.
 * Freezable: no driver is called while its device is suspended.
 */
struct workqueue_struct *vmq_wq;

static int __init vmq_init(void)
{
	int err;

	vmq_wq = alloc_workqueue("vmq", WQ_UNBOUND | WQ_FREEZABLE, 0);
	if (!vmq_wq)
		return -ENOMEM;

	vmq_addr_init();
	vmq_trace_init();

	err = vmq_softsteer_init();
	if (err)
		goto err_wq;

	vmq_debugfs_init();

	err = vmq_irq_init();
	if (err)
		goto err_debugfs;

	err = vmq_fdb_init();
	if (err)
		goto err_irq;

	err = vmq_event_init();
	if (err)
		goto err_fdb;

	err = vmq_link_init();
	if (err)
		goto err_event;

	return 0;

err_event:
	vmq_event_exit();
err_fdb:
	vmq_fdb_exit();
err_irq:
	vmq_irq_exit();
err_debugfs:
	vmq_debugfs_exit();
	vmq_softsteer_exit();
err_wq:
	destroy_workqueue(vmq_wq);
	return err;
}

static void __exit vmq_exit(void)
{
	vmq_link_exit();
	vmq_event_exit();
	vmq_fdb_exit();
	vmq_nic_exit();
	vmq_irq_exit();
	/* No reader is left when it returns. */
	vmq_debugfs_exit();
	vmq_softsteer_exit();
	/* Work items hold the objects; the last puts happen in here. */
	destroy_workqueue(vmq_wq);
	rcu_barrier();
}

module_init(vmq_init);
module_exit(vmq_exit);

MODULE_ALIAS_RTNL_LINK("vmq");
MODULE_AUTHOR("The vmq authors");
MODULE_DESCRIPTION("Virtual Machine Queues for the Linux bridge");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
