# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Drivers of NICs that the emulator has, instead of the simulated one.

DRIVER_MODELS="virtio-net e1000e vmxnet3 igb"

# drivers: selftests/vmq_driver.sh on every kernel with every NIC, or $KERNEL, $MODELS
drivers()
{
	local name model

	# a failing NIC must not end the others' turns
	set +e
	# shellcheck disable=SC2086 # a list of words
	for name in ${KERNEL:-$KERNELS_STOCK}; do
		for model in ${MODELS:-$DRIVER_MODELS}; do
			if ! qemu-system-x86_64 -device help 2>&1 | grep -q "name \"$model"; then
				result note "$model: not in this emulator"
				continue
			fi
			LABEL=$name/$model NIC_MODEL=$model TIME=${TIME:-1500} run_results "$name" 1 \
				"/vmq/tools/testbed/guest/selftests ${TESTS:-vmq_driver.sh}"
		done
	done | report
}

# driver_options MODEL: the NIC and the other end of its cable, an option a line
driver_options()
{
	local tap=script=no,downscript=no queues='' more=''

	if [ "$1" = virtio-net ]; then
		queues=,queues=4
		more=,mq=on,vectors=10
	fi
	printf '%s\n' -netdev "tap,id=nic,ifname=nic,$tap$queues" \
		-device "${1/virtio-net/virtio-net-pci},netdev=nic,mac=02:00:00:00:dd:01$more" \
		-netdev "tap,id=wire,ifname=wire,$tap" \
		-device virtio-net-pci,netdev=wire,mac=02:00:00:00:ee:00
}
