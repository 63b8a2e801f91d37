//! What C's own functions allocate: musl, whose allocator is left out of the file, asks for memory by their names, for a folder
//! that is read, the time zone, a host's addresses. A block's size stands before it, since `free` is told none.

use super::{ALIGNMENT, Memory};
use std::alloc::{GlobalAlloc, Layout};
use std::ptr::null_mut;

/// Defines C's functions for the allocator `$memory`; what [`main!`](crate::main) expands to.
#[doc(hidden)]
#[macro_export]
macro_rules! allocate_for_c {
    ($memory:ident: $($malloc:ident)*) => {
        // SAFETY: these have the signatures and do the work of the functions whose place they take; all of them do, so that no
        // block comes from one allocator and goes to another. The second name is the one that musl calls itself.
        #[cfg(all(not(test), target_env = "musl"))]
        #[allow(unsafe_code)]
        const _: () = {
            $(#[unsafe(no_mangle)]
            extern "C" fn $malloc(size: usize) -> *mut u8 {
                $memory.sized(size)
            })*

            #[unsafe(no_mangle)]
            extern "C" fn calloc(count: usize, size: usize) -> *mut u8 {
                count.checked_mul(size).map_or(::std::ptr::null_mut(), |bytes| $memory.sized(bytes))
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn realloc(block: *mut u8, size: usize) -> *mut u8 {
                // SAFETY: the caller's promises are passed on.
                unsafe { $memory.resized(block, size) }
            }

            #[unsafe(no_mangle)]
            unsafe extern "C" fn free(block: *mut u8) {
                // SAFETY: the caller's promises are passed on.
                unsafe { $memory.release(block) }
            }
        };
    };
}

impl Memory {
    /// What C's functions allocate: `size` bytes, all zero, and before them how many. Null where there are no more.
    pub fn sized(&self, size: usize) -> *mut u8 {
        let Some(layout) = whole(size) else { return null_mut() };
        // SAFETY: the layout's size is not zero; the block has room for its own size before what the caller gets.
        unsafe {
            let block = self.alloc_zeroed(layout);
            if block.is_null() {
                return block;
            }
            block.cast::<usize>().write(size);
            block.add(ALIGNMENT)
        }
    }

    /// Gives a block of [`Memory::sized`] another size: at another place, with what it held.
    ///
    /// # Safety
    /// As for C's `realloc`.
    pub unsafe fn resized(&self, block: *mut u8, size: usize) -> *mut u8 {
        let new = self.sized(size);
        if !block.is_null() && !new.is_null() {
            // SAFETY: `sized` made the block, so its size stands before it; the new one is another.
            unsafe {
                let old = block.sub(ALIGNMENT).cast::<usize>().read();
                new.copy_from_nonoverlapping(block, old.min(size));
                self.release(block);
            }
        }
        new
    }

    /// Takes back a block of [`Memory::sized`], or nothing where there is none.
    ///
    /// # Safety
    /// As for C's `free`.
    pub unsafe fn release(&self, block: *mut u8) {
        if block.is_null() {
            return;
        }
        // SAFETY: `sized` made the block with this layout, and its size stands before it.
        unsafe {
            let start = block.sub(ALIGNMENT);
            if let Some(layout) = whole(start.cast::<usize>().read()) {
                self.dealloc(start, layout);
            }
        }
    }
}

/// How a block of `size` bytes for C is laid out; `None` if it is larger than any can be.
fn whole(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(ALIGNMENT)?, ALIGNMENT).ok()
}
