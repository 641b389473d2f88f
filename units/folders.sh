# Where an installation lives: a packager's with PREFIX or DESTDIR, else the user's own. Sourced by install.sh and uninstall.sh.
if [ -n "${PREFIX}${DESTDIR}" ]; then
  own=no
  prefix=${PREFIX:-/usr/local}
  library=$prefix/lib/tmux-persist
  units=$prefix/lib/systemd/user
  services=$prefix/share/dbus-1/services
else
  own=yes
  prefix=$HOME/.local
  data=${XDG_DATA_HOME:-$HOME/.local/share}
  library=$prefix/lib/tmux-persist
  # Generated units belong here, not into ~/.config (systemd.unit(5)).
  units=$data/systemd/user
  services=$data/dbus-1/services
fi
commands=$prefix/bin
bundle=$library/tmux-persist.js

# Whether a user manager answers.
has_manager() { systemctl --user show-environment >/dev/null 2>&1; }
