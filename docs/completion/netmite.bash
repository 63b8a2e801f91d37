# bash completion for netmite; written by cargo xtask docs

_netmite_netmite_flags='--list'
_netmite_netmite_valued=''
_netmite_netmite_objects=''
declare -gA _netmite_netmite_verbs=(
    [' ']='install'
)
declare -gA _netmite_netmite_at=(
    ['install']='0'
)
declare -gA _netmite_netmite_words=(
    ['0']='ip bridge brctl nat ping arping nsenter iptables ip6tables iptables-save iptables-restore iptables-nft iptables-nft-save iptables-nft-restore ip6tables-save ip6tables-restore ip6tables-nft ip6tables-nft-save ip6tables-nft-restore --all -s --symbolic --force'
)
declare -gA _netmite_netmite_values=(
)

# The first of the words behind the first argument that begins with it.
_netmite_first() {
    local short=$1 word
    shift
    for word; do
        if [[ -n $short && $word == "$short"* ]]; then
            REPLY=$word
            return
        fi
    done
    REPLY=
}

# Offers words; @device and @netns stand for names of the system's.
_netmite_offer() {
    local words=" $1 "
    if [[ $words == *" @device "* ]]; then
        words=${words/ @device / $(cd /sys/class/net 2>/dev/null && printf '%s ' *) }
    fi
    if [[ $words == *" @netns "* ]]; then
        words=${words/ @netns / $(cd /run/netns 2>/dev/null && printf '%s ' *) }
    fi
    [[ $1 == - ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
}

_netmite_complete() {
    local -n flags=_netmite_$1_flags valued=_netmite_$1_valued objects=_netmite_$1_objects
    local -n verbs=_netmite_$1_verbs at=_netmite_$1_at words=_netmite_$1_words values=_netmite_$1_values
    local cur=${COMP_WORDS[COMP_CWORD]} i=1 object='' verb='' base place option='' path='' key word REPLY
    COMPREPLY=()
    # options in front
    while ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} == -* ]]; do
        _netmite_first "${COMP_WORDS[i]}" $valued
        if [[ -n $REPLY ]] && ((++i == COMP_CWORD)); then
            [[ $REPLY == -netns ]] && _netmite_offer @netns "$cur"
            return
        fi
        ((++i))
    done
    if ((i == COMP_CWORD)); then
        if [[ $cur == -* ]]; then
            _netmite_offer "$flags" "$cur"
            return
        fi
        _netmite_offer "${objects:-${verbs[ ]}}" "$cur"
        return
    fi
    # object and verb
    if [[ -n $objects ]]; then
        _netmite_first "${COMP_WORDS[i++]}" $objects
        object=$REPLY
    fi
    [[ -n $object || -z $objects ]] || return
    if ((i == COMP_CWORD)); then
        _netmite_offer "${verbs[${object:- }]}" "$cur"
        return
    fi
    _netmite_first "${COMP_WORDS[i++]}" ${verbs[${object:- }]}
    verb=$REPLY
    if ((i < COMP_CWORD)) && [[ -v "at[$object $verb ${COMP_WORDS[i]}]" ]]; then
        verb+=" ${COMP_WORDS[i++]}"
    fi
    key="$object $verb"
    base=${at[${key# }]}
    place=$base
    # the words up to the cursor
    while [[ -n $place ]] && ((i < COMP_CWORD)); do
        word=${COMP_WORDS[i++]}
        if [[ -n $option ]]; then
            # a value, which may lead deeper
            key="$object $verb $path $option $word"
            key=${key//  / }
            if [[ -v "at[${key# }]" ]]; then
                place=${at[${key# }]} path="$path $option $word"
            fi
            option=
            continue
        fi
        _netmite_first "$word" ${words[$place]}
        if [[ " ${words[$place]} " == *" $word "* ]]; then
            REPLY=$word
        elif [[ -z $REPLY && $place != "$base" && $path != ' type '* ]]; then
            # what is not known deeper belongs to the line again
            _netmite_first "$word" ${words[$base]}
            [[ -z $REPLY ]] || place=$base path=
        fi
        [[ -n $REPLY ]] || continue
        key="$object $verb $path $REPLY"
        key=${key//  / }
        if [[ -v "at[${key# }]" ]]; then
            place=${at[${key# }]} path="$path $REPLY"
        elif [[ -v "values[$place/$REPLY]" ]]; then
            option=$REPLY
        fi
    done
    [[ -n $place ]] || return
    if [[ -n $option ]]; then
        _netmite_offer "${values[$place/$option]}" "$cur"
        return
    fi
    word=${words[$place]}
    [[ $place == "$base" || $path == ' type '* ]] || word+=" ${words[$base]}"
    _netmite_offer "$word" "$cur"
}

_netmite_netmite() { _netmite_complete netmite; }
complete -F _netmite_netmite netmite
