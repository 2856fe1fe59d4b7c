//! Who is calling: the peer, or whom a trusted proxy names.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

/// The bits of an IPv6 address that tell one subscriber from another; the others each chooses as it likes.
const NETWORK: u128 = !(u64::MAX as u128);

/// The address of the caller, as [`network`] has it: it is what callers are limited by.
///
/// `X-Forwarded-For` is read from the right, and only as far as the addresses are trusted proxies: everything
/// to the left of the first stranger can be made up by that stranger.
#[must_use]
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    network(exact_address(peer, headers, trusted))
}

/// What a caller cannot change at will: an IPv4 address, and of an IPv6 address the first 64 bits. Whoever has one address
/// of such a network has 2^64 of them, and would have as many allowances.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
        address => address,
    }
}

/// Whether an address, in its canonical form, is one of the trusted proxies or in a network of theirs.
#[must_use]
pub fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

fn exact_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let mut caller = peer;
    for value in headers.get_all("x-forwarded-for").iter().rev() {
        for hop in value.to_str().unwrap_or_default().rsplit(',') {
            match hop_address(hop.trim()) {
                Some(hop) => caller = hop.to_canonical(),
                None => return caller,
            }
            if !is_trusted(caller, trusted) {
                return caller;
            }
        }
    }
    caller
}

/// The address of a hop; some proxies write down its port as well, without which all callers would be the proxy.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse::<SocketAddr>().ok().map(|hop| hop.ip());
    hop.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxy: IpAddr = [10, 0, 0, 1].into();
        let inner: IpAddr = [10, 0, 0, 2].into();
        let stranger: IpAddr = [203, 0, 113, 9].into();
        let headers = forwarded(&["198.51.100.7, 203.0.113.9", "10.0.0.2"]);
        assert_eq!(address(stranger, &headers, &[proxy.into()]), stranger, "a stranger's header is ignored");
        assert_eq!(
            address(proxy, &headers, &[proxy.into(), inner.into()]),
            stranger,
            "the first stranger from the right"
        );
        assert_eq!(address(proxy, &headers, &[proxy.into()]), inner);
        assert_eq!(address(proxy, &forwarded(&["nonsense"]), &[proxy.into()]), proxy);
        assert_eq!(
            address(proxy, &forwarded(&["203.0.113.9:49152"]), &[proxy.into()]),
            stranger,
            "with its port"
        );
        let six: IpAddr = "2001:db8:0:7::".parse().unwrap();
        assert_eq!(address(proxy, &forwarded(&["[2001:db8:0:7::1]:49152"]), &[proxy.into()]), six);
        assert_eq!(address(proxy, &HeaderMap::new(), &[proxy.into()]), proxy);
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(
            address(mapped, &headers, &[proxy.into()]),
            inner,
            "an IPv4 address inside IPv6 is the same"
        );
    }

    #[test]
    fn all_addresses_of_a_subscriber_are_one_caller() {
        let of = |text: &str| address(text.parse().unwrap(), &HeaderMap::new(), &[]);
        assert_eq!(of("2001:db8:0:7::1"), of("2001:db8:0:7:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:0:7::1"), of("2001:db8:0:8::1"), "the neighbour has another network");
        assert_ne!(of("203.0.113.9"), of("203.0.113.10"));
        assert_eq!(of("::ffff:203.0.113.9"), of("203.0.113.9"));
        // Which proxy is trusted is told by the whole address, and so is where a list of hops ends.
        let [proxy, other]: [IpAddr; 2] = ["2001:db8::1", "2001:db8::2"].map(|text| text.parse().unwrap());
        let headers = forwarded(&["2001:db8:0:7::1"]);
        assert_eq!(address(proxy, &headers, &[proxy.into()]), of("2001:db8:0:7::1"));
        assert_eq!(address(other, &headers, &[proxy.into()]), of("2001:db8::2"));
    }

    #[test]
    fn a_network_of_proxies_is_trusted_as_a_whole() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let of = |peer: &str, hops: &str| address(peer.parse().unwrap(), &forwarded(&[hops]), &trusted);
        let stranger: IpAddr = [203, 0, 113, 9].into();
        assert_eq!(of("10.0.0.1", "203.0.113.9"), stranger);
        assert_eq!(of("10.255.7.3", "198.51.100.7, 203.0.113.9, 10.1.1.1, fd12::1"), stranger);
        assert_eq!(of("fd00::7", "203.0.113.9"), stranger);
        assert_eq!(of("::ffff:10.2.3.4", "203.0.113.9"), stranger);
        assert_eq!(of("11.0.0.1", "203.0.113.9"), IpAddr::from([11, 0, 0, 1]), "beside the network");
        assert_eq!(of("fe80::1", "203.0.113.9"), "fe80::".parse::<IpAddr>().unwrap());
    }
}
