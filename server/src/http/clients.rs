//! Seats for connections: so many in all, a quarter of them for one address, unless that is a proxy of ours: behind it are
//! all others.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Counts open connections.
#[derive(Debug, Clone)]
pub struct Clients(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: u32,
    most_of_one: u32,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: u32,
    by_address: HashMap<IpAddr, u32>,
}

/// The right to one connection; given back when dropped.
#[derive(Debug)]
pub struct Seat {
    clients: Clients,
    address: IpAddr,
}

impl Clients {
    /// Room for `most` connections.
    pub fn new(most: u32) -> Self {
        let taken = Mutex::new(Taken::default());
        Self(Arc::new(Inner { most, most_of_one: (most / 4).max(1), taken }))
    }

    /// A seat for an address, unless there are none left.
    pub fn take(&self, address: IpAddr, is_proxy: bool) -> Option<Seat> {
        let most_of_one = if is_proxy { self.0.most } else { self.0.most_of_one };
        let mut taken = self.lock();
        if taken.all >= self.0.most {
            return None;
        }
        let of_one = taken.by_address.entry(address).or_insert(0);
        if *of_one >= most_of_one {
            return None;
        }
        *of_one += 1;
        taken.all += 1;
        Some(Seat { clients: self.clone(), address })
    }

    /// A panic while the lock is held cannot leave the counts half changed, so poison is ignored.
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.clients.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Entry::Occupied(mut entry) = taken.by_address.entry(self.address) {
            if *entry.get() <= 1 {
                entry.remove();
            } else {
                *entry.get_mut() -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_gets_a_quarter_and_seats_come_back() {
        let clients = Clients::new(8);
        let one: IpAddr = [10, 0, 0, 1].into();
        let seats: Vec<_> = (0..2).map(|_| clients.take(one, false).unwrap()).collect();
        assert!(clients.take(one, false).is_none());
        let others: Vec<_> =
            (2..8).map(|last| clients.take([10, 0, 0, last].into(), false).unwrap()).collect();
        assert!(clients.take([10, 0, 0, 9].into(), false).is_none(), "the house is full");
        drop((seats, others));
        assert!(clients.take(one, false).is_some());
        assert!(clients.lock().by_address.is_empty(), "addresses that left are forgotten");
    }

    #[test]
    fn a_proxy_gets_what_those_behind_it_need() {
        let clients = Clients::new(8);
        let proxy: IpAddr = [10, 0, 0, 1].into();
        let seats: Vec<_> = (0..8).map(|_| clients.take(proxy, true).unwrap()).collect();
        assert!(clients.take(proxy, true).is_none(), "the house is full");
        drop(seats);
        assert!(clients.lock().by_address.is_empty());
    }
}
