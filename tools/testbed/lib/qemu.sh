# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Starts a guest.  TCG only: no KVM needed, and the same everywhere.  The
# kernel's console goes to a file, the second serial line is the user's.

# qemu_guest NAME CONSOLE CPIO: what the options below say; the guest's second
# serial line is standard output
#   GUEST_BASE=host a whole Debian host instead of the selftests' guest,
#   SMP CPUs (4), MEM MiB, TIME limit in seconds, APPEND more kernel parameters,
#   NIC_MODEL a NIC of the emulator's on a cable (lib/drivers.sh),
#   ICOUNT=1 count instructions as time, GUEST_RUN a command, or interactive
qemu_guest()
{
	local name=$1 console=$2 test=$3 kdir gdir image initrd rc=0
	local smp=${SMP:-4} mem=${MEM:-} accel args serial append cable=()

	kdir=$(kernel_any_dir "$name") && gdir=$("${GUEST_BASE:-guest}_dir") || return 1
	image=$kdir/vmlinux
	[ -e "$image" ] || image=$kdir/bzImage
	case $name in
	debug*) mem=${mem:-3072} ;;
	*) mem=${mem:-1024} ;;
	esac

	# norandmaps: the emulator keeps translated code by its virtual address; with
	# programs at another one each time they are translated anew each time, which
	# is most of what a short one costs (ip: 100 ms against 45, sed: 90 against 35).
	append="console=ttyS0,115200 panic=-1 mitigations=off nokaslr tsc=reliable"
	append+=" no_timer_check norandmaps net.ifnames=0 rdinit=/init loglevel=7 log_buf_len=4M"
	append+=" random.trust_cpu=on rcupdate.rcu_cpu_stall_timeout=60"
	accel=(-accel "tcg,thread=multi")
	args=()
	if [ "${ICOUNT:-0}" = 1 ]; then
		# With the clock of the guest and a fixed seed a run repeats to
		# the instruction.
		smp=1
		accel=(-accel tcg -icount "shift=0,sleep=off")
		args=(-seed 1 -rtc "base=2020-01-01,clock=vm")
	fi
	if [ "${GUEST_BASE:-}" = host ]; then
		append+=" testbed.host=1 systemd.getty_auto=no systemd.show_status=no"
	fi
	if [ -n "${NIC_MODEL:-}" ]; then
		mapfile -t -O "${#args[@]}" args < <(driver_options "$NIC_MODEL")
		cable=("$TESTBED/lib/cable.sh")
		[ "$NIC_MODEL" != virtio-net ] || cable=(env CABLE_QUEUES=4 "${cable[@]}")
	fi
	if [ -n "${GUEST_RUN:-}" ]; then
		append+=" testbed.run=$(printf '%s' "$GUEST_RUN" | base64 -w 0)"
		serial=(-serial stdio)
	else
		append+=" testbed.shell=1 testbed.size=$(stty size 2>/dev/null | tr ' ' x || :)"
		serial=(-serial mon:stdio)
	fi

	# arch/x86/include/asm/setup.h: COMMAND_LINE_SIZE; a longer one never boots
	append+=" ${APPEND:-}"
	[ "${#append}" -lt 2048 ] || die "the guest's command is too long for a kernel command line; put it into a file of selftests/ and name that: /vmq/selftests/FILE"

	initrd=$console.initrd
	cat "$gdir/base.cpio" "$test" >"$initrd" || return 1
	rm -f "$test"
	timeout --foreground -k 5 "${TIME:-1200}" "${cable[@]}" qemu-system-x86_64 -machine q35 "${accel[@]}" -cpu max \
		-smp "$smp" -m "$mem" -nodefaults -no-user-config -display none -no-reboot \
		-serial "file:$console" "${serial[@]}" "${args[@]}" -kernel "$image" \
		-initrd "$initrd" -append "$append" || rc=$?
	rm -f "$initrd"
	return $rc
}
