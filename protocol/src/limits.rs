//! How much may cross the wire at once. Both sides hold to the same numbers.

/// Bytes of a request body after decompression.
pub const EXCHANGE_BODY_BYTES_MAX: usize = 512 * 1024;
/// Mutations in one exchange.
pub const EXCHANGE_MUTATIONS_MAX: usize = 100;
/// Bytes of one mutation's change.
pub const MUTATION_BYTES_MAX: usize = 64 * 1024;
/// Levels of nested objects and arrays in a body.
pub const JSON_DEPTH_MAX: usize = 16;
/// Entries in one delta.
pub const DELTA_ENTRIES_MAX: u32 = 500;
/// Conflicts in one page.
pub const CONFLICTS_PAGE_MAX: u32 = 100;
/// Bytes of an app's version text.
pub const APP_VERSION_BYTES_MAX: usize = 64;
/// The largest sequence number: exact in a JavaScript number and in D1.
pub const SEQ_MAX: u64 = (1 << 53) - 1;
/// Bytes of the code that stands in the place of a mutation that could not be sent.
pub const SKIPPED_BYTES_MAX: usize = 64;
