# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_teiten_sensor_global_optspecs
    string join \n c/config= h/help V/version
end

function __fish_teiten_sensor_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_teiten_sensor_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_teiten_sensor_using_subcommand
    set -l cmd (__fish_teiten_sensor_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -s c -l config -d 'The configuration' -r -F
complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -s h -l help -d 'Print help'
complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -s V -l version -d 'Print version'
complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -f -a "run" -d 'Listens until it is stopped'
complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -f -a "enroll" -d 'Changes a one-time token for a certificate'
complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -f -a "test" -d 'Tries step by step what a running sensor needs, and names the first broken step'
complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -f -a "status" -d 'Tells how the running sensor goes'
complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -f -a "filter" -d 'Prints the kernel filter of each interface'
complete -c teiten-sensor -n "__fish_teiten_sensor_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand run" -s r -l read -d 'Reads a capture file in the place of the interfaces, at the file\'s own times, and ends when it is delivered' -r -F
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand run" -s c -l config -d 'The configuration' -r -F
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand run" -l spool-only -d 'Leaves batches in the spool'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand run" -s h -l help -d 'Print help'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand enroll" -s c -l config -d 'The configuration' -r -F
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand enroll" -s h -l help -d 'Print help'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand test" -s c -l config -d 'The configuration' -r -F
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand test" -s h -l help -d 'Print help'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand status" -s c -l config -d 'The configuration' -r -F
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand status" -l json -d 'As JSON'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand status" -s h -l help -d 'Print help'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand filter" -s c -l config -d 'The configuration' -r -F
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand filter" -l ddd -d 'In the form of `tcpdump -ddd`'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand filter" -s h -l help -d 'Print help'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand help; and not __fish_seen_subcommand_from run enroll test status filter help" -f -a "run" -d 'Listens until it is stopped'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand help; and not __fish_seen_subcommand_from run enroll test status filter help" -f -a "enroll" -d 'Changes a one-time token for a certificate'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand help; and not __fish_seen_subcommand_from run enroll test status filter help" -f -a "test" -d 'Tries step by step what a running sensor needs, and names the first broken step'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand help; and not __fish_seen_subcommand_from run enroll test status filter help" -f -a "status" -d 'Tells how the running sensor goes'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand help; and not __fish_seen_subcommand_from run enroll test status filter help" -f -a "filter" -d 'Prints the kernel filter of each interface'
complete -c teiten-sensor -n "__fish_teiten_sensor_using_subcommand help; and not __fish_seen_subcommand_from run enroll test status filter help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
