//! Runs the TypeScript of the lean edition on LLRT's virtual machine. docs/lean.md says why LLRT's own program is not used.
//!
//! The executable ends in two modules of bytecode, for a cache hit and for the rest, and a table of their lengths
//! (scripts/build-lean.mjs). This file gives them what LLRT lacks: files with the system's error codes, synchronous
//! cryptography, and `exec`.
mod connection;
mod crypto;
mod files;
mod heap;
mod text;
mod turns;

use std::{
    cell::RefCell,
    env,
    ffi::{CString, OsString},
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::Path,
    time::Instant,
};

use llrt_core::{
    function::Func,
    loader::{BuiltinResolver, ModuleLoader},
    modules::{buffer, path::PathModule, url},
    CatchResultExt, Context, Ctx, Module, Object, Result, Runtime,
};

const MARKER: &[u8; 8] = b"ratslean";
/// Internal error: the status of a run that does not finish (`exitStatuses` in src/errors.ts).
const UNFINISHED: i32 = 70;

thread_local! {
    static REST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static VARIABLES: RefCell<Vec<(OsString, OsString)>> = const { RefCell::new(Vec::new()) };
}

fn main() {
    let started = Instant::now();
    VARIABLES.set(env::vars_os().collect());
    let Some((hit, rest)) = read_modules() else {
        fail("the executable is damaged: install it again")
    };
    REST.set(rest);
    let Ok(context) = create_context() else {
        fail("the runtime cannot start")
    };
    context.with(|ctx| {
        let ran = define_globals(&ctx, started)
            .and_then(|()| evaluate(&ctx, &hit))
            .and_then(|()| turns::run(&ctx));
        if let Err(error) = ran.catch(&ctx) {
            fail(&error.to_string());
        }
    });
    fail("the run ended before it was finished: please report this");
}

fn fail(text: &str) -> ! {
    let _ = writeln!(
        std::io::stderr(),
        "rolesanywhere-ts: error[ERR_INTERNAL]: {}",
        text.lines().next().unwrap_or("")
    );
    exit(UNFINISHED)
}

/// Nothing is buffered, and the system takes back what a run holds.
fn exit(status: i32) -> ! {
    unsafe { libc::_exit(status) }
}

fn create_context() -> Result<Context> {
    let runtime = Runtime::new_with_alloc(heap::Heap::new())?;
    runtime.set_max_stack_size(1024 * 1024);
    // A run is too short to collect cycles.
    runtime.set_gc_threshold(64 * 1024 * 1024);
    runtime.set_loader(
        BuiltinResolver::default().with_module("path"),
        ModuleLoader::default().with_module("path", PathModule),
    );
    Context::full(&runtime)
}

/// Only what the program uses: each costs time at every start.
fn define_globals(ctx: &Ctx<'_>, started: Instant) -> Result<()> {
    buffer::init(ctx)?;
    define_host(ctx, started)
}

/// Opens a lean executable. Returns where its last 24 bytes begin, and those: the length of each module, and the marker.
fn open_lean(path: &Path) -> Option<(File, u64, [u8; 24])> {
    let mut file = File::open(path).ok()?;
    let mut end = [0; 24];
    let size = file.seek(SeekFrom::End(-24)).ok()?;
    file.read_exact(&mut end).ok()?;
    (&end[16..] == MARKER).then_some((file, size, end))
}

fn read_modules() -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut file, size, end) = open_lean(&env::current_exe().ok()?)?;
    let length = |at: usize| Some(u64::from_le_bytes(end[at..at + 8].try_into().ok()?));
    let (hit, rest) = (length(0)?, length(8)?);
    file.seek(SeekFrom::Start(size.checked_sub(hit.checked_add(rest)?)?))
        .ok()?;
    let mut bytes = vec![0; usize::try_from(hit + rest).ok()?];
    file.read_exact(&mut bytes).ok()?;
    let rest = bytes.split_off(usize::try_from(hit).ok()?);
    Some((bytes, rest))
}

fn evaluate(ctx: &Ctx<'_>, bytecode: &[u8]) -> Result<()> {
    // Safe: the bytes were compiled by this version of LLRT and are part of the executable.
    let module = unsafe { Module::load(ctx.clone(), bytecode)? };
    module.eval().map(|_| ())
}

fn define_host(ctx: &Ctx<'_>, started: Instant) -> Result<()> {
    let host = Object::new(ctx.clone())?;
    let text = |value: OsString| value.into_string().ok();
    // A word or variable that is not UTF-8 cannot be a string; the full program gets it unchanged.
    let words: Option<Vec<String>> = env::args_os().skip(1).map(text).collect();
    host.set("words", words)?;
    host.set(
        "executable",
        env::current_exe().ok().and_then(|path| text(path.into_os_string())),
    )?;
    let variables = Object::new(ctx.clone())?;
    let mut readable = true;
    VARIABLES.with_borrow(|all| {
        for (name, value) in all {
            match (name.to_str(), value.to_str()) {
                (Some(name), Some(value)) => variables.set(name, value)?,
                _ => readable = false,
            }
        }
        Ok::<_, llrt_core::Error>(())
    })?;
    host.set("variables", variables)?;
    host.set("readable", readable)?;
    host.set("pid", std::process::id())?;
    host.set("platform", if cfg!(target_os = "macos") { "darwin" } else { "linux" })?;
    host.set(
        "elapsedMs",
        Func::from(move || started.elapsed().as_secs_f64() * 1000.0),
    )?;
    host.set("loadRest", Func::from(load_rest))?;
    host.set("exec", Func::from(exec))?;
    host.set("exit", Func::from(|status: i32| -> () { exit(status) }))?;
    files::define(&host)?;
    text::define(&host)?;
    turns::define(&host)?;
    crypto::define(&host)?;
    ctx.globals().set("__host", host)
}

fn load_rest(ctx: Ctx<'_>) -> Result<()> {
    url::init(&ctx)?;
    evaluate(&ctx, &REST.take())
}

/// Replaces this process by a program, with its own words and the variables unchanged. Returns only if that fails, and if
/// the program is a lean executable, which would do the same for ever.
fn exec(path: String) -> i32 {
    if open_lean(Path::new(&path)).is_some() {
        return -libc::ELOOP;
    }
    let terminated = |bytes: Vec<u8>| CString::new(bytes).ok();
    let words: Option<Vec<_>> = [OsString::from(&path)]
        .into_iter()
        .chain(env::args_os().skip(1))
        .map(|word| terminated(word.into_vec()))
        .collect();
    let variables: Option<Vec<_>> = VARIABLES.with_borrow(|all| {
        all.iter()
            .map(|(name, value)| terminated([name.as_bytes(), b"=", value.as_bytes()].concat()))
            .collect()
    });
    let (Some(program), Some(words), Some(variables)) = (terminated(path.into_bytes()), words, variables) else {
        return -libc::EINVAL;
    };
    let pointers = |list: &[CString]| {
        list.iter()
            .map(|text| text.as_ptr())
            .chain([std::ptr::null()])
            .collect::<Vec<_>>()
    };
    let (words, variables) = (pointers(&words), pointers(&variables));
    unsafe {
        // Rust ignores it, and a program inherits what is ignored.
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        libc::execve(program.as_ptr(), words.as_ptr(), variables.as_ptr());
    }
    files::last_error()
}
