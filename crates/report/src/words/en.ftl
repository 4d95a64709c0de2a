# Texts of the report. Numbers, names and references enter as arguments. Same keys as ja.ftl.

# What periods are called
this-week = this week
this-month = this month
this-quarter = this quarter
this-year = this year
this-fiscal-year = this fiscal year
prior-week = previous week
prior-month = previous month
prior-quarter = previous quarter
prior-year = previous year
prior-fiscal-year = previous fiscal year

# Title and frame
report-title = Internet Fixed-Point Observation Report, { $period }
report-summary = Packets that sensors received in { $period }, counted by destination port and by region of the source.
first-published = First published
last-updated = Last updated
corrected = Corrected
corrected-said = This report, first published on { $first }, was corrected on { $last }.
contact = Contact
contents = Contents
skip = Skip to content
formats = The same content in other formats
data-table = Data table
as-pdf = PDF ({ $language }, { $size })
enlarge = Enlarge
close = Close
this-section = Read this section in English
more-rows = The first { $shown } rows are shown; the CSV has all { $all }.
more-rows-alone = The first { $shown } of { $all } rows are shown.
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
counted-withheld = This report counts the packets that reached { $where } { $when }, by destination port and by region of the source. As too few sensors observed them, their number is not shown. As no service is offered at these addresses, most of what arrives is thought to be scanning for services, the after-effects of attacks elsewhere, or misconfiguration.
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
share-of = { $name } with { $share }
regions-shares = Of all packets they sent the following shares: { $shares }.
followers = Ranks { $first } to { $last } are, in order, { $names }.
followers-one = Rank { $first } is { $names }.
ports-caption = Top { $shown } destination ports
regions-caption = Top { $shown } regions of the sources
ports-figure = Packets by destination port, { $period } (top { $shown })
regions-figure = Packets by region of the source, { $period } (top { $shown })
column-port = Destination port
column-region = Region of the source
column-name = Name
column-rank = Rank { $this }
column-previous-rank = Rank { $prior }
column-place = Rank
column-packets = Packets
column-share = Share
column-rate = Daily average
column-change = Change on { $prior }
column-day = Day
column-hour = Hour
column-week = Week beginning
column-key = Key
column-pair-change = Change
unit-packets = { "" }
unit-rate = per sensor and day
unit-rate-axis = Packets per sensor and day
unit-share = Share of all packets
outside = outside top { $known }
iana-note = Note: service names are those registered with IANA { $reference }. A packet sent to a port is not necessarily traffic of that service.
rate-note = Note: the daily average is the number of packets per sensor and day. Hours in which a sensor stored no packet are left out of it.
previous-note = Note: the { $prior } is { $period }.
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
no-previous = There are no observations of the { $prior }, so nothing is compared with it.
rank-same = The top { $shown } and their order are the same as in the { $prior }.
rank-up-down = Compared with the { $prior }, { $up } moved up and { $down } moved down.
rank-up = Compared with the { $prior }, { $up } moved up.
rank-down = Compared with the { $prior }, { $down } moved down.
rank-entered-left = { $entered } newly entered the top { $shown }, and { $left } left it.
rank-entered = { $entered } newly entered the top { $shown }.
rank-left = { $left } left the top { $shown }.
rank-move = { $name } (from rank { $before } to { $now })
rank-came = { $name } (rank { $before } in the { $prior })
rank-came-outside = { $name } ({ $outside } in the { $prior })
rank-went = { $name } (from rank { $before } in the { $prior } to { $now })
rank-went-outside = { $name } (from rank { $before } in the { $prior } to { $outside })
ports-change-up-down = Among the ports shown, by daily average, packets to { $up } grew most, by { $more }, and packets to { $down } fell most, by { $less }.
ports-change-up = Among the ports shown, by daily average, packets to { $up } grew most, by { $more }.
ports-change-down = Among the ports shown, by daily average, packets to { $down } fell most, by { $less }.
regions-change-up-down = Among the regions shown, by daily average, packets from { $up } grew most, by { $more }, and packets from { $down } fell most, by { $less }.
regions-change-up = Among the regions shown, by daily average, packets from { $up } grew most, by { $more }.
regions-change-down = Among the regions shown, by daily average, packets from { $down } fell most, by { $less }.
change-small = By daily average, all changes on the { $prior } were below { $limit }.

# Notable phenomena
phenomena = Notable phenomena
phenomena-unobserved = No packet was observed in this period, so nothing can be said of phenomena.
phenomena-none = Of the phenomena that the detectors look for, none worth noting was found in this period.
phenomena-withheld = What the detectors found in this period was seen by too few sensors to be published; the provenance says how much was withheld.
phenomena-internal = This section is for internal use: it shows source addresses as they are and must not be published in this form. Destination addresses, which are those of sensors, are replaced by letters in every form.
phenomena-members = This section is for members: it shows source addresses and exact times and must not be published in this form. Destination addresses, which are those of sensors, are replaced by letters in every form.
found-scope = The detectors that compare days and sensors judge all sensors together. What they found is told here as they found it, whichever sensors this report is about.
found-rsdos = Answers of hosts that were flooded with packets under forged sources ("backscatter") tell of denial-of-service attacks. Most packets came from { $subject }: { $packets }. { $table } lists the victims.
found-rsdos-untold = Answers of hosts that were flooded with packets under forged sources ("backscatter") tell of denial-of-service attacks. The victim with the most sent { $packets } packets. { $table } lists the attacks.
found-syn-reflection = Answers of very many servers crowded in on one sensor, { $subject }: its addresses were used as forged sources of connection attempts ({ $packets } packets from { $sources } sources). { $table } lists these times.
found-syn-reflection-untold = Answers of very many servers crowded in on one sensor: its addresses were used as forged sources of connection attempts ({ $packets } packets from { $sources } sources). { $table } lists these times.
found-udp-reflection = Answers of many servers of { $subject } crowded in on one sensor, as happens when servers are made to amplify an attack ({ $packets } packets from { $sources } sources). { $table } lists these times.
found-campaign = Groups of sources did the same over days. The largest is { $subject }, with { $sources } sources ({ $packets } packets). { $table } lists the groups.
found-surge = Packets and sources for some ports rose far above what is usual at that hour of the week, most of all for { $subject } ({ $packets } packets from { $sources } sources). { $table } lists the rises.
found-new-port = Ports that nobody had tried for four weeks were tried by several networks, first of all { $subject } ({ $packets } packets from { $sources } sources). { $table } lists them.
found-level-shift = The number of packets for some ports rose and stayed there, most of all for { $subject } ({ $packets } packets). { $table } lists the shifts.
found-slow-drift = The number of packets for some ports rose slowly over weeks, most of all for { $subject } ({ $packets } packets). { $table } lists the rises.
found-drop = The number of packets for some ports fell and stayed low, most of all for { $subject }. { $table } lists them.
found-local-burst = Some rises were seen at one sensor only, the largest for { $subject } ({ $packets } packets). They say nothing of other places. { $table } lists them.
found-local-burst-untold = Some rises were seen at one sensor only, the largest with { $packets } packets. They say nothing of other places. { $table } lists them.
found-noise-storm = Very many sources appeared for { $subject }, each once, all at the same time ({ $packets } packets from { $sources } sources): the sources are probably forged. { $table } lists these times.
found-infected = Sources at home showed traits of malware, most of all { $subject } ({ $packets } packets from { $sources } sources). { $table } lists the kinds.
found-header-family = Some sources never change certain header fields, which betrays their tool. The largest such group is { $subject } ({ $packets } packets from { $sources } sources). { $table } lists the groups.
found-slow-periodic = Sources came back to the same address and port in a slow, steady rhythm of hours or days, most of all for { $subject } ({ $packets } visits from { $sources } sources). { $table } lists the ports.
found-port-overlap = Sources of some ports tried another port too; the strongest such pair is { $subject }. { $table } lists the pairs.
found-resolver-scan = Name servers that answer strangers were looked for, most of all with { $subject } ({ $packets } packets from { $sources } sources). { $table } lists the questions.
found-aggressive = A few sources sent very much, or tried very many addresses or ports, most of all { $subject } ({ $packets } packets). { $table } lists them.
found-aggressive-untold = A few sources sent very much, or tried very many addresses or ports; the heaviest sent { $packets } packets. { $table } lists them.
found-survey = Organisations that scan openly, for surveys, were seen; most packets came from { $subject } ({ $packets } packets from { $sources } sources). { $table } lists them.
advice-rsdos = The sources of such attacks are forged and cannot be told from here. Operators are advised to limit packets with forged sources at the edge of their networks.
advice-reflection = Operators of services that answer over UDP or TCP are advised to limit answers to strangers, and packets with forged sources at the edge of their networks.
advice-scan = Administrators are advised to check that services on these ports are not open to the Internet without need, and are up to date.
advice-none = No action follows from this alone.
advice-local = Administrators need not act on what one sensor saw alone.
advice-forged = Blocking such sources would hit strangers.
advice-infected = Operators of these networks are advised to inform the owners of the devices, to replace passwords that were set by the maker, and to update the devices.
advice-resolver = Administrators of name servers are advised to answer recursive questions of their own users only.
findings = Findings behind this section
findings-intro = This section was made from the following findings. Where this table is made as CSV or JSON, it has the filter that opens the packets of each finding.
findings-caption = Findings
evidence-note = Times are in { $zone }. Destinations stand for addresses of sensors; the same letter is the same destination.
evidence-public = In this public form times are cut to the hour and a source is given by its country or region. Values that a sender could have chosen as a mark, such as identifiers and random labels, are replaced by fixed letters.
evidence-by-zone = Chosen from the last month of the period: the earliest for each domain (those whose domain cannot be read count as one).
evidence-by-region = Chosen from the last month of the period: the earliest for each region of the source.
region-unknown = Unknown
others = Others
column-subject = Subject
column-detector = Detector
column-first = First day
column-last = Last day
column-sensors = Sensors
column-confidence = Confidence
column-rule = Version of the rule
column-zone = Domain
column-answers = Answers
column-unique = Distinct names
column-responders = Responders
column-resolvers = Open resolvers
column-resolver-region = Region
column-as = AS
column-month = Month
confidence-high = high
confidence-medium = medium
confidence-low = low
confidence-weak = weak
dns-heading = DNS answers, and ICMP errors about { $port }
dns-seen = The sensors received { $answers } packets from source port { $port }, and { $errors } ICMP errors (Destination unreachable) about packets they are supposed to have sent to { $port } ({ $figure }). Sensors send no DNS queries, so both are thought to be replies to queries with a forged source address.
dns-names = { $count ->
        [one] Counting answers from other source ports as well, { $answers } concern names that begin with a random string, under { $zones } domain. Hardly any name occurs twice, and most answers bring no result, such as No such name ({ $figure }). Names of this kind under { $example }, for example, were asked for one after another.
       *[other] Counting answers from other source ports as well, { $answers } concern names that begin with a random string, under { $zones } domains. Hardly any name occurs twice, and most answers bring no result, such as No such name ({ $figure }). Names of this kind under { $example }, for example, were asked for one after another.
    }
dns-names-all = { $count ->
        [one] All of these answers concern names that begin with a random string, under { $zones } domain. Hardly any name occurs twice, and most answers bring no result, such as No such name ({ $figure }). Names of this kind under { $example }, for example, were asked for one after another.
       *[other] All of these answers concern names that begin with a random string, under { $zones } domains. Hardly any name occurs twice, and most answers bring no result, such as No such name ({ $figure }). Names of this kind under { $example }, for example, were asked for one after another.
    }
dns-explained = This appears to be the aftermath of attacks that overload the authoritative name servers of these domains. They make use of name servers that resolve recursively for anyone, and of routers and other devices that pass queries on (open resolvers). As every name is new and in no cache, an open resolver asks the authoritative name servers each time. The source addresses of the queries are forged, and when one happens to be the address of a sensor, the reply arrives there. The answers came from { $responders } addresses, of which { $resolvers } were confirmed as open resolvers. These are devices that were misused, not the origin of the attacks.
dns-errors = The ICMP errors came from { $sources } addresses. They are probably devices that were open resolvers once and no longer listen on { $port }, but are still asked because they stand on outdated lists.
dns-errors-named = In { $named } errors the quoted packet can be read as far as the name; { $of-zones } of these concern the domains above. The others are attributed to the same attacks because they arrived at the same time.
dns-errors-named-all = In { $named } errors the quoted packet can be read as far as the name; all of these concern the domains above. The others are attributed to the same attacks because they arrived at the same time.
dns-names-caption = Answers from { $port } about names that do not exist, { $period }
dns-errors-caption = ICMP errors about packets to { $port }, { $period }
dns-failure-caption = Answers from { $port } that report a server failure, { $period }
dns-victims = { $count ->
        [one] The target appears to be the authoritative name servers of the following { $zones } domain.
       *[other] The targets appear to be the authoritative name servers of the following { $zones } domains.
    }
column-victim-kind = Kind
victim-kind-unknown = not known
victim-kinds = By our table of kinds, there are among them: { $kinds }. The table tells what a name or a network is registered for, not what the attack was aimed at.
victim-kinds-gap = {", "}
victim-kinds-unknown = Of the victims marked “not known” no entry of the table tells the kind; what attacks of forged sources do not reach our sensors, and victims that do not answer, are not seen at all.
dns-zones-caption = Domains that appear to be targets
dns-zones-note = Note: domains are as registered, by the Public Suffix List. “Distinct names” is the number of distinct names as a part of the answers.
dns-home-none = No target was found under the top-level domain of { $home } ({ $domain }). Organisations in { $home } that use other top-level domains, and attacks that did not forge the addresses of sensors, cannot be recognised by this observation.
dns-home-zones = { $count ->
        [one] Among the targets is { $zones } domain under the top-level domain of { $home } ({ $domain }).
       *[other] Among the targets are { $zones } domains under the top-level domain of { $home } ({ $domain }).
    }
dns-home-resolvers = However, { $resolvers } open resolvers in { $home } were misused as well. They took part in the attacks, whether or not those who run them meant to.
dns-resolvers-intro = By region, the open resolvers among the responders are as follows.
dns-regions-caption = Top { $shown } regions of misused open resolvers
dns-resolver-note = Note: an open resolver is a source that offered recursion and gave an answer other than a refusal.
dns-home-ases-none = Note: no edition of AS numbers had been imported, so no AS is known.
dns-home-ases-caption = AS of the open resolvers in { $home }
dns-impact = Answers that report a server failure suggest that the authoritative name servers no longer keep up, in other words that the attacks have an effect. The load also reaches the name servers of access providers between open resolvers and authoritative servers, so that name resolution may fail for their customers too.
dns-impact-rose = The share of these answers rose from { $before } in { $first } to { $after } in { $last }.
dns-months-caption = Answers from { $port } by response code and month
dns-figure = Packets from source port { $port } and ICMP errors about packets to { $port }, { $period }
dns-line-answers = All answers
dns-line-no-such-name = No such name
dns-line-server-failure = Server failure
dns-line-refused = Refused
dns-line-errors = ICMP errors
dns-totals-caption = Counts of DNS answers and ICMP errors
dns-total-answers = Packets from source port { $port }
dns-total-zone-answers = Answers about the targeted domains
dns-total-responders = Addresses that sent these answers
dns-total-resolvers = Open resolvers among them
dns-total-errors = ICMP errors about packets to { $port }
dns-total-error-sources = Addresses that sent these errors
dns-total-errors-named = ICMP errors with a readable name
dns-total-errors-of-zones = Those about the targeted domains
dns-total-zones = Targeted domains
dns-total-home-resolvers = Open resolvers of the home country
dns-total-home-zones = Targeted domains under the top-level domain of the home country
dns-advice = To reduce the number of devices that can be misused, we recommend the following checks.
dns-advice-servers = If you run name servers, restrict recursion to those who need it, such as the users of your own organisation. { $references }
dns-advice-routers = If you use routers or other devices that pass DNS queries on, check with the information of the manufacturer that they do not answer queries from the Internet and that their firmware is corrected. { $references }
dns-advice-hosts = On other servers too, check from outside that no name server runs unintentionally. { $references }
dns-advice-networks = If you run a network, block packets with forged source addresses where they leave it. { $references }
source-port-heading = Packets from source port { $port }
source-port-seen = { $packets } connection attempts came from source port { $port }, { $share } of all packets. Ordinary traffic does not favour one source port; the median of the neighbouring ports is { $neighbours }.
source-port-seen-most = { $packets } connection attempts came from source port { $port }, { $share } of all packets and more than from any other source port. Ordinary traffic does not favour one source port; the median of the neighbouring ports is { $neighbours }.
source-port-grew = These packets have increased since about { $onset } ({ $figure }).
source-port-level = { $figure } shows them up to the end of the period.
source-port-year-figure = Packets from source port { $port }, { $first } to { $last }
source-port-ports = The destination ports tell what is looked for: { $figure } gives their shares and { $table } the most frequent ones.
source-port-services = Among them are ports of { $services }, services that can be used for intrusion or as a relay.
service-remote = remote access
service-database = databases
service-proxy = proxies
source-port-unit = Share of all packets from source port { $port }
source-port-share-figure = Destination ports of packets from source port { $port }, { $period }
source-port-ports-caption = Top { $shown } destination ports of packets from source port { $port }
source-port-regions = The packets came from { $sources } addresses. By region of the source, { $region } sent most of them, { $share }.
source-port-regions-caption = Regions of packets from source port { $port }
source-port-window = Of the { $repeated } addresses that sent two packets or more, { $part } never changed their TCP window; the most frequent value is { $window } bytes.
source-port-rhythm = Moreover, in { $steady } of the { $pairs } pairs of source and destination that were seen repeatedly the pauses are nearly constant, with a median of one packet every { $pause } days. The sources do not send much in a short time, but keep checking the same addresses at inconspicuous intervals.
source-port-tool = Ordinary operating systems do not behave like this, so many sources appear to use the same scanning tool. Earlier observations report the same { $references }.
source-port-shown = { $figure } shows the packets of one source to the same destination.
source-port-packets-caption = Packets from source port { $port } of one source to the same destination
source-port-chosen = Chosen: the source that sent most packets to the same destination in the period, from the earliest on.
source-port-proof-caption = Features of the packets from source port { $port }
proof-packets = Connection attempts from source port { $port }
proof-share = Share of all packets
proof-neighbours = Connection attempts from neighbouring ports (median)
proof-sources = Source addresses
proof-window = Most frequent TCP window (bytes)
proof-one-window = Share of sources whose window never changed
proof-repeated = Source addresses that sent two or more
proof-pairs = Pairs of source and destination seen often enough
proof-steady = Share of these pairs with nearly constant pauses
proof-pause = Median pause (days)
proof-bare = Share of attempts without TCP options
proof-onset = Beginning of the increase

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
sensors-intro-all = What was received equals what was stored, lost and held. What was lost is counted by reason. Numbers of single sensors are not published.
all-sensors = all sensors
coverage-sensors-min = fewest sensors behind a published value
form-internal = This is the internal form: it names sensors, source addresses and exact times.
form-members = This is the form for members: sensors have pseudonyms, source addresses and times are exact.
form-public = This is the public form. Values that rest on fewer than { $sensors } sensors are not shown, so that nobody can conclude where a sensor is; neither are values of single sensors, source addresses, or times finer than an hour.
form-exempt = By decision of the publisher this does not apply to these tables: { $tables }.
withheld-intro = What is not shown for that reason is listed in { $table }.
withheld-caption = What is not shown
withheld-drawn = Daily values that are not shown are drawn in the figures as gaps, like days without observation.
column-withheld = Number
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
edition-beside = { $edition } and { $count } more
edition-later = the edition is later than the packets
edition-later-some = the edition is later than some of the packets
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
alt-line = { $unit }, { $step } from { $first } to { $last }, as { $series } { $count ->
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
alt-missing-hours = { $count ->
        [one] { $days } hour was not observed
       *[other] { $days } hours were not observed
    }
alt-missing-weeks = { $count ->
        [one] { $days } week was not observed
       *[other] { $days } weeks were not observed
    }
alt-missing-months = { $count ->
        [one] { $days } month was not observed
       *[other] { $days } months were not observed
    }
alt-step-hour = hour by hour
alt-step-day = day by day
alt-step-week = week by week
alt-step-month = month by month
alt-pair-before = { $unit }: values for { $first } as horizontal bars, { $rows } in all, with those for { $second } as marks; the largest is { $name } with { $most }
alt-pair-part = { $unit }: { $first } and { $second } as pairs of horizontal bars, { $rows } in all; the largest is { $name } with { $most }
alt-pair-rose = { $name } rose most, from { $from } to { $to }
alt-pair-fell = { $name } fell most, from { $from } to { $to }
alt-pair-share = the share of { $part } lies between { $least } ({ $low }) and { $most } ({ $high })
alt-pair-share-one = the share of { $part } is { $share }
alt-stack = { $unit }, { $step } from { $first } to { $last }, as stacked columns in { $parts } parts
alt-stack-one = { $unit } for { $first }, as a stacked column in { $parts } parts
alt-stack-largest = { $name } is the largest over the whole, with { $share }
alt-stack-moved = the share of { $name } changed most, from { $from } at the beginning to { $to } at the end
alt-heat = { $unit }, { $step } from { $first } to { $last }, as shades in { $rows } rows; the largest value is { $most }: { $name }, { $when }
alt-joint = ;{" "}
alt-end = .
alt-bar = { $unit } as { $bars } horizontal bars: the largest is { $first } with { $most }, the smallest { $last } with { $least }.

# Sections that recur
column-before = In the { $prior }
column-difference = Difference
column-sources = Sources
column-address-rate = Per address and day
column-victim-port = Attacked port
column-victims = Victims
column-category = Category
column-tag = Trait
column-share-all = Share, all
column-share-home = Share, home
column-mirai = Mirai type
column-kind = Kind
column-sources-day = Sources a day
column-group = Group of sensors
column-organisation = Organisation
column-days = Days
column-networks = Networks ({ $prefix })
column-year = Year
column-addresses = Addresses
column-per-address = Packets per address
column-scanner-share = Share of research scanners
column-telnet-share = Share of { $telnet }
column-source-port = Source port
column-burst = Of one sensor, briefly
column-rank-without = Rank without it
unit-packets-axis = Packets
unit-sources = addresses
unit-sources-axis = Sources (addresses/day)
unit-address = packets/day and address
unit-address-axis = Packets (per day and address)
accesses = Packets per address
accesses-none = In this period there was no observation from which packets per address can be told.
accesses-said = { $rate } packets arrived per address and day, a difference of { $difference } ({ $change }) from the { $prior } ({ $table }).
accesses-sources = There were { $sources } source addresses a day on average, { $change } on the { $prior }.
accesses-caption = Packets per address and day, and sources
accesses-note = Note: the number of watched addresses differs from day to day, so each day is divided by its own. Sources are counted once a day, and averaged.
accesses-by-day-figure = Packets per address and day, { $period }
address-ports-caption = Top { $shown } destination ports by packets per address and day
address-regions-caption = Top { $shown } regions of sources by packets per address and day
risers-said = The destination port that rose most is { $port }, by { $more } packets per address and day ({ $table }, { $figure }).
port-risers-figure = Packets per address and day to the destination ports that rose most
port-risers-caption = Destination ports that rose most
region-risers-caption = Regions of sources that rose most
hosts = Unique hosts
hosts-none = In this period there were no packets whose sources can be counted.
hosts-said = By distinct source addresses (unique hosts), the largest region is { $region } with { $share } ({ $table }).
hosts-regions-caption = Top { $shown } regions of sources by unique hosts
hosts-note = Note: unique hosts are source addresses that sent at least one packet in the period. Source addresses can be forged.
hosts-ports-said = Among destination ports, { $port } was looked for by most sources, { $share } ({ $table }).
hosts-tcp-caption = Top { $shown } TCP destination ports by unique hosts
hosts-udp-caption = Top { $shown } UDP destination ports by unique hosts
hosts-by-day-figure = Unique hosts by day, { $period }
damage = Backscatter of denial of service
damage-none = In this period no backscatter of denial of service was observed. Attacks that forge no source, or not the addresses of sensors, cannot be recognised by this observation.
damage-said = Packets that appear to be answers to denial of service elsewhere (backscatter) came at an average of { $packets } a day, from { $victims } addresses that appear to be its victims ({ $table }).
damage-caption = Backscatter and victims
damage-note = Note: of attacks with forged sources, only answers to those that forged the address of a sensor arrive here. DNS answers and errors about { $dns } are not included.
damage-by-day-figure = Backscatter by day, { $period }
damage-ports-said = The port attacked most is { $port } with { $share } ({ $table }).
damage-ports-caption = Top { $shown } attacked ports
signatures = Detections by trait
signatures-none = In this period no packet had the trait of a known tool or family.
signatures-said = Of the packets whose traits tell a tool or family, most belong to { $tag }, { $packets } packets ({ $table }).
signature-kinds-caption = Detections by category
signatures-note = Note: a packet can have several traits, so the sum is not the number of packets.
signatures-caption = Top { $shown } traits by detections
shares = Sources at home beside all
shares-none = In this period there were no packets with which sources at home can be compared with all.
shares-said = { $table } compares the destination ports that sources in { $home } look for with those of all sources.
home-shares-caption = Shares of destination ports: all sources, and sources at home
home-sources = Packets from sources at home
home-none = In this period no packet from a source at home was observed.
home-said = { $figure } shows how many sources in { $home } looked for { $telnet }, with and without the trait of Mirai.
home-telnet-by-day-figure = Sources at home that looked for { $telnet }, { $period }
home-ports-said = The destination port of most packets from { $home } is { $port }; of its { $packets } packets { $mirai } ({ $share }) have the trait of Mirai ({ $table }, { $figure }).
home-ports-figure = Destination ports of packets from sources at home, { $period }: all, and Mirai type
pair-all = all
pair-mirai = Mirai type
home-ports-caption = Destination ports of packets from sources at home, and the share of Mirai type
mirai-note = Note: Mirai type means that the TCP sequence number equals the destination address, a trait of Mirai and its variants.
home-kinds-said = { $table } divides the sources in { $home } by traits that tell a kind of infection; { $figure } shows them by day.
home-kinds-caption = Kinds of sources at home
home-kinds-note = Note: kinds follow from traits of packets; no device was examined. On one day a source counts in one kind, the first that applies in the order Mirai type, GRE, one TCP window, other.
home-kinds-by-day-figure = Sources at home by kind and day, { $period }
mirai = Sources with the trait of Mirai
mirai-none = In this period no source with the trait of Mirai was observed.
mirai-said = Most sources with the trait of Mirai are in { $region }, { $sources } addresses a day on average ({ $figure }).
mirai-by-day-figure = Sources of Mirai type by day, { $period } (five largest regions and all)
mirai-regions-caption = Regions with most sources of Mirai type
groups = Groups of sensors side by side
groups-none = In this period there were no groups of sensors to compare.
groups-said = { $table } gives the packets per sensor and day of each group of sensors by month.
groups-caption = Packets by group of sensors and month
groups-by-day-figure = Packets by group of sensors, { $period }
sensor-ports = Destination ports of each sensor
sensor-ports-none = In this period there were no packets to count by sensor.
sensor-ports-said = { $table } lists the top destination ports of each sensor. Differences in rank reflect where a sensor stands.
sensor-ports-caption = Top destination ports of each sensor
scanners = Sources that look for many ports
scanners-none = In this period no source looked for many destination ports in a day.
scanners-said = { $sources } addresses looked for more than ten destination ports in a day; their packets are { $share } of all. { $table } lists them by organisation.
scanner-totals-caption = Sources that look for many ports
scanners-note = Note: organisations are those that publish that they scan for research; sources on no such list are called unknown.
scanners-caption = Organisations behind sources that look for many ports
scanners-by-day-figure = Sources that look for many ports by day, { $period }
scanner-networks-said = The port looked for from most networks is { $port }, from { $networks } networks ({ $prefix }) ({ $table }).
scanner-networks-caption = Destination ports looked for from most networks
per-address = Years side by side
per-address-none = In this period there were no packets to count by year.
per-address-said = In { $year } there were { $packets } packets per address ({ $table }).
years-caption = Packets and packets per address by year
per-address-note = Note: packets per address are divided by the mean number of addresses that were watched in the hours with packets. The first and the last year count only what was observed.
reflection = Answers nobody asked for (reflection)
reflection-none = In this period no answers of services used for reflection were observed.
reflection-said = Most answers that nobody asked for came from { $service }, { $packets } packets ({ $table }). They appear to answer queries that forged the address of a sensor.
reflection-caption = Answers of services used for reflection
reflection-note = Note: by source port. The sources are devices that were misused, not the origin of attacks.
year = One year
year-none = There were no observations from which one year can be shown.
year-said = For the top of this report, one year to the end of the period is shown in { $ports } for destination ports and in { $regions } for regions of sources.
ports-by-year-figure = Packets by destination port, one year to the end of the period
regions-by-year-figure = Packets by region of the source, one year to the end of the period
bursts-caption = Bursts at a single sensor
bursts-note = Note: the rank without it is counted with the burst left out.
burst-notice = Of the packets to { $port }, { $burst } reached a single sensor in a short time. They cannot be read as a wide event. Without them the rank is { $rank }.
burst-notice-outside = Of the packets to { $port }, { $burst } reached a single sensor in a short time. They cannot be read as a wide event. Without them it is not among the top.

# What became known beside what was seen
known = What became known of ports that rose
known-intro = For ports that rose, what became known of vulnerabilities, malware and tools is set beside what was seen. Sensors do not answer, so seldom more than a first packet is seen. The level says how strongly the two are tied, the strongest first:
known-rule-pattern = Pattern: packets carry the payload of an exploit.
known-rule-protocol = Protocol: packets carry the protocol of a product, or have the form of a family of malware or of a tool.
known-rule-window = Window: the port is one of the product's, and the rise began between { $before } days before and { $after } days after something became known.
known-rule-port = Port: the number of the port alone. This names a related service and is no sign that anything is exploited.
known-rose = Packets for { $port } rose from { $onset } on ({ $figure }). { $table } lists what is related.
known-tied = More than the port ties to it: { $things }.
known-by-port = The port alone brings to mind: { $things }; that says nothing of a cause.
known-against = The table also says what else may explain the rise.
known-figure = Packets for { $port } by day, and what became known when
known-marks = Marks: { $marks }.
known-caption = What is related to { $port }
known-catalogues = Catalogues: { $catalogues }; and the program's own table of products, families and ports.
known-no-catalogue = No catalogue had been imported, so dates are not known; products, families and ports are those of the program's own table.
known-seen = Seen
known-pattern = Pattern
known-protocol = Protocol
known-window = Window
known-port = Port
known-other = Other explanation
column-known-id = What
column-known-level = Level
column-known-dates = Dates
column-known-reason = Reason
alt-map = { $unit } on a map of the world: { $areas } countries and regions have some; the largest is { $name } with { $most }.
map-none = none
map-new = new
