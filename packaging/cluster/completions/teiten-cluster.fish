# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_teiten_cluster_global_optspecs
    string join \n h/help V/version
end

function __fish_teiten_cluster_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_teiten_cluster_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_teiten_cluster_using_subcommand
    set -l cmd (__fish_teiten_cluster_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c teiten-cluster -n "__fish_teiten_cluster_needs_command" -s h -l help -d 'Print help'
complete -c teiten-cluster -n "__fish_teiten_cluster_needs_command" -s V -l version -d 'Print version'
complete -c teiten-cluster -n "__fish_teiten_cluster_needs_command" -f -a "worker" -d 'Answers until it is told to end'
complete -c teiten-cluster -n "__fish_teiten_cluster_needs_command" -f -a "check" -d 'Asks workers whether they answer, and which version they are'
complete -c teiten-cluster -n "__fish_teiten_cluster_needs_command" -f -a "keys" -d 'Makes certificates, and the authority they come from when there is none'
complete -c teiten-cluster -n "__fish_teiten_cluster_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand worker" -l listen -d 'Where to listen; port 0 for any that is free' -r
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand worker" -l store -d 'Store: a folder, or s3://BUCKET/PREFIX; the same that is asked' -r
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand worker" -l memory-mib -d 'The most memory for questions, in MiB' -r
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand worker" -l cert -d 'This machine\'s certificate' -r -F
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand worker" -l key -d 'Its key' -r -F
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand worker" -l ca -d 'The cluster\'s authority' -r -F
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand worker" -s h -l help -d 'Print help'
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand check" -l cert -d 'This machine\'s certificate' -r -F
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand check" -l key -d 'Its key' -r -F
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand check" -l ca -d 'The cluster\'s authority' -r -F
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand check" -s h -l help -d 'Print help'
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand keys" -s h -l help -d 'Print help'
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand help; and not __fish_seen_subcommand_from worker check keys help" -f -a "worker" -d 'Answers until it is told to end'
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand help; and not __fish_seen_subcommand_from worker check keys help" -f -a "check" -d 'Asks workers whether they answer, and which version they are'
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand help; and not __fish_seen_subcommand_from worker check keys help" -f -a "keys" -d 'Makes certificates, and the authority they come from when there is none'
complete -c teiten-cluster -n "__fish_teiten_cluster_using_subcommand help; and not __fish_seen_subcommand_from worker check keys help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
