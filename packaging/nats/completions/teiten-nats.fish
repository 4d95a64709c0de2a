# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_teiten_nats_global_optspecs
    string join \n c/config= h/help V/version
end

function __fish_teiten_nats_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_teiten_nats_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_teiten_nats_using_subcommand
    set -l cmd (__fish_teiten_nats_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -s c -l config -d 'The configuration' -r -F
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -s h -l help -d 'Print help'
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -s V -l version -d 'Print version'
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -f -a "relay" -d 'Takes batches of the site\'s sensors into the stream, until it is told to end'
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -f -a "invite" -d 'Makes a token for a sensor of this site and says what to type there'
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -f -a "retire" -d 'Takes the certificates of a sensor of this site back'
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -f -a "bridge" -d 'Fetches batches from the streams of sites and sends them to the collector, until it is told to end'
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -f -a "enroll" -d 'Lets the bridge send for a sensor: changes a token of `teiten sensor enroll` for a certificate'
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -f -a "check" -d 'Connects to NATS and tells what waits in the streams; status 1 when something is wrong'
complete -c teiten-nats -n "__fish_teiten_nats_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand relay" -s c -l config -d 'The configuration' -r -F
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand relay" -s h -l help -d 'Print help'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand invite" -l hours -d 'Hours for which the token can be used' -r
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand invite" -s c -l config -d 'The configuration' -r -F
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand invite" -s h -l help -d 'Print help'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand retire" -s c -l config -d 'The configuration' -r -F
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand retire" -s h -l help -d 'Print help'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand bridge" -s c -l config -d 'The configuration' -r -F
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand bridge" -s h -l help -d 'Print help'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand enroll" -l site -d 'The sensor\'s site' -r
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand enroll" -s c -l config -d 'The configuration' -r -F
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand enroll" -s h -l help -d 'Print help'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand check" -s c -l config -d 'The configuration' -r -F
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand check" -s h -l help -d 'Print help'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand help; and not __fish_seen_subcommand_from relay invite retire bridge enroll check help" -f -a "relay" -d 'Takes batches of the site\'s sensors into the stream, until it is told to end'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand help; and not __fish_seen_subcommand_from relay invite retire bridge enroll check help" -f -a "invite" -d 'Makes a token for a sensor of this site and says what to type there'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand help; and not __fish_seen_subcommand_from relay invite retire bridge enroll check help" -f -a "retire" -d 'Takes the certificates of a sensor of this site back'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand help; and not __fish_seen_subcommand_from relay invite retire bridge enroll check help" -f -a "bridge" -d 'Fetches batches from the streams of sites and sends them to the collector, until it is told to end'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand help; and not __fish_seen_subcommand_from relay invite retire bridge enroll check help" -f -a "enroll" -d 'Lets the bridge send for a sensor: changes a token of `teiten sensor enroll` for a certificate'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand help; and not __fish_seen_subcommand_from relay invite retire bridge enroll check help" -f -a "check" -d 'Connects to NATS and tells what waits in the streams; status 1 when something is wrong'
complete -c teiten-nats -n "__fish_teiten_nats_using_subcommand help; and not __fish_seen_subcommand_from relay invite retire bridge enroll check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
