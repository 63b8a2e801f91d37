//! The memory of a program that [`main!`](crate::main) starts, where the C library is musl.
//!
//! musl's allocator asks the kernel for every page and takes half of the instructions of `ip link show lo`. Here memory
//! comes from one static piece, zero and untouched until it is used; small blocks are kept by size for the next of their
//! size, a power of two. The block at the end grows and shrinks in place. When the piece is used up, small blocks come from
//! further ones, and every large block is pages of its own, which the kernel moves and takes back. musl's allocator is left
//! out of the file: the little that musl itself allocates, for a folder that is read or a time zone, comes from here too
//! ([`c`]). [`copy`] stands in for its `memcpy`.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

mod c;

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
        // Compared one after the other: a `match` over ranges takes twice as many instructions.
        if len > 128 {
            std::arch::asm!(
                "rep movsb",
                inout("rcx") len => _,
                inout("rdi") to => _,
                inout("rsi") from => _,
                options(nostack, preserves_flags)
            );
        } else if len > 64 {
            ends::<[Block; 4]>(to, from, len);
        } else if len > 32 {
            ends::<[Block; 2]>(to, from, len);
        } else if len >= 16 {
            ends::<Block>(to, from, len);
        } else if len >= 8 {
            ends::<u64>(to, from, len);
        } else if len >= 4 {
            ends::<u32>(to, from, len);
        } else if len >= 2 {
            ends::<u16>(to, from, len);
        } else if len == 1 {
            *to = *from;
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

/// Places are bytes behind the start of the pool, or before it, wrapped around, for a further piece.
struct Blocks {
    /// Where the next block begins.
    top: usize,
    /// Where the piece begins that it is cut off; 0 for the pool. (All is 0 at first: else the file would hold the pool.)
    piece: usize,
    /// From here on nothing was ever used.
    fresh: usize,
    /// The first free block of each size; each holds the address of the next.
    free: [*mut u8; 64],
}

/// Bytes: room for the buffers of a dump, and for what a tool keeps besides.
const POOL: usize = 4 << 20;
/// Bytes of every further piece.
const PIECE: usize = 1 << 20;
/// Blocks up to this many bytes are kept by size.
const KEPT: usize = 64 << 10;
/// What the kernel maps at least, and aligns mappings to.
const PAGE: usize = 4096;
/// Every block begins at a multiple of this.
const ALIGNMENT: usize = 16;

// SAFETY: `blocks` and `pool` are touched only while `busy` is held.
unsafe impl Sync for Memory {}

impl Memory {
    /// None of it used.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        let blocks = Blocks { top: 0, piece: 0, fresh: 0, free: [null_mut(); 64] };
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

    /// The place of a block.
    fn offset(&self, block: *mut u8) -> usize {
        (block as usize).wrapping_sub(self.base() as usize)
    }

    /// Whether a block is pages of its own: one that is not in the pool and would not come from a further piece.
    #[inline(always)]
    fn mapped(&self, block: *mut u8, layout: Layout) -> bool {
        self.offset(block) >= POOL && (layout.align() > ALIGNMENT || Self::room(layout.size()) > KEPT)
    }

    /// The bytes that a block of `size` occupies.
    #[inline(always)]
    fn room(size: usize) -> usize {
        if size <= KEPT {
            size.max(ALIGNMENT).next_power_of_two()
        } else {
            size.saturating_add(ALIGNMENT - 1) & !(ALIGNMENT - 1)
        }
    }

    /// A block, and how many of its first bytes may not be zero; null where the kernel has no more.
    fn take(&self, layout: Layout) -> (*mut u8, usize) {
        let room = Self::room(layout.size());
        if layout.align() > ALIGNMENT {
            return (if layout.align() > PAGE { null_mut() } else { map(pages(room)) }, 0);
        }
        self.with(|blocks| {
            let first = &mut blocks.free[room.trailing_zeros() as usize];
            if room <= KEPT && !first.is_null() {
                let block = *first;
                // SAFETY: a free block holds the address of the next one in its first bytes, as `give` left it.
                *first = unsafe { block.cast::<*mut u8>().read() };
                return (block, room);
            }
            if !blocks.has(room) {
                let new = map(if room > KEPT { pages(room) } else { PIECE });
                if room > KEPT || new.is_null() {
                    return (new, 0);
                }
                blocks.piece = self.offset(new);
                (blocks.top, blocks.fresh) = (blocks.piece, blocks.piece);
            }
            let start = blocks.top;
            let used = blocks.cut(start, room);
            (self.base().wrapping_add(start), used)
        })
    }

    /// Takes back the block at `offset`. One that is neither small nor the last is lost until the program ends.
    fn give(&self, block: *mut u8, offset: usize, room: usize) {
        self.with(|blocks| {
            if blocks.last(offset, room) {
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
                if !blocks.last(offset, old) {
                    return false;
                }
                blocks.top = offset;
                let fits = blocks.has(new);
                blocks.cut(offset, if fits { new } else { old });
                fits
            })
    }
}

impl Blocks {
    /// Whether the piece has `room` left; further ones have none for large blocks, which tell by their size where they are.
    fn has(&self, room: usize) -> bool {
        let (size, most) = if self.piece == 0 { (POOL, POOL) } else { (PIECE, KEPT) };
        room <= most && room <= size - self.top.wrapping_sub(self.piece)
    }

    /// Whether the block of `room` bytes at `start` is the last of the piece, not that of another one just before it.
    fn last(&self, start: usize, room: usize) -> bool {
        start.wrapping_add(room) == self.top && start.wrapping_sub(self.piece) < POOL
    }

    /// Cuts off the block of `room` bytes at `start`, and says how many of its bytes were ever used.
    fn cut(&mut self, start: usize, room: usize) -> usize {
        let end = start.wrapping_add(room);
        let used = self.fresh.saturating_sub(start);
        (self.top, self.fresh) = (end, self.fresh.max(end));
        used
    }
}

/// As many bytes in whole pages.
fn pages(size: usize) -> usize {
    size.saturating_add(PAGE - 1) & !(PAGE - 1)
}

/// New pages, all zero; null where there are none.
fn map(bytes: usize) -> *mut u8 {
    let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: a new mapping, which nothing points to.
    placed(unsafe { libc::mmap(null_mut(), bytes, access, kind, -1, 0) })
}

fn placed(mapping: *mut libc::c_void) -> *mut u8 {
    if mapping == libc::MAP_FAILED { null_mut() } else { mapping.cast() }
}

// SAFETY: blocks do not overlap: each is cut off the free end of a piece, was given back, or is a mapping of its own; all of a
// piece is aligned with `ALIGNMENT` since every room is a multiple of it, and the piece itself is (checked by `take` through the
// layout). Whether a block is a mapping, its place and its layout tell.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout).0
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let (block, used) = self.take(layout);
        if used > 0 {
            // SAFETY: the block is at least as long as the layout says.
            unsafe { block.write_bytes(0, used.min(layout.size())) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let room = Self::room(layout.size());
        if self.mapped(block, layout) {
            // SAFETY: `take` mapped as many pages, or `realloc` moved them; they are the caller's, who is done with them.
            unsafe { libc::munmap(block.cast(), pages(room)) };
        } else {
            self.give(block, self.offset(block), room);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let (old, new) = (Self::room(layout.size()), Self::room(size));
        if self.mapped(block, layout) {
            if new > KEPT {
                // SAFETY: as in `dealloc`; pages stay aligned wherever the kernel moves them.
                return placed(unsafe { libc::mremap(block.cast(), pages(old), pages(new), libc::MREMAP_MAYMOVE) });
            }
        } else if self.resize(self.offset(block), old, new) {
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
mod tests;
