//! `teiten plan`: what it prints, and that docs/guide/capacity.md shows exactly that.

use std::path::Path;

use expect_test::expect;

use crate::program::{line, run, words};
use crate::scenario::small;

#[test]
fn a_plan_names_disk_cores_machines_and_what_breaks_first() {
    let ran = line(&small().folder, "plan --addresses /16 -o csv").well();
    expect![[r#"
        status 0
        --- out
        part,item,amount,unit,how
        traffic,packets a day,432537600,packets,"65,536 addresses x 6600"
        traffic,mean rate,5006,packets/s,"a day / 86,400 s"
        traffic,busiest hour,15019,packets/s,mean x 3
        disk,rows,2888,GB,"18.29 B a packet, 365 days"
        disk,rollups,1137,GB,"7.2 B a packet, 365 days"
        disk,facts,426,GB,"2.7 B a packet, 365 days"
        disk,raw frames,1351,GB,"34.7 B a packet, 90 days"
        disk,in all,7252,GB,the sum x 1.25
        disk,written a day,38.573703168,GB,"rows twice: 26.29 B a packet fresh, then compacted"
        cores,collecting,0.019674453333333335,cores,busiest hour x 1310 ns
        cores,facts of days,0.007309084444444445,cores,mean x 1460 ns
        cores,readers,0.00775,cores,5 x 31 ms in 20 s
        cores,in all,2.0,cores,"the sum / 0.7, at least 2"
        memory,in all,2.0390625,GiB,collectors: 1; facts; questions at once: 1
        network,from sensors,1.3897272888888892,Mbit/s,34.7 B a packet
        network,"from sensors, busiest hour",4.169181866666667,Mbit/s,x 3
        network,at each sensor,0.000921144888888889,cores,"184 ns a packet, 1 sensors"
        machines,one for all,1.0,machines,"2 cores, its own disk"
        limits,disk of one machine,7.251682099199999,% filled,"breaks at 903,735 addresses: a store in a bucket, or fewer years and days kept"
        limits,rows of one collector in the busiest hour,1.9674453333333335,% filled,"breaks at 3,331,020 addresses: more collectors on one store in a bucket, sensors divided among them"
        limits,facts of a day within a day,0.5220774603174604,% filled,"breaks at 12,552,927 addresses: no cure yet: facts of one day are counted by one process"
        limits,line of one machine in the busiest hour,0.04169181866666667,% filled,"breaks at 157,191,512 addresses: more collectors, each with its own line"
        --- err
        note: cost, disk: rows take 50 %, raw frames 23 % of 5801.3 GB without what is spare
        note: cost, cores: collecting 57 %, facts 21 %, readers 22 %
        note: `teiten plan --figures` lists what this rests on, docs/guide/capacity.md what it leaves out
    "#]].assert_eq(&ran.whole());
}

#[test]
fn what_makes_no_sense_is_refused() {
    for (asked, said) in [
        ("plan --addresses 0", "from 1 to 4294967296"),
        ("plan --addresses /33", "from /0 to /32"),
        ("plan --addresses x", "or a prefix length"),
        ("plan --packets 0", "above 0"),
        ("plan --packets NaN", "from 0 to"),
        ("plan --years=-1", "from 0 to"),
        ("plan --sensors 0", "0 is not in"),
    ] {
        let ran = line(&small().folder, asked).ends(2);
        assert!(ran.err.contains(said), "{asked}: {}", ran.err);
    }
}

/// Each block of the guide that begins with `$ teiten` is run, and must print what stands below.
#[test]
fn the_guide_shows_what_the_program_prints() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/capacity.md");
    let text = std::fs::read_to_string(file).expect("the guide");
    let blocks: Vec<&str> = text.split("```console\n").skip(1).collect();
    assert!(blocks.len() >= 4, "it shows plans");
    for block in blocks {
        let (block, _) = block.split_once("```").expect("its end");
        let (asked, shown) = block.split_once('\n').expect("a command");
        let asked = asked.strip_prefix("$ teiten ").expect("a command of ours");
        let ran = run(&small().folder, &words(asked)).well();
        let trimmed =
            |text: &str| text.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>();
        assert_eq!(trimmed(&ran.text()), trimmed(shown), "teiten {asked}");
    }
}
