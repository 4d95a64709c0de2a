//! Our own functions in SQL, each in its file, listed once in [`register`].

pub mod bytes_search;
pub mod distinct_count;
pub mod distinct_sources;
pub mod dns_zone;
pub mod span_start;

use datafusion::prelude::SessionContext;

/// Makes every function of ours known to a session.
pub(crate) fn register(context: &SessionContext) {
    context.register_udaf(distinct_count::distinct_count());
    context.register_udaf(distinct_sources::distinct_sources());
    context.register_udaf(distinct_sources::distinct_exact());
    context.register_udaf(distinct_sources::distinct_told());
    context.register_udf(bytes_search::bytes_contain());
    context.register_udf(bytes_search::bytes_match());
    context.register_udf(span_start::span_start());
    context.register_udf(dns_zone::registered_domain());
    context.register_udf(dns_zone::looks_random());
}
