# Texts of the report. Numbers, names and references enter as arguments. Same keys as ja.ftl.

# Title and frame
quarterly-title = Internet Fixed-Point Observation Report, { $period }
quarterly-summary = Packets that sensors received in { $period }, counted by destination port and by region of the source.
first-published = First published
last-updated = Last updated
contact = Contact
contents = Contents
skip = Skip to content
formats = The same content in other formats
data-table = Data table
as-csv = CSV
as-svg = Enlarge
more-rows = The first { $shown } rows are shown; the CSV has all { $all }.
counted-from = Counted from
synthetic = This report was made from synthetic data of the scenario “{ $scenario }”. It does not describe real observations.
synthetic-word = Synthetic data
label-table = Table { $number }
label-figure = Figure { $number }
label-joint = :{" "}
references = References
packet-number = No.
packet-time = Time
packet-source = Source
packet-destination = Destination
packet-protocol = Protocol
packet-length = Length
packet-info = Info

# Overview
overview = Overview
sensors-region = { $count ->
        [one] { $sensors } sensor ({ $addresses } addresses) in { $region }
       *[other] { $sensors } sensors ({ $addresses } addresses) in { $region }
    }
sensors-all = { $count ->
        [one] { $sensors } sensor ({ $addresses } addresses)
       *[other] all { $sensors } sensors ({ $addresses } addresses)
    }
when-days = from { $first } to { $last }
when-day = on { $first }
counted = This report counts the { $packets } packets that reached { $where } { $when }, by destination port and by region of the source. As no service is offered at these addresses, most of what arrives is thought to be scanning for services, the after-effects of attacks elsewhere, or misconfiguration.
zone = Days are counted in { $zone } ({ $name }).
no-data = No packets reached { $where } { $when }. There are therefore no rankings and no figures.
ports-none = No packets could be counted by destination port.
regions-none = The region of the source could be determined for none of the packets.
one-sensor = Only { $sensors } sensor contributed. Ranks and trends may reflect the circumstances of that one place.
ports-intro = { $table } lists the top { $shown } destination ports by number of packets; { $figure } shows them day by day.
regions-intro = { $table } lists the top { $shown } regions of the sources by number of packets; { $figure } shows them day by day.
ports-few = { $number ->
        [one] Only { $count } destination port was observed.
       *[other] Only { $count } destination ports were observed.
    }
regions-few = { $number ->
        [one] Packets came from only { $count } region.
       *[other] Packets came from only { $count } regions.
    }
ports-caption = Top { $shown } destination ports
regions-caption = Top { $shown } regions of the sources
ports-figure = Packets by destination port, { $period } (top { $shown })
regions-figure = Packets by region of the source, { $period } (top { $shown })
column-port = Destination port
column-region = Region of the source
column-name = Name
column-rank = Rank this quarter
column-previous-rank = Rank previous quarter
column-packets = Packets
column-share = Share
column-rate = Daily average
column-change = Change on previous quarter
column-day = Day
unit-packets = { "" }
unit-rate = per sensor and day
unit-rate-axis = Packets per sensor and day
unit-share = Share of all packets
outside = outside top { $known }
iana-note = Note: service names are those registered with IANA { $reference }. A packet sent to a port is not necessarily traffic of that service.
rate-note = Note: the daily average is the number of packets per sensor and day. Days without observation are left out of it.
previous-note = Note: the previous quarter is { $period }.
region-note = Note: the region of a source is the country or economy to which its IP address is allocated. Source addresses can be forged and do not necessarily tell where the sender is.
gap = not observed
gap-note = Hatching marks periods without observation: { $gaps }.

# Changes
ports-trend-up = Packets to { $names } increased through the period ({ $figure }).
ports-trend-down = Packets to { $names } decreased through the period ({ $figure }).
regions-trend-up = Packets from { $names } increased through the period ({ $figure }).
regions-trend-down = Packets from { $names } decreased through the period ({ $figure }).
ports-trend-none = None of these ports shows packets rising or falling steadily through the period ({ $figure }).
regions-trend-none = None of these regions shows packets rising or falling steadily through the period ({ $figure }).
trend-short = { $number ->
        [one] With only { $days } day observed, no trend within the period is stated ({ $figure }).
       *[other] With only { $days } days observed, no trend within the period is stated ({ $figure }).
    }
no-previous = There are no observations of the previous quarter, so nothing is compared with it.
rank-same = The top { $shown } and their order are the same as in the previous quarter.
rank-up-down = Compared with the previous quarter, { $up } moved up and { $down } moved down.
rank-up = Compared with the previous quarter, { $up } moved up.
rank-down = Compared with the previous quarter, { $down } moved down.
rank-entered-left = { $entered } newly entered the top { $shown }, and { $left } left it.
rank-entered = { $entered } newly entered the top { $shown }.
rank-left = { $left } left the top { $shown }.
rank-move = { $name } (from rank { $before } to { $now })
rank-came = { $name } (rank { $before } in the previous quarter)
rank-came-outside = { $name } ({ $outside } in the previous quarter)
rank-went = { $name } (from rank { $before } in the previous quarter to { $now })
rank-went-outside = { $name } (from rank { $before } in the previous quarter to { $outside })
ports-change-up-down = By daily average, packets to { $up } grew most, by { $more }, and packets to { $down } fell most, by { $less }.
ports-change-up = By daily average, packets to { $up } grew most, by { $more }.
ports-change-down = By daily average, packets to { $down } fell most, by { $less }.
regions-change-up-down = By daily average, packets from { $up } grew most, by { $more }, and packets from { $down } fell most, by { $less }.
regions-change-up = By daily average, packets from { $up } grew most, by { $more }.
regions-change-down = By daily average, packets from { $down } fell most, by { $less }.
change-small = By daily average, all changes on the previous quarter were below { $limit }.

# Conditions of observation and provenance
provenance = Conditions of observation and provenance
coverage-caption = What was counted
coverage-item = Item
coverage-value = Value
coverage-sensors = Sensors
coverage-addresses = Addresses
coverage-days = Days
coverage-packets = Packets
coverage-inputs = Input files
coverage-notes = Points to note when reading the results:
sensors-intro = For each sensor, what was received equals what was stored, lost and held. What was lost is counted by reason.
sensors-caption = Balance of each sensor
column-sensor = Sensor
column-received = Received
column-stored = Stored
column-lost = Lost
column-held = Held
column-reasons = Reasons for loss
column-silent = Days without observation
unit-frames = frames
editions-caption = Editions of reference data and rules
column-edition = Edition
column-what = What
column-origin = Origin
inputs-intro = Inputs are named by the hash of their content (SHA-256). The hash over all of them is { $digest }.
inputs-caption = Inputs
column-sha = SHA-256
column-frames = Frames
software = This report was made with { $software }.
command = The same inputs give it again with: { $command }
reason = { $reason } { $count }
loss-kernel = no room in the kernel
loss-interface = no room in the interface
loss-excluded = excluded on purpose
loss-spool-full = spool full
loss-gap = not delivered by the sensor
loss-refused = refused by the collector
loss-truncated = file ends inside a record
loss-corrupt = damaged record
loss-oversized = record too long
loss-link-unsupported = link type not supported
loss-decompression = decompression failed

# What figures show
alt-empty = There is nothing to draw.
alt-line = { $unit }, day by day from { $first } to { $last }, as { $series } { $count ->
        [one] line
       *[other] lines
    }
alt-line-one-day = { $unit } on { $first }, as { $series } { $count ->
        [one] point
       *[other] points
    }
alt-rose = { $name } rose most, from an average of { $from } at the beginning to { $to } at the end
alt-fell = { $name } fell most, from an average of { $from } at the beginning to { $to } at the end
alt-steady = no large change between beginning and end
alt-range = values lie between { $least } and { $most }
alt-missing = { $count ->
        [one] { $days } day was not observed
       *[other] { $days } days were not observed
    }
alt-joint = ;{" "}
alt-end = .
alt-bar = { $unit } as { $bars } horizontal bars: the largest is { $first } with { $most }, the smallest { $last } with { $least }.
