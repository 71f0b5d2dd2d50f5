//! When an evening takes place, and what local time is there: New York's, as the restaurant's zone says.

use crate::faults::{Fault, Mischief};

/// When an evening begins on which nothing is special: 2026-10-31T22:00:00Z.
const ORDINARY_MS: u64 = 1_793_484_000_000;
/// Special evenings and what they pass: clocks go forward (2027-03-14T07:00:00Z) and back (2026-11-01T06:00:00Z), 29 February
/// begins (2028-02-29T05:00:00Z), the business day changes at four (2026-11-03T09:00:00Z).
const SPECIAL: [(Fault, u64); 4] = [
    (Fault::DstSpring, 1_805_007_600_000),
    (Fault::DstAutumn, 1_793_512_800_000),
    (Fault::LeapDay, 1_835_413_200_000),
    (Fault::CutOver, 1_793_696_400_000),
];
/// The longest before that moment that a special evening begins.
const BEFORE_MS_MAX: u64 = 6 * 60_000;
/// New York's offsets: from each moment on, so many minutes ahead of UTC.
const OFFSETS: [(u64, i16); 6] = [
    (0, -240),
    (1_793_512_800_000, -300),
    (1_805_007_600_000, -240),
    (1_825_567_200_000, -300),
    (1_836_457_200_000, -240),
    (1_857_016_800_000, -300),
];

/// When the evening begins.
pub(crate) fn begins_ms(mischief: &mut Mischief) -> u64 {
    let mut begins = ORDINARY_MS;
    for (fault, passes_ms) in SPECIAL {
        if let (true, Some(mut dice)) = (begins == ORDINARY_MS, mischief.strikes(fault)) {
            begins = passes_ms - dice.u64(5_000..=BEFORE_MS_MAX);
        }
    }
    begins
}

/// Minutes that local time is ahead of UTC.
pub(crate) fn offset_min(now_ms: u64) -> i16 {
    OFFSETS.iter().rfind(|(from, _)| *from <= now_ms).map_or(-240, |(_, offset)| *offset)
}
