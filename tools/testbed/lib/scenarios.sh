# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What hosts have beside vmq, with Debian's own programs in a whole Debian host.

# scenarios [NAME...]: scenarios/NAME.sh, each in a host of its own, on $KERNEL
scenarios()
{
	local name=${KERNEL:-6.12} s nic

	[ $# -gt 0 ] || read -r -a s <<<"${TESTS:-}"
	[ $# = 0 ] || s=("$@")
	if [ "${#s[@]}" = 0 ]; then
		mapfile -t s < <(cd "$TESTBED/scenarios" && ls -- *.sh)
	fi
	for s in "${s[@]}"; do
		nic=$(sed -n 's/^# nic: \([a-z0-9-]*\).*/\1/p' "$TESTBED/scenarios/$s")
		LABEL=$name/$s NIC_MODEL=$nic GUEST_BASE=host MEM=${MEM:-3072} TIME=${TIME:-3600} \
			run_results "$name" 1 \
			"LIMIT=3000 /vmq/tools/testbed/guest/selftests --with /vmq/tools/testbed/guest/scenario $s"
	done | report
}
