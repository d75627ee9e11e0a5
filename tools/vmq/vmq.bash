# SPDX-License-Identifier: GPL-2.0
# bash completion for vmq                                  -*- shell-script -*-

# vmq devices and their uplinks
_vmq_devices()
{
	local d f

	for d in /sys/class/net/*/vmq; do
		[ -d "$d" ] || continue
		d=${d%/vmq}
		echo "${d##*/}"
		for f in "$d"/lower_*; do
			[ ! -e "$f" ] || echo "${f##*/lower_}"
		done
	done
}

_vmq_bridges()
{
	local d

	for d in /sys/class/net/*/bridge; do
		[ -d "$d" ] || continue
		d=${d%/bridge}
		echo "${d##*/}"
	done
}

# addresses that "vmq explain" knows, as root
_vmq_macs()
{
	{
		vmq show vnic
		vmq show source
	} 2>/dev/null | sed -n 's/^  \(..:..:..:..:..:..\) .*/\1/p'
}

_vmq()
{
	local cur prev words cword i cmd='' sub=0

	_init_completion -n : 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]}
		prev=${COMP_WORDS[COMP_CWORD - 1]}
		words=("${COMP_WORDS[@]}")
		cword=$COMP_CWORD
	}
	# the command, and how many words it has so far
	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-*) ;;
		*)	if [ -n "$cmd" ]; then
				sub=$((sub + 1))
			else
				cmd=${words[i]}
			fi ;;
		esac
	done
	case $cmd in
	"")	mapfile -t COMPREPLY < <(compgen -W "show attach detach on off \
			explain help -j --json -p --pretty -V --version -h \
			--help" -- "$cur") ;;
	show)	case $sub in
		0)	mapfile -t COMPREPLY < <(compgen -W "dev nic queue vnic \
				source pass $(_vmq_devices)" -- "$cur") ;;
		1)	mapfile -t COMPREPLY < <(compgen -W "$(_vmq_devices)" \
				-- "$cur") ;;
		esac ;;
	detach|on|off)
		[ $sub = 0 ] || return
		mapfile -t COMPREPLY < <(compgen -W "$(_vmq_devices)" -- "$cur") ;;
	attach)	case $prev in
		--name)	;;
		--bridge)
			mapfile -t COMPREPLY < <(compgen -W "$(_vmq_bridges)" \
				-- "$cur") ;;
		*)	mapfile -t COMPREPLY < <(compgen -W "--name --bridge \
				--in-place $(cd /sys/class/net && echo *)" -- "$cur") ;;
		esac ;;
	explain)
		[ $sub = 0 ] || return
		mapfile -t COMPREPLY < <(compgen -W "$(_vmq_macs)" -- "$cur")
		if declare -F __ltrim_colon_completions >/dev/null; then
			__ltrim_colon_completions "$cur"
		fi ;;
	esac
}

complete -F _vmq vmq
