#!/bin/sh
# Stops the services when the package goes, not when it is replaced by a newer one. The user stays: files may be its own.
set -e
case "$1" in
  remove | 0)
    if [ -d /run/systemd/system ]; then
      systemctl disable --now rolesanywhere-serve.service rolesanywhere-update.service \
        rolesanywhere-renew.service || true
    fi
    ;;
esac
