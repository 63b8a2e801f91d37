#!/bin/sh
# The inside of a container: makes an otherwise empty root that holds netmite, its links, and a shell and `ls`, moves into
# it and becomes that shell, which reads commands from standard input. Called in new network and mount namespaces.
#
#   container.sh NETMITE SHELL MOUNTPOINT       SHELL is the folder that `cargo xtask reference` makes
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$3"
cd "$3"
mkdir bin shell proc sys dev etc tmp run var old
ln -s /run var/run
cp "$1" bin/netmite
cp "$2"/* shell
ln shell/busybox bin/sh
ln shell/busybox bin/ls
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mknod -m 666 dev/null c 1 3
pivot_root . old
export PATH=/bin
# From here on the root is the new one. The shell's other names go with the old root.
/bin/netmite install --all /bin
/shell/busybox umount -l /old
/shell/busybox rmdir /old
/shell/busybox rm /shell/busybox
cd /
exec /bin/sh 2>&1
