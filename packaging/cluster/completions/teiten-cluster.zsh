#compdef teiten-cluster

autoload -U is-at-least

_teiten-cluster() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_teiten-cluster_commands" \
"*::: :->teiten-cluster" \
&& ret=0
    case $state in
    (teiten-cluster)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:teiten-cluster-command-$line[1]:"
        case $line[1] in
            (worker)
_arguments "${_arguments_options[@]}" : \
'--listen=[Where to listen; port 0 for any that is free]:ADDRESS:PORT:_default' \
'--store=[Store\: a folder, or s3\://BUCKET/PREFIX; the same that is asked]:DIR|URL:_default' \
'--memory-mib=[The most memory for questions, in MiB]:MIB:_default' \
'--cert=[This machine'\''s certificate]:FILE:_files' \
'--key=[Its key]:FILE:_files' \
'--ca=[The cluster'\''s authority]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(check)
_arguments "${_arguments_options[@]}" : \
'--cert=[This machine'\''s certificate]:FILE:_files' \
'--key=[Its key]:FILE:_files' \
'--ca=[The cluster'\''s authority]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
'*::workers -- Addresses of workers:_default' \
&& ret=0
;;
(keys)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
':folder -- Folder; it is made when it is not there:_files' \
'*::hosts -- Names and addresses by which machines are reached:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_teiten-cluster__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:teiten-cluster-help-command-$line[1]:"
        case $line[1] in
            (worker)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(keys)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_teiten-cluster_commands] )) ||
_teiten-cluster_commands() {
    local commands; commands=(
'worker:Answers until it is told to end' \
'check:Asks workers whether they answer, and which version they are' \
'keys:Makes certificates, and the authority they come from when there is none' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'teiten-cluster commands' commands "$@"
}
(( $+functions[_teiten-cluster__subcmd__check_commands] )) ||
_teiten-cluster__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-cluster check commands' commands "$@"
}
(( $+functions[_teiten-cluster__subcmd__help_commands] )) ||
_teiten-cluster__subcmd__help_commands() {
    local commands; commands=(
'worker:Answers until it is told to end' \
'check:Asks workers whether they answer, and which version they are' \
'keys:Makes certificates, and the authority they come from when there is none' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'teiten-cluster help commands' commands "$@"
}
(( $+functions[_teiten-cluster__subcmd__help__subcmd__check_commands] )) ||
_teiten-cluster__subcmd__help__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-cluster help check commands' commands "$@"
}
(( $+functions[_teiten-cluster__subcmd__help__subcmd__help_commands] )) ||
_teiten-cluster__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-cluster help help commands' commands "$@"
}
(( $+functions[_teiten-cluster__subcmd__help__subcmd__keys_commands] )) ||
_teiten-cluster__subcmd__help__subcmd__keys_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-cluster help keys commands' commands "$@"
}
(( $+functions[_teiten-cluster__subcmd__help__subcmd__worker_commands] )) ||
_teiten-cluster__subcmd__help__subcmd__worker_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-cluster help worker commands' commands "$@"
}
(( $+functions[_teiten-cluster__subcmd__keys_commands] )) ||
_teiten-cluster__subcmd__keys_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-cluster keys commands' commands "$@"
}
(( $+functions[_teiten-cluster__subcmd__worker_commands] )) ||
_teiten-cluster__subcmd__worker_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-cluster worker commands' commands "$@"
}

if [ "$funcstack[1]" = "_teiten-cluster" ]; then
    _teiten-cluster "$@"
else
    compdef _teiten-cluster teiten-cluster
fi
