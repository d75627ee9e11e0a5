# SPDX-License-Identifier: GPL-2.0
# bash completion for vmq                                  -*- shell-script -*-

_vmq_devices()
{
	local d

	for d in /sys/class/net/*/vmq; do
		[ -d "$d" ] || continue
		d=${d%/vmq}
		echo "${d##*/}"
	done
}

_vmq_macs()
{
	cat /sys/kernel/debug/vmq/*/vnics 2>/dev/null |
		sed -n 's/^\(..:..:..:..:..:..\) .*/\1/p'
}

_vmq()
{
	local cur prev words cword i cmd=

	_init_completion -n : 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]}
		prev=${COMP_WORDS[COMP_CWORD - 1]}
		words=("${COMP_WORDS[@]}")
		cword=$COMP_CWORD
	}
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-*) ;;
		*) cmd=${words[i]}; break ;;
		esac
	done
	case $cmd in
	"")	mapfile -t COMPREPLY < <(compgen -W "show attach detach on off \
			explain help -j --json -p --pretty -V --version -h \
			--help" -- "$cur") ;;
	show)	mapfile -t COMPREPLY < <(compgen -W "dev nic queue vnic source \
			pass $(_vmq_devices)" -- "$cur") ;;
	detach|on|off)
		mapfile -t COMPREPLY < <(compgen -W "$(_vmq_devices)" -- "$cur") ;;
	attach)	if [ "$prev" = --name ]; then
			return
		fi
		mapfile -t COMPREPLY < <(compgen -W "--name --bridge \
			$(ls /sys/class/net)" -- "$cur") ;;
	explain)
		mapfile -t COMPREPLY < <(compgen -W "$(_vmq_macs)" -- "$cur")
		if declare -F __ltrim_colon_completions >/dev/null; then
			__ltrim_colon_completions "$cur"
		fi ;;
	esac
}

complete -F _vmq vmq
