
# The archive of published reports, and corrections
archive-summary = All observation reports published so far. The address of a report does not change; when a report is corrected, every edition is kept as it was published.
archive-internal = This archive is for internal use. The reports in it must not be published.
archive-members = This archive is for members. Please do not pass the reports on to others.
archive-none = No report has been published yet.
archive-feed = Updates (Atom)
archive-kinds = Kinds of reports
archive-kind-quarterly = Quarterly reports
archive-kind-monthly = Monthly reports
archive-kind-weekly = Weekly reports
archive-kind-yearly = Yearly reports
archive-year = { $year }
archive-only-in = (in { $language } only)
archive-edition = Edition { $number } ({ $date })
archive-edition-corrected = Edition { $number } ({ $date }, corrected)
archive-before = The edition before the correction
archive-changes = List of differences
archive-all = All reports
archive-newest = Newest edition
mark-corrected = This is edition { $number }, a corrected edition of { $date }.
mark-kept = This page keeps edition { $number } ({ $date }) as it was published. It may have been corrected since.
feed-corrected = Corrected: { $title }
feed-synthetic = Synthetic data: { $title }
feed-corrected-summary = Edition { $number }, a corrected edition of { $date }.

# How two reports differ
changes-title = Differences: { $title }
changes-intro = { $old } and { $new }, compared table by table and row by row.
changes-numbers = Values that changed
changes-reasons = What the reports were made from
changes-wording = Changes of wording
changes-wording-item = { $heading }: sentences added: { $entered }, removed: { $left }
changes-column-row = Row
changes-column-column = Column
changes-column-old = Before
changes-column-new = After
changes-column-difference = Difference
changes-column-relative = Relative
changes-column-what = What
changes-column-subject = Subject
changes-more = The first { $shown } rows are shown; the JSON has all { $all }.
changes-row-entered = added
changes-row-left = removed
changes-table-entered = This table is new.
changes-table-left = This table is no longer there.
changes-column-entered = Column “{ $name }” is new.
changes-column-left = Column “{ $name }” is no longer there.
changes-points = { $number } points
changes-same = Neither values in tables nor sentences differ.
changes-found = Changed since the edition before: { $items }.
changes-found-between = Differences: { $items }.
changes-values = { $number ->
        [one] { $count } value
       *[other] { $count } values
    }{" "}{ $parts ->
        [one] in { $tables } table
       *[other] in { $tables } tables
    }
changes-ranks = { $number ->
        [one] { $count } rank
       *[other] { $count } ranks
    }
changes-rows-entered = { $number ->
        [one] { $count } row added
       *[other] { $count } rows added
    }
changes-rows-left = { $number ->
        [one] { $count } row removed
       *[other] { $count } rows removed
    }
changes-tables-entered = { $number ->
        [one] { $count } table added
       *[other] { $count } tables added
    }
changes-tables-left = { $number ->
        [one] { $count } table removed
       *[other] { $count } tables removed
    }
changes-columns = { $number ->
        [one] { $count } column added or removed
       *[other] { $count } columns added or removed
    }
changes-sentences = { $number ->
        [one] { $count } sentence
       *[other] { $count } sentences
    }
changes-because = What the reports were made from differs in: { $items }.
changes-unexplained = Inputs, reference data, rules, software and conditions are recorded as the same, so the record does not explain the differences.
because-period = the period
because-zone = the zone in which days are cut
because-form = the form (internal, members, public)
because-condition = what was asked for ({ $names })
because-input-added = { $number ->
        [one] { $count } input added
       *[other] { $count } inputs added
    }
because-input-removed = { $number ->
        [one] { $count } input removed
       *[other] { $count } inputs removed
    }
because-input-recounted = { $number ->
        [one] { $count } input counted otherwise
       *[other] { $count } inputs counted otherwise
    }
because-inputs = the inputs that were counted
because-edition = editions of reference data or rules
because-software = the version of the software
because-coverage = the extent of the observation
because-loss = { $number ->
        [one] losses of { $count } sensor
       *[other] losses of { $count } sensors
    }
because-silence = { $number ->
        [one] days without observation of { $count } sensor
       *[other] days without observation of { $count } sensors
    }
because-note = { $number ->
        [one] { $count } note on the conditions
       *[other] { $count } notes on the conditions
    }
reason-period = Period
reason-zone = Zone
reason-form = Form
reason-condition = What was asked for
reason-input-added = Input added (frames)
reason-input-removed = Input removed (frames)
reason-input-recounted = Frames of an input
reason-inputs = Inputs that were counted (hash over all)
reason-edition = Reference data or rules
reason-software = Software
reason-coverage = Extent of the observation
reason-loss = Losses (frames)
reason-silence = Days without observation
reason-note = Note on the conditions
what-value = value
what-rank = rank
what-row-entered = row added
what-row-left = row removed
what-column-entered = column added
what-column-left = column removed
what-table-entered = table added
what-table-left = table removed
what-wording = wording
