#!/bin/sh
# What iptables shows of rules that nft wrote: whole, or not at all. Needs iptables in PATH, and $NFT; to be run in a fresh
# network and mount namespace.
mount -t tmpfs tmpfs /run || exit 1
bad=0
wrong() { echo "WRONG: $*"; bad=1; }
$NFT 'add table ip nat; add chain ip nat PREROUTING { type nat hook prerouting priority -100; }' || exit 1
while read -r rule; do
    wanted=${rule#* => } rule=${rule%% => *}
    $NFT "add rule ip nat PREROUTING $rule counter accept" || exit 1
    got=$(iptables -t nat -S PREROUTING 2>&1 | tail -n 1)
    [ "$got" = "$wanted" ] || wrong "$rule: $got"
    case "$wanted" in
    -A*)
        iptables-save -t nat >/run/saved; iptables-restore /run/saved
        [ "$(iptables -t nat -S PREROUTING | tail -n 1)" = "$wanted" ] || wrong "$rule: restored otherwise"
        ;;
    *)
        before=$($NFT list ruleset)
        iptables-save -t nat >/run/saved 2>&1 && wrong "$rule: saved: $(cat /run/saved)"
        iptables -t nat -A PREROUTING -j RETURN; iptables -t nat -D PREROUTING 2
        [ "$($NFT list ruleset)" = "$before" ] || wrong "$rule: is another now"
        ;;
    esac
    $NFT flush chain ip nat PREROUTING
done <<'END'
tcp dport != 80 tcp dport != 443 => -A PREROUTING -p tcp -m tcp ! --dport 80 -m tcp ! --dport 443 -j ACCEPT
udp sport 5-9 udp dport 53 udp sport != 7 => -A PREROUTING -p udp -m udp --sport 5:9 --dport 53 -m udp ! --sport 7 -j ACCEPT
ip protocol tcp tcp flags & syn == syn tcp flags & ack != ack => -A PREROUTING -p tcp -m tcp --tcp-flags SYN SYN -m tcp ! --tcp-flags ACK ACK -j ACCEPT
ip saddr 10.0.0.0/8 ip saddr 10.0.0.0/8 => -A PREROUTING -s 10.0.0.0/8 -j ACCEPT
tcp dport { 80, 443 } => iptables v1.8.13 (nf_tables): table `nat' is incompatible, use 'nft' tool.
ip saddr { 10.0.0.1, 10.0.0.2 } => iptables v1.8.13 (nf_tables): table `nat' is incompatible, use 'nft' tool.
ip saddr 10.0.0.0/8 ip saddr != 10.0.0.1 => iptables v1.8.13 (nf_tables): table `nat' is incompatible, use 'nft' tool.
iifname "eth*" iifname != "eth1" => iptables v1.8.13 (nf_tables): table `nat' is incompatible, use 'nft' tool.
ip ttl 5 => iptables v1.8.13 (nf_tables): table `nat' is incompatible, use 'nft' tool.
END
exit $bad
