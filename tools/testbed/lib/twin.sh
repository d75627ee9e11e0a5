# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The twin for longer than its selftest takes, and the bugs that it must find.

# twin_long: every hook for $TIME seconds; 2000 frames a configuration, as their
# sending costs less than the settings between them
twin_long()
{
	local secs=${TIME:-600}

	LABEL=twin TIME=$((4 * secs + 600)) run_results "${KERNEL:-6.12}" 1 \
		"/vmq/tools/testbed/guest/command FRAMES=${FRAMES:-40000} CONFIGS=${CONFIGS:-20} ./vmq_twin.sh $secs ${SEED:-}" |
		report
}

# twin_plants: build vmq.ko with each bug of plants/list, run them in one guest
twin_plants()
{
	local name=${KERNEL:-6.12}

	plants_build "$name" "$LOGS/build-plants.log" ||
		die "the plants do not build; see $LOGS/build-plants.log"
	LABEL=twin-plants TIME=${TIME:-7200} run_results "$name" 1 \
		"PLANTS='${PLANTS:-}' /vmq/tools/testbed/guest/command plants/run" | report
	plants_remove
}

plants_dir()
{
	echo "$(work_dir "$(buildtree_dir)")/src/selftests/plants"
}

plants_remove()
{
	rm -f "$(plants_dir)"/*.ko
}

# plants_build NAME LOG: a scratch copy, one file of it changed at a time
plants_build()
{
	local tree kdir rel w scratch

	tree=$(buildtree_dir) && kdir=$(kernel_any_dir "$1") || return 1
	rel=$(cat "$kdir/release")
	w=$(work_dir "$tree")
	scratch=$w/plants
	mkdir -p "$scratch"
	(
		flock 9
		work_sync "$tree" >/dev/null
		# objects of the last run's plants are newer than the sound sources
		rm -rf "$scratch/build"
		rsync -a --delete "$w/src/Kbuild" "$w/src/Makefile" \
			"$w/src/drivers" "$w/src/include" "$scratch/"
		plants_remove
		grep -v '^#' "$TOP/selftests/plants/list" | while IFS='|' read -r plant _ _ file _; do
			plant_build "${plant// /}" "${file// /}" </dev/null || exit 1
		done
	) 9>"$w/.lock" >"$2" 2>&1
}

# plant_build PLANT FILE: reads plants_build's variables
plant_build()
{
	local src=$scratch/drivers/net/vmq/$2 expr

	[ -z "${PLANTS:-}" ] || [[ " $PLANTS " == *" $1 "* ]] || return 0
	# the expression may have bars itself
	expr=$(sed -n "s/^$1 *|[^|]*|[^|]*|[^|]*| //p" "$TOP/selftests/plants/list")
	cp "$src" "$src.sound"
	sed -i "$expr" "$src"
	if cmp -s "$src" "$src.sound"; then
		echo "plant $1: nothing of $2 matches"
		return 1
	fi
	buildtree_run "$tree" '' make -C "${scratch#"$tree"}" "-j$(nproc)" modules ONLY=vmq \
		"KDIR=/lib/modules/$rel/build" &&
		cp "$(find "$scratch/build" -name vmq.ko)" "$w/src/selftests/plants/$1.ko" &&
		buildtree_run "$tree" '' strip -g "${w#"$tree"}/src/selftests/plants/$1.ko" || return 1
	# a new time, so that it is built again
	cp "$src.sound" "$src"
	rm "$src.sound"
}
