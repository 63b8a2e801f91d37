# For scripts of iptables/restore.txt: `r TEXT OPTIONS` makes a table, restores TEXT over it and shows what came of it.
r() {
    iptables -t nat -F
    iptables -t nat -X
    printf '*nat\n:OUTPUT ACCEPT [4:5]\n:foo - [0:0]\n:bar - [0:0]\n[7:8] -A bar -j foo\n[9:10] -A OUTPUT -j RETURN
[11:12] -A OUTPUT -s 1.1.1.1 -j ACCEPT\nCOMMIT\n' | iptables-restore -c
    printf "$1" | iptables-restore $2 2>/run/errors
    echo "exit $?"
    # Hints are ours alone, and only we know the line of some errors.
    grep -v '^ *Try \|^Error occurred\|^  ' /run/errors
    iptables-save -c -t nat | grep -v '^#'
}
