#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: vmqsim_lib.inc, 8 queues, made with the quirk under test.
# Proves: every quirk and every fault does what Documentation says, and no
# more; those that are only for new NICs are refused on one that exists.

. "$(dirname "$0")/vmqsim_lib.inc"

TESTS="test_list test_loc_any test_loc_explicit test_ignore_mac
	test_wipe_on_ntuple test_wipe_on_reset test_no_ntuple test_need_ntuple
	test_busy test_no_rxq_record test_no_napi_irq test_ops_lock
	test_parameters test_fault_text test_faults test_fault_open test_carrier"

MAC1=02:00:00:00:01:01

# again QUIRKS: the NIC made anew with them
again()
{
	ip link del $NIC
	ip netns del wire
	quirks "$1" && sim_up && same "quirks" "$(cat $SIM/quirks)" "$1"
}

mac_rule() { rule ether dst $MAC1 action 5 "$@"; }

test_list()
{
	same "quirks" "$(cat $SIM/quirks)" none
	ok put $SIM/quirks busy,sticky_napi
	same "quirks" "$(cat $SIM/quirks)" busy,sticky_napi
	refuses EINVAL put $SIM/quirks busy,nonsense
	refuses EINVAL put $SIM/quirks loc_any,loc_explicit
	refuses EBUSY put $SIM/quirks no_ntuple
	refuses EBUSY put $SIM/quirks managed_irq
	same "quirks" "$(cat $SIM/quirks)" busy,sticky_napi
	ok put $SIM/quirks none
	same "quirks" "$(cat $SIM/quirks)" none
}

test_loc_any()
{
	ok put $SIM/quirks loc_any
	refuses EINVAL mac_rule loc 3
	ok mac_rule
	lands 5 4 send 4 -d $MAC1 -t arp
}

test_loc_explicit()
{
	ok put $SIM/quirks loc_explicit
	ok mac_rule loc 3
	# without a location ethtool finds a free one by itself
	ok rule ether proto 0x0842 action 1
	same "rules" "$(n_rules)" 2
	lands 5 4 send 4 -d $MAC1 -t arp
}

test_ignore_mac()
{
	ok put $SIM/quirks ignore_mac
	ok mac_rule loc 1
	ok rule ether proto 0x0842 action 2 loc 2
	same "rules" "$(n_rules)" 2
	lands 0 4 send 4 -d $MAC1 -t arp
	lands 2 4 send 4 -t 0842
}

test_wipe_on_ntuple()
{
	ok mac_rule
	ok ethtool -K $NIC ntuple off
	same "rules, toggled without the quirk" "$(n_rules)" 1
	ok ethtool -K $NIC ntuple on
	ok put $SIM/quirks wipe_on_ntuple
	same "rules" "$(n_rules)" 1
	ok ethtool -K $NIC ntuple off
	same "rules, off" "$(n_rules)" 0
	ok ethtool -K $NIC ntuple on
	same "rules, on again" "$(n_rules)" 0
}

test_wipe_on_reset()
{
	ok mac_rule
	ok put $SIM/reset 1
	same "rules, reset without the quirk" "$(n_rules)" 1
	lands 5 4 send 4 -d $MAC1 -t arp
	ok put $SIM/quirks wipe_on_reset
	ok put $SIM/reset 1
	same "rules" "$(n_rules)" 0
	same "resets" "$(cat $SIM/reset)" 2
	refuses EINVAL put $SIM/reset 2
}

test_no_ntuple()
{
	ok again no_ntuple
	refuses EOPNOTSUPP mac_rule loc 1
	same "feature" "$(ethtool -k $NIC | awk '/^ntuple/ { print $2 $3 }')" "off[fixed]"
	lands 0 4 send 4 -d $MAC1 -t arp
}

test_need_ntuple()
{
	ok put $SIM/quirks need_ntuple
	ok ethtool -K $NIC ntuple off
	refuses EOPNOTSUPP mac_rule
	ok ethtool -K $NIC ntuple on
	ok mac_rule
	lands 5 4 send 4 -d $MAC1 -t arp
}

test_busy()
{
	ok mac_rule loc 1
	ok put $SIM/quirks busy
	refuses EBUSY rule ether dst 02:00:00:00:01:02 action 1
	refuses EBUSY ethtool -N $NIC delete 1
	lands 5 4 send 4 -d $MAC1 -t arp
	ok put $SIM/quirks none
	ok ethtool -N $NIC delete 1
}

# The stack above is not told the queue any more; the frames still come
test_no_rxq_record()
{
	ok mac_rule
	ok put $SIM/quirks no_rxq_record
	lands 5 4 send 4 -d $MAC1 -t arp
}

test_no_napi_irq()
{
	ok put $SIM/quirks no_napi_irq
	spreads 4 128 send 128 -F 64
	ok put $SIM/quirks none
	spreads 4 128 send 128 -F 64
	ok again no_napi_irq
	spreads 4 128 send 128 -F 64
	ok ethtool -L $NIC combined 4
	spreads 3 128 send 128 -F 64
}

test_ops_lock()
{
	if ! put $PARAM/quirks ops_lock 2>/dev/null; then
		refuses EOPNOTSUPP put $PARAM/quirks ops_lock
		same "default" "$(cat $PARAM/quirks)" none
		skip "no instance lock in this kernel"
		return
	fi
	ok again ops_lock
	ok mac_rule
	lands 5 4 send 4 -d $MAC1 -t arp
	ok ethtool -G $NIC rx 256
	ok ethtool -L $NIC combined 6
	ok ethtool -L $NIC rx 7
	ok ethtool -X $NIC equal 4
	ok ethtool -K $NIC ntuple off rx off gro off
	ok ethtool -K $NIC ntuple on rx on gro on
	ok put $SIM/reset 1
	ok put $SIM/carrier 0
	wait_for carrier_is 0
	ok put $SIM/carrier 1
	wait_for carrier_is 1
	ok put $SIM/quirks ops_lock,no_napi_irq
	ok ip link set $NIC promisc off
	ok bridge fdb add $MAC1 dev $NIC self
	ok ip link set $NIC mtu 1400
	ok ip link set $NIC down
	ok ip link set $NIC up
	wait_for carrier_is 1
	lands 5 4 send 4 -d $MAC1 -t arp
}

test_parameters()
{
	ok again busy,no_rxq_record
	ok put $PARAM/slots 16
	ok put $PARAM/vlan_mask pcp
	ok ip link add t_p type vmqsim
	same "slots" "$(cat /sys/kernel/debug/vmqsim/t_p/slots)" 16
	same "variant" "$(cat /sys/kernel/debug/vmqsim/t_p/vlan_mask)" pcp
	refuses EINVAL put $PARAM/slots 0
	refuses EINVAL put $PARAM/vlan_mask x
	refuses EINVAL put $PARAM/quirks x
	same "slots" "$(cat $PARAM/slots)" 16
	ok put $PARAM/slots 64
	ok put $PARAM/vlan_mask vid
	ok put $PARAM/quirks none
}

test_fault_text()
{
	local f=$SIM/fault/rxnfc_ins

	same "unset" "$(cat $f)" 0
	ok put $f "3 ENOSPC"
	same "set" "$(cat $f)" "3 ENOSPC"
	refuses EINVAL put $f "3 ENONSENSE"
	refuses EINVAL put $f "-1"
	refuses EINVAL put $f "x"
	same "kept" "$(cat $f)" "3 ENOSPC"
	ok put $f 2
	same "default" "$(cat $f)" "2 EIO"
	ok put $f 0
	same "taken back" "$(cat $f)" 0
}

test_faults()
{
	local before

	ok put $SIM/fault/rxnfc_ins "2 ENOSPC"
	refuses ENOSPC mac_rule loc 1
	same "left" "$(cat $SIM/fault/rxnfc_ins)" "1 ENOSPC"
	refuses ENOSPC mac_rule loc 1
	ok mac_rule loc 1
	ok put $SIM/fault/rxnfc_del "1 EBUSY"
	refuses EBUSY ethtool -N $NIC delete 1
	same "rules" "$(n_rules)" 1
	ok put $SIM/fault/rxnfc_get "1 EIO"
	not_ok ethtool -n $NIC rule 1 >/dev/null 2>&1
	ok ethtool -n $NIC rule 1 >/dev/null
	before=$(ethtool -x $NIC)
	ok put $SIM/fault/rxfh_set "1 EBUSY"
	refuses EBUSY ethtool -X $NIC equal 2
	same "table" "$(ethtool -x $NIC)" "$before"
	ok put $SIM/fault/channels_set "1 EIO"
	not_ok ethtool -L $NIC combined 7 2>/dev/null
	ok ethtool -L $NIC combined 7
	ok put $SIM/fault/ring_set "1 ENOMEM"
	not_ok ethtool -G $NIC rx 1024 2>/dev/null
	same "ring" "$(ethtool -g $NIC | awk '/^RX:/ { v = $2 } END { print v }')" 512
	ok ethtool -G $NIC rx 1024
	lands 5 4 send 4 -d $MAC1 -t arp
}

test_fault_open()
{
	ok ip link set $NIC down
	ok put $SIM/fault/open "1 EIO"
	not_ok ip link set $NIC up 2>/dev/null
	same "interrupts" "$(grep -c TxRx /proc/interrupts)" 0
	ok ip link set $NIC up
	wait_for carrier_is 1
}

# shown by the link watch, a moment later
wire_has_no_carrier() { ip -n wire -br link show $WIRE | grep -q NO-CARRIER; }

test_carrier()
{
	local n

	ok put $SIM/carrier 0
	wait_for carrier_is 0
	wait_for wire_has_no_carrier
	n=$(nic_stat rx_down)
	in_wire vmqpkt send -i $WIRE -s "$(ext_mac 0)" -d "$(nic_mac)" -n 1 \
		>/dev/null 2>&1
	same "frames" "$(total)" 0
	at_least "counted" "$(nic_stat rx_down)" "$n"
	ok put $SIM/carrier 1
	wait_for carrier_is 1
	spreads 1 8 send 8 -F 8
	refuses EINVAL put $SIM/carrier x
}

run_tests
