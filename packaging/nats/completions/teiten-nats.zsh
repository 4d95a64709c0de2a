#compdef teiten-nats

autoload -U is-at-least

_teiten-nats() {
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
":: :_teiten-nats_commands" \
"*::: :->teiten-nats" \
&& ret=0
    case $state in
    (teiten-nats)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:teiten-nats-command-$line[1]:"
        case $line[1] in
            (relay)
_arguments "${_arguments_options[@]}" : \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(invite)
_arguments "${_arguments_options[@]}" : \
'--hours=[Hours for which the token can be used]:HOURS:_default' \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
':name -- Name, the same as at the collector:_default' \
&& ret=0
;;
(retire)
_arguments "${_arguments_options[@]}" : \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
':name -- Name:_default' \
&& ret=0
;;
(bridge)
_arguments "${_arguments_options[@]}" : \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(enroll)
_arguments "${_arguments_options[@]}" : \
'--site=[The sensor'\''s site]:SITE:_default' \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
':url -- Address of the collector\: https\://HOST\:PORT:_default' \
':token -- The token, or `-` to read it from standard input:_default' \
&& ret=0
;;
(check)
_arguments "${_arguments_options[@]}" : \
'-c+[The configuration]:FILE:_files' \
'--config=[The configuration]:FILE:_files' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_teiten-nats__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:teiten-nats-help-command-$line[1]:"
        case $line[1] in
            (relay)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(invite)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(retire)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(bridge)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(enroll)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(check)
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

(( $+functions[_teiten-nats_commands] )) ||
_teiten-nats_commands() {
    local commands; commands=(
'relay:Takes batches of the site'\''s sensors into the stream, until it is told to end' \
'invite:Makes a token for a sensor of this site and says what to type there' \
'retire:Takes the certificates of a sensor of this site back' \
'bridge:Fetches batches from the streams of sites and sends them to the collector, until it is told to end' \
'enroll:Lets the bridge send for a sensor\: changes a token of \`teiten sensor enroll\` for a certificate' \
'check:Connects to NATS and tells what waits in the streams; status 1 when something is wrong' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'teiten-nats commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__bridge_commands] )) ||
_teiten-nats__subcmd__bridge_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats bridge commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__check_commands] )) ||
_teiten-nats__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats check commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__enroll_commands] )) ||
_teiten-nats__subcmd__enroll_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats enroll commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__help_commands] )) ||
_teiten-nats__subcmd__help_commands() {
    local commands; commands=(
'relay:Takes batches of the site'\''s sensors into the stream, until it is told to end' \
'invite:Makes a token for a sensor of this site and says what to type there' \
'retire:Takes the certificates of a sensor of this site back' \
'bridge:Fetches batches from the streams of sites and sends them to the collector, until it is told to end' \
'enroll:Lets the bridge send for a sensor\: changes a token of \`teiten sensor enroll\` for a certificate' \
'check:Connects to NATS and tells what waits in the streams; status 1 when something is wrong' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'teiten-nats help commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__help__subcmd__bridge_commands] )) ||
_teiten-nats__subcmd__help__subcmd__bridge_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats help bridge commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__help__subcmd__check_commands] )) ||
_teiten-nats__subcmd__help__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats help check commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__help__subcmd__enroll_commands] )) ||
_teiten-nats__subcmd__help__subcmd__enroll_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats help enroll commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__help__subcmd__help_commands] )) ||
_teiten-nats__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats help help commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__help__subcmd__invite_commands] )) ||
_teiten-nats__subcmd__help__subcmd__invite_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats help invite commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__help__subcmd__relay_commands] )) ||
_teiten-nats__subcmd__help__subcmd__relay_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats help relay commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__help__subcmd__retire_commands] )) ||
_teiten-nats__subcmd__help__subcmd__retire_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats help retire commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__invite_commands] )) ||
_teiten-nats__subcmd__invite_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats invite commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__relay_commands] )) ||
_teiten-nats__subcmd__relay_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats relay commands' commands "$@"
}
(( $+functions[_teiten-nats__subcmd__retire_commands] )) ||
_teiten-nats__subcmd__retire_commands() {
    local commands; commands=()
    _describe -t commands 'teiten-nats retire commands' commands "$@"
}

if [ "$funcstack[1]" = "_teiten-nats" ]; then
    _teiten-nats "$@"
else
    compdef _teiten-nats teiten-nats
fi
