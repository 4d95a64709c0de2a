//! What batches leave in the books.

use super::*;

fn delivery(sequence: u64, opened_us: i64, sealed_us: i64) -> Delivery {
    let mut account = Account::default();
    account.store(3);
    account.lose(Loss::Kernel, 2);
    Delivery {
        sensor: "a".to_string(),
        epoch: 7,
        first: sequence,
        sequence,
        opened_us,
        sealed_us,
        account,
        addresses: 4,
        ..Delivery::default()
    }
}

#[test]
fn a_day_of_batches_is_a_line_an_hour() {
    let mut books = Deliveries::default();
    for minute in 0..180i64 {
        let opened = minute * 60_000_000;
        let stored = BTreeMap::from([(opened.div_euclid(HOUR_US) * HOUR_US, 3)]);
        books.add(&delivery(minute as u64 + 1, opened, opened + 60_000_000), &stored, Some((opened, opened)));
    }
    assert_eq!(books.accounts.len(), 3 * 2);
    assert_eq!(books.accounts.values().map(|(stored, lost)| stored + lost).sum::<u64>(), 180 * 5);
    assert_eq!(
        books.hours.values().map(|hour| (hour.observed_us, hour.batches)).collect::<Vec<_>>(),
        [(HOUR_US, 60); 3]
    );
    assert_eq!((books.lines.len(), books.interruptions.len()), (1, 0));
    assert_eq!(books.spools.mark("a", 7).map(|spool| spool.sequence), Some(180));
}

#[test]
fn what_lies_between_two_batches_was_not_observed() {
    let mut books = Deliveries::default();
    let none = Delivery { account: Account::default(), ..delivery(1, 0, 10) };
    books.add(&none, &BTreeMap::new(), None);
    books.add(&Delivery { account: Account::default(), ..delivery(2, 10, 20) }, &BTreeMap::new(), None);
    books.add(&Delivery { account: Account::default(), ..delivery(3, 25, 30) }, &BTreeMap::new(), None);
    let other = Delivery { epoch: 8, account: Account::default(), ..delivery(1, 90, 95) };
    books.add(&other, &BTreeMap::new(), None);
    let told: Vec<_> =
        books.interruptions.iter().map(|row| (row.kind, row.cause, row.start, row.end)).collect();
    assert_eq!(told, [(UNOBSERVED, "restart", 20, 25), (UNOBSERVED, "new-spool", 30, 90)]);
}

#[test]
fn a_run_of_numbers_that_was_given_up_is_observed_and_lost() {
    let mut books = Deliveries::default();
    let mut account = Account::default();
    account.lose(Loss::SpoolFull, 900);
    let given_up = Delivery { first: 1, account, ..delivery(40, 0, 5 * HOUR_US) };
    books.add(&given_up, &BTreeMap::new(), None);
    let told: Vec<_> =
        books.interruptions.iter().map(|row| (row.kind, row.first, row.last, row.lost)).collect();
    assert_eq!(told, [(GIVEN_UP, 1, 40, 900)]);
    assert_eq!(books.hours.len(), 5);
    let place = books.accounts.keys().next().expect("a line");
    assert_eq!((place.start, place.end, place.reason), (0, 5 * HOUR_US, "spool-full"));
}

#[test]
fn a_batch_that_claims_all_of_time_stays_bounded() {
    let mut books = Deliveries::default();
    let long = Delivery { account: Account::default(), ..delivery(1, i64::MIN / 1000, i64::MAX / 1000) };
    books.add(&long, &BTreeMap::new(), None);
    assert!(books.hours.len() as i64 <= HOURS_MAX + 1);
    assert_eq!(books.interruptions[0].cause, "too-long");
}
