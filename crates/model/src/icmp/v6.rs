//! The types and codes of ICMPv6: our own table, after the IANA registry.
//!
//! **Invariant:** rows ascend by type and code.

use super::{Message, code, kind};

pub(super) const MESSAGES: [Message; 94] = [
    kind(1, "Destination unreachable", "宛先到達不能").shown_as("Destination Unreachable"),
    code(1, 0, "No route to destination", "宛先への経路なし").shown_as("no route to destination"),
    code(1, 1, "Communication administratively prohibited", "通信禁止")
        .shown_as("Administratively prohibited"),
    code(1, 2, "Beyond scope of source address", "送信元アドレスの範囲外"),
    code(1, 3, "Address unreachable", "アドレス到達不能"),
    code(1, 4, "Port unreachable", "ポート到達不能"),
    code(1, 5, "Source address failed policy", "送信元アドレスが方針違反")
        .shown_as("Source address failed ingress/egress policy"),
    code(1, 6, "Reject route to destination", "宛先への経路が拒否"),
    code(1, 7, "Error in source routing header", "経路ヘッダーの誤り")
        .shown_as("Error in Source Routing Header"),
    code(1, 8, "Headers too long", "ヘッダーが長すぎる").not_shown(),
    kind(2, "Packet too big", "パケット過大").shown_as("Packet Too Big"),
    kind(3, "Time exceeded", "時間超過").shown_as("Time Exceeded"),
    code(3, 0, "Hop limit exceeded in transit", "転送中にホップ数超過")
        .shown_as("hop limit exceeded in transit"),
    code(3, 1, "Fragment reassembly time exceeded", "再構成の時間超過")
        .shown_as("fragment reassembly time exceeded"),
    kind(4, "Parameter problem", "パラメーター異常").shown_as("Parameter Problem"),
    code(4, 0, "Erroneous header field", "ヘッダー項目の誤り").shown_as("erroneous header field encountered"),
    code(4, 1, "Unrecognized next header", "不明な次ヘッダー")
        .shown_as("unrecognized Next Header type encountered"),
    code(4, 2, "Unrecognized option", "不明なオプション").shown_as("unrecognized IPv6 option encountered"),
    code(4, 3, "First fragment has incomplete header chain", "先頭フラグメントのヘッダー不完全")
        .shown_as("IPv6 First Fragment has incomplete IPv6 Header Chain"),
    code(4, 4, "Upper-layer header error", "上位層ヘッダーの誤り").not_shown(),
    code(4, 5, "Unrecognized next header by intermediate node", "中継点で不明な次ヘッダー").not_shown(),
    code(4, 6, "Extension header too big", "拡張ヘッダーが大きすぎる").not_shown(),
    code(4, 7, "Extension header chain too long", "拡張ヘッダーの連なりが長すぎる").not_shown(),
    code(4, 8, "Too many extension headers", "拡張ヘッダーが多すぎる").not_shown(),
    code(4, 9, "Too many options in extension header", "拡張ヘッダーのオプションが多すぎる").not_shown(),
    code(4, 10, "Option too big", "オプションが大きすぎる").not_shown(),
    kind(100, "Private experimentation", "私的実験"),
    kind(101, "Private experimentation (second)", "私的実験（2）").shown_as("Private experimentation"),
    kind(127, "Reserved for expansion of error messages", "予約（エラーの拡張用）")
        .shown_as("Reserved for expansion of ICMPv6 error messages"),
    kind(128, "Echo request", "エコー要求").shown_as("Echo (ping) request"),
    kind(129, "Echo reply", "エコー応答").shown_as("Echo (ping) reply"),
    kind(130, "Multicast listener query", "マルチキャスト受信者の照会").shown_as("Multicast Listener Query"),
    kind(131, "Multicast listener report", "マルチキャスト受信者の報告")
        .shown_as("Multicast Listener Report"),
    kind(132, "Multicast listener done", "マルチキャスト受信の終了").shown_as("Multicast Listener Done"),
    kind(133, "Router solicitation", "ルーター要請").shown_as("Router Solicitation"),
    kind(134, "Router advertisement", "ルーター広告").shown_as("Router Advertisement"),
    kind(135, "Neighbor solicitation", "近隣要請").shown_as("Neighbor Solicitation"),
    kind(136, "Neighbor advertisement", "近隣広告").shown_as("Neighbor Advertisement"),
    kind(137, "Redirect", "経路変更"),
    kind(138, "Router renumbering", "ルーター再番号付け").shown_as("Router Renumbering"),
    code(138, 0, "Router renumbering command", "再番号付けの指示").shown_as("Command"),
    code(138, 1, "Router renumbering result", "再番号付けの結果").shown_as("Result"),
    code(138, 255, "Sequence number reset", "順序番号の初期化"),
    kind(139, "Node information query", "ノード情報照会").shown_as("Node Information Query"),
    code(139, 0, "Subject is an IPv6 address", "対象はIPv6アドレス")
        .shown_as("Query subject = IPv6 addresses"),
    code(139, 1, "Subject is a name, or none", "対象は名前（またはなし）")
        .shown_as("Query subject = DNS name or empty"),
    code(139, 2, "Subject is an IPv4 address", "対象はIPv4アドレス")
        .shown_as("Query subject = IPv4 addresses"),
    kind(140, "Node information response", "ノード情報応答").shown_as("Node Information Reply"),
    code(140, 0, "Successful", "成功"),
    code(140, 1, "Refused", "拒否"),
    code(140, 2, "Unknown query type", "不明な照会種別"),
    kind(141, "Inverse neighbor discovery solicitation", "逆近隣探索の要請")
        .shown_as("Inverse Neighbor Discovery Solicitation"),
    kind(142, "Inverse neighbor discovery advertisement", "逆近隣探索の広告")
        .shown_as("Inverse Neighbor Discovery Advertisement"),
    kind(143, "Multicast listener report version 2", "マルチキャスト受信者の報告（第2版）")
        .shown_as("Multicast Listener Report Message v2"),
    kind(144, "Home agent address discovery request", "ホームエージェント探索要求")
        .shown_as("Home Agent Address Discovery Request"),
    kind(145, "Home agent address discovery reply", "ホームエージェント探索応答")
        .shown_as("Home Agent Address Discovery Reply"),
    kind(146, "Mobile prefix solicitation", "移動プレフィックス要請").shown_as("Mobile Prefix Solicitation"),
    kind(147, "Mobile prefix advertisement", "移動プレフィックス広告")
        .shown_as("Mobile Prefix Advertisement"),
    kind(148, "Certification path solicitation", "証明書経路の要請")
        .shown_as("Certification Path Solicitation"),
    kind(149, "Certification path advertisement", "証明書経路の広告")
        .shown_as("Certification Path Advertisement"),
    kind(150, "Experimental mobility (Seamoby)", "実験用の移動制御").shown_as("Experimental Mobility"),
    kind(151, "Multicast router advertisement", "マルチキャストルーター広告")
        .shown_as("Multicast Router Advertisement"),
    kind(152, "Multicast router solicitation", "マルチキャストルーター要請")
        .shown_as("Multicast Router Solicitation"),
    kind(153, "Multicast router termination", "マルチキャストルーター終了")
        .shown_as("Multicast Router Termination"),
    kind(154, "Mobile fast handover", "高速ハンドオーバー").shown_as("FMIPv6"),
    kind(155, "RPL control", "RPL制御").shown_as("RPL Control"),
    code(155, 0, "DODAG information solicitation", "DODAG情報の要請")
        .shown_as("DODAG Information Solicitation"),
    code(155, 1, "DODAG information object", "DODAG情報").shown_as("DODAG Information Object"),
    code(155, 2, "Destination advertisement object", "宛先の広告")
        .shown_as("Destination Advertisement Object"),
    code(155, 3, "Destination advertisement object acknowledgment", "宛先の広告の確認応答")
        .shown_as("Destination Advertisement Object Acknowledgment"),
    code(155, 4, "P2P discovery reply object", "P2P探索の応答").shown_as("P2P Discovery Reply Object"),
    code(155, 5, "P2P discovery reply object acknowledgment", "P2P探索の応答の確認応答")
        .shown_as("P2P Discovery Reply Object Acknowledgement"),
    code(155, 128, "Secure DODAG information solicitation", "DODAG情報の要請（保護）")
        .shown_as("Secure DODAG Information Solicitation"),
    code(155, 129, "Secure DODAG information object", "DODAG情報（保護）")
        .shown_as("Secure DODAG Information Object"),
    code(155, 130, "Secure destination advertisement object", "宛先の広告（保護）")
        .shown_as("Secure Destination Advertisement Object"),
    code(155, 131, "Secure destination advertisement object acknowledgment", "宛先の広告の確認応答（保護）")
        .shown_as("Secure Destination Advertisement Object Acknowledgment"),
    code(155, 132, "P2P secure discovery reply object", "P2P探索の応答（保護）")
        .shown_as("P2P Secure Discovery Reply Object"),
    code(155, 133, "P2P secure discovery reply object acknowledgment", "P2P探索の応答の確認応答（保護）")
        .shown_as("P2P Secure Discovery Reply Object Acknowledgement"),
    code(155, 138, "Consistency check", "一貫性の確認").shown_as("Consistency Check"),
    kind(156, "ILNP locator update", "ILNP位置更新").shown_as("Locator Update"),
    kind(157, "Duplicate address request", "重複アドレス要求").shown_as("Duplicate Address Request"),
    kind(158, "Duplicate address confirmation", "重複アドレス確認")
        .shown_as("Duplicate Address Confirmation"),
    kind(159, "MPL control", "MPL制御").shown_as("MPL Control Message"),
    kind(160, "Extended echo request", "拡張エコー要求").shown_as("Extended Echo request"),
    code(160, 0, "No error", "エラーなし"),
    kind(161, "Extended echo reply", "拡張エコー応答").shown_as("Extended Echo reply"),
    code(161, 0, "No error", "エラーなし"),
    code(161, 1, "Malformed query", "不正な問い合わせ").shown_as("Malformed Query"),
    code(161, 2, "No such interface", "インターフェースなし").shown_as("No Such Interface"),
    code(161, 3, "No such table entry", "表に項目なし").shown_as("No Such Table Entry"),
    code(161, 4, "Multiple interfaces satisfy query", "複数のインターフェースが該当")
        .shown_as("Multiple Interfaces Satisfy Query"),
    kind(200, "Private experimentation (informational)", "私的実験（通知）")
        .shown_as("Private experimentation"),
    kind(201, "Private experimentation (informational, second)", "私的実験（通知2）")
        .shown_as("Private experimentation"),
    kind(255, "Reserved for expansion of informational messages", "予約（通知の拡張用）")
        .shown_as("Reserved for expansion of ICMPv6 informational messages"),
];
