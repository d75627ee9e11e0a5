// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: a simulated multi-queue NIC.
 *
 *	ip link add eth0 numrxqueues 8 numtxqueues 8 type vmqsim
 *
 * makes the NIC eth0 and eth0w, the other end of its cable. See
 * Documentation/networking/vmqsim.rst.
 */
#include <linux/module.h>
#include <net/rtnetlink.h>

#include "vmqsim.h"

static int __init vmqsim_init(void)
{
	int err;

	err = vmqsim_pm_init();
	if (err)
		return err;
	vmqsim_debugfs_init();
	err = vmqsim_link_init();
	if (err)
		goto err_debugfs;
	return 0;

err_debugfs:
	vmqsim_debugfs_exit();
	vmqsim_pm_exit();
	return err;
}

static void __exit vmqsim_exit(void)
{
	vmqsim_link_exit();
	vmqsim_debugfs_exit();
	vmqsim_pm_exit();
	/* Rules, filters and tables are freed with kfree_rcu(). */
	rcu_barrier();
}

module_init(vmqsim_init);
module_exit(vmqsim_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Simulated multi-queue NIC");
MODULE_ALIAS_RTNL_LINK(VMQSIM_NAME);
