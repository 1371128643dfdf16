//! System calls on files. Each returns a negative error number when it fails, which src/lean/ turns into Node's errors.
use std::{ffi::CString, mem::MaybeUninit};

use llrt_core::{function::Func, Array, Ctx, IntoJs, Object, Result, TypedArray, Value};

pub fn last_error() -> i32 {
    -std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

fn checked(status: i32) -> i32 {
    if status < 0 {
        last_error()
    } else {
        status
    }
}

/// Calls with a path as C expects it.
fn with_path(path: String, call: impl FnOnce(*const libc::c_char) -> i32) -> i32 {
    match CString::new(path) {
        Ok(path) => checked(call(path.as_ptr())),
        Err(_) => -libc::EINVAL,
    }
}

/// The members of `Stats`, with seconds and nanoseconds apart: their sum is larger than a number can hold exactly.
fn stats_to_js<'js>(ctx: &Ctx<'js>, status: i32, stats: &MaybeUninit<libc::stat>) -> Result<Value<'js>> {
    if status < 0 {
        return last_error().into_js(ctx);
    }
    let stats = unsafe { stats.assume_init_ref() };
    let members = Array::new(ctx.clone())?;
    let numbers = [
        stats.st_dev as f64,
        stats.st_ino as f64,
        stats.st_mode as f64,
        stats.st_nlink as f64,
        stats.st_uid as f64,
        stats.st_gid as f64,
        stats.st_size as f64,
        stats.st_mtime as f64,
        stats.st_mtime_nsec as f64,
        stats.st_ctime as f64,
        stats.st_ctime_nsec as f64,
    ];
    for (index, number) in numbers.into_iter().enumerate() {
        members.set(index, number)?;
    }
    members.into_js(ctx)
}

fn stat(ctx: Ctx<'_>, path: String, follow: bool) -> Result<Value<'_>> {
    let mut stats = MaybeUninit::uninit();
    let Ok(path) = CString::new(path) else {
        return (-libc::EINVAL).into_js(&ctx);
    };
    let status = unsafe {
        if follow {
            libc::stat(path.as_ptr(), stats.as_mut_ptr())
        } else {
            libc::lstat(path.as_ptr(), stats.as_mut_ptr())
        }
    };
    stats_to_js(&ctx, status, &stats)
}

fn fstat(ctx: Ctx<'_>, fd: i32) -> Result<Value<'_>> {
    let mut stats = MaybeUninit::uninit();
    let status = unsafe { libc::fstat(fd, stats.as_mut_ptr()) };
    stats_to_js(&ctx, status, &stats)
}

fn read(ctx: Ctx<'_>, fd: i32, length: usize) -> Result<Value<'_>> {
    let mut bytes = vec![0u8; length];
    let count = unsafe { libc::read(fd, bytes.as_mut_ptr().cast(), length) };
    if count < 0 {
        return last_error().into_js(&ctx);
    }
    bytes.truncate(count as usize);
    TypedArray::new(ctx.clone(), bytes)?.into_js(&ctx)
}

fn write(fd: i32, bytes: TypedArray<'_, u8>) -> i32 {
    let Some(bytes) = bytes.as_bytes() else {
        return -libc::EINVAL;
    };
    let count = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    if count < 0 {
        last_error()
    } else {
        count as i32
    }
}

fn read_folder(ctx: Ctx<'_>, path: String) -> Result<Value<'_>> {
    let entries = std::fs::read_dir(path).and_then(|all| {
        all.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<std::io::Result<Vec<_>>>()
    });
    text_or_error(ctx, entries)
}

fn text_or_error<'js, T: IntoJs<'js>>(ctx: Ctx<'js>, result: std::io::Result<T>) -> Result<Value<'js>> {
    match result {
        Ok(value) => value.into_js(&ctx),
        Err(error) => (-error.raw_os_error().unwrap_or(libc::EIO)).into_js(&ctx),
    }
}

fn read_link(ctx: Ctx<'_>, path: String) -> Result<Value<'_>> {
    text_or_error(
        ctx,
        std::fs::read_link(path).map(|found| found.to_string_lossy().into_owned()),
    )
}

fn real_path(ctx: Ctx<'_>, path: String) -> Result<Value<'_>> {
    text_or_error(
        ctx,
        std::fs::canonicalize(path).map(|found| found.to_string_lossy().into_owned()),
    )
}

fn working_folder(ctx: Ctx<'_>) -> Result<Value<'_>> {
    text_or_error(
        ctx,
        std::env::current_dir().map(|found| found.to_string_lossy().into_owned()),
    )
}

fn host_name() -> String {
    let mut name = [0u8; 256];
    unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    String::from_utf8_lossy(name.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

fn touch(path: String, seconds: f64) -> i32 {
    let time = libc::timespec {
        tv_sec: seconds.floor() as _,
        tv_nsec: (seconds.fract() * 1e9) as _,
    };
    let times = [time, time];
    with_path(path, |path| unsafe {
        libc::utimensat(libc::AT_FDCWD, path, times.as_ptr(), 0)
    })
}

fn rename(from: String, to: String) -> i32 {
    let Ok(to) = CString::new(to) else {
        return -libc::EINVAL;
    };
    with_path(from, |from| unsafe { libc::rename(from, to.as_ptr()) })
}

pub fn error_name(number: i32) -> Option<&'static str> {
    macro_rules! names {
        ($($name:ident),*) => { match number { $(libc::$name => Some(stringify!($name)),)* _ => None } };
    }
    names!(
        EACCES,
        EADDRNOTAVAIL,
        EAGAIN,
        EBADF,
        EBUSY,
        ECONNABORTED,
        ECONNREFUSED,
        ECONNRESET,
        EEXIST,
        EFBIG,
        EHOSTUNREACH,
        EINVAL,
        EIO,
        EISDIR,
        ELOOP,
        EMFILE,
        EMLINK,
        ENAMETOOLONG,
        ENETUNREACH,
        ENFILE,
        ENODEV,
        ENOENT,
        ENOMEM,
        ENOSPC,
        ENOTDIR,
        ENOTEMPTY,
        ENOTSUP,
        ENXIO,
        EPERM,
        EPIPE,
        EROFS,
        ESPIPE,
        ESRCH,
        ETIMEDOUT,
        ETXTBSY,
        EXDEV,
        EDQUOT,
        ESTALE
    )
}

pub fn define(host: &Object<'_>) -> Result<()> {
    host.set("errorName", Func::from(error_name))?;
    host.set(
        "flags",
        [
            libc::O_RDONLY,
            libc::O_WRONLY,
            libc::O_RDWR,
            libc::O_CREAT,
            libc::O_EXCL,
            libc::O_TRUNC,
            libc::O_NOFOLLOW,
            libc::O_NONBLOCK,
        ]
        .to_vec(),
    )?;
    host.set(
        "open",
        Func::from(|path: String, flags: i32, mode: u32| {
            with_path(path, |path| unsafe { libc::open(path, flags | libc::O_CLOEXEC, mode) })
        }),
    )?;
    host.set("close", Func::from(|fd: i32| checked(unsafe { libc::close(fd) })))?;
    host.set("read", Func::from(read))?;
    host.set("write", Func::from(write))?;
    host.set("stat", Func::from(stat))?;
    host.set("fstat", Func::from(fstat))?;
    host.set("fsync", Func::from(|fd: i32| checked(unsafe { libc::fsync(fd) })))?;
    host.set(
        "fchmod",
        Func::from(|fd: i32, mode: u32| checked(unsafe { libc::fchmod(fd, mode as libc::mode_t) })),
    )?;
    host.set(
        "fchown",
        Func::from(|fd: i32, user: u32, group: u32| checked(unsafe { libc::fchown(fd, user, group) })),
    )?;
    host.set(
        "ftruncate",
        Func::from(|fd: i32, size: f64| checked(unsafe { libc::ftruncate(fd, size as libc::off_t) })),
    )?;
    host.set(
        "access",
        Func::from(|path: String, mode: i32| with_path(path, |path| unsafe { libc::access(path, mode) })),
    )?;
    host.set("rename", Func::from(rename))?;
    host.set(
        "mkdir",
        Func::from(|path: String, mode: u32| {
            with_path(path, |path| unsafe { libc::mkdir(path, mode as libc::mode_t) })
        }),
    )?;
    host.set(
        "rmdir",
        Func::from(|path: String| with_path(path, |path| unsafe { libc::rmdir(path) })),
    )?;
    host.set(
        "unlink",
        Func::from(|path: String| with_path(path, |path| unsafe { libc::unlink(path) })),
    )?;
    host.set("touch", Func::from(touch))?;
    host.set("readFolder", Func::from(read_folder))?;
    host.set("readLink", Func::from(read_link))?;
    host.set("realPath", Func::from(real_path))?;
    host.set("workingFolder", Func::from(working_folder))?;
    host.set("hostName", Func::from(host_name))?;
    host.set("user", Func::from(|| unsafe { libc::geteuid() }))?;
    host.set(
        "kill",
        Func::from(|pid: i32, signal: i32| checked(unsafe { libc::kill(pid, signal) })),
    )?;
    host.set("isTerminal", Func::from(|fd: i32| unsafe { libc::isatty(fd) } == 1))?;
    host.set(
        "pause",
        Func::from(|ms: u32| std::thread::sleep(std::time::Duration::from_millis(ms.into()))),
    )
}
