//! Arguments of `plan`.

use clap::Args;

/// A telescope that is planned.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Addresses that are watched: a number, or a prefix length such as /16
    #[arg(long, value_name = "N|/LEN", value_parser = addresses, default_value = "1", conflicts_with = "figures")]
    pub(crate) addresses: u64,
    /// Sensors that they are divided among [default: each address one up to 1,024, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sensors: Option<u64>,
    /// Packets that an address receives a day [default: 6600]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) packets: Option<f64>,
    /// Years for which rows, rollups and facts are kept
    #[arg(long, value_name = "N", value_parser = positive, default_value = "1")]
    pub(crate) years: f64,
    /// Days for which raw frames are kept
    #[arg(long, value_name = "N", value_parser = not_negative, default_value = "90")]
    pub(crate) frame_days: f64,
    /// People who read the portal at the same time
    #[arg(long, value_name = "N", default_value = "5")]
    pub(crate) readers: u32,
    /// The figures that plans are made from, with their sources
    #[arg(long)]
    pub(crate) figures: bool,
}

/// The most that a number of an option may be: everything stays far from where arithmetic ends.
const NUMBER_MAX: f64 = 1e9;

fn addresses(text: &str) -> Result<u64, String> {
    let wanted = || "write a number from 1 to 4294967296, or a prefix length from /0 to /32".to_string();
    let count = match text.strip_prefix('/') {
        Some(length) => match length.parse::<u32>() {
            Ok(length @ 0..=32) => 1_u64 << (32 - length),
            _ => return Err(wanted()),
        },
        None => text.replace(',', "").parse().map_err(|_| wanted())?,
    };
    if (1..=1 << 32).contains(&count) { Ok(count) } else { Err(wanted()) }
}

fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.0..=NUMBER_MAX).contains(&number) => Ok(number),
        _ => Err(format!("write a number from 0 to {NUMBER_MAX}")),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    not_negative(text)
        .and_then(|number| if number > 0.0 { Ok(number) } else { Err("write a number above 0".to_string()) })
}
