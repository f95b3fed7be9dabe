//! Ranges of addresses, IPv4 and IPv6, with inclusive ends.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A range of addresses of one family, both ends inclusive: `10.0.0.0/8`, `192.0.2.7`, `192.0.2.10-192.0.2.20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IpRange {
    first: IpAddr,
    last: IpAddr,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIpRange {
    /// It is none of the three forms.
    #[error("not a range of addresses; write 192.0.2.0/24, 192.0.2.7 or 192.0.2.10-192.0.2.20")]
    Form,
    /// Its ends are of two families.
    #[error("its ends are of two families; write one range for IPv4 and one for IPv6")]
    Families,
    /// It ends before it begins.
    #[error("is reversed: it ends before it begins; swap its ends")]
    Reversed,
}

impl IpRange {
    /// Whether an address is in the range. An IPv4 address mapped into IPv6 counts as the IPv4 address.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.holds(ip.to_canonical())
    }

    /// The same for an address that is not mapped.
    fn holds(&self, ip: IpAddr) -> bool {
        // An address of the other family is in no range: comparing across families would put all IPv4 below all IPv6.
        match (self.first, ip, self.last) {
            (IpAddr::V4(first), IpAddr::V4(ip), IpAddr::V4(last)) => {
                (first.to_bits()..=last.to_bits()).contains(&ip.to_bits())
            }
            (IpAddr::V6(first), IpAddr::V6(ip), IpAddr::V6(last)) => {
                (first.to_bits()..=last.to_bits()).contains(&ip.to_bits())
            }
            _ => false,
        }
    }

    /// Whether an address is in both ranges.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }

    fn of(first: IpAddr, last: IpAddr) -> Result<Self, InvalidIpRange> {
        let (first, last) = (first.to_canonical(), last.to_canonical());
        if first.is_ipv4() != last.is_ipv4() {
            return Err(InvalidIpRange::Families);
        }
        if first > last {
            return Err(InvalidIpRange::Reversed);
        }
        Ok(Self { first, last })
    }

    /// The network that this range is, if it is one.
    fn network(&self) -> Option<IpNet> {
        let (first, last, length) = match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => (first.to_bits().into(), last.to_bits().into(), 32),
            (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits(), last.to_bits(), 128),
            _ => return None,
        };
        let host_bits: u32 = u128::BITS - (first ^ last).leading_zeros();
        let prefix = u8::try_from(length - host_bits).ok()?;
        let network = IpNet::new(self.first, prefix).ok()?;
        (network.network() == self.first && network.broadcast() == self.last).then_some(network)
    }
}

/// Whether an address is in one of these ranges.
#[must_use]
pub fn contains(ranges: &[IpRange], ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ranges.iter().any(|range| range.holds(ip))
}

impl FromStr for IpRange {
    type Err = InvalidIpRange;

    fn from_str(text: &str) -> Result<Self, InvalidIpRange> {
        let address = |text: &str| text.trim().parse::<IpAddr>().map_err(|_| InvalidIpRange::Form);
        if let Some((first, last)) = text.split_once('-') {
            return Self::of(address(first)?, address(last)?);
        }
        let network: IpNet = match text.trim().parse::<IpNet>() {
            Ok(network) => network,
            Err(_) => address(text)?.into(),
        };
        // ::ffff:192.0.2.0/120 is 192.0.2.0/24; a shorter mapped prefix would reach past the mapped addresses.
        let mapped = matches!(network, IpNet::V6(v6) if v6.addr().to_ipv4_mapped().is_some());
        if mapped && network.prefix_len() < 96 {
            return Err(InvalidIpRange::Form);
        }
        Self::of(network.network(), network.broadcast())
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.network() {
            Some(_) if self.first == self.last => write!(f, "{}", self.first),
            Some(network) => write!(f, "{network}"),
            None => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

impl From<IpRange> for String {
    fn from(range: IpRange) -> Self {
        range.to_string()
    }
}

impl TryFrom<String> for IpRange {
    type Error = InvalidIpRange;

    fn try_from(text: String) -> Result<Self, InvalidIpRange> {
        text.parse()
    }
}

/// Loopback addresses of both families: what `demo` trusts.
#[must_use]
pub fn loopback() -> Vec<IpRange> {
    let v4 = IpRange {
        first: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)),
        last: IpAddr::V4(Ipv4Addr::new(127, 255, 255, 255)),
    };
    let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    vec![v4, IpRange { first: v6, last: v6 }]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_read_and_written_back_the_shortest_way() {
        for (given, written) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.0-192.0.2.255", "192.0.2.0/24"),
            ("192.0.2.10 - 192.0.2.20", "192.0.2.10-192.0.2.20"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(
                given.parse::<IpRange>().map(|range| range.to_string()),
                Ok(written.to_owned()),
                "{given}"
            );
        }
    }

    #[test]
    fn what_is_no_range_says_why() {
        for (given, problem) in [
            ("", InvalidIpRange::Form),
            ("example.com", InvalidIpRange::Form),
            ("10.0.0.0/33", InvalidIpRange::Form),
            ("::ffff:0:0/95", InvalidIpRange::Form),
            ("192.0.2.20-192.0.2.10", InvalidIpRange::Reversed),
            ("192.0.2.1-2001:db8::1", InvalidIpRange::Families),
        ] {
            assert_eq!(given.parse::<IpRange>(), Err(problem), "{given}");
        }
    }

    #[test]
    fn ends_count_and_mapped_addresses_are_the_ipv4_ones() {
        let range: IpRange = "192.0.2.10-192.0.2.20".parse().unwrap();
        for (ip, inside) in [
            ("192.0.2.9", false),
            ("192.0.2.10", true),
            ("192.0.2.20", true),
            ("192.0.2.21", false),
            ("::ffff:192.0.2.15", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(range.contains(ip.parse().unwrap()), inside, "{ip}");
        }
        assert!(
            !"::/0"
                .parse::<IpRange>()
                .unwrap()
                .contains("192.0.2.1".parse().unwrap())
        );
    }

    #[test]
    fn ranges_overlap_where_an_address_is_in_both() {
        for (one, other, overlap) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("192.0.2.10-192.0.2.20", "192.0.2.20-192.0.2.30", true),
            ("192.0.2.10-192.0.2.20", "192.0.2.21-192.0.2.30", false),
            ("0.0.0.0/0", "::/0", false),
        ] {
            let (one, other): (IpRange, IpRange) = (one.parse().unwrap(), other.parse().unwrap());
            assert_eq!(
                (one.overlaps(&other), other.overlaps(&one)),
                (overlap, overlap),
                "{one} {other}"
            );
        }
    }

    proptest! {
        #[test]
        fn writing_and_reading_changes_nothing(first: u32, length in 0_u32..5_000) {
            let last = first.saturating_add(length);
            let ends = (IpAddr::V4(first.into()), IpAddr::V4(last.into()));
            let range = IpRange::of(ends.0, ends.1).unwrap();
            prop_assert_eq!(range.to_string().parse::<IpRange>(), Ok(range));
            prop_assert!(range.contains(ends.0) && range.contains(ends.1));
        }
    }
}
