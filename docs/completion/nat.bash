# bash completion for nat; written by cargo xtask docs

_netmite_nat_flags='-n --netns -4 --ipv4 -6 --ipv6 -j --json --quiet'
_netmite_nat_valued='-n --netns'
_netmite_nat_objects=''
declare -gA _netmite_nat_verbs=(
    [' ']='add create publish delete destroy check list flush save restore'
)
declare -gA _netmite_nat_at=(
    ['add']='0'
    ['create']='1'
    ['publish']='2'
    ['delete']='3'
    ['destroy']='4'
    ['check']='5'
    ['list']='6'
    ['show']='6'
    ['flush']='7'
    ['save']='8'
    ['restore']='9'
)
declare -gA _netmite_nat_words=(
    ['0']='masquerade snat dnat redirect netmap -s --source --src -d --destination --dst -i --in-interface -o --out-interface -p --protocol --sport --source-port --dport --destination-port --to-source --to-destination --to-ports --to --comment --local --random --random-fully --persistent --replace'
    ['1']='masquerade snat dnat redirect netmap -s --source --src -d --destination --dst -i --in-interface -o --out-interface -p --protocol --sport --source-port --dport --destination-port --to-source --to-destination --to-ports --to --comment --local --random --random-fully --persistent'
    ['2']='--hairpin --replace --comment'
    ['3']='masquerade snat dnat redirect netmap -s --source --src -d --destination --dst -i --in-interface -o --out-interface -p --protocol --sport --source-port --dport --destination-port --to-source --to-destination --to-ports --to --comment --local --random --random-fully --persistent'
    ['4']='masquerade snat dnat redirect netmap -s --source --src -d --destination --dst -i --in-interface -o --out-interface -p --protocol --sport --source-port --dport --destination-port --to-source --to-destination --to-ports --to --comment --local --random --random-fully --persistent'
    ['5']='masquerade snat dnat redirect netmap -s --source --src -d --destination --dst -i --in-interface -o --out-interface -p --protocol --sport --source-port --dport --destination-port --to-source --to-destination --to-ports --to --comment --local --random --random-fully --persistent'
    ['6']='masquerade snat dnat redirect netmap --counters'
    ['7']='masquerade snat dnat redirect netmap'
    ['8']=''
    ['9']='--replace'
)
declare -gA _netmite_nat_values=(
    ['0/-s']='-'
    ['0/--source']='-'
    ['0/--src']='-'
    ['0/-d']='-'
    ['0/--destination']='-'
    ['0/--dst']='-'
    ['0/-i']='-'
    ['0/--in-interface']='-'
    ['0/-o']='-'
    ['0/--out-interface']='-'
    ['0/-p']='-'
    ['0/--protocol']='-'
    ['0/--sport']='-'
    ['0/--source-port']='-'
    ['0/--dport']='-'
    ['0/--destination-port']='-'
    ['0/--to-source']='-'
    ['0/--to-destination']='-'
    ['0/--to-ports']='-'
    ['0/--to']='-'
    ['0/--comment']='-'
    ['1/-s']='-'
    ['1/--source']='-'
    ['1/--src']='-'
    ['1/-d']='-'
    ['1/--destination']='-'
    ['1/--dst']='-'
    ['1/-i']='-'
    ['1/--in-interface']='-'
    ['1/-o']='-'
    ['1/--out-interface']='-'
    ['1/-p']='-'
    ['1/--protocol']='-'
    ['1/--sport']='-'
    ['1/--source-port']='-'
    ['1/--dport']='-'
    ['1/--destination-port']='-'
    ['1/--to-source']='-'
    ['1/--to-destination']='-'
    ['1/--to-ports']='-'
    ['1/--to']='-'
    ['1/--comment']='-'
    ['2/--comment']='-'
    ['3/-s']='-'
    ['3/--source']='-'
    ['3/--src']='-'
    ['3/-d']='-'
    ['3/--destination']='-'
    ['3/--dst']='-'
    ['3/-i']='-'
    ['3/--in-interface']='-'
    ['3/-o']='-'
    ['3/--out-interface']='-'
    ['3/-p']='-'
    ['3/--protocol']='-'
    ['3/--sport']='-'
    ['3/--source-port']='-'
    ['3/--dport']='-'
    ['3/--destination-port']='-'
    ['3/--to-source']='-'
    ['3/--to-destination']='-'
    ['3/--to-ports']='-'
    ['3/--to']='-'
    ['3/--comment']='-'
    ['4/-s']='-'
    ['4/--source']='-'
    ['4/--src']='-'
    ['4/-d']='-'
    ['4/--destination']='-'
    ['4/--dst']='-'
    ['4/-i']='-'
    ['4/--in-interface']='-'
    ['4/-o']='-'
    ['4/--out-interface']='-'
    ['4/-p']='-'
    ['4/--protocol']='-'
    ['4/--sport']='-'
    ['4/--source-port']='-'
    ['4/--dport']='-'
    ['4/--destination-port']='-'
    ['4/--to-source']='-'
    ['4/--to-destination']='-'
    ['4/--to-ports']='-'
    ['4/--to']='-'
    ['4/--comment']='-'
    ['5/-s']='-'
    ['5/--source']='-'
    ['5/--src']='-'
    ['5/-d']='-'
    ['5/--destination']='-'
    ['5/--dst']='-'
    ['5/-i']='-'
    ['5/--in-interface']='-'
    ['5/-o']='-'
    ['5/--out-interface']='-'
    ['5/-p']='-'
    ['5/--protocol']='-'
    ['5/--sport']='-'
    ['5/--source-port']='-'
    ['5/--dport']='-'
    ['5/--destination-port']='-'
    ['5/--to-source']='-'
    ['5/--to-destination']='-'
    ['5/--to-ports']='-'
    ['5/--to']='-'
    ['5/--comment']='-'
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

_netmite_nat() { _netmite_complete nat; }
complete -F _netmite_nat nat
