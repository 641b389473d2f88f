# Completion of tmux-persist for bash 4.4 or later. What was typed is only looked at and never expanded, and what was saved is only quoted.

# _tmux_persist_split TEXT: its words into `words` without their quotes, the last one into `word`; `typed` is that one as it was typed,
# `quote` the quote that is open at the end, and `unknown` is set where the shell would put in what is not known here.
_tmux_persist_split() {
  local text=$1 char
  local -i at
  words=() word='' typed='' quote='' unknown=''
  for ((at = 0; at < ${#text}; at++)); do
    char=${text:at:1}
    if [[ -z $quote && $char == [[:space:]\;\&\|\(\)\<\>] ]]; then
      [[ -z $typed ]] || words+=("$word")
      [[ $char != [\<\>] ]] || words+=('>')
      word='' typed='' unknown=''
      continue
    fi
    typed+=$char
    if [[ $quote == "'" ]]; then
      if [[ $char == "'" ]]; then quote=''; else word+=$char; fi
    elif [[ $char == \\ ]]; then
      at+=1
      char=${text:at:1}
      typed+=$char
      [[ $quote != '"' || $char == [\"\\\$\`] ]] || word+=\\
      word+=$char
    elif [[ $char == '"' ]]; then
      if [[ $quote == '"' ]]; then quote=''; else quote='"'; fi
    elif [[ -z $quote && $char == "'" ]]; then
      quote="'"
    else
      [[ $char != [\$\`] ]] || unknown=yes
      word+=$char
    fi
  done
}

# _tmux_persist_quoted TEXT QUOTE: into REPLY as it is typed where this quote is open.
_tmux_persist_quoted() {
  local text=$1 char
  local -i at
  if [[ -z $2 ]]; then
    printf -v REPLY %q "$text"
    [[ -n $text ]] || REPLY=''
    return
  fi
  REPLY=''
  for ((at = 0; at < ${#text}; at++)); do
    char=${text:at:1}
    case $2$char in
      "''") REPLY+="'\\''" ;;
      '"!') REPLY+="\"'!'\"" ;;
      '"'[\"\\\$\`]) REPLY+=\\$char ;;
      *) REPLY+=$char ;;
    esac
  done
  # Readline closes the quote, but not behind what looks closed.
  [[ $REPLY != *"$2" ]] || REPLY+=$2
}

# _tmux_persist_offer PREFIX: those of `candidates` that go on from `word`, each behind the prefix.
_tmux_persist_offer() {
  local candidate
  for candidate in "${candidates[@]}"; do
    candidate=$1$candidate
    [[ $candidate == "$word"* ]] || continue
    _tmux_persist_quoted "${candidate:${#fixed}}" "$fixed_quote"
    COMPREPLY+=("$REPLY")
  done
}

# _tmux_persist_words KIND PREFIX: offers words of a kind, or fixed ones that stand behind a =.
_tmux_persist_words() {
  local line
  local -a candidates=()
  case $1 in
    '') return ;;
    files)
      compopt -o default
      return
      ;;
    =*) read -ra candidates <<<"${1#=}" ;;
    *)
      while IFS= read -r line; do
        line=${line%%$'\t'*}
        # Where options may stand such a name would be one.
        [[ $line == -* && -z $ended ]] || candidates+=("$line")
      done < <(command tmux-persist "${socket[@]}" completion-words "$1" 2>/dev/null </dev/null)
      [[ $1 != ids ]] || compopt -o nosort
      ;;
  esac
  _tmux_persist_offer "$2"
}

_tmux_persist() {
  local word typed quote unknown fixed fixed_quote path='' wants='' ended='' prefix='' repeated='' each REPLY
  local -i at=0 count=0
  local -a words socket=() commands options values arguments candidates
  COMPREPLY=()
  # The words before the cursor, and then what of the last one stands before the part that bash will replace, which is $2.
  _tmux_persist_split "${COMP_LINE:0:COMP_POINT}"
  local whole=$word whole_typed=$typed
  local -a before=("${words[@]:1}")
  [[ -z $unknown ]] || return
  [[ $whole_typed == *"$2" ]] && _tmux_persist_split "${whole_typed%"$2"}" || _tmux_persist_split ''
  fixed=$word fixed_quote=$quote word=$whole

  _tmux_persist_knows ''
  for each in "${before[@]}"; do
    if [[ -n $wants ]]; then
      case $wants in -L | -S) socket+=("$wants" "${each/#~\//$HOME/}") ;; esac
      wants=''
    elif [[ $each == '>' ]]; then wants=$each
    elif [[ -n $ended || $each != -* ]]; then
      if [[ -z $ended && " ${commands[*]} " == *" $each "* ]]; then
        path=${path:+$path }$each
        _tmux_persist_knows "$path"
      else
        count+=1
      fi
    elif [[ $each == -- ]]; then ended=yes
    elif [[ $each == -[LS]?* ]]; then socket+=("${each:0:2}" "${each:2}")
    else
      for ((at = 0; at < ${#values[@]}; at += 2)); do
        [[ ${values[at]} != "$each" ]] || wants=$each
      done
    fi
  done

  if [[ $wants == '>' ]]; then
    compopt -o default
  elif [[ -n $wants || ( -z $ended && $word == --*=* ) ]]; then
    each=${wants:-${word%%=*}}
    [[ -n $wants ]] || prefix=$each=
    for ((at = 0; at < ${#values[@]}; at += 2)); do
      [[ ${values[at]} != "$each" ]] || _tmux_persist_words "${values[at + 1]}" "$prefix"
    done
  elif [[ -z $ended && $word == -* ]]; then
    candidates=("${options[@]}")
    _tmux_persist_offer ''
  elif ((${#commands[@]})); then
    candidates=("${commands[@]}")
    _tmux_persist_offer ''
  elif ((${#arguments[@]})); then
    at=count
    ((at < ${#arguments[@]})) || [[ -z $repeated ]] || at=${#arguments[@]}-1
    ((at >= ${#arguments[@]})) || _tmux_persist_words "${arguments[at]}" ''
  fi
}

complete -F _tmux_persist tmux-persist
