#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Topology: topo 2 (lib.sh); vmq is attached by the user's tool.
# Proves: "vmq" attaches, shows, switches, explains and detaches; its JSON is
# JSON, says what the kernel's tables say, and its types are the columns'; a
# table of more than a thousand rows is whole; of two devices of one name it shows
# that of its own netns; its refusals have the kernel's reason and the right exit
# status; what the man page and the completion name is there.

. "$(dirname "$0")/lib.sh"

TESTS="test_attach test_show test_json test_types test_rows test_netns test_switch
	test_explain test_errors test_words"

setup() { need vmq && topo 2; }

tool_attach()
{
	if [ "$HOOK" = stacked ]; then
		vmq attach $NIC --bridge $BR
	else
		vmq attach $NIC --in-place
	fi > "$TMP/attach" && warm_all 2
}

says()
{
	local text=$1

	shift
	"$@" > "$TMP/says" 2>&1
	grep -q -- "$text" "$TMP/says" ||
		fail "'$*' said '$(head -n 3 "$TMP/says")', not '$text'"
}

test_attach()
{
	ok tool_attach
	if [ "$HOOK" = stacked ]; then
		ok grep -q "stacked on $NIC, port of $BR" "$TMP/attach"
	else
		ok grep -q "in place on $NIC" "$TMP/attach"
	fi
	ok ping_ok vm1 $EXT_IP 2
	ok vmq detach $NIC 2> /dev/null
	not_ok test -e /sys/class/net/$VMQ
	# by a name of one's own
	ok vmq attach --name t_mine $NIC > /dev/null
	ok test -d /sys/class/net/t_mine/vmq
	ok vmq detach t_mine 2> /dev/null
	says "no vmq device" vmq
}

test_show()
{
	local what

	ok tool_attach
	says "bridge $BR" vmq
	says "$(vm_mac 1)" vmq
	says "$(vm_mac 2)" vmq show vnic
	says "$(ext_mac 0)" vmq show source $VMQ
	says "effective" vmq show queue $NIC
	for what in dev nic queue vnic source pass; do
		ok vmq show $what > /dev/null
	done
}

# json FILTER CMD...: what jq makes of the command's output
json()
{
	local filter=$1

	shift
	"$@" 2> /dev/null | jq -cr "$filter"
}

test_json()
{
	local what mac

	need jq || return
	ok tool_attach
	for what in dev nic queue vnic source pass; do
		ok eval "vmq -j show $what | jq -e . > /dev/null"
		ok eval "vmq show -jp $what | jq -e . > /dev/null"
	done
	mac=$(vm_mac 1)
	from_wire 0 1 50
	same "frames by JSON and by the table" "$(json \
		".[0].vnics[] | select(.mac == \"$mac\") | .fast" \
		vmq -j show vnic)" "$(vnic_field "$mac" fast)"
	same "the fast path by JSON" "$(json \
		'.[0].pass[] | select(.reason == "fast") | .frames' \
		vmq -j show pass)" "$(pass_count fast)"
	same "number of vnics" "$(json '.[0].vnics | length' vmq -j)" 2

	same "explained" "$(json '.[] | [.device, .behind, .port, .bypass]' \
		vmq -j explain "$mac")" "[\"$VMQ\",\"port\",\"vnet1\",\"fast\"]"
	same "explained, outside" "$(json '.[] | [.behind, .vid, .unsure]' \
		vmq explain --json "$(ext_mac 0)")" '["uplink",0,0]'
	same "explained, unknown" \
		"$(json . vmq -j explain 02:00:00:00:77:77)" "[]"
	ok vmq off $VMQ
	same "what to do" "$(json '.[].bypass_todo' vmq -j explain "$mac")" \
		"vmq on $VMQ, or write 1 to the device's bypass"

	# what prints nothing prints nothing
	same "detach" "$(vmq -j detach $VMQ 2> /dev/null)" ""
	if [ "$HOOK" = stacked ]; then
		set -- --bridge $BR
	else
		set --
	fi
	same "attached" "$(json '.[] | [.device, .uplink, .bridge, .up]' \
		vmq -j attach $NIC "$@")" "[\"$VMQ\",\"$NIC\",\"$BR\",true]"
	same "on" "$(vmq -j on $VMQ)" ""
}

test_types()
{
	local mac

	need jq || return
	ok tool_attach
	# a name that is a number
	mac=$(vm_mac 2)
	ok ip link set vnet2 down
	ok ip link set vnet2 name 7
	ok ip link set 7 up
	wait_for grep -q 1 /sys/class/net/7/carrier
	hello 2
	wait_for vnic_is "$mac" bypass fast
	same "types" "$(json ".[0].vnics[] | select(.mac == \"$mac\") |
		map_values(type) | [.mac, .vid, .port, .bypass, .fast, .reason]" \
		vmq -j show vnic)" \
		'["string","number","string","string","number","null"]'
	same "types of a queue" "$(json '[.[0].queues[] | select(.vnics > 0)] |
		.[0] | map_values(type) | [.queue, .kind, .vnics, .effective, .state]' vmq -j show queue)" \
		'["number","string","number","string","string"]'
	ok sh -c "echo 0 > $SYS/cpus"
	same "type of the CPUs" "$(json '.[0].cpus | type' vmq -j)" string
	same "types of a device" "$(json '.[0] | map_values(type) |
		[.up, .steer, .max_vnics]' vmq -j show dev)" \
		'["boolean","string","number"]'
	ok ip link del 7
}

test_rows()
{
	local n=1500

	need jq || return
	ok tool_attach
	ok sh -c "echo 4096 > $SYS/max_port_vnics"
	awk -v n=$n 'BEGIN {
		for (i = 0; i < n; i++)
			printf "fdb add 02:10:00:00:%02x:%02x dev vnet1 master static\n",
				int(i / 256), i % 256 }' > "$TMP/batch"
	ok bridge -batch "$TMP/batch"
	wait_for eval "[ \$(vnic_count) = $((n + 2)) ]"
	same "rows by JSON" "$(json '.[0].vnics | map(.mac) | unique | length' \
		vmq -j)" $((n + 2))
	vmq show vnic > "$TMP/rows"
	same "rows" "$(grep -c '^  02:' "$TMP/rows")" $((n + 2))
	same "addresses" "$(grep -o '^  02:[0-9a-f:]*' "$TMP/rows" |
		sort -u | wc -l)" $((n + 2))
	says "behind port vnet1" vmq explain 02:10:00:00:05:00
}

# in_host CMD...: in the other netns, which has a /sys of its own
in_host()
{
	# shellcheck disable=SC2016 # the inner shell expands
	ip netns exec t_host sh -c '
		mount -t debugfs none /sys/kernel/debug && exec "$@"' sh "$@"
}

other_vnics() { json '[.[0].vnics[].mac]' in_host vmq -j show vnic; }
other_vnics_are() { [ "$(other_vnics)" = "$1" ]; }
vnics_of() { json '[.[0].vnics[].mac] | sort' vmq -j show vnic; }
steered() { json '[.[0].queues[].vnics] | add' "$@" vmq -j show queue; }

test_netns()
{
	local mac=02:00:00:00:99:01 ours

	need jq || return
	ok tool_attach
	wait_for rules_are 2
	ours="[\"$(vm_mac 1)\",\"$(vm_mac 2)\"]"
	# NIC, bridge and vmq device by the same names
	ok ip netns add t_host
	ok quiet_netns t_host
	ok ip -n t_host -batch - <<-EOF
		link add $NIC numrxqueues 8 numtxqueues 8 type vmqsim
		link add $BR type bridge
		link add vnet1 type veth peer name t_vm
		link set vnet1 master $BR
		link set $NIC master $BR
		link set $BR up
		link set t_vm up
		link set vnet1 up
		link set $NIC up
	EOF
	ok bridge -n t_host fdb add $mac dev vnet1 master static
	ok in_host vmq attach $NIC > /dev/null
	wait_for other_vnics_are "[\"$mac\"]"
	same "our vnics" "$(vnics_of)" "$ours"
	same "our vnics on queues" "$(steered)" 2
	wait_for eval "[ \$(steered in_host) = 1 ]"
	says "behind port vnet1" in_host vmq explain $mac
	says "no address that vmq knows" vmq explain $mac
	says "no address that vmq knows" in_host vmq explain "$(vm_mac 1)"
	# with our /sys the other's knobs are not to be had, nor ours touched
	says "is not in /sys" nsenter --net=/run/netns/t_host vmq show dev
	status 1 nsenter --net=/run/netns/t_host vmq off $NIC
	same "our switch" "$(cat $SYS/steer)" 1

	# the plain name is free, and taken again
	ok vmq detach $VMQ 2> /dev/null
	same "other vnics" "$(other_vnics)" "[\"$mac\"]"
	says "no vmq device" vmq
	ok tool_attach
	same "our vnics" "$(vnics_of)" "$ours"
	same "other vnics" "$(other_vnics)" "[\"$mac\"]"
	ok in_host vmq detach $VMQ
	same "our vnics" "$(vnics_of)" "$ours"
	ok ip -n t_host link del $NIC
	ok ip netns del t_host
}

test_switch()
{
	ok tool_attach
	ok vmq off $VMQ
	same "switches off" "$(cat $SYS/steer $SYS/pin $SYS/bypass | xargs)" \
		"0 0 0"
	wait_for rules_are 0
	deliver 0 1 20
	same "delivered while off" "$GOT" 20
	ok vmq on $NIC
	same "switches on" "$(cat $SYS/steer $SYS/pin $SYS/bypass | xargs)" \
		"1 1 1"
	wait_for rules_are 2
}

test_explain()
{
	ok tool_attach
	says "go straight to the port" vmq explain "$(vm_mac 1)"
	says "behind the uplink" vmq explain "$(ext_mac 0)"
	says "no address that vmq knows" vmq explain 02:00:00:00:77:77
	says "not a MAC" vmq explain -1:-1:-1:-1:-1:-1
	says "not a MAC" vmq explain 02:00:00:00:77:077
	ok vmq off $VMQ
	says "switched off" vmq explain "$(vm_mac 1 | tr : -)"
	says "change it: vmq on $VMQ" vmq explain "$(vm_mac 1)"
	says "change it: vmq on $VMQ" vmq
}

# status STATUS CMD...
status()
{
	local want=$1 got

	shift
	"$@" > /dev/null 2>&1
	got=$?
	same "status of '$*'" $got "$want"
}

test_errors()
{
	status 2 vmq nonsense
	status 2 vmq --nonsense
	status 2 vmq -p
	status 2 vmq attach
	status 2 vmq attach $NIC $BR
	status 2 vmq attach $NIC --bridge
	status 2 vmq attach $NIC --nonsense
	status 2 vmq detach
	status 2 vmq on
	status 2 vmq off $NIC $NIC
	status 2 vmq show vnic a b c
	status 2 vmq explain not-a-mac
	says "no view" vmq show vnics $NIC
	says "no link vnics" vmq show vnics
	says "vmq help" vmq nonsense
	status 1 vmq attach t_none
	says "there is no link t_none" vmq attach t_none
	says "thernet" vmq attach lo
	status 1 vmq detach $NIC
	status 2 vmq attach --name "" $NIC
	status 2 vmq attach --name "t_%d" $NIC
	says "no bridge vnet1" vmq attach $NIC --bridge vnet1
	says "name is taken" vmq attach $NIC --name $BR
	if [ "$HOOK" = stacked ]; then
		status 1 vmq attach $NIC --in-place
		says "not a bridge's port" vmq attach $NIC --in-place
	fi
	not_ok grep -q . <(ip -o link show type vmq)
	ok tool_attach
	status 1 vmq show $BR
	status 1 vmq explain 02:00:00:00:77:77
	says "is no vmq device" vmq detach $BR
	says "$VMQ on $NIC" vmq detach $BR
	says "already has $VMQ" vmq attach $NIC
	status 1 eval "vmq > /dev/full"
	if type -p setpriv > /dev/null; then
		status 1 setpriv --reuid 65534 --clear-groups vmq off $VMQ
		status 1 setpriv --reuid 65534 --clear-groups vmq detach $VMQ
		says "root only" setpriv --reuid 65534 --clear-groups vmq off $VMQ
		says "root only" setpriv --reuid 65534 --clear-groups vmq
	fi
	ok test -e /sys/class/net/$VMQ
	if [ "$HOOK" = ingress ]; then
		# a bridge that is not the uplink's: nothing is left
		ok vmq detach $VMQ
		ok ip link add t_br type bridge
		says "not of t_br" vmq attach $NIC --bridge t_br
		not_ok test -e /sys/class/net/$VMQ
	fi
}

# every command and view of the help is in the man page and the completion
test_words()
{
	local src=$LIB_DIR/../tools/vmq w

	[ -r "$src/vmq.8" ] || { skip "no man page here"; return; }
	for w in $(vmq help | sed -nE 's/^  ([a-z]+) .*/\1/p') \
		 $(vmq help | sed -nE 's/.*show \[([a-z|]*)\].*/\1/p' | tr '|' ' ') \
		 $(vmq help | grep -o -- '--[a-z]*'); do
		ok grep -q -- "$w" "$src/vmq.bash"
		ok grep -q -- "$w" <(sed 's/\\-/-/g' "$src/vmq.8")
	done
}

run_tests
