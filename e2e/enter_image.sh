#!/bin/sh
# Runs a program from an unpacked image as a container runtime would: the root read-only, with /proc, /dev and the
# mounts given, and as the image's user. It becomes that program, so that its process id and exit status are
# the program's. To be called in a mount namespace of its own, as that namespace's root: see image_root.py.
#
# usage: enter_image.sh HOW UID ROOT SOURCE:TARGET... -- PROGRAM ARGUMENT...
#
# HOW is `namespace`, where the caller is root only in a user namespace, or `root`.
set -eu

how=$1 user=$2 root=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do
  mount --rbind "${1%%:*}" "$root${1#*:}"
  mount -o remount,bind,ro "$root${1#*:}"
  shift
done
shift
case $how in
namespace) exec unshare --map-user="$user" --map-group="$user" --root="$root" --wd=/ -- "$@" ;;
root) exec /usr/sbin/chroot --userspec="$user:$user" "$root" "$@" ;;
*) exit 2 ;;
esac
