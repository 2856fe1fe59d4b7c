//! Who is calling: the peer, or whom a trusted proxy names.

use std::net::IpAddr;

use http::HeaderMap;

/// The address of the caller.
///
/// `X-Forwarded-For` is read from the right, and only as far as the addresses are trusted proxies: everything
/// to the left of the first stranger can be made up by that stranger.
#[must_use]
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if trusted.is_empty() || !trusted.contains(&peer) {
        return peer;
    }
    let mut caller = peer;
    for value in headers.get_all("x-forwarded-for").iter().rev() {
        for hop in value.to_str().unwrap_or_default().rsplit(',') {
            match hop.trim().parse::<IpAddr>() {
                Ok(hop) => caller = hop.to_canonical(),
                Err(_) => return caller,
            }
            if !trusted.contains(&caller) {
                return caller;
            }
        }
    }
    caller
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
        assert_eq!(address(stranger, &headers, &[proxy]), stranger, "a stranger's header is ignored");
        assert_eq!(address(proxy, &headers, &[proxy, inner]), stranger, "the first stranger from the right");
        assert_eq!(address(proxy, &headers, &[proxy]), inner);
        assert_eq!(address(proxy, &forwarded(&["nonsense"]), &[proxy]), proxy);
        assert_eq!(address(proxy, &HeaderMap::new(), &[proxy]), proxy);
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(address(mapped, &headers, &[proxy]), inner, "an IPv4 address inside IPv6 is the same");
    }
}
