# bash completion for bridge; written by cargo xtask docs

_netmite_bridge_flags='-help -Version -stats -statistics -details -oneline -timestamp -family -4 -6 -netns -color -compressvlans -force -json -pretty -batch'
_netmite_bridge_valued='-family -netns -batch'
_netmite_bridge_objects='link fdb mdb mst vlan vni monitor'
declare -gA _netmite_bridge_verbs=(
    ['link']='set change show lst list help'
    ['fdb']='add append replace delete get show lst list flush help'
    ['mdb']='add replace delete show lst list get flush help'
    ['mst']='set show lst list help'
    ['vlan']='add delete show lst list tunnelshow set global help'
    ['vni']='add delete del show lst list help'
    ['monitor']='link fdb mdb vlan vni all help'
)
declare -gA _netmite_bridge_at=(
    ['link set']='0'
    ['link change']='0'
    ['link show']='1'
    ['link list']='1'
    ['link lst']='1'
    ['fdb add']='2'
    ['fdb append']='2'
    ['fdb replace']='2'
    ['fdb delete']='2'
    ['fdb get']='2'
    ['fdb flush']='3'
    ['fdb show']='4'
    ['fdb list']='4'
    ['fdb lst']='4'
    ['mdb add']='5'
    ['mdb replace']='5'
    ['mdb delete']='5'
    ['mdb get']='6'
    ['mdb flush']='7'
    ['mdb show']='8'
    ['mdb list']='8'
    ['mdb lst']='8'
    ['mst set']='9'
    ['mst show']='10'
    ['mst list']='10'
    ['mst lst']='10'
    ['vlan add']='11'
    ['vlan delete']='11'
    ['vlan set']='12'
    ['vlan global set']='13'
    ['vlan show']='14'
    ['vlan list']='14'
    ['vlan lst']='14'
    ['vlan tunnelshow']='14'
    ['vlan global show']='15'
    ['vlan global list']='15'
    ['vlan global lst']='15'
    ['vni add']='16'
    ['vni delete']='16'
    ['vni show']='17'
    ['vni list']='17'
    ['vni lst']='17'
    ['monitor link']='18'
    ['monitor fdb']='18'
    ['monitor mdb']='18'
    ['monitor vlan']='18'
    ['monitor vni']='18'
    ['monitor all']='18'
    ['monitor help']='18'
)
declare -gA _netmite_bridge_words=(
    ['0']='dev hwmode self master state priority cost hairpin guard root_block fastleave learning learning_sync flood mcast_flood bcast_flood mcast_router mcast_to_unicast neigh_suppress neigh_vlan_suppress neigh_forward_grat vlan_tunnel backup_port nobackup_port backup_nhid isolated locked mab mcast_max_groups'
    ['1']='dev master'
    ['2']='to dev dst nhid port vni via src_vni vlan self master use router extern_learn sticky local permanent temp static dynamic activity_notify inactive norefresh'
    ['3']='dev brport vlan src_vni nhid vni port dst self master permanent nopermanent static dynamic nostatic nodynamic added_by_user noadded_by_user extern_learn noextern_learn sticky nosticky offloaded nooffloaded router norouter'
    ['4']='br brport dev vlan state dynamic'
    ['5']='dev port grp vid src filter_mode source_list proto dst dst_port vni src_vni via permanent temp'
    ['6']='dev grp vid src src_vni'
    ['7']='dev port vid proto dst dst_port vni src_vni permanent nopermanent'
    ['8']='dev vid'
    ['9']='dev msti state'
    ['10']='dev'
    ['11']='dev vid pvid untagged self master tunnel_info'
    ['12']='dev vid state mcast_router mcast_max_groups neigh_suppress neigh_forward_grat'
    ['13']='dev vid mcast_snooping mcast_querier mcast_igmp_version mcast_mld_version mcast_last_member_count mcast_last_member_interval mcast_startup_query_count mcast_startup_query_interval mcast_membership_interval mcast_querier_interval mcast_query_interval mcast_query_response_interval msti'
    ['14']='dev vid'
    ['15']='dev vid'
    ['16']='dev vni group remote'
    ['17']='dev'
    ['18']='file'
)
declare -gA _netmite_bridge_values=(
    ['0/dev']='@device'
    ['0/hwmode']='vepa veb'
    ['0/state']='disabled listening learning forwarding blocking'
    ['0/priority']='-'
    ['0/cost']='-'
    ['0/hairpin']='on off'
    ['0/guard']='on off'
    ['0/root_block']='on off'
    ['0/fastleave']='on off'
    ['0/learning']='on off'
    ['0/learning_sync']='on off'
    ['0/flood']='on off'
    ['0/mcast_flood']='on off'
    ['0/bcast_flood']='on off'
    ['0/mcast_router']='-'
    ['0/mcast_to_unicast']='on off'
    ['0/neigh_suppress']='on off'
    ['0/neigh_vlan_suppress']='on off'
    ['0/neigh_forward_grat']='on off'
    ['0/vlan_tunnel']='on off'
    ['0/backup_port']='@device'
    ['0/nobackup_port']='@device'
    ['0/backup_nhid']='-'
    ['0/isolated']='on off'
    ['0/locked']='on off'
    ['0/mab']='on off'
    ['0/mcast_max_groups']='-'
    ['1/dev']='@device'
    ['1/master']='@device'
    ['2/to']='-'
    ['2/dev']='@device'
    ['2/dst']='-'
    ['2/nhid']='-'
    ['2/port']='-'
    ['2/vni']='-'
    ['2/via']='@device'
    ['2/src_vni']='-'
    ['2/vlan']='-'
    ['3/dev']='@device'
    ['3/brport']='@device'
    ['3/vlan']='-'
    ['3/src_vni']='-'
    ['3/nhid']='-'
    ['3/vni']='-'
    ['3/port']='-'
    ['3/dst']='-'
    ['4/br']='@device'
    ['4/brport']='@device'
    ['4/dev']='@device'
    ['4/vlan']='-'
    ['4/state']='-'
    ['5/dev']='@device'
    ['5/port']='@device'
    ['5/grp']='-'
    ['5/vid']='-'
    ['5/src']='-'
    ['5/filter_mode']='exclude include'
    ['5/source_list']='-'
    ['5/proto']='-'
    ['5/dst']='-'
    ['5/dst_port']='-'
    ['5/vni']='-'
    ['5/src_vni']='-'
    ['5/via']='@device'
    ['6/dev']='@device'
    ['6/grp']='-'
    ['6/vid']='-'
    ['6/src']='-'
    ['6/src_vni']='-'
    ['7/dev']='@device'
    ['7/port']='@device'
    ['7/vid']='-'
    ['7/proto']='-'
    ['7/dst']='-'
    ['7/dst_port']='-'
    ['7/vni']='-'
    ['7/src_vni']='-'
    ['8/dev']='@device'
    ['8/vid']='-'
    ['9/dev']='@device'
    ['9/msti']='-'
    ['9/state']='-'
    ['10/dev']='@device'
    ['11/dev']='@device'
    ['11/vid']='-'
    ['11/tunnel_info']='-'
    ['12/dev']='@device'
    ['12/vid']='-'
    ['12/state']='disabled listening learning forwarding blocking'
    ['12/mcast_router']='-'
    ['12/mcast_max_groups']='-'
    ['12/neigh_suppress']='on off'
    ['12/neigh_forward_grat']='on off'
    ['13/dev']='@device'
    ['13/vid']='-'
    ['13/mcast_snooping']='-'
    ['13/mcast_querier']='-'
    ['13/mcast_igmp_version']='-'
    ['13/mcast_mld_version']='-'
    ['13/mcast_last_member_count']='-'
    ['13/mcast_last_member_interval']='-'
    ['13/mcast_startup_query_count']='-'
    ['13/mcast_startup_query_interval']='-'
    ['13/mcast_membership_interval']='-'
    ['13/mcast_querier_interval']='-'
    ['13/mcast_query_interval']='-'
    ['13/mcast_query_response_interval']='-'
    ['13/msti']='-'
    ['14/dev']='@device'
    ['14/vid']='-'
    ['15/dev']='@device'
    ['15/vid']='-'
    ['16/dev']='@device'
    ['16/vni']='-'
    ['16/group']='-'
    ['16/remote']='-'
    ['17/dev']='@device'
    ['18/file']='-'
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

_netmite_bridge() { _netmite_complete bridge; }
complete -F _netmite_bridge bridge
