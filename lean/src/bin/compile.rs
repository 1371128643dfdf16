//! Compiles a module to bytecode. usage: compile INPUT.js OUTPUT
use llrt_core::{
    loader::{Loader, Resolver},
    CatchResultExt, Context, Ctx, Module, Result, Runtime, WriteOptions,
};

/// Imports are resolved when the program runs.
struct Absent;

impl Resolver for Absent {
    fn resolve<'js>(&mut self, _: &Ctx<'js>, _: &str, name: &str) -> Result<String> {
        Ok(name.into())
    }
}

impl Loader for Absent {
    fn load<'js>(&mut self, ctx: &Ctx<'js>, name: &str) -> Result<Module<'js>> {
        Module::declare(ctx.clone(), name, "")
    }
}

fn main() {
    let mut words = std::env::args().skip(1);
    let (Some(input), Some(output)) = (words.next(), words.next()) else {
        panic!("usage: compile INPUT.js OUTPUT")
    };
    let source = std::fs::read_to_string(&input).expect("the input is readable");
    let runtime = Runtime::new().expect("a runtime");
    runtime.set_loader(Absent, Absent);
    let context = Context::full(&runtime).expect("a context");
    context.with(|ctx| {
        let options = WriteOptions {
            strip_source: true,
            strip_debug: true,
            ..WriteOptions::default()
        };
        let compiled =
            Module::declare(ctx.clone(), "rolesanywhere-ts", source).and_then(|module| module.write(options));
        let bytes = compiled.catch(&ctx).unwrap_or_else(|error| panic!("{error}"));
        std::fs::write(&output, bytes).expect("the output is writable");
    });
}
