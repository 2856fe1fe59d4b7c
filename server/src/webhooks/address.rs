//! Which addresses may be sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an installation allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The public internet.
    Public,
    /// The installation's own networks.
    Private,
    /// Both.
    Both,
}

impl Reach {
    /// Whether an address may be connected to.
    pub(super) fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::Private => is_private(address),
            Self::Both => is_public(address) || is_private(address),
        }
    }
}

/// What is routed on the public internet and is one machine there: everything but the special ranges that IANA lists.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|range| in_v4(address, *range)),
        // The only part of IPv6 that is given out. Outside of it lie loopback, link-local, unique local, multicast, the
        // IPv4-mapped addresses and those that are translated to IPv4, each a way to an address that was not looked at.
        IpAddr::V6(address) => {
            in_v6(address, GIVEN_OUT) && !SPECIAL_V6.iter().any(|range| in_v6(address, *range))
        }
    }
}

/// Networks of one's own. Link-local stays closed: that is where clouds tell machines their credentials.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => PRIVATE_V4.iter().any(|range| in_v4(address, *range)),
        IpAddr::V6(address) => address.is_loopback() || in_v6(address, UNIQUE_LOCAL),
    }
}

/// A range: its first address and how many bits all of it share.
type RangeV4 = (Ipv4Addr, u32);
type RangeV6 = (Ipv6Addr, u32);

const SPECIAL_V4: [RangeV4; 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // carriers' translation
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, broadcast
];
const PRIVATE_V4: [RangeV4; 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];
const GIVEN_OUT: RangeV6 = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const UNIQUE_LOCAL: RangeV6 = (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7);
const SPECIAL_V6: [RangeV6; 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

fn in_v4(address: Ipv4Addr, (first, bits): RangeV4) -> bool {
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    address.to_bits() & mask == first.to_bits()
}

fn in_v6(address: Ipv6Addr, (first, bits): RangeV6) -> bool {
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    address.to_bits() & mask == first.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What may be reached by whom: nobody, by an installation that allows its own networks, by everybody.
    const TABLE: &[(&str, &[&str])] = &[
        (
            "nobody",
            &[
                "0.0.0.0",
                "0.1.2.3",
                "169.254.0.1",
                "169.254.169.254",
                "192.0.0.8",
                "192.0.0.170",
                "192.0.2.1",
                "192.88.99.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.9",
                "224.0.0.1",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:8.8.8.8",
                "::127.0.0.1",
                "::8.8.8.8",
                "64:ff9b::7f00:1",
                "64:ff9b::a00:1",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:10::1",
                "2001:db8::1",
                "2002:7f00:1::1",
                "2002:a00:1::1",
                "3fff::1",
                "5f00::1",
                "fe80::1",
                "fe80::a9fe:a9fe",
                "febf::1",
                "fec0::1",
                "ff02::1",
                "ff0e::1",
            ],
        ),
        (
            "its own",
            &[
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.0.1",
                "192.168.255.255",
                "::1",
                "fc00::1",
                "fd00:ec2::254",
                "fdff:ffff::1",
            ],
        ),
        (
            "everybody",
            &[
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.1",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2606:4700:4700::1111",
                "2a00:1450:4001::1",
                "2003::1",
                "3ffe::1",
            ],
        ),
    ];

    #[test]
    fn every_range_is_closed_or_open_as_it_should_be() {
        for (who, addresses) in TABLE {
            for text in *addresses {
                let address: IpAddr = text.parse().unwrap();
                let admitted =
                    [Reach::Public, Reach::Private, Reach::Both].map(|reach| reach.admits(address));
                let expected = match *who {
                    "nobody" => [false, false, false],
                    "its own" => [false, true, true],
                    _ => [true, false, true],
                };
                assert_eq!(admitted, expected, "{text}");
            }
        }
    }
}
