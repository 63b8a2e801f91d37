//! Blocks of every size, given back in every order.

use super::*;

static MEMORY: Memory = Memory::new();

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).unwrap()
}

/// Blocks of many sizes, given back in another order, keep what was written into them and do not overlap.
#[test]
fn blocks_keep_their_bytes() {
    let sizes = [1, 15, 16, 17, 100, 4096, 70_000, 1 << 20, 300_000, 31, 64 << 10, 5, 33_000];
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

/// Small blocks far beyond the pool, large ones that grow and shrink across every border, and aligned ones.
#[test]
fn there_is_more_than_the_pool() {
    static MEMORY: Memory = Memory::new();
    const SIZE: usize = 20_000;
    // SAFETY: as above; `all` is read while its blocks are in use.
    unsafe {
        let read = |block: &*mut u8| std::slice::from_raw_parts(*block, SIZE);
        let all: Vec<*mut u8> = (0..250).map(|_| MEMORY.alloc_zeroed(layout(SIZE))).collect();
        assert!(all.iter().all(|block| read(block) == [0; SIZE]));
        all.iter().enumerate().for_each(|(at, block)| block.write_bytes(at as u8, SIZE));
        let (mut large, mut size) = (MEMORY.alloc_zeroed(layout(10)), 10);
        for next in [40_000, 65_536, 65_537, 200_000, 20 << 20, 90_000, 5_000_000, 60_000, 12] {
            large.add(size - 1).write(7);
            large.write(9);
            large = MEMORY.realloc(large, layout(size), next);
            assert_eq!((large.read(), next < size || large.add(size - 1).read() == 7), (9, true), "{size} {next}");
            size = next;
        }
        MEMORY.dealloc(large, layout(size));
        assert!(all.iter().enumerate().all(|(at, block)| read(block) == [at as u8; SIZE]));
        all.iter().for_each(|block| MEMORY.dealloc(*block, layout(SIZE)));
        let again = MEMORY.alloc_zeroed(layout(SIZE));
        assert!(all.contains(&again) && read(&again) == [0; SIZE]);
        for align in [32, 4096, 8192] {
            let aligned = Layout::from_size_align(50, align).unwrap();
            let block = MEMORY.alloc_zeroed(aligned);
            assert_eq!((block.is_null(), block as usize % align), (align > PAGE, 0));
            if !block.is_null() {
                let grown = MEMORY.realloc(block, aligned, 70_000);
                MEMORY.dealloc(grown, Layout::from_size_align(70_000, align).unwrap());
            }
        }
        assert!(MEMORY.alloc(layout(1 << 62)).is_null());
    }
}

#[test]
fn blocks_for_c_know_their_size() {
    // SAFETY: as for C's functions.
    unsafe {
        for size in [0, 1, 100, 70_000] {
            let block = MEMORY.sized(size);
            assert!((0..size).all(|byte| block.add(byte).read() == 0) && block as usize % ALIGNMENT == 0);
            block.write_bytes(3, size);
            let larger = MEMORY.resized(block, size + 90);
            assert!((0..size).all(|byte| larger.add(byte).read() == 3));
            MEMORY.release(larger);
        }
        assert!(MEMORY.sized(usize::MAX).is_null());
        MEMORY.release(MEMORY.resized(null_mut(), 5));
        MEMORY.release(null_mut());
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
