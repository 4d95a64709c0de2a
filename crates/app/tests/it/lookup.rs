//! What `data lookup` knows, in every format and both languages, and what it says to words it does not know.

use expect_test::{Expect, expect};

use crate::program::line;
use crate::scenario::ask;

fn check(question: &str, expected: Expect) {
    expected.assert_eq(&ask(question).well().whole());
}

#[test]
fn everything_that_has_a_name_is_looked_up_in_one_table() {
    check(
        "data lookup 445/tcp 5555/tcp 6000 60000/udp proto 47 gre icmp 3/3 icmpv6 135 echo-request --day 2014-07-01",
        expect![[r#"
            status 0
            --- out
            kind      item       name                                        description                           used_for                           told_by
            --------  ---------  ------------------------------------------  ------------------------------------  ---------------------------------  ----------------------------
            port      445/TCP    microsoft-ds                                n/a                                   Windows file sharing (SMB); worms  name: IANA; used_for: teiten
            port      5555/TCP   personal-agent                              n/a                                   Android Debug Bridge; bots         name: IANA; used_for: teiten
            port      6000/TCP   x11                                         n/a                                   X11 displays                       name: IANA; used_for: teiten
            port      6000/UDP   n/a                                         n/a                                   n/a                                n/a
            port      60000/UDP  n/a                                         dynamic or private, never registered  n/a                                RFC 6335
            protocol  47         GRE                                         Generic Routing Encapsulation         n/a                                IANA
            protocol  47         GRE                                         Generic Routing Encapsulation         n/a                                IANA
            icmp      3/3        Destination unreachable (Port unreachable)  n/a                                   n/a                                IANA
            icmpv6    135        Neighbor solicitation                       n/a                                   n/a                                IANA
            icmp      8          Echo request                                n/a                                   n/a                                IANA
            icmpv6    128        Echo request                                n/a                                   n/a                                IANA
            --- err
            note: st/data holds no registry of services: with IANA's CSV, `teiten data import FILE` adds all names and descriptions
        "#]],
    );
    check(
        "data lookup icmp 11 --lang ja",
        expect![[r#"
        status 0
        --- out
        種類  対象  名称                          出典
        ----  ----  ----------------------------  ----
        icmp  11    時間超過                      IANA
        icmp  11/0  時間超過（転送中にTTL超過）   IANA
        icmp  11/1  時間超過（再構成の時間超過）  IANA
    "#]],
    );
    check(
        "data lookup 81/tcp 2323/tcp proto 200 JP icmp 8/0 --lang ja,en --day 2014-07-01",
        expect![[r#"
        status 0
        --- out
        種類      対象      名称                       説明                     実際の用途                                          国・地域   アドレス数  出典
                                                                                                                                                 アドレス
        --------  --------  -------------------------  -----------------------  --------------------------------------------------  --------  -----------  ----------------------------
        port      81/TCP    なし                       なし                     カメラ・ルーターのWeb / Web of cameras and routers  なし             なし  used_for: teiten
        port      2323/TCP  3d-nfsd                    なし                     Telnetの別ポート、Mirai / Telnet moved; Mirai       なし             なし  name: IANA; used_for: teiten
        protocol  200       なし                       未割り当て / unassigned  なし                                                なし             なし  IANA
        country   JP        日本 / Japan               なし                     なし                                                JP        237,240,320  country=2014-06-01
        icmp      8/0       エコー要求 / Echo request  なし                     なし                                                なし             なし  IANA
        --- err
        note: st/data holds no registry of services: with IANA's CSV, `teiten data import FILE` adds all names and descriptions
    "#]],
    );
    check(
        "data lookup JP AS4200000005 AS1 8.8.8.8 192.31.196.1 fe80::1 --day 2014-07-01",
        expect![[r#"
        status 0
        --- out
        kind     item          name                    country  country_name          asn  organisation            special               addresses  told_by
        -------  ------------  ----------------------  -------  -------------  ----------  ----------------------  ------------------  -----------  -------------------------------------------------------------
        country  JP            Japan                   JP       n/a                   n/a  n/a                     n/a                 237,240,320  country=2014-06-01
        as       AS4200000005  Synthetic Network US-6  n/a      n/a            4200000005  n/a                     n/a                  88,866,816  as=2014-06-01
        as       AS1           n/a                     n/a      n/a                     1  n/a                     n/a                         n/a  as=2014-06-01
        address  8.8.8.8       n/a                     US       United States  4200000005  Synthetic Network US-6  n/a                         n/a  country=2014-06-01 as=2014-06-01
        address  192.31.196.1  n/a                     n/a      n/a                   n/a  n/a                     AS112                       n/a  country=2014-06-01 as=2014-06-01; RFC 7535 192.31.196.0/24
        address  fe80::1       n/a                     n/a      n/a                   n/a  n/a                     link or site local          n/a  country=2014-06-01 as=2014-06-01; RFC 4291, RFC 3879 fe80::/9
    "#]],
    );
}

#[test]
fn every_format_has_what_is_known() {
    let things = "data lookup 2323/tcp icmp 3/3 JP 192.0.2.1 --day 2014-07-01";
    check(
        &format!("{things} -o csv"),
        expect![[r#"
            status 0
            --- out
            kind,item,name,description,used_for,country,country_name,asn,organisation,actor,special,addresses,reverse_name,told_by
            port,2323/TCP,3d-nfsd,,Telnet moved; Mirai,,,,,,,,,name: IANA; used_for: teiten
            icmp,3/3,Destination unreachable (Port unreachable),,,,,,,,,,,IANA
            country,JP,Japan,,,JP,,,,,,237240320,,country=2014-06-01
            address,192.0.2.1,,,,,,,,,documentation (TEST-NET-1),,,country=2014-06-01 as=2014-06-01; RFC 5737 192.0.2.0/24
            --- err
            note: st/data holds no registry of services: with IANA's CSV, `teiten data import FILE` adds all names and descriptions
        "#]],
    );
    check(
        &format!("{things} -o tsv --lang ja"),
        expect![[r#"
            status 0
            --- out
            kind	item	name	description	used_for	country	country_name	asn	organisation	actor	special	addresses	reverse_name	told_by
            port	2323/TCP	3d-nfsd		Telnetの別ポート、Mirai									name: IANA; used_for: teiten
            icmp	3/3	宛先到達不能（ポート到達不能）											IANA
            country	JP	日本			JP						237240320		country=2014-06-01
            address	192.0.2.1									documentation (TEST-NET-1)			country=2014-06-01 as=2014-06-01; RFC 5737 192.0.2.0/24
            --- err
            note: st/data holds no registry of services: with IANA's CSV, `teiten data import FILE` adds all names and descriptions
        "#]],
    );
    check(
        &format!("{things} -o ndjson"),
        expect![[r#"
            status 0
            --- out
            {"kind":"port","item":"2323/TCP","name":"3d-nfsd","description":null,"used_for":"Telnet moved; Mirai","country":null,"country_name":null,"asn":null,"organisation":null,"actor":null,"special":null,"addresses":null,"reverse_name":null,"told_by":"name: IANA; used_for: teiten"}
            {"kind":"icmp","item":"3/3","name":"Destination unreachable (Port unreachable)","description":null,"used_for":null,"country":null,"country_name":null,"asn":null,"organisation":null,"actor":null,"special":null,"addresses":null,"reverse_name":null,"told_by":"IANA"}
            {"kind":"country","item":"JP","name":"Japan","description":null,"used_for":null,"country":"JP","country_name":null,"asn":null,"organisation":null,"actor":null,"special":null,"addresses":237240320,"reverse_name":null,"told_by":"country=2014-06-01"}
            {"kind":"address","item":"192.0.2.1","name":null,"description":null,"used_for":null,"country":null,"country_name":null,"asn":null,"organisation":null,"actor":null,"special":"documentation (TEST-NET-1)","addresses":null,"reverse_name":null,"told_by":"country=2014-06-01 as=2014-06-01; RFC 5737 192.0.2.0/24"}
            --- err
            note: st/data holds no registry of services: with IANA's CSV, `teiten data import FILE` adds all names and descriptions
        "#]],
    );
    check(
        &format!("{things} -o md --lang ja"),
        expect![[r#"
            status 0
            --- out
            | 種類 | 対象 | 名称 | 実際の用途 | 国・地域 | 特殊用途 | アドレス数（アドレス） | 出典 |
            | --- | --- | --- | --- | --- | --- | ---: | --- |
            | port | 2323/TCP | 3d-nfsd | Telnetの別ポート、Mirai | なし | なし | なし | name: IANA; used_for: teiten |
            | icmp | 3/3 | 宛先到達不能（ポート到達不能） | なし | なし | なし | なし | IANA |
            | country | JP | 日本 | なし | JP | なし | 237,240,320 | country=2014-06-01 |
            | address | 192.0.2.1 | なし | なし | なし | documentation (TEST-NET-1) | なし | country=2014-06-01 as=2014-06-01; RFC 5737 192.0.2.0/24 |
            --- err
            note: st/data holds no registry of services: with IANA's CSV, `teiten data import FILE` adds all names and descriptions
        "#]],
    );
    let json: serde_json::Value =
        serde_json::from_slice(&ask(&format!("{things} -o json")).well().out).expect("JSON");
    assert_eq!(json["rows"].as_array().map(Vec::len), Some(4));
    assert!(ask(&format!("{things} -o parquet")).well().out.starts_with(b"PAR1"));
}

#[test]
fn a_registry_of_services_names_and_describes_its_ports() {
    let folder = tempfile::tempdir().expect("a folder");
    let registry = "Service Name,Port Number,Transport Protocol,Description,Assignee,Contact,Registration Date,Modification Date\n\
        ssh,22,tcp,The Secure Shell (SSH) Protocol,,,,2014-01-02\n\
        x11,6000-6063,tcp,\"X Window\nSystem\",,,,\n\
        x11,6000-6063,udp,X Window System,,,,\n\
        netconf,9899,sctp,SCTP TUNNELING,,,,\n";
    std::fs::write(folder.path().join("services.csv"), registry).expect("a file");
    line(folder.path(), "data import services.csv").well();
    expect![[r#"
        status 0
        --- out
        kind  item       name          description                      used_for                           told_by
        ----  ---------  ------------  -------------------------------  ---------------------------------  ------------------------------------------------
        port  22/TCP     ssh           The Secure Shell (SSH) Protocol  SSH; password guessing             name: IANA services=2014-01-02; used_for: teiten
        port  6000/TCP   x11           X Window System                  X11 displays                       name: IANA services=2014-01-02; used_for: teiten
        port  6000/UDP   x11           X Window System                  n/a                                name: IANA services=2014-01-02
        port  6036/TCP   x11           X Window System                  Recorders                          name: IANA services=2014-01-02; used_for: teiten
        port  9899/SCTP  netconf       SCTP TUNNELING                   n/a                                name: IANA services=2014-01-02
        port  445/TCP    microsoft-ds  n/a                              Windows file sharing (SMB); worms  name: IANA; used_for: teiten
    "#]]
        .assert_eq(&line(folder.path(), "data lookup ssh 6000 6036/tcp 9899/sctp 445/tcp").well().whole());
}

#[test]
fn what_cannot_be_looked_up_is_answered_with_what_to_write() {
    for (question, status, expected) in [
        (
            "data lookup nowhere",
            2,
            expect![[r#"
            error: `nowhere` is nothing that can be looked up: write 192.0.2.1, 445/tcp, 6000, gre, `proto 47`, `icmp 3/3`, `icmpv6 135`, JP or AS64496
        "#]],
        ),
        (
            "data lookup 445/tpc",
            2,
            expect![[r#"
            error: `tpc` is no protocol with ports: write `445/tcp`
        "#]],
        ),
        (
            "data lookup 70000",
            2,
            expect![[r#"
            error: `70000` is not a port: ports are 0 to 65535, such as 445/tcp; an AS is written AS64496
        "#]],
        ),
        (
            "data lookup 192.0.2.0/24",
            2,
            expect![[r#"
            error: `192.0.2.0/24` is a network: write an address inside it, such as 192.0.2.0
        "#]],
        ),
        (
            "data lookup 8.8.8.8 icmp 300",
            2,
            expect![[r#"
            error: `300` is no type of ICMP: types and codes are 0 to 255, such as `icmp 3/3`
        "#]],
        ),
        (
            "data lookup proto",
            2,
            expect![[r#"
            error: `proto` says what the next word is: write `proto 47`
        "#]],
        ),
        (
            "data lookup ehco-request",
            2,
            expect![[r#"
            error: `ehco-request` is nothing that can be looked up: did you mean `echo-request`?
        "#]],
        ),
    ] {
        let ran = ask(question).ends(status);
        assert_eq!(ran.text(), "", "{question} has no result");
        expected.assert_eq(&ran.err);
    }
}
