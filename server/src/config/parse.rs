//! Parsers of single settings. Each error completes the sentence “NAME …”, and never repeats a secret.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use ipnet::IpNet;

use super::Secret;
use crate::bus::subject::{NotAPattern, Pattern, is_plain};

/// An address with a port; a host name is looked up.
pub fn address(raw: &str) -> Result<SocketAddr, String> {
    use std::net::ToSocketAddrs as _;
    if let Ok(address) = raw.parse() {
        return Ok(address);
    }
    raw.to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| format!("must be an address and a port such as 127.0.0.1:8080, not `{raw}`"))
}

/// An `http` or `https` address without path, query or closing slash.
pub fn base_url(raw: &str) -> Result<String, String> {
    let wrong =
        |reason: &str| Err(format!("must be an address such as https://loyalty.example.com: {reason}"));
    let Ok(uri) = raw.parse::<http::Uri>() else { return wrong("this is not a URL") };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return wrong("it begins with neither http:// nor https://");
    }
    if uri.host().is_none_or(str::is_empty) {
        return wrong("there is no host");
    }
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return wrong("it must not have a path or a query");
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return wrong("it must not have a user name");
    }
    Ok(raw.trim_end_matches('/').to_owned())
}

/// The base address of an OpenTelemetry collector, without a closing slash; a path may lead to it.
pub fn collector(raw: &str) -> Result<String, String> {
    let wrong = |reason: &str| Err(format!("must be an address such as http://collector:4318: {reason}"));
    let Ok(uri) = raw.parse::<http::Uri>() else { return wrong("this is not a URL") };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return wrong("it begins with neither http:// nor https://");
    }
    if uri.host().is_none_or(str::is_empty) {
        return wrong("there is no host");
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return wrong("it must not have a user name; OTEL_EXPORTER_OTLP_HEADERS is for secrets");
    }
    if uri.query().is_some() || uri.path().ends_with("/v1/traces") {
        return wrong("it must not have a query, nor /v1/traces, which is added");
    }
    Ok(raw.trim_end_matches('/').to_owned())
}

/// A Postgres connection string.
pub fn database_url(raw: &str) -> Result<Secret, String> {
    if raw.starts_with("postgres://") || raw.starts_with("postgresql://") {
        Ok(Secret(raw.to_owned()))
    } else {
        Err("must begin with postgres://".to_owned())
    }
}

/// A mail server.
pub fn smtp_url(raw: &str) -> Result<Secret, String> {
    if raw.starts_with("smtp://") || raw.starts_with("smtps://") {
        Ok(Secret(raw.to_owned()))
    } else {
        Err("must begin with smtp:// or smtps://".to_owned())
    }
}

/// One or more brokers of NATS, separated by commas.
pub fn nats_url(raw: &str) -> Result<Secret, String> {
    let known = |url: &str| url.trim().starts_with("nats://") || url.trim().starts_with("tls://");
    if raw.split(',').all(known) {
        Ok(Secret(raw.to_owned()))
    } else {
        Err("must begin with nats:// or tls://".to_owned())
    }
}

/// Subjects of NATS that name a merchant.
pub fn nats_pattern(raw: &str) -> Result<Pattern, String> {
    raw.parse().map_err(|error: NotAPattern| error.to_string())
}

/// The beginning of subjects of NATS.
pub fn nats_prefix(raw: &str) -> Result<String, String> {
    if is_plain(raw) {
        Ok(raw.to_owned())
    } else {
        Err(format!("must be a subject of NATS without wildcards, not `{raw}`"))
    }
}

/// The name of a stream or a consumer of NATS.
pub fn nats_name(raw: &str) -> Result<String, String> {
    if !raw.contains('.') && is_plain(raw) && !raw.contains(['/', '\\']) {
        Ok(raw.to_owned())
    } else {
        Err(format!("must be a name without dots, wildcards and slashes, not `{raw}`"))
    }
}

/// An e-mail address, roughly; the mail library judges it exactly.
pub fn sender(raw: &str) -> Result<String, String> {
    match raw.split_once('@') {
        Some((local, host)) if !local.is_empty() && !host.is_empty() => Ok(raw.to_owned()),
        _ => Err(format!("must be an e-mail address, not `{raw}`")),
    }
}

/// A folder; it need not exist.
pub fn folder(raw: &str) -> Result<PathBuf, String> {
    Ok(PathBuf::from(raw))
}

/// `true` or `false`.
pub fn flag(raw: &str) -> Result<bool, String> {
    match raw {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("must be true or false, not `{raw}`")),
    }
}

/// A whole number between two bounds, both included.
pub fn whole(least: u32, most: u32) -> impl Fn(&str) -> Result<u32, String> {
    move |raw| match raw.parse::<u32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from {least} to {most}, not `{raw}`")),
    }
}

/// One of a few words.
pub fn one_of<T: Copy>(choices: &'static [(&'static str, T)]) -> impl Fn(&str) -> Result<T, String> {
    move |raw| {
        choices.iter().find(|(word, _)| *word == raw).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            format!("must be one of {}, not `{raw}`", words.join(", "))
        })
    }
}

/// A list of networks and single IP addresses, in the form in which callers are compared with them.
pub fn networks(raw: &str) -> Result<Vec<IpNet>, String> {
    raw.split(',').map(|item| network(item.trim())).collect()
}

fn network(item: &str) -> Result<IpNet, String> {
    if let Ok(address) = item.parse::<IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let network = item.parse::<IpNet>().ok().and_then(canonical);
    let network = network
        .ok_or_else(|| format!("must be IP addresses or networks such as 10.0.0.0/8, not `{item}`"))?;
    if network.prefix_len() == 0 {
        return Err(format!("must not name everybody, as `{item}` does"));
    }
    Ok(network)
}

/// A network of IPv4 addresses inside IPv6 as one of IPv4, which is how callers from there are seen.
fn canonical(network: IpNet) -> Option<IpNet> {
    match (network.addr().to_canonical(), network) {
        (address @ IpAddr::V4(_), IpNet::V6(inside)) => {
            IpNet::new(address, inside.prefix_len().checked_sub(96)?).ok()
        }
        _ => Some(network),
    }
}

/// A filter of the log.
pub fn log_filter(raw: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(raw)
        .map(|_| raw.to_owned())
        .map_err(|error| format!("is not a log filter such as `warn,perennial=info`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_addresses_and_networks() {
        let read = |raw: &str| {
            networks(raw).map(|networks| networks.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let ok =
            |networks: &[&str]| Ok(networks.iter().map(|network| (*network).to_owned()).collect::<Vec<_>>());
        assert_eq!(read("10.0.0.1"), ok(&["10.0.0.1/32"]));
        assert_eq!(read("10.0.0.0/8, fd00::/8,::1"), ok(&["10.0.0.0/8", "fd00::/8", "::1/128"]));
        assert_eq!(read("::ffff:10.0.0.1"), ok(&["10.0.0.1/32"]), "callers are compared as IPv4");
        assert_eq!(read("::ffff:10.0.0.0/104"), ok(&["10.0.0.0/8"]));
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "proxy.example.org", "10.0.0.1,", "0.0.0.0/0", "::/0"] {
            assert!(networks(wrong).is_err(), "{wrong}");
        }
    }
}
