#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs in the build tree: /mnt/debug/src -> /mnt/debug/out

set -eu
cd /mnt/debug/src
export KBUILD_BUILD_TIMESTAMP=2020-01-01 KBUILD_BUILD_USER=vmq KBUILD_BUILD_HOST=vmq
o=/mnt/debug/o
mk=(make -s "-j$(nproc)" "O=$o")
mkdir -p "$o"

"${mk[@]}" tinyconfig
KCONFIG_CONFIG=$o/.config scripts/kconfig/merge_config.sh -m -O "$o" \
	"$o/.config" /mnt/debug/debug.config >/dev/null
"${mk[@]}" olddefconfig

# An option that vanished is one check fewer: say so.
while read -r line; do
	case $line in
	CONFIG_*) grep -qx "$line" "$o/.config" || echo "not in this kernel: $line" ;;
	esac
done </mnt/debug/debug.config

"${mk[@]}" bzImage modules
"${mk[@]}" modules_install INSTALL_MOD_PATH=/mnt/debug/out/root DEPMOD=true
mkdir -p /mnt/debug/out
cp "$o/arch/x86/boot/bzImage" "$o/.config" /mnt/debug/out/
mv /mnt/debug/out/.config /mnt/debug/out/config
sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' "$o/include/generated/utsrelease.h" \
	>/mnt/debug/out/release
# shellcheck disable=SC2016 # for make
"${mk[@]}" run-command \
	KBUILD_RUN_COMMAND='$(srctree)/scripts/package/install-extmod-build /mnt/debug/out/headers'
cp "$o/.config" /mnt/debug/out/headers/
