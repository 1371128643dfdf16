// Links libgcc into the executable, so that it needs the C library alone: Rust's standard library would load libgcc_s.so.1.
// The static archive stands before it on the linker's line, and what nothing needs any more is not named.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).as_deref() == Ok(value);
    if is("OS", "linux") && is("ENV", "gnu") {
        println!("cargo:rustc-link-lib=static=gcc_eh");
    }
}
