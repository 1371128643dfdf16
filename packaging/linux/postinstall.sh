#!/bin/sh
# The system user of the services, and its folder for settings. Starts nothing.
set -e
if command -v systemd-sysusers >/dev/null 2>&1; then
  systemd-sysusers /usr/lib/sysusers.d/rolesanywhere-ts.conf
elif ! getent passwd rolesanywhere >/dev/null 2>&1; then
  useradd --system --user-group --no-create-home --home-dir /var/lib/rolesanywhere --shell /usr/sbin/nologin \
    --comment "IAM Roles Anywhere" rolesanywhere
fi
chgrp rolesanywhere /etc/rolesanywhere /etc/rolesanywhere/config
chmod 0750 /etc/rolesanywhere
chmod 0640 /etc/rolesanywhere/config
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
