#!/bin/sh
':' /*
# The head of the built program, which is a script for sh and for Node at once: for Node this is a comment. sh starts Node with it; the one
# thing that it does by itself is "status --format FORMAT", which tmux's status line asks for again and again, in a few milliseconds.
# What that says is decided in src/model/status-line.ts; a test holds both against each other.
program() {
command -v node >/dev/null || { echo 'tmux-persist: there is no node in PATH; it needs Node.js 20.12 or later' >&2; exit 8; }
# In the first column: by this line checkers of shell scripts know that what follows may be none.
exec node "$0" "$@"
}

# Prints the line, or fails without a word where only the program knows: places that are out of the ordinary, an older machine.
status_line() {
  open='{' close='}' socket='' name='' state=''
  read -r host </proc/sys/kernel/hostname && read -r this_boot </proc/sys/kernel/random/boot_id || return 1
  while read -r key uid key_rest; do [ "$key" = Uid: ] && break; done </proc/self/status
  uid=${uid%%[!0-9]*}
  case ${XDG_STATE_HOME-} in
    /*) root=$XDG_STATE_HOME/tmux-persist ;;
    *) case ${HOME-} in /*) root=$HOME/.local/state/tmux-persist ;; *) return 1 ;; esac ;;
  esac
  case $host in '' | .* | host-* | agents) return 1 ;; esac
  [ -d "$root/$host" ] || [ ! -e "$root" ] || return 1

  tmp=$(unset CDPATH && cd -P -- "${TMUX_TMPDIR:-/tmp}" && pwd -P) || tmp=$(unset CDPATH && cd -P /tmp && pwd -P)
  socket=${TMUX-} && socket=${socket%%,*}
  case $1 in
    -L) socket=$tmp/tmux-$uid/$2 && [ "${2#*[/]}" = "$2" ] && shift 2 || return 1 ;;
    -S) socket=$2 && shift 2 ;;
  esac
  [ "$1" = status ] && [ "$2" = --format ] && [ $# -le 3 ] || return 1
  format=${3:-"{text}"}
  [ -n "$socket" ] || socket=$tmp/tmux-$uid/default
  case $socket in /*) ;; *) socket=./$socket ;; esac
  name=${socket##*[/]}
  case $name in '' | . | ..) return 1 ;; esac
  [ ! -h "$socket" ] || return 1
  folder=${socket%/*}
  # Where no server ever was, tmux's own folder isn't either.
  if [ "$folder" != "$tmp/tmux-$uid" ] || [ -e "$folder" ] || [ -h "$folder" ]; then
    folder=$(unset CDPATH && cd -P -- "$folder/" && pwd -P) || return 1
  fi
  if [ "$folder" = "$tmp/tmux-$uid" ]; then
    case $name in .* | path-* | machine-id) ;; *) state=$name ;; esac
  fi
  if [ -z "$state" ]; then
    state=$(printf %s "${folder%/}/$name" | sha256sum) && [ -n "$state" ] || return 1
    state=path-${state%"${state#????????????}"}
  fi
  state=$root/$host/$state

  now=$(date +%s) || return 1
  word='NOT SAVED' age=never sessions=0 problems=0 seconds='' tail='' line='' runs=''
  if [ -f "$state/checked" ]; then
    seconds=$(stat -c %Y -- "$state/checked") || return 1
    seconds=$((now - seconds))
    [ "$seconds" -ge 0 ] || seconds=0
    if [ "$seconds" -lt 120 ]; then age=${seconds}s
    elif [ "$seconds" -lt 7200 ]; then age=$((seconds / 60))m
    elif [ "$seconds" -lt 172800 ]; then age=$((seconds / 3600))h
    else age=$((seconds / 86400))d
    fi
  fi
  if [ -f "$state/status-line" ] && [ ! -h "$state/status-line" ] && [ -O "$state/status-line" ]; then
    read -r line <"$state/status-line" || line=''
  fi
  case $line in '1 '*[!0-9a-z\ -]*) line='' ;; '1 '*) ;; *) line='' ;; esac
  set -- $line
  case ${5-} in starting | watching | restoring | waiting | stopped) ;; *) set -- ;; esac
  if [ $# -eq 8 ]; then
    case $2$3$6$7$8 in
      *[!0-9]*) ;;
      *)
        pid=$2 start=$3 boot=$4 was=$5 since=$6 sessions=$7 problems=$8
        [ "$boot" = "$this_boot" ] && read -r stat <"/proc/$pid/stat" && set -- ${stat##*) } &&
          case $1 in [TtZX]) false ;; esac && [ "${20-}" = "$start" ] && runs=yes
        case $runs$was in
          yeswaiting) word='no server' ;;
          yesstarting | yesrestoring) [ $((now - since)) -gt 300 ] || word=$was ;;
          yeswatching) [ -z "$seconds" ] || [ "$seconds" -gt 60 ] || word=saved ;;
        esac
        ;;
    esac
  fi
  case $problems in 0) ;; 1) tail=', 1 problem' ;; *) tail=", $problems problems" ;; esac
  case $word in
    saved) text="saved $age ago$tail" ;;
    'NOT SAVED') text="NOT SAVED${seconds:+ $age}" ;;
    *) text=$word$tail ;;
  esac

  said=''
  while [ "$format" != "${format#*"$open"}" ]; do
    said=$said${format%%"$open"*} format=${format#*"$open"}
    case $format in
      text"$close"*) said=$said$text ;;
      state"$close"*) said=$said$word ;;
      age"$close"*) said=$said$age ;;
      sessions"$close"*) said=$said$sessions ;;
      problems"$close"*) said=$said$problems ;;
      *) said=$said$open && continue ;;
    esac
    format=${format#*"$close"}
  done
  printf '%s\n' "$said$format"
}

case " $* " in *' status --format '*) (status_line "$@") 2>/dev/null && exit ;; esac
program "$@"
*/
