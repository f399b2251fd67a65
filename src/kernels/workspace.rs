//! Scratch that a thread keeps between calls: the allocator of wasm is one lock for all threads, and fresh memory must be cleared.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

thread_local! {
    /// Buffers that are not in use. There are as many as calls were ever nested.
    static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer of this thread, until it is dropped. It holds what its last user left.
pub struct Workspace {
    buffer: Vec<f32>,
    len: usize,
}

impl Workspace {
    /// A buffer of `len` values: the smallest free one that holds them, else the largest, which then grows.
    pub fn take(len: usize) -> Self {
        let mut buffer = FREE.with_borrow_mut(|free| {
            let best = (0..free.len()).min_by_key(|index| match free[*index].len() {
                fits if fits >= len => fits,
                short => usize::MAX - short,
            });
            best.map(|index| free.swap_remove(index)).unwrap_or_default()
        });
        if buffer.len() < len {
            // The short one goes first: memory that both would take is never given back.
            drop(std::mem::take(&mut buffer));
            buffer = vec![0.0; len];
        }
        Self { buffer, len }
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        // A thread that ends has nothing to keep.
        let _ = FREE.try_with(|free| free.borrow_mut().push(buffer));
    }
}

impl Deref for Workspace {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.buffer[..self.len]
    }
}

impl DerefMut for Workspace {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.buffer[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_and_two_at_a_time_are_two() {
        let place = {
            let mut first = Workspace::take(100);
            let second = Workspace::take(50);
            assert_ne!(first.as_ptr(), second.as_ptr());
            first[99] = 3.0;
            first.as_ptr()
        };
        let (again, small) = (Workspace::take(80), Workspace::take(10));
        assert_eq!((again.as_ptr(), again.len()), (place, 80));
        assert_ne!(small.as_ptr(), place);
        assert_eq!(Workspace::take(1000).len(), 1000);
    }
}
