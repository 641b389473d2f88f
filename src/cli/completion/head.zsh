#compdef tmux-persist
# Completion of tmux-persist for zsh 5. What was saved goes to compadd alone, which quotes it.

# _tmux-persist_saved KIND LABEL: offers the words of a kind. Where options may stand, a name that begins with - would be one.
_tmux-persist_saved() {
  local line tab=$'\t' expl
  local -a names shown
  [[ $1 == sessions && -z $ended && $PREFIX == -* ]] && return 1
  for line in ${(f)"$(command tmux-persist $socket completion-words $1 2>/dev/null </dev/null)"}; do
    [[ $line == -* && -z $ended ]] && continue
    names+=("${line%%$tab*}")
    shown+=("${line/$tab/  -- }")
  done
  (( $#names )) && _wanted -V $1 expl $2 compadd -l -d shown -a names
}
_tmux-persist_sessions() { _tmux-persist_saved sessions session }
_tmux-persist_ids() { _tmux-persist_saved ids 'saved state' }
_tmux-persist_sockets() { _tmux-persist_saved sockets 'tmux socket' }

# _tmux-persist_commands NAME:SUMMARY...
_tmux-persist_commands() {
  local -a commands=("$@")
  _describe -t commands command commands
}

_tmux-persist() {
  local curcontext=$curcontext context state state_descr line ended
  local -i at
  local -a socket
  typeset -A opt_args
  for ((at = 2; at < CURRENT; at++)); do
    case $words[at] in
      --) ended=yes; break ;;
      -[LS]) (( at + 1 < CURRENT )) && socket+=($words[at] ${(Q)words[at + 1]}) ;;
      -[LS]*) socket+=(${words[at]:0:2} ${(Q)words[at]:2}) ;;
    esac
  done
  _tmux-persist_at_
}
