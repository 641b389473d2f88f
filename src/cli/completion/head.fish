# Completion of tmux-persist for fish 3. What was saved is a candidate and nothing else; fish quotes it.

# __tmux_persist_in PATH [COUNT|COUNT+]: whether the words before the cursor are this command, and so many arguments.
function __tmux_persist_in --argument-names wanted arguments
    set -l path
    set -l count 0
    set -l skips no
    set -l ended no
    for word in (commandline -opc)[2..]
        if test $skips = yes
            set skips no
        else if test $ended = no; and test "x$word" = x--
            set ended yes
        else if test $ended = no; and contains -- $word $__tmux_persist_valued
            set skips yes
        else if test $ended = no; and string match -q -- '-*' $word
            continue
        else if test $ended = no; and contains -- (string join ' ' $path $word) $__tmux_persist_paths
            set -a path $word
        else
            set count (math $count + 1)
        end
    end
    test "$path" = "$wanted"; or return
    switch "$arguments"
        case ''
            return 0
        case '*+'
            test $count -ge (string trim -r -c + $arguments)
        case '*'
            test $count -eq $arguments
    end
end

function __tmux_persist_saved --argument-names kind
    set -l socket
    set -l wants
    set -l ended no
    for word in (commandline -opc)[2..]
        if test -n "$wants"
            set -a socket $wants $word
            set wants
        else if contains -- $word -L -S
            set wants $word
        else if test "x$word" = x--
            set ended yes
        end
    end
    # Where options may stand, a name that begins with - would be one.
    if test $ended = no -a $kind = sessions; and string match -q -- '-*' (commandline -ct)
        return
    end
    command tmux-persist $socket completion-words $kind 2>/dev/null </dev/null | while read -l line
        test $ended = no; and string match -q -- '-*' $line; or printf '%s\n' $line
    end
end

complete -c tmux-persist -f
