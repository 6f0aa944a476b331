//! Stands in for crates.io's `libz-ng-sys` (see `[patch.crates-io]` in the workspace manifest).
//!
//! `pingora-core` asks `flate2` for zlib-ng, whose build wants CMake. Gatehouse builds with Rust and a C compiler
//! alone, so the same functions come from zlib-rs, which is written in Rust and has zlib's interface. Only what
//! `flate2` calls is here. The two describe zlib's stream alike but for the wrapped allocator pointers; the layout
//! is asserted below.
//!
//! This is the one crate of the workspace with `unsafe`: it speaks a C interface on both sides.
#![expect(
    non_snake_case,
    clippy::missing_safety_doc,
    clippy::too_many_arguments,
    reason = "the names and contracts are zlib's"
)]

use std::ffi::{c_char, c_int, c_ulong, c_void};
use std::mem::{align_of, offset_of, size_of};

pub use libz_rs_sys::{
    Z_BLOCK, Z_BUF_ERROR, Z_DATA_ERROR, Z_DEFAULT_STRATEGY, Z_DEFLATED, Z_FINISH, Z_FULL_FLUSH,
    Z_MEM_ERROR, Z_NEED_DICT, Z_NO_FLUSH, Z_OK, Z_PARTIAL_FLUSH, Z_STREAM_END, Z_STREAM_ERROR,
    Z_SYNC_FLUSH, uInt, zlibVersion,
};

/// zlib's stream, with the allocator as plain function pointers.
#[repr(C)]
pub struct z_stream {
    pub next_in: *mut u8,
    pub avail_in: uInt,
    pub total_in: c_ulong,
    pub next_out: *mut u8,
    pub avail_out: uInt,
    pub total_out: c_ulong,
    pub msg: *mut c_char,
    pub state: *mut c_void,
    pub zalloc: unsafe extern "C" fn(*mut c_void, uInt, uInt) -> *mut c_void,
    pub zfree: unsafe extern "C" fn(*mut c_void, *mut c_void),
    pub opaque: *mut c_void,
    pub data_type: c_int,
    pub adler: c_ulong,
    pub reserved: c_ulong,
}

const _: () = {
    type Theirs = libz_rs_sys::z_stream;
    assert!(size_of::<z_stream>() == size_of::<Theirs>());
    assert!(align_of::<z_stream>() == align_of::<Theirs>());
    assert!(offset_of!(z_stream, next_out) == offset_of!(Theirs, next_out));
    assert!(offset_of!(z_stream, msg) == offset_of!(Theirs, msg));
    assert!(offset_of!(z_stream, zalloc) == offset_of!(Theirs, zalloc));
    assert!(offset_of!(z_stream, opaque) == offset_of!(Theirs, opaque));
    assert!(offset_of!(z_stream, adler) == offset_of!(Theirs, adler));
};

pub unsafe fn deflateInit2_(
    stream: *mut z_stream,
    level: c_int,
    method: c_int,
    window_bits: c_int,
    memory_level: c_int,
    strategy: c_int,
    version: *const c_char,
    size: c_int,
) -> c_int {
    // SAFETY: the caller keeps zlib's contract; the layouts agree (asserted above).
    unsafe {
        libz_rs_sys::deflateInit2_(
            stream.cast(),
            level,
            method,
            window_bits,
            memory_level,
            strategy,
            version,
            size,
        )
    }
}

pub unsafe fn inflateInit2_(
    stream: *mut z_stream,
    window_bits: c_int,
    version: *const c_char,
    size: c_int,
) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::inflateInit2_(stream.cast(), window_bits, version, size) }
}

pub unsafe fn deflate(stream: *mut z_stream, flush: c_int) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::deflate(stream.cast(), flush) }
}

pub unsafe fn deflateEnd(stream: *mut z_stream) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::deflateEnd(stream.cast()) }
}

pub unsafe fn deflateReset(stream: *mut z_stream) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::deflateReset(stream.cast()) }
}

pub unsafe fn deflateParams(stream: *mut z_stream, level: c_int, strategy: c_int) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::deflateParams(stream.cast(), level, strategy) }
}

pub unsafe fn deflateSetDictionary(
    stream: *mut z_stream,
    dictionary: *const u8,
    length: uInt,
) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::deflateSetDictionary(stream.cast(), dictionary, length) }
}

pub unsafe fn inflate(stream: *mut z_stream, flush: c_int) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::inflate(stream.cast(), flush) }
}

pub unsafe fn inflateEnd(stream: *mut z_stream) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::inflateEnd(stream.cast()) }
}

pub unsafe fn inflateReset2(stream: *mut z_stream, window_bits: c_int) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::inflateReset2(stream.cast(), window_bits) }
}

pub unsafe fn inflateSetDictionary(
    stream: *mut z_stream,
    dictionary: *const u8,
    length: uInt,
) -> c_int {
    // SAFETY: as for `deflateInit2_`.
    unsafe { libz_rs_sys::inflateSetDictionary(stream.cast(), dictionary, length) }
}
