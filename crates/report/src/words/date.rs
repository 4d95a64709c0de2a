//! How days are written in both languages.
//!
//! **Invariant:** a day's text depends on the day and the language alone.

use jiff::civil::Date;

use super::Language;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day in a sentence: `2014年4月1日`, `1 April 2014`.
pub fn long(day: Date, language: Language) -> String {
    match language {
        Language::Ja => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Language::En => format!("{} {} {}", day.day(), month_name(day), day.year()),
    }
}

/// A day on an axis or in a list of gaps: `4/1`, `1 Apr`.
pub fn short(day: Date, language: Language) -> String {
    match language {
        Language::Ja => format!("{}/{}", day.month(), day.day()),
        Language::En => format!("{} {}", day.day(), &month_name(day)[..3]),
    }
}

/// A month on an axis: `4月`, `Apr`.
pub fn month(day: Date, language: Language) -> String {
    match language {
        Language::Ja => format!("{}月", day.month()),
        Language::En => month_name(day)[..3].to_string(),
    }
}

/// A month in a sentence: `2014年4月`, `April 2014`.
pub fn month_long(day: Date, language: Language) -> String {
    match language {
        Language::Ja => format!("{}年{}月", day.year(), day.month()),
        Language::En => format!("{} {}", month_name(day), day.year()),
    }
}

/// A year on an axis: `2014年`, `2014`.
pub fn year(day: Date, language: Language) -> String {
    match language {
        Language::Ja => format!("{}年", day.year()),
        Language::En => day.year().to_string(),
    }
}

/// Days from the first to the last, both inside: `5/3〜5/5`, `3 May–5 May`; one day alone.
pub fn span(first: Date, last: Date, language: Language) -> String {
    if first == last {
        return short(first, language);
    }
    format!("{}{}{}", short(first, language), dash(language), short(last, language))
}

/// Months from that of the first day to that of the last: `2014年5月`, `May 2014–July 2014`.
pub fn months(first: Date, last: Date, language: Language) -> String {
    let (from, to) = (month_long(first, language), month_long(last, language));
    if from == to { from } else { format!("{from}{}{to}", dash(language)) }
}

fn dash(language: Language) -> &'static str {
    match language {
        Language::Ja => "〜",
        Language::En => "–",
    }
}

fn month_name(day: Date) -> &'static str {
    let place = usize::try_from(day.month() - 1).expect("months are numbered from 1");
    MONTHS[place]
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_written_in_both_languages() {
        let day = date(2014, 5, 3);
        assert_eq!(long(day, Language::Ja), "2014年5月3日");
        assert_eq!(long(day, Language::En), "3 May 2014");
        assert_eq!(span(day, date(2014, 5, 5), Language::En), "3 May–5 May");
        assert_eq!(span(day, day, Language::Ja), "5/3");
        assert_eq!(span(day, date(2014, 5, 5), Language::Ja), "5/3〜5/5");
        assert_eq!(months(day, date(2014, 5, 31), Language::En), "May 2014");
        assert_eq!(months(day, date(2014, 7, 1), Language::Ja), "2014年5月〜2014年7月");
        assert_eq!((month(day, Language::Ja), year(day, Language::Ja)), ("5月".into(), "2014年".into()));
        assert_eq!((month(day, Language::En), year(day, Language::En)), ("May".into(), "2014".into()));
    }
}
