//! A bounded memory of answers: each has its end, and when it is full the oldest goes.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use parking_lot::Mutex;

/// Values by key, each until its second.
pub struct Expiring<K, V> {
    inner: Mutex<Inner<K, V>>,
    most: usize,
}

struct Inner<K, V> {
    values: HashMap<K, (V, i64, u64)>,
    /// Keys in the order in which they came, each with the number of its entry: one that was replaced since is passed over.
    order: VecDeque<(K, u64)>,
    number: u64,
}

impl<K: Hash + Eq + Clone, V> Inner<K, V> {
    fn put(&mut self, key: K, value: V, end: i64, most: usize) {
        self.number += 1;
        let number = self.number;
        self.values.insert(key.clone(), (value, end, number));
        self.order.push_back((key, number));
        // what was replaced stays in the order until it is passed over: both are bounded
        while self.values.len() > most || self.order.len() > 2 * most {
            let Some((oldest, number)) = self.order.pop_front() else {
                break;
            };
            if self
                .values
                .get(&oldest)
                .is_some_and(|(_, _, n)| *n == number)
            {
                self.values.remove(&oldest);
            }
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Expiring<K, V> {
    /// Holds at most so many.
    pub fn new(most: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                values: HashMap::new(),
                order: VecDeque::new(),
                number: 0,
            }),
            most: most.max(1),
        }
    }

    /// The value, unless its end has come.
    pub fn get(&self, key: &K, now: i64) -> Option<V> {
        let inner = self.inner.lock();
        let (value, end, _) = inner.values.get(key)?;
        (*end > now).then(|| value.clone())
    }

    /// Keeps a value until `end` (a second).
    pub fn put(&self, key: K, value: V, end: i64) {
        self.inner.lock().put(key, value, end, self.most);
    }

    /// Keeps a value until `end`, unless there is one whose end has not come; whether it was kept.
    pub fn put_new(&self, key: K, value: V, now: i64, end: i64) -> bool {
        let mut inner = self.inner.lock();
        if inner.values.get(&key).is_some_and(|(_, end, _)| *end > now) {
            return false;
        }
        inner.put(key, value, end, self.most);
        true
    }

    /// Forgets a value.
    pub fn remove(&self, key: &K) {
        self.inner.lock().values.remove(key);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.inner.lock().values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_and_the_oldest_goes_first() {
        let memory = Expiring::new(2);
        memory.put("a", 1, 10);
        memory.put("b", 2, 20);
        assert_eq!((memory.get(&"a", 9), memory.get(&"a", 10)), (Some(1), None));
        memory.put("a", 3, 30);
        memory.put("c", 4, 30);
        assert_eq!(memory.len(), 2);
        assert_eq!((memory.get(&"b", 0), memory.get(&"a", 0)), (None, Some(3)));
        for n in 0..1_000 {
            memory.put("a", n, 30);
        }
        assert!(memory.len() <= 2 && memory.inner.lock().order.len() <= 4);
        memory.remove(&"a");
        assert_eq!(memory.get(&"a", 0), None);
        assert!(memory.put_new("d", 1, 0, 10) && !memory.put_new("d", 2, 9, 20));
        assert!(memory.put_new("d", 3, 10, 20));
    }
}
