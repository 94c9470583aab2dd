//! Whose address a request comes from: the peer's, or what a proxy that we trust says of its peer.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;

const FORWARDED_FOR: &str = "x-forwarded-for";
/// What one household or one machine is given in IPv6: whoever has it can speak from any address within.
const PREFIX_V6: u8 = 64;

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is no address and no range such as 10.0.0.0/8");
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let base: IpAddr = address.trim().parse().map_err(|_| refused())?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(most), |prefix| prefix.trim().parse().map_err(|_| refused()))?;
        if prefix > most { Err(refused()) } else { Ok(Self { base, prefix }) }
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                same(base.to_bits().into(), address.to_bits().into(), 32 - self.prefix)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => same(base.to_bits(), address.to_bits(), 128 - self.prefix),
            _ => false,
        }
    }
}

/// Whether two addresses differ in their last `free` bits only.
fn same(one: u128, other: u128, free: u8) -> bool {
    let shift = u32::from(free);
    one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
}

/// The client's address: behind trusted proxies the right-most hop that is none of them. What stands further left,
/// anybody can write.
pub(super) fn client(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let mut client = peer?.ip().to_canonical();
    let hops: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().flat_map(|value| value.to_str().unwrap_or("?").split(',')).collect();
    for hop in hops.into_iter().rev() {
        if !trusted.iter().any(|network| network.holds(client)) {
            break;
        }
        // A proxy that writes nonsense is as far as we can see.
        let Some(address) = hop_address(hop.trim()) else { break };
        client = address;
    }
    Some(client)
}

/// `1.2.3.4`, `1.2.3.4:5678`, `2001:db8::1`, `[2001:db8::1]:5678`.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

/// What counts as one client.
pub(super) fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() >> (128 - PREFIX_V6) << (128 - PREFIX_V6))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(names: &[&str]) -> Vec<Network> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[track_caller]
    fn is(peer: &str, forwarded: &[&str], trusted: &[&str], wanted: &str) {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let found = client(Some(peer.parse().unwrap()), &headers, &networks(trusted));
        assert_eq!(found, Some(wanted.parse().unwrap()));
    }

    #[test]
    fn a_header_counts_only_from_a_trusted_peer() {
        is("203.0.113.9:1", &["198.51.100.1"], &[], "203.0.113.9");
        is("203.0.113.9:1", &["198.51.100.1"], &["10.0.0.0/8"], "203.0.113.9");
        is("10.1.2.3:1", &["198.51.100.1"], &["10.0.0.0/8"], "198.51.100.1");
        is("[::ffff:10.1.2.3]:1", &["198.51.100.1"], &["10.0.0.0/8"], "198.51.100.1");
        is("10.1.2.3:1", &[], &["10.0.0.0/8"], "10.1.2.3");
    }

    #[test]
    fn the_right_most_hop_that_is_not_trusted_counts() {
        is("10.1.2.3:1", &["1.1.1.1, 198.51.100.1, 10.9.9.9"], &["10.0.0.0/8"], "198.51.100.1");
        is("10.1.2.3:1", &["1.1.1.1", "198.51.100.1:4711"], &["10.0.0.0/8"], "198.51.100.1");
        is("10.1.2.3:1", &["[2001:db8::1]:4711"], &["10.1.2.3"], "2001:db8::1");
        is("10.1.2.3:1", &["1.1.1.1, unknown"], &["10.0.0.0/8"], "10.1.2.3");
        is("10.1.2.3:1", &["1.1.1.1, unknown, 10.4.4.4"], &["10.0.0.0/8"], "10.4.4.4");
        is("10.1.2.3:1", &["10.5.5.5, 10.4.4.4"], &["10.0.0.0/8"], "10.5.5.5");
    }

    #[test]
    fn ranges_hold_what_they_say() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.168.1.0/25", "192.168.1.127", "192.168.1.128"),
            ("0.0.0.0/0", "255.1.2.3", "::1"),
            ("::/0", "2001:db8::1", "1.2.3.4"),
            ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.holds(inside.parse().unwrap()) && !network.holds(outside.parse().unwrap()), "{network:?}");
        }
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0.0/x", "proxy.example.org", "10.0.0.0/-1"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    #[test]
    fn one_household_is_one_client() {
        let of = |text: &str| household(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
