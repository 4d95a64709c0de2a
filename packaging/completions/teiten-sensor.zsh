#compdef teiten-sensor

autoload -U is-at-least

_teiten-sensor() {
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
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_teiten-sensor_commands" \
"*::: :->teiten-sensor" \
&& ret=0
    case $state in
    (teiten-sensor)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:teiten-sensor-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
'-r+[Reads a capture file in the place of the interfaces, at the file'\''s own times, and ends when it is delivered]:FILE:_files' \
'--read=[Reads a capture file in the place of the interfaces, at the file'\''s own times, and ends when it is delivered]:FILE:_files' \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'--spool-only[Leaves batches in the spool]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(enroll)
_arguments "${_arguments_options[@]}" : \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
':url -- Address of the collector\: https\://HOST\:PORT:_default' \
':token -- The token, or `-` to read it from standard input:_default' \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'--json[As JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(filter)
_arguments "${_arguments_options[@]}" : \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'--ddd[In the form of \`tcpdump -ddd\`]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_teiten-sensor__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:teiten-sensor-help-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(enroll)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(test)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(filter)
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

(( $+functions[_teiten-sensor_commands] )) ||
_teiten-sensor_commands() {
    local commands; commands=(
'run:Listens until it is stopped' \
'enroll:Changes a one-time token for a certificate' \
'test:Tries step by step what a running sensor needs, and names the first broken step' \
'status:Tells how the running sensor goes' \
'filter:Prints the kernel filter of each interface' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'teiten-sensor commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__enroll_commands] )) ||
_teiten-sensor__subcmd__enroll_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor enroll commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__filter_commands] )) ||
_teiten-sensor__subcmd__filter_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor filter commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__help_commands] )) ||
_teiten-sensor__subcmd__help_commands() {
    local commands; commands=(
'run:Listens until it is stopped' \
'enroll:Changes a one-time token for a certificate' \
'test:Tries step by step what a running sensor needs, and names the first broken step' \
'status:Tells how the running sensor goes' \
'filter:Prints the kernel filter of each interface' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'teiten-sensor help commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__help__subcmd__enroll_commands] )) ||
_teiten-sensor__subcmd__help__subcmd__enroll_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor help enroll commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__help__subcmd__filter_commands] )) ||
_teiten-sensor__subcmd__help__subcmd__filter_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor help filter commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__help__subcmd__help_commands] )) ||
_teiten-sensor__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor help help commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__help__subcmd__run_commands] )) ||
_teiten-sensor__subcmd__help__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor help run commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__help__subcmd__status_commands] )) ||
_teiten-sensor__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor help status commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__help__subcmd__test_commands] )) ||
_teiten-sensor__subcmd__help__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor help test commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__run_commands] )) ||
_teiten-sensor__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor run commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__status_commands] )) ||
_teiten-sensor__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor status commands' commands "$@"
}
(( $+functions[_teiten-sensor__subcmd__test_commands] )) ||
_teiten-sensor__subcmd__test_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-sensor test commands' commands "$@"
}

if [ "$funcstack[1]" = "_teiten-sensor" ]; then
    _teiten-sensor "$@"
else
    compdef _teiten-sensor teiten-sensor
fi
