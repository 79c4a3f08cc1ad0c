#!/usr/bin/env bash
# Runs a command with a fake /sys/class/gpio (fakeGpio.c). Needs root; to be called in a mount namespace of its own:
#   unshare -m bash fakeGpio.sh FAKE-PROGRAM WRITE-LOG COMMAND [PARAMETER...]
# The first line on stdout is the command's process number.
set -eu
program=$1
log=$2
shift 2
mount -t tmpfs none /sys/class
mkdir -p /sys/class/gpio
"$program" -f /sys/class/gpio 2>"$log" &
fake=$!
until mountpoint -q /sys/class/gpio; do sleep 0.02; done
"$@" <&0 &
command=$!
echo "$command"
status=0
wait $command || status=$?
umount /sys/class/gpio || umount -l /sys/class/gpio
wait $fake || true
exit $status
