//! The memory of a program that [`main!`](crate::main) starts, where the C library is musl.
//!
//! musl's allocator asks the kernel for every page and takes half of the instructions of `ip link show lo`. Here memory
//! comes from one static piece, zero and untouched until it is used; small blocks are kept by size for the next of their
//! size, a power of two. The block at the end grows and shrinks in place. What is too large, or comes when the piece is used
//! up, is the C library's. [`copy`] stands in for its `memcpy`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

/// Copies `len` bytes between places that do not overlap: `memcpy`.
///
/// musl's begins with `rep movsq` whatever the length, which takes longer than a route's whole line has to: most copies are of
/// a few bytes, a word or an address. Those up to 128 bytes are made here of two to eight loads that may overlap. No loop:
/// the compiler would make a call of `memcpy` of it.
///
/// # Safety
/// As for [`std::ptr::copy_nonoverlapping`] of bytes.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub unsafe fn copy(to: *mut u8, from: *const u8, len: usize) {
    /// The first and the last `size_of::<T>()` bytes, which are all where `len` is at most twice that.
    #[inline(always)]
    unsafe fn ends<T: Copy>(to: *mut u8, from: *const u8, len: usize) {
        let last = len - size_of::<T>();
        // SAFETY: the caller says that `len` bytes may be read and written, and `len` is at least the size of `T`.
        unsafe {
            let (head, tail) = (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
            to.cast::<T>().write_unaligned(head);
            to.add(last).cast::<T>().write_unaligned(tail);
        }
    }
    use std::arch::x86_64::__m128i as Block;
    // SAFETY: each branch reads and writes within the first `len` bytes, which the caller allows.
    unsafe {
        match len {
            0 => (),
            1 => *to = *from,
            2..=3 => ends::<u16>(to, from, len),
            4..=7 => ends::<u32>(to, from, len),
            8..=15 => ends::<u64>(to, from, len),
            16..=32 => ends::<Block>(to, from, len),
            33..=64 => ends::<[Block; 2]>(to, from, len),
            65..=128 => ends::<[Block; 4]>(to, from, len),
            _ => std::arch::asm!(
                "rep movsb",
                inout("rcx") len => _,
                inout("rdi") to => _,
                inout("rsi") from => _,
                options(nostack, preserves_flags)
            ),
        }
    }
}

/// The allocator. `new` is for a static alone: it is as large as the pool.
pub struct Memory {
    busy: AtomicBool,
    blocks: UnsafeCell<Blocks>,
    pool: Pool,
}

/// The blocks begin at multiples of [`ALIGNMENT`], so the pool does.
#[repr(align(4096))]
struct Pool(UnsafeCell<[u8; POOL]>);

struct Blocks {
    /// Where the next block begins.
    top: usize,
    /// From here on nothing was ever used.
    fresh: usize,
    /// The first free block of each size; each holds the address of the next.
    free: [*mut u8; 64],
}

/// Bytes: room for the buffers of a dump, and for what a tool keeps besides.
const POOL: usize = 4 << 20;
/// Blocks up to this many bytes are kept by size.
const KEPT: usize = 64 << 10;
/// Every block begins at a multiple of this.
const ALIGNMENT: usize = 16;

// SAFETY: `blocks` and `pool` are touched only while `busy` is held.
unsafe impl Sync for Memory {}

impl Memory {
    /// None of it used.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        let blocks = Blocks { top: 0, fresh: 0, free: [std::ptr::null_mut(); 64] };
        Memory { busy: AtomicBool::new(false), blocks: UnsafeCell::new(blocks), pool: Pool(UnsafeCell::new([0; POOL])) }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Blocks) -> T) -> T {
        while self.busy.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::hint::spin_loop();
        }
        // SAFETY: `busy` is ours, and `work` does not come back here.
        let result = work(unsafe { &mut *self.blocks.get() });
        self.busy.store(false, Ordering::Release);
        result
    }

    fn base(&self) -> *mut u8 {
        self.pool.0.get().cast()
    }

    /// How far behind the start of the pool a block lies; `None` for the C library's.
    fn offset(&self, block: *mut u8) -> Option<usize> {
        (block as usize).checked_sub(self.base() as usize).filter(|offset| *offset < POOL)
    }

    /// The bytes that a block of `size` occupies.
    fn room(size: usize) -> usize {
        if size <= KEPT {
            size.max(ALIGNMENT).next_power_of_two()
        } else {
            size.saturating_add(ALIGNMENT - 1) & !(ALIGNMENT - 1)
        }
    }

    /// A block, and how many of its first bytes may not be zero; `None` where there is no room.
    fn take(&self, layout: Layout) -> Option<(*mut u8, usize)> {
        let room = Self::room(layout.size());
        self.with(|blocks| {
            if layout.align() > ALIGNMENT {
                return None;
            }
            let first = &mut blocks.free[room.trailing_zeros() as usize];
            if room <= KEPT && !first.is_null() {
                let block = *first;
                // SAFETY: a free block holds the address of the next one in its first bytes, as `give` left it.
                *first = unsafe { block.cast::<*mut u8>().read() };
                return Some((block, room));
            }
            let (start, end) = (blocks.top, blocks.top.checked_add(room).filter(|end| *end <= POOL)?);
            let used = blocks.fresh.saturating_sub(start);
            (blocks.top, blocks.fresh) = (end, blocks.fresh.max(end));
            // SAFETY: `start` lies within the pool.
            Some((unsafe { self.base().add(start) }, used))
        })
    }

    /// Takes back the block at `offset`. One that is neither small nor the last is lost until the program ends.
    fn give(&self, block: *mut u8, offset: usize, room: usize) {
        self.with(|blocks| {
            if offset + room == blocks.top {
                blocks.top = offset;
            } else if room <= KEPT {
                let first = &mut blocks.free[room.trailing_zeros() as usize];
                // SAFETY: the block is free, at least `ALIGNMENT` bytes long and so aligned.
                unsafe { block.cast::<*mut u8>().write(*first) };
                *first = block;
            }
        });
    }

    /// Whether the block at `offset` could be given another size where it is.
    fn resize(&self, offset: usize, old: usize, new: usize) -> bool {
        old == new
            || self.with(|blocks| {
                let end = offset.checked_add(new).filter(|end| *end <= POOL && offset + old == blocks.top);
                if let Some(end) = end {
                    (blocks.top, blocks.fresh) = (end, blocks.fresh.max(end));
                }
                end.is_some()
            })
    }
}

// SAFETY: blocks do not overlap: each is cut off the pool's free end or was given back; all of the pool is aligned with
// `ALIGNMENT` since every room is a multiple of it, and the pool itself is (checked by `take` through the layout). What is
// not in the pool is the system allocator's from beginning to end.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        self.take(layout).map_or_else(|| unsafe { System.alloc(layout) }, |(block, _)| block)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match self.take(layout) {
            // SAFETY: the block is at least as long as the layout says.
            Some((block, used)) => unsafe {
                block.write_bytes(0, used.min(layout.size()));
                block
            },
            // SAFETY: the caller's promises are passed on.
            None => unsafe { System.alloc_zeroed(layout) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match self.offset(block) {
            Some(offset) => self.give(block, offset, Self::room(layout.size())),
            // SAFETY: what is not in the pool came from there.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(offset) = self.offset(block) else {
            // SAFETY: what is not in the pool came from there.
            return unsafe { System.realloc(block, layout, size) };
        };
        if self.resize(offset, Self::room(layout.size()), Self::room(size)) {
            return block;
        }
        // SAFETY: the new block is another one and has room for the smaller of both sizes; the old one is the caller's.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static MEMORY: Memory = Memory::new();

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    /// Blocks of many sizes, given back in another order, keep what was written into them and do not overlap.
    #[test]
    fn blocks_keep_their_bytes() {
        let sizes = [1, 15, 16, 17, 100, 4096, 70_000, 1 << 20, 300_000, 31, 64 << 10, 5];
        let mut blocks = Vec::new();
        for round in 0..8u8 {
            for (at, size) in sizes.iter().enumerate() {
                // SAFETY: the layouts are those that the blocks are given back with below, and sizes are not zero.
                unsafe {
                    let zero = MEMORY.alloc_zeroed(layout(*size));
                    assert!((0..*size).all(|byte| zero.add(byte).read() == 0), "{size}");
                    let size_now = size * 2;
                    let block = MEMORY.realloc(zero, layout(*size), size_now);
                    assert_eq!(block as usize % 8, 0);
                    block.write_bytes(round ^ at as u8, size_now);
                    blocks.push((block, size_now, round ^ at as u8));
                }
            }
            while blocks.len() > usize::from(round % 7) {
                let (block, size, byte) = blocks.remove(blocks.len() / 2);
                // SAFETY: as above; the block is used for the last time.
                unsafe {
                    assert!((0..size).all(|at| block.add(at).read() == byte), "{size}");
                    MEMORY.dealloc(block, layout(size));
                }
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn copies_are_exact() {
        let from: Vec<u8> = (0..1000u32).map(|number| number as u8 ^ (number >> 8) as u8).collect();
        for len in 0..700 {
            let mut to = vec![0xaa; 720];
            // SAFETY: both buffers are longer, and are two.
            unsafe { copy(to.as_mut_ptr().add(3), from.as_ptr().add(5), len) };
            assert_eq!(to[3..3 + len], from[5..5 + len]);
            assert!(to[..3].iter().chain(&to[3 + len..]).all(|byte| *byte == 0xaa), "{len}");
        }
    }

    #[test]
    fn threads_do_not_share_blocks() {
        let work = |byte: u8| {
            for size in (1..2000).chain(1..2000) {
                // SAFETY: the block is given back with its own layout.
                unsafe {
                    let block = MEMORY.alloc(layout(size));
                    block.write_bytes(byte, size);
                    std::thread::yield_now();
                    assert!((0..size).all(|at| block.add(at).read() == byte));
                    MEMORY.dealloc(block, layout(size));
                }
            }
        };
        std::thread::scope(|scope| (1..5).for_each(|byte| drop(scope.spawn(move || work(byte)))));
    }
}
