/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * vmq: Virtual Machine Queues for the Linux bridge, user-space interface
 */
#ifndef _UAPI_LINUX_VMQ_H
#define _UAPI_LINUX_VMQ_H

/**
 * enum vmq_hook - how a device sees the frames of its uplink
 * @VMQ_HOOK_RX_HANDLER: stacked: vmqN is the bridge's port
 * @VMQ_HOOK_INGRESS: in place: the uplink stays the bridge's port
 */
enum vmq_hook {
	VMQ_HOOK_RX_HANDLER,
	VMQ_HOOK_INGRESS,
};

/**
 * enum - rtnetlink attributes of link kind "vmq" (in IFLA_INFO_DATA)
 * @IFLA_VMQ_HOOK: u8, read only: enum vmq_hook
 * @IFLA_VMQ_STEER: u8, 0 or 1: hardware rules for the vnics;
 *	default 1, with the module parameter enable=0 0, as of the next three
 * @IFLA_VMQ_PIN: u8, 0 or 1: interrupts of used queues on home CPUs
 * @IFLA_VMQ_BYPASS: u8, 0 or 1: fast path
 * @IFLA_VMQ_SOFTSTEER: u8, 0 or 1: steering in software where the NIC has no rule
 *
 * Every attribute is optional: "ip link add link UPLINK type vmq" is enough.
 */
enum {
	/* private: */
	IFLA_VMQ_UNSPEC,
	/* public: */
	IFLA_VMQ_HOOK,
	IFLA_VMQ_STEER,
	IFLA_VMQ_PIN,
	IFLA_VMQ_BYPASS,
	IFLA_VMQ_SOFTSTEER,
	/* private: */
	__IFLA_VMQ_MAX
};

#define IFLA_VMQ_MAX (__IFLA_VMQ_MAX - 1)

#endif /* _UAPI_LINUX_VMQ_H */
