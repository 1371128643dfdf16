//! The heap of the virtual machine: small blocks are cut from large pieces and used again by size. A run is short and its
//! memory goes back to the system when it ends, so pieces are never returned.
use std::{
    alloc::{alloc, dealloc, realloc, Layout},
    ptr,
};

use llrt_core::allocator::Allocator;

/// Before each block: its size. Blocks are aligned to 16 bytes with it.
const HEADER: usize = 16;
const STEP: usize = 16;
/// Larger blocks come from the system's allocator.
const SMALL: usize = 1024;
const PIECE: usize = 256 * 1024;

pub struct Heap {
    /// First free block of each size; each contains the next one.
    free: [*mut u8; SMALL / STEP + 1],
    next: *mut u8,
    left: usize,
}

impl Heap {
    pub const fn new() -> Self {
        Self {
            free: [ptr::null_mut(); SMALL / STEP + 1],
            next: ptr::null_mut(),
            left: 0,
        }
    }

    fn cut(&mut self, size: usize) -> *mut u8 {
        let whole = size + HEADER;
        if self.left < whole {
            // The rest of the last piece stays unused: at most one small block.
            let piece = map(PIECE);
            if piece.is_null() {
                return piece;
            }
            (self.next, self.left) = (piece, PIECE);
        }
        let block = self.next;
        unsafe {
            self.next = block.add(whole);
            self.left -= whole;
            block.cast::<usize>().write(size);
            block.add(HEADER)
        }
    }
}

/// Returns memory whose pages are there at once, where the system can do that: page by page takes longer.
fn map(size: usize) -> *mut u8 {
    #[cfg(target_os = "linux")]
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
    #[cfg(not(target_os = "linux"))]
    let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    match unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) } {
        libc::MAP_FAILED => ptr::null_mut(),
        piece => piece.cast(),
    }
}

fn rounded(size: usize) -> Option<usize> {
    Some(size.max(1).checked_add(STEP - 1)? & !(STEP - 1))
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, STEP).ok()
}

unsafe fn size_of(block: *mut u8) -> usize {
    block.sub(HEADER).cast::<usize>().read()
}

unsafe impl Allocator for Heap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        let Some(size) = rounded(size) else {
            return ptr::null_mut();
        };
        if size <= SMALL {
            let free = &mut self.free[size / STEP];
            let block = *free;
            if block.is_null() {
                return self.cut(size);
            }
            *free = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        let Some(layout) = layout(size) else {
            return ptr::null_mut();
        };
        unsafe {
            let block = alloc(layout);
            if block.is_null() {
                return block;
            }
            block.cast::<usize>().write(size);
            block.add(HEADER)
        }
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(size) = count.checked_mul(size) else {
            return ptr::null_mut();
        };
        let block = self.alloc(size);
        if !block.is_null() {
            unsafe { block.write_bytes(0, size) };
        }
        block
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        let size = size_of(block);
        if size <= SMALL {
            let free = &mut self.free[size / STEP];
            block.cast::<*mut u8>().write(*free);
            *free = block;
        } else if let Some(layout) = layout(size) {
            dealloc(block.sub(HEADER), layout);
        }
    }

    unsafe fn realloc(&mut self, block: *mut u8, new_size: usize) -> *mut u8 {
        if block.is_null() {
            return self.alloc(new_size);
        }
        let (size, Some(new_size)) = (size_of(block), rounded(new_size)) else {
            return ptr::null_mut();
        };
        if size > SMALL && new_size > SMALL {
            let (Some(old), Some(new)) = (layout(size), layout(new_size)) else {
                return ptr::null_mut();
            };
            let moved = realloc(block.sub(HEADER), old, new.size());
            if moved.is_null() {
                return moved;
            }
            moved.cast::<usize>().write(new_size);
            return moved.add(HEADER);
        }
        if size <= SMALL && new_size <= size {
            return block;
        }
        let moved = self.alloc(new_size);
        if !moved.is_null() {
            ptr::copy_nonoverlapping(block, moved, size.min(new_size));
            self.dealloc(block);
        }
        moved
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        size_of(block)
    }
}
