# Where an installation lives: a packager's with PREFIX or DESTDIR, else the user's own. Sourced by install.sh and uninstall.sh.
if [ -n "${PREFIX}${DESTDIR}" ]; then
  own=no
  prefix=${PREFIX:-/usr/local}
  share=$prefix/share
else
  own=yes
  prefix=$HOME/.local
  share=${XDG_DATA_HOME:-$HOME/.local/share}
fi
commands=$prefix/bin
library=$prefix/lib/tmux-persist
bundle=$library/tmux-persist.js
# What is beside the program in dist, and where the manual and the shells look for it.
manual=$share/man/man1/tmux-persist.1
bash_words=$share/bash-completion/completions/tmux-persist
zsh_words=${ZSH_FUNCTIONS:-$share/zsh/site-functions}/_tmux-persist
fish_words=$share/fish/vendor_completions.d/tmux-persist.fish
