// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmqsim: the NIC's parent device and its power management.
 */
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>
#include <linux/rtnetlink.h>
#include <net/netdev_lock.h>

#include "vmqsim.h"

static struct vmqsim_nic *vmqsim_pm_nic(struct device *parent)
{
	return *(struct vmqsim_nic **)dev_get_platdata(parent);
}

static int __maybe_unused vmqsim_pm_suspend(struct device *parent)
{
	struct vmqsim_nic *nic = vmqsim_pm_nic(parent);
	struct net_device *dev = nic->dev;

	rtnl_lock();
	netdev_lock_ops(dev);
	netif_device_detach(dev);
	vmqsim_netdev_lock(nic);
	WRITE_ONCE(nic->suspended, true);
	vmqsim_netdev_down(nic);
	vmqsim_netdev_unlock(nic);
	vmqsim_link_carrier(nic);
	netdev_unlock_ops(dev);
	rtnl_unlock();
	return 0;
}

/* Sleep takes the power away, so waking up is a reset. */
static int __maybe_unused vmqsim_pm_resume(struct device *parent)
{
	struct vmqsim_nic *nic = vmqsim_pm_nic(parent);
	struct net_device *dev = nic->dev;
	int err = 0;

	rtnl_lock();
	netdev_lock_ops(dev);
	vmqsim_netdev_lock(nic);
	WRITE_ONCE(nic->suspended, false);
	WRITE_ONCE(nic->resets, nic->resets + 1);
	if (vmqsim_quirk_on(nic, VMQSIM_Q_WIPE_ON_RESET))
		vmqsim_flow_wipe(nic);
	if (netif_running(dev))
		err = vmqsim_netdev_up(nic);
	vmqsim_netdev_unlock(nic);
	if (!err) {
		netif_device_attach(dev);
		vmqsim_link_carrier(nic);
	}
	netdev_unlock_ops(dev);
	rtnl_unlock();
	return err;
}

static int __maybe_unused vmqsim_pm_runtime_suspend(struct device *parent)
{
	WRITE_ONCE(vmqsim_pm_nic(parent)->awake, false);
	return 0;
}

static int __maybe_unused vmqsim_pm_runtime_resume(struct device *parent)
{
	WRITE_ONCE(vmqsim_pm_nic(parent)->awake, true);
	return 0;
}

static const struct dev_pm_ops vmqsim_pm_ops = {
	SET_SYSTEM_SLEEP_PM_OPS(vmqsim_pm_suspend, vmqsim_pm_resume)
	SET_RUNTIME_PM_OPS(vmqsim_pm_runtime_suspend,
			   vmqsim_pm_runtime_resume, NULL)
};

static int vmqsim_pm_probe(struct platform_device *pdev)
{
	pm_runtime_set_active(&pdev->dev);
	return devm_pm_runtime_enable(&pdev->dev);
}

/* The devices live and die with the netdevs: no unbinding by hand. */
static struct platform_driver vmqsim_pm_driver = {
	.probe	= vmqsim_pm_probe,
	.driver	= {
		.name			= VMQSIM_NAME,
		.pm			= &vmqsim_pm_ops,
		.probe_type		= PROBE_FORCE_SYNCHRONOUS,
		.suppress_bind_attrs	= true,
	},
};

/**
 * vmqsim_pm_create() - make the parent device of a NIC
 * @nic: the NIC
 *
 * Context: process, rtnl held.
 * Return: 0; -EAGAIN while no device can be probed, as during suspend; or
 * another negative errno.
 */
int vmqsim_pm_create(struct vmqsim_nic *nic)
{
	struct platform_device *pdev;

	pdev = platform_device_register_data(NULL, VMQSIM_NAME,
					     PLATFORM_DEVID_AUTO, &nic,
					     sizeof(nic));
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	if (!pdev->dev.driver) {
		platform_device_unregister(pdev);
		return -EAGAIN;
	}
	nic->pdev = pdev;
	return 0;
}

/**
 * vmqsim_pm_destroy() - remove the parent device of a NIC
 * @nic: the NIC; its netdev is unregistered or never was registered
 */
void vmqsim_pm_destroy(struct vmqsim_nic *nic)
{
	platform_device_unregister(nic->pdev);
}

/**
 * vmqsim_pm_init() - register the driver of the parent devices
 *
 * Return: 0 or a negative errno.
 */
int vmqsim_pm_init(void)
{
	return platform_driver_register(&vmqsim_pm_driver);
}

/**
 * vmqsim_pm_exit() - unregister it
 */
void vmqsim_pm_exit(void)
{
	platform_driver_unregister(&vmqsim_pm_driver);
}
